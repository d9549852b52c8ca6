//! Plans the calls of relations.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::DFSchema;
use datafusion::error::Result;
use datafusion::logical_expr::planner::{
    PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning,
};
use datafusion::logical_expr::{ExprSchemable, LogicalPlanBuilder};
use datafusion::sql::sqlparser::ast::{Spanned, TableFactor};

use super::call::{Call, error};
use super::find;
use super::spec::{RelationSpec, Takes};
use super::template::{expression, filled, substituted};

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
        use_local_time(&mut call)?;
        let query = filled((spec.template)(&call.words), spec.name, call.args, call.input)?;
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
        let data_type = context.sql_to_expr(value.clone(), schema)?.get_type(schema)?;
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
    Ok(())
}

fn accepts(takes: Takes, data_type: &DataType) -> bool {
    match (takes, data_type) {
        (_, DataType::Dictionary(_, values)) => accepts(takes, values),
        (_, DataType::Null) => true,
        (Takes::Time, _) => {
            matches!(data_type, DataType::Timestamp(..) | DataType::Date32 | DataType::Date64)
        }
        (Takes::Condition, _) => *data_type == DataType::Boolean,
        (Takes::Number, _) => data_type.is_numeric(),
        _ => true,
    }
}

/// With a time zone, every time is the one on its clocks.
fn use_local_time(call: &mut Call) -> Result<()> {
    let zone = call.words.get("timezone").to_owned();
    if zone.is_empty() {
        return Ok(());
    }
    for arg in ["time", "as_of"] {
        let Some(time) = call.args.get(arg).cloned() else { continue };
        let zoned = format!("Timestamp(Microsecond, Some(\"{zone}\"))").replace('\'', "''");
        let local = expression(&format!("to_local_time(arrow_cast($time, '{zoned}'))"))
            .map_err(|why| error(format!("timezone: {why}"), time.span()))?;
        call.args.insert(arg, substituted(local, "time", time));
    }
    Ok(())
}
