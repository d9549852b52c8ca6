//! Random input for every form of every function, in every type that the form accepts.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, StringArray, new_null_array,
};
use datafusion::arrow::compute::{cast, concat, nullif};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::aggregate::{AggregateExprBuilder, AggregateFunctionExpr};
use datafusion::physical_expr::expressions::Column;
use rand::Rng;
use rand::rngs::StdRng;
use tenure_udfs::kernel::{Role, udaf};
use tenure_udfs::spec::{Form, FunctionSpec, Kind};

/// One form of one function, with a number of arguments.
pub(crate) struct Case {
    pub spec: &'static FunctionSpec,
    pub form: &'static Form,
    args: usize,
}

/// Some rows of input.
pub(crate) struct Sample {
    pub args: Vec<ArrayRef>,
}

/// Every form of every function; forms that repeat an argument once with it and once with three.
pub(crate) fn cases() -> impl Iterator<Item = Case> {
    tenure_udfs::specs().flat_map(|spec| {
        spec.forms.iter().flat_map(move |form| {
            let repeats = form.args.iter().any(|arg| arg.repeats);
            let lengths = if repeats { vec![0, 2] } else { vec![0] };
            lengths.into_iter().map(move |more| Case { spec, form, args: form.args.len() + more })
        })
    })
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.spec.call(self.form))
    }
}

impl Case {
    pub(crate) fn is_entity(&self) -> bool {
        self.form.args[0].kind == Kind::Id
    }

    fn kind(&self, at: usize) -> Kind {
        self.form.arg(at, self.args).unwrap().kind
    }

    /// Rows that the function accepts, a good part of them with a NULL.
    pub(crate) fn sample(&self, rows: usize, rng: &mut StdRng) -> Sample {
        let types: Vec<_> = (0..self.args).map(|at| any_type(self.kind(at), rng)).collect();
        let mut drawn: Vec<Vec<ArrayRef>> = vec![];
        while drawn.len() < rows {
            let row: Vec<ArrayRef> =
                (0..self.args).map(|at| value(self.kind(at), &types[at], rng)).collect();
            let row = Sample { args: row };
            let mut alone = self.aggregate(&row).create_accumulator().unwrap();
            // Counts that can't be meant (more lost than there were) are drawn again.
            if alone.update_batch(&row.args).is_ok() {
                drawn.push(row.args);
            }
        }
        let column = |at: usize| {
            let values: Vec<_> = drawn.iter().map(|row| row[at].as_ref()).collect();
            concat(&values).unwrap()
        };
        Sample { args: (0..self.args).map(column).collect() }
    }

    /// A row that must be refused, where the form can refuse any: the last number is -1.
    pub(crate) fn invalid_row(&self) -> Option<Sample> {
        let last = (0..self.args).rev().find(|&at| self.kind(at) == Kind::Whole)?;
        let args = (0..self.args).map(|at| {
            let number = if at == last { -1 } else { 1 };
            Arc::new(Int64Array::from(vec![number])) as ArrayRef
        });
        Some(Sample { args: args.collect() })
    }

    pub(crate) fn aggregate(&self, sample: &Sample) -> AggregateFunctionExpr {
        let types = sample.args.iter().map(|arg| arg.data_type().clone()).collect();
        aggregate(self.spec, Role::Value, types)
    }

    pub(crate) fn state_aggregate(&self, sample: &Sample) -> AggregateFunctionExpr {
        let types = sample.args.iter().map(|arg| arg.data_type().clone()).collect();
        aggregate(self.spec, Role::State, types)
    }

    pub(crate) fn merge_aggregate(&self, state: &DataType) -> AggregateFunctionExpr {
        aggregate(self.spec, Role::Merge, vec![state.clone()])
    }
}

fn aggregate(
    spec: &'static FunctionSpec,
    role: Role,
    types: Vec<DataType>,
) -> AggregateFunctionExpr {
    let fields: Vec<_> = types
        .into_iter()
        .enumerate()
        .map(|(at, data_type)| Field::new(format!("arg{at}"), data_type, true))
        .collect();
    let columns = fields
        .iter()
        .enumerate()
        .map(|(at, field)| Arc::new(Column::new(field.name(), at)) as Arc<dyn PhysicalExpr>)
        .collect();
    AggregateExprBuilder::new(Arc::new(udaf(spec, role)), columns)
        .schema(Arc::new(Schema::new(fields)))
        .alias("metric")
        .build()
        .unwrap()
}

fn any_type(kind: Kind, rng: &mut StdRng) -> DataType {
    let dictionary = |values| DataType::Dictionary(Box::new(DataType::Int16), Box::new(values));
    let mut types = match kind {
        Kind::Flag => vec![DataType::Boolean],
        Kind::Whole => vec![
            DataType::Int8,
            DataType::Int32,
            DataType::Int64,
            DataType::UInt8,
            DataType::UInt64,
            DataType::Float32,
            DataType::Float64,
            DataType::Decimal128(10, 2),
            DataType::Decimal256(40, 3),
            dictionary(DataType::Int64),
        ],
        Kind::Number => vec![
            DataType::Int16,
            DataType::Float64,
            DataType::Decimal32(8, 2),
            DataType::Decimal128(12, 2),
            dictionary(DataType::Float64),
        ],
        Kind::Id => vec![
            DataType::Int64,
            DataType::UInt16,
            DataType::UInt64,
            DataType::Utf8,
            DataType::LargeUtf8,
            DataType::Utf8View,
            DataType::Binary,
            DataType::Decimal128(20, 0),
            dictionary(DataType::Utf8),
        ],
    };
    types.swap_remove(rng.random_range(0..types.len()))
}

fn value(kind: Kind, data_type: &DataType, rng: &mut StdRng) -> ArrayRef {
    let plain: ArrayRef = match kind {
        Kind::Flag => Arc::new(BooleanArray::from(vec![rng.random_bool(0.5)])),
        Kind::Whole => Arc::new(Int64Array::from(vec![rng.random_range(0..=10)])),
        Kind::Number => {
            let cents: i32 = rng.random_range(0..20_000);
            Arc::new(Float64Array::from(vec![f64::from(cents) / 100.0]))
        }
        Kind::Id => {
            // The largest ids do not fit into signed integers.
            let first = if *data_type == DataType::UInt64 { u64::MAX - 14 } else { 0 };
            let id = first + rng.random_range(0..15);
            Arc::new(StringArray::from(vec![id.to_string()]))
        }
    };
    let value = cast(&plain, data_type).unwrap();
    if rng.random_bool(0.15) { hidden(&value) } else { value }
}

/// A NULL that has a value beneath it, as files and expressions leave them.
fn hidden(value: &ArrayRef) -> ArrayRef {
    if let DataType::Dictionary(_, _) = value.data_type() {
        return new_null_array(value.data_type(), 1);
    }
    nullif(value, &BooleanArray::from(vec![true])).unwrap()
}
