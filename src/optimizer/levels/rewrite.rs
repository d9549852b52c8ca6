//! An aggregate of metrics over customers as two aggregates.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Column, DFSchema};
use datafusion::error::Result;
use datafusion::logical_expr::expr::{Alias, FieldMetadata};
use datafusion::logical_expr::{Aggregate, Expr, ExprSchemable, LogicalPlan, Projection, cast};

use super::steps::Levels;

/// The plan of the same result in two levels, or `None` where there is none.
pub(super) fn in_two_levels(aggregate: &Aggregate) -> Result<Option<LogicalPlan>> {
    let keys = &aggregate.group_expr;
    if keys.iter().any(|key| matches!(key, Expr::GroupingSet(_)) || key.is_volatile()) {
        return Ok(None);
    }
    let Some(levels) = Levels::of(aggregate)? else { return Ok(None) };
    if !can_be_key(&levels.customer, aggregate.input.schema())? {
        return Ok(None);
    }
    let plan = plan(aggregate, levels)?;
    // Whoever reads the result must not be able to tell.
    Ok(is_same(plan.schema(), &aggregate.schema).then_some(plan))
}

fn plan(aggregate: &Aggregate, levels: Levels) -> Result<LogicalPlan> {
    let keys = aggregate.group_expr.iter().enumerate();
    let mut by: Vec<Expr> = keys.map(|(at, expr)| bare(expr).alias(Levels::key(at))).collect();
    if !levels.is_key {
        by.push(levels.customer.alias(Levels::CUSTOMER));
    }
    let customers = Aggregate::try_new(Arc::clone(&aggregate.input), by, levels.first)?;
    let keys: Vec<Expr> =
        (0..aggregate.group_expr.len()).map(|at| column(&Levels::key(at))).collect();
    let customers = Arc::new(LogicalPlan::Aggregate(customers));
    let all = Aggregate::try_new(customers, keys.clone(), levels.second)?;
    let all = Arc::new(LogicalPlan::Aggregate(all));
    let columns = keys.into_iter().chain(levels.results).zip(aggregate.schema.iter());
    let columns = columns.map(|(expr, (qualifier, field))| {
        let metadata = field.metadata();
        let metadata = (!metadata.is_empty()).then(|| FieldMetadata::from(metadata));
        let given = expr.get_type(all.schema())?;
        let expr = as_narrow(expr, &given, field.data_type());
        Ok(expr.alias_qualified_with_metadata(qualifier.cloned(), field.name(), metadata))
    });
    Ok(LogicalPlan::Projection(Projection::try_new(
        columns.collect::<Result<_>>()?,
        Arc::clone(&all),
    )?))
}

/// Sums of sums of decimals have room for more digits than anything was added up for.
fn as_narrow(expr: Expr, given: &DataType, wanted: &DataType) -> Expr {
    if given != wanted && given.is_decimal() && wanted.is_decimal() {
        return cast(expr, wanted.clone());
    }
    expr
}

/// Whether values of an expression are equal to `GROUP BY` when they are the same customer, whom a
/// table knows by integers or by text.
fn can_be_key(customer: &Expr, schema: &DFSchema) -> Result<bool> {
    let mut data_type = customer.get_type(schema)?;
    if let DataType::Dictionary(_, values) = data_type {
        data_type = *values;
    }
    Ok(data_type.is_integer()
        || data_type.is_string()
        || data_type.is_binary()
        || data_type.is_decimal()
        || matches!(
            data_type,
            DataType::Boolean | DataType::Date32 | DataType::Date64 | DataType::Timestamp(_, _)
        ))
}

/// Whether two schemas are the same to whoever reads a result.
fn is_same(left: &DFSchema, right: &DFSchema) -> bool {
    left.fields().len() == right.fields().len() && left.iter().eq(right.iter())
}

/// A column of an aggregate of ours.
pub(super) fn column(name: &str) -> Expr {
    Expr::Column(Column::from_name(name))
}

/// An expression without the name that it is given.
pub(super) fn bare(expr: &Expr) -> Expr {
    match expr {
        Expr::Alias(Alias { expr, .. }) => bare(expr),
        other => other.clone(),
    }
}
