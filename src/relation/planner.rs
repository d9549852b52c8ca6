//! Plans the calls of relations.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::tree_node::TreeNode;
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::error::Result;
use datafusion::logical_expr::planner::{
    PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning,
};
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlanBuilder};
use datafusion::sql::sqlparser::ast::{Spanned, TableFactor};

use super::call::{Call, error, items};
use super::find;
use super::spec::{RelationSpec, Takes};
use super::template::filled;
use super::times::settle_times;

/// Plans every relation there is.
#[derive(Debug)]
pub(super) struct Relations;

impl RelationPlanner for Relations {
    fn plan_relation(
        &self,
        relation: TableFactor,
        context: &mut dyn RelationPlannerContext,
    ) -> Result<RelationPlanning> {
        let TableFactor::Table { name, alias, args: Some(args), .. } = &relation else {
            return Ok(RelationPlanning::Original(Box::new(relation)));
        };
        let called = name.0.last().and_then(|part| part.as_ident());
        let Some(spec) = called.and_then(|called| find(&called.value)) else {
            return Ok(RelationPlanning::Original(Box::new(relation)));
        };
        let mut call = Call::read(spec, args.args.clone())?;
        let input = context.plan(call.input.clone())?;
        check_types(spec, &call, input.schema(), context)?;
        check_lengths(spec, &call, context)?;
        settle_times(&mut call, spec, input.schema(), context)?;
        let query = filled((spec.template)(&call.words), spec, call.args, call.input)?;
        let plan = context.plan(TableFactor::Derived {
            lateral: false,
            subquery: query,
            alias: None,
            sample: None,
        })?;
        let alias = alias.clone();
        let plan = match alias {
            Some(_) => plan,
            None => LogicalPlanBuilder::from(plan).alias(spec.name)?.build()?,
        };
        Ok(RelationPlanning::Planned(Box::new(PlannedRelation::new(plan, alias))))
    }
}

/// What a row must hold for an argument is checked before anything is computed of it.
fn check_types(
    spec: &RelationSpec,
    call: &Call,
    schema: &DFSchema,
    context: &mut dyn RelationPlannerContext,
) -> Result<()> {
    for arg in spec.args.iter().filter(|arg| !arg.takes.is_constant()) {
        let Some(value) = call.args.get(arg.name) else { continue };
        let values = match items(value) {
            Some(items) if arg.takes == Takes::Conditions => items,
            _ => std::slice::from_ref(value),
        };
        for value in values {
            let expr = context.sql_to_expr(value.clone(), schema)?;
            if expr.exists(|part| Ok(matches!(part, Expr::AggregateFunction(_))))? {
                let message = format!(
                    "{}: {} is {value}, but it must be known of each row: aggregate in a query in the \
                     place of the table",
                    spec.name, arg.name
                );
                return Err(error(message, value.span()));
            }
            let data_type = expr.get_type(schema)?;
            if !accepts(arg.takes, &data_type) {
                let message = format!(
                    "{}: {} must be {}, not {data_type}",
                    spec.name,
                    arg.name,
                    arg.takes.description()
                );
                return Err(error(message, value.span()));
            }
        }
    }
    Ok(())
}

fn accepts(takes: Takes, data_type: &DataType) -> bool {
    match (takes, data_type) {
        (_, DataType::Dictionary(_, values)) => accepts(takes, values),
        (_, DataType::Null) => true,
        (Takes::Time, _) => {
            matches!(data_type, DataType::Timestamp(..) | DataType::Date32 | DataType::Date64)
        }
        (Takes::Condition | Takes::Conditions, _) => *data_type == DataType::Boolean,
        (Takes::Number, _) => data_type.is_numeric(),
        _ => true,
    }
}

/// Lengths of time must be such, and not run backwards.
fn check_lengths(
    spec: &RelationSpec,
    call: &Call,
    context: &mut dyn RelationPlannerContext,
) -> Result<()> {
    let nothing = DFSchema::empty();
    for arg in spec.args {
        let Some(value) = call.args.get(arg.name) else { continue };
        let (months, least) = match arg.takes {
            Takes::Interval => (i32::MAX, 0),
            Takes::Lengths => (0, 0),
            Takes::Length { zero } => (0, i128::from(!zero)),
            _ => continue,
        };
        for value in items(value).unwrap_or_else(|| std::slice::from_ref(value)) {
            let length = context.sql_to_expr(value.clone(), &nothing)?;
            let data_type = length.get_type(&nothing)?;
            if is_length(&length, &data_type, months, least) {
                continue;
            }
            let what = if arg.takes == Takes::Lengths { "has" } else { "is" };
            let message = format!(
                "{}: {} {what} {value}, but it must be {}",
                spec.name,
                arg.name,
                arg.takes.description()
            );
            return Err(error(message, value.span()));
        }
    }
    Ok(())
}

/// Whether it is a length of so many months at most, as far as that can be told yet.
fn is_length(length: &Expr, data_type: &DataType, months: i32, least: i128) -> bool {
    match (length, data_type) {
        (Expr::Literal(ScalarValue::IntervalMonthDayNano(Some(length)), _), _) => {
            let parts = [length.months.into(), length.days.into(), length.nanoseconds.into()];
            length.months <= months
                && parts.iter().all(|part: &i128| *part >= 0)
                && parts.iter().sum::<i128>() >= least
        }
        (_, DataType::Interval(_) | DataType::Duration(_) | DataType::Null) => true,
        _ => false,
    }
}
