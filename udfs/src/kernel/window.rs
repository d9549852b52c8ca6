//! A function of rows in order, such as the number of a session, as `DataFusion` knows it.

use std::fmt::Debug;
use std::hash::{Hash, Hasher};

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::{DataType, Field, FieldRef, Schema};
use datafusion_common::{Result, exec_err, plan_err};
use datafusion_doc::Documentation;
use datafusion_expr::function::{PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion_expr::{PartitionEvaluator, Signature, WindowUDF, WindowUDFImpl};

use super::call::Call;
use super::column::{Days, ticks};
use super::id::{Id, IdColumn, stored_type};
use super::output::Output;
use super::settings::Settings;
use super::udaf::{Role, documentation, signature};
use crate::kernel::column::Column;
use crate::spec::FunctionSpec;

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

/// The results for the rows of a partition.
pub(super) fn results<O: Ordered>(call: &Call, args: &[ArrayRef]) -> Result<ArrayRef> {
    let name = call.spec.name;
    let mut function =
        O::with(&call.settings, &call.time).or_else(|why| plan_err!("{name}: {why}"))?;
    let args = call.row_args(args);
    let time = &args[0];
    let times = ticks(time, &call.time)?;
    let days = function.needs_days().then(|| Days::open(time)).transpose()?;
    let ids = args
        .get(1)
        .map(|ids| IdColumn::open(&[ArrayRef::clone(ids)], &stored_type(ids.data_type())));
    let ids = ids.transpose()?;
    let mut last = i64::MIN;
    let mut values = vec![];
    for row in 0..time.len() {
        if time.is_null(row) {
            values.push(None);
            continue;
        }
        if times[row] < last {
            let arg = call.arg_name(0, args.len());
            return exec_err!(
                "{name} needs the rows in order of {arg}: write OVER (PARTITION BY … ORDER BY {arg})"
            );
        }
        last = times[row];
        let id = ids.as_ref().filter(|_| args[1].is_valid(row)).map(|ids| ids.get(row));
        let day = days.as_ref().map_or(0, |days| days.get(row));
        values.push(Some(function.next(times[row], day, id)));
    }
    O::Output::column(name, values)
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
