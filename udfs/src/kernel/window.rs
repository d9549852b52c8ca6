//! A function of rows in order, such as the number of a session, as `DataFusion` knows it.

use std::fmt::Debug;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array, UInt64Array};
use arrow::compute::kernels::cmp::lt;
use arrow::compute::{cast, take};
use arrow::datatypes::{DataType, Field, FieldRef, Schema};
use datafusion_common::{Result, exec_err, plan_err};
use datafusion_doc::Documentation;
use datafusion_expr::function::{PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion_expr::{PartitionEvaluator, Signature, WindowUDF, WindowUDFImpl};

use super::call::Call;
use super::column::{Column, Days, ticks, unpack};
use super::events::{as_times, stored_time};
use super::id::{Id, IdColumn, stored_type};
use super::invalid::{Invalid, row_error};
use super::output::{EventResults, Output};
use super::rows::{Columns, RowOf, Selection};
use super::settings::Settings;
use super::udaf::{Role, documentation, signature};
use crate::spec::{FunctionSpec, Kind};

/// A function of events in order of time, each of which has a result. One whose time is NULL has
/// none and is passed over.
pub trait Ordered: Debug + Sized + 'static {
    /// What the function returns.
    type Output: Output;

    /// The function with the constants of a call, or why there is none.
    fn with(settings: &Settings, time: &DataType) -> Result<Self, String>;

    /// Whether it asks for the day of each event.
    fn needs_days(&self) -> bool;

    /// The result for the next event: its time, the day it falls on, and the id beside it if there
    /// is one.
    fn next(&mut self, time: i64, day: i32, id: Option<Id<'_>>) -> Self::Output;
}

/// A function of all events of a partition, in order of time. One whose time is NULL has no result and is
/// passed over.
pub trait Journey: Debug + Sized + 'static {
    /// How the arguments behind the time are read. A NULL reads as false or zero, of a time as before all
    /// others.
    type Input: Columns;
    /// What the function returns, of one event after the other.
    type Results: EventResults;

    /// The function with the constants of a call, or why there is none.
    fn with(settings: &Settings, time: &DataType) -> Result<Self, String>;

    /// The results, given when each event was and what is beside it; or the event that cannot be taken, and
    /// why.
    fn results(
        &self,
        events: &[(i64, RowOf<'_, Self::Input>)],
    ) -> Result<Self::Results, (usize, Invalid)>;
}

/// The results for the rows of a partition, one after the other.
pub(super) fn results<O: Ordered>(call: &Call, args: &[ArrayRef]) -> Result<ArrayRef> {
    let name = call.spec.name;
    let mut function = or_refused(call, O::with(&call.settings, &call.time))?;
    let args = call.row_args(args);
    let events = events(call, args)?;
    let days = function.needs_days().then(|| Days::open(&args[0])).transpose()?;
    let ids = args
        .get(1)
        .map(|ids| IdColumn::open(&[ArrayRef::clone(ids)], &stored_type(ids.data_type())));
    let ids = ids.transpose()?;
    let mut values = vec![None; args[0].len()];
    for (row, time) in events {
        let id = ids.as_ref().filter(|_| args[1].is_valid(row)).map(|ids| ids.get(row));
        let day = days.as_ref().map_or(0, |days| days.get(row));
        values[row] = Some(function.next(time, day, id));
    }
    O::Output::column(name, values)
}

/// The results for the rows of a partition, all at once.
pub(super) fn results_of_all<J: Journey>(call: &Call, args: &[ArrayRef]) -> Result<ArrayRef> {
    let journey = or_refused(call, J::with(&call.settings, &call.time))?;
    let args = call.row_args(args);
    let rows = events(call, args)?;
    let input = J::Input::open(&beside_time(call, args)?)?;
    let events: Vec<_> =
        rows.iter().map(|&(row, time)| (time, input.row_or_default(row))).collect();
    let results = journey.results(&events);
    let results = results.map_err(|(event, why)| row_error(call, args, rows[event].0, why))?;
    let results = results.column(call.spec.name, &call.time)?;
    let len = args[0].len();
    if rows.len() == len {
        return Ok(results);
    }
    let mut places = vec![None; len];
    (0..).zip(&rows).for_each(|(event, &(row, _))| places[row] = Some(event));
    Ok(take(&results, &UInt64Array::from(places), None)?)
}

fn or_refused<T>(call: &Call, function: Result<T, String>) -> Result<T> {
    function.or_else(|why| plan_err!("{}: {why}", call.spec.name))
}

/// The rows that have a time, which come in its order.
fn events(call: &Call, args: &[ArrayRef]) -> Result<Vec<(usize, i64)>> {
    let times = ticks(&args[0], &call.time)?;
    let events = Selection::new(&args[..1], None).map(|row| (row, times[row]));
    if events.is_sorted_by_key(|&(_, time)| time) {
        return Ok(events);
    }
    let (name, arg) = (call.spec.name, call.arg_name(0, args.len()));
    exec_err!("{name} needs the rows in order of {arg}: write OVER (PARTITION BY … ORDER BY {arg})")
}

/// The arguments behind the time, other times in the ticks in which it is counted, rounded up.
fn beside_time(call: &Call, args: &[ArrayRef]) -> Result<Vec<ArrayRef>> {
    let is_number = |data_type: &DataType| *data_type == DataType::Int64;
    let of = |(at, arg): (usize, &ArrayRef)| -> Result<ArrayRef> {
        let Some(named) = call.form.arg(at, args.len()).filter(|arg| arg.kind == Kind::Time) else {
            return Ok(ArrayRef::clone(arg));
        };
        let alike = is_number(&stored_time(arg.data_type())) == is_number(&call.time);
        if alike || arg.logical_null_count() == arg.len() {
            return rounded_up(arg, &call.time);
        }
        let (name, time) = (call.spec.name, call.arg_name(0, args.len()));
        plan_err!("{name}: {} and {time} must both be times, or both whole numbers", named.name)
    };
    args.iter().enumerate().skip(1).map(of).collect()
}

/// Times as ticks of another type, those between two ticks as the later one, NULL as before all others.
fn rounded_up(times: &ArrayRef, stored: &DataType) -> Result<ArrayRef> {
    let times = unpack(times)?;
    let whole = ticks(&times, stored)?;
    let exact = cast(&as_times(whole.to_vec(), stored)?, times.data_type())?;
    let is_earlier = lt(&exact, &times)?;
    let tick = |row| {
        let rounded_off = is_earlier.is_valid(row) && is_earlier.value(row);
        if times.is_null(row) { i64::MIN } else { whole[row].saturating_add(rounded_off.into()) }
    };
    Ok(Arc::new((0..times.len()).map(tick).collect::<Int64Array>()))
}

/// The function that a specification of such a function is.
#[must_use]
pub fn udwf(spec: &'static FunctionSpec) -> WindowUDF {
    WindowUDF::new_from_impl(OfPartition {
        spec,
        aliases: spec.aliases.iter().map(|&alias| alias.to_owned()).collect(),
        signature: signature(spec, Role::Value),
        documentation: documentation(spec, Role::Value),
    })
}

#[derive(Debug)]
struct OfPartition {
    spec: &'static FunctionSpec,
    aliases: Vec<String>,
    signature: Signature,
    documentation: Documentation,
}

impl PartialEq for OfPartition {
    fn eq(&self, other: &Self) -> bool {
        self.spec.name == other.spec.name
    }
}

impl Eq for OfPartition {}

impl Hash for OfPartition {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.spec.name.hash(state);
    }
}

impl OfPartition {
    fn call(&self, fields: &[FieldRef]) -> Result<Call> {
        let types: Vec<_> = fields.iter().map(|field| field.data_type().clone()).collect();
        Call::of_args(self.spec, &types, Role::Value)
    }
}

impl WindowUDFImpl for OfPartition {
    fn name(&self) -> &str {
        self.spec.name
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        Ok(Call::of_args(self.spec, arg_types, Role::Value)?.coerced(arg_types))
    }

    fn partition_evaluator(
        &self,
        args: PartitionEvaluatorArgs,
    ) -> Result<Box<dyn PartitionEvaluator>> {
        let call = self.call(args.input_fields())?;
        let call = call.with_constants(self.spec.name, args.input_exprs(), &Schema::empty())?;
        Ok(Box::new(Evaluator(call)))
    }

    fn field(&self, args: WindowUDFFieldArgs) -> Result<FieldRef> {
        let call = self.call(args.input_fields())?;
        Ok(Field::new(args.name(), call.output(), true).into())
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}

#[derive(Debug)]
struct Evaluator(Call);

impl PartitionEvaluator for Evaluator {
    fn evaluate_all(&mut self, values: &[ArrayRef], _: usize) -> Result<ArrayRef> {
        self.0.form.kernel.results(&self.0, values)
    }
}
