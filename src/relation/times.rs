//! Brings what a call says about time to where the templates have it: in microseconds, on the clocks that
//! count.

use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::{DFSchema, plan_datafusion_err};
use datafusion::error::Result;
use datafusion::logical_expr::ExprSchemable;
use datafusion::logical_expr::planner::RelationPlannerContext;
use datafusion::sql::sqlparser::ast::{Expr, Spanned, TypedString, Value};
use datafusion::sql::sqlparser::tokenizer::Span;

use super::call::{Call, error};
use super::spec::RelationSpec;
use super::template::{expression, substituted};

const TIME: &str = "time";
const AS_OF: &str = "as_of";

/// What a template may rely on: `$as_of`, if the relation has one, is in microseconds, and `$time_type`
/// tells what `$time` is: a 'date', or a timestamp in 'nanoseconds' or in a 'coarser' unit.
pub(super) fn settle_times(
    call: &mut Call,
    spec: &RelationSpec,
    schema: &DFSchema,
    context: &mut dyn RelationPlannerContext,
) -> Result<()> {
    if let Some(as_of) = call.args.remove(AS_OF) {
        let as_of = written_out(as_of, schema, context)?;
        call.args.insert(AS_OF, as_of);
    }
    use_local_time(spec, call, schema, context)?;
    if let Some(as_of) = call.args.remove(AS_OF) {
        call.args.insert(AS_OF, cast(as_of, "Timestamp(Microsecond, None)")?);
    }
    if let Some(time) = call.args.get(TIME) {
        let data_type = type_of(time, schema, context)?;
        let word = Value::SingleQuotedString(time_type(&data_type).to_owned());
        call.args.insert("time_type", Expr::Value(word.into()));
    }
    Ok(())
}

fn time_type(data_type: &DataType) -> &'static str {
    match data_type {
        DataType::Dictionary(_, values) => time_type(values),
        DataType::Date32 | DataType::Date64 => "date",
        DataType::Timestamp(TimeUnit::Nanosecond, _) => "nanoseconds",
        _ => "coarser",
    }
}

/// The engine reads `TIMESTAMP '…'` in nanoseconds, of which there are none for the year 9999.
fn written_out(
    moment: Expr,
    schema: &DFSchema,
    context: &mut dyn RelationPlannerContext,
) -> Result<Expr> {
    let Expr::TypedString(TypedString { value, .. }) = &moment else { return Ok(moment) };
    match type_of(&moment, schema, context)? {
        DataType::Timestamp(TimeUnit::Nanosecond, None) => {
            cast(Expr::Value(value.clone()), "Timestamp(Microsecond, None)")
        }
        DataType::Timestamp(TimeUnit::Nanosecond, Some(zone)) => {
            cast(Expr::Value(value.clone()), &zoned(&zone))
        }
        _ => Ok(moment),
    }
}

/// With a time zone, every time that is an instant is the one on its clocks.
fn use_local_time(
    spec: &RelationSpec,
    call: &mut Call,
    schema: &DFSchema,
    context: &mut dyn RelationPlannerContext,
) -> Result<()> {
    let zone = call.words.get("timezone").to_owned();
    if zone.is_empty() {
        return Ok(());
    }
    if zone.parse::<chrono_tz::Tz>().is_err() {
        let span = call.args.get("timezone").map_or_else(Span::empty, Spanned::span);
        let message = format!("{}: timezone is '{zone}', which is no time zone", spec.name);
        return Err(error(message, span));
    }
    for arg in [TIME, AS_OF] {
        let Some(time) = call.args.get(arg).cloned() else { continue };
        if matches!(type_of(&time, schema, context)?, DataType::Timestamp(_, Some(_))) {
            let instant = cast(time, &zoned(&zone))?;
            call.args.insert(arg, around("to_local_time($x)", instant)?);
        }
    }
    Ok(())
}

fn zoned(zone: &str) -> String {
    format!("Timestamp(Microsecond, Some(\"{zone}\"))")
}

fn type_of(
    time: &Expr,
    schema: &DFSchema,
    context: &mut dyn RelationPlannerContext,
) -> Result<DataType> {
    context.sql_to_expr(time.clone(), schema)?.get_type(schema)
}

fn cast(time: Expr, to: &str) -> Result<Expr> {
    around(&format!("arrow_cast($x, '{}')", to.replace('\'', "''")), time)
}

/// A call of the engine with this expression in the place of `$x`.
fn around(sql: &str, x: Expr) -> Result<Expr> {
    let call = expression(sql).map_err(|why| plan_datafusion_err!("{sql}: {why}"))?;
    Ok(substituted(call, "x", x))
}
