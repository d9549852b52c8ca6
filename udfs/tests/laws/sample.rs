//! Random input for every form of every function, in every type that the form accepts.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, StringArray, new_null_array,
};
use datafusion::arrow::compute::SortOptions;
use datafusion::arrow::compute::{cast, concat, nullif};
use datafusion::arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use datafusion::common::ScalarValue;
use datafusion::physical_expr::aggregate::{AggregateExprBuilder, AggregateFunctionExpr};
use datafusion::physical_expr::expressions::{Column, lit};
use datafusion::physical_expr::{PhysicalExpr, PhysicalSortExpr};
use rand::Rng;
use rand::rngs::StdRng;
use tenure_udfs::kernel::{Role, udaf};
use tenure_udfs::spec::{Arg, Domain, Family, Form, FunctionSpec, Kind, Setting, Stage};

/// One form of one aggregate, with a number of arguments, and with or without its settings.
pub(crate) struct Case {
    pub spec: &'static FunctionSpec,
    pub form: &'static Form,
    args: usize,
    settings: bool,
    /// Whether times, if there are any, are whole numbers.
    whole_times: bool,
}

/// Some rows of input.
pub(crate) struct Sample {
    pub args: Vec<ArrayRef>,
}

/// Every form of every aggregate; forms that repeat an argument once with it and once with three,
/// forms with settings once with as few of them as there must be and once with all, and forms of
/// times once with whole numbers.
pub(crate) fn cases() -> impl Iterator<Item = Case> {
    tenure_udfs::specs().filter(|spec| spec.is_aggregate()).flat_map(|spec| {
        spec.forms.iter().flat_map(move |form| {
            let lengths = if form.repeats() { vec![0, 2] } else { vec![0] };
            let settings = if form.settings.is_empty() { vec![false] } else { vec![false, true] };
            let has_time = form.args[0].kind == Kind::Time;
            let whole_times = if has_time { vec![false, true] } else { vec![false] };
            lengths.into_iter().flat_map(move |more| {
                let args = form.args.len() + more;
                let whole_times = whole_times.clone();
                settings.clone().into_iter().flat_map(move |settings| {
                    whole_times.clone().into_iter().map(move |whole_times| Case {
                        spec,
                        form,
                        args,
                        settings,
                        whole_times,
                    })
                })
            })
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

    /// Whether a NULL beside what is required is a condition not met or an amount of nothing.
    pub(crate) fn takes_nulls(&self) -> bool {
        self.is_entity() || self.spec.family == Family::Behaviour
    }

    /// Whether its result depends on the order of the rows.
    pub(crate) fn is_ordered(&self) -> bool {
        self.form.kernel.is_ordered()
    }

    /// How many of the first arguments must not be NULL.
    pub(crate) fn required(&self) -> usize {
        let required =
            |arg: &&Arg| matches!(arg.kind, Kind::Id | Kind::Text | Kind::Day | Kind::Time);
        if self.is_ordered() {
            0
        } else if self.takes_nulls() {
            self.form.args.iter().take_while(required).count()
        } else {
            self.args
        }
    }

    /// Whether its state holds every row, or every customer.
    pub(crate) fn keeps_rows(&self) -> bool {
        let row = Sample { args: (0..self.args).map(|at| one(self.kind(at), 1)).collect() };
        let fields = self.aggregate(&row).state_fields().unwrap();
        fields.iter().any(|field| field.data_type().is_nested())
    }

    fn kind(&self, at: usize) -> Kind {
        self.form.arg(at, self.args).unwrap().kind
    }

    /// Rows that the function accepts, a good part of them with a NULL.
    pub(crate) fn sample(&self, rows: usize, rng: &mut StdRng) -> Sample {
        let types: Vec<_> = (0..self.args).map(|at| self.any_type(at, rng)).collect();
        let mut drawn: Vec<Vec<ArrayRef>> = vec![];
        while drawn.len() < rows {
            let row: Vec<ArrayRef> = self
                .numbers(rng)
                .into_iter()
                .zip(&types)
                .enumerate()
                .map(|(at, (number, data_type))| value(self.kind(at), number, data_type, rng))
                .collect();
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
        let mut args: Vec<ArrayRef> = (0..self.args).map(column).collect();
        // The engine hands over what rows are ordered by behind the arguments.
        if self.is_ordered() {
            args.push(Arc::new(Int64Array::from_iter_values((0_i64..).take(rows))));
        }
        Sample { args }
    }

    fn any_type(&self, at: usize, rng: &mut StdRng) -> DataType {
        match self.kind(at) {
            Kind::Time if self.whole_times => DataType::Int32,
            kind => any_type(kind, rng),
        }
    }

    /// A whole number for each argument. Many counts mostly count parts of those before them, so
    /// they fall; at random such a row would hardly ever be drawn.
    fn numbers(&self, rng: &mut StdRng) -> Vec<i64> {
        let mut numbers: Vec<i64> = (0..self.args).map(|_| rng.random_range(0..=10)).collect();
        if (0..self.args).filter(|&at| self.kind(at) == Kind::Whole).count() > 3 {
            numbers.sort_unstable_by(|a, b| b.cmp(a));
        }
        numbers
    }

    /// A row that must be refused, where the form can refuse any: the last number is -1.
    pub(crate) fn invalid_row(&self) -> Option<Sample> {
        let last = (0..self.args).rev().find(|&at| self.kind(at) == Kind::Whole)?;
        let number = |at| if at == last { -1 } else { 1 };
        let args = (0..self.args).map(|at| one(self.kind(at), number(at)));
        Some(Sample { args: args.collect() })
    }

    pub(crate) fn aggregate(&self, sample: &Sample) -> AggregateFunctionExpr {
        self.of_args(Role::Value, sample)
    }

    pub(crate) fn state_aggregate(&self, sample: &Sample) -> AggregateFunctionExpr {
        self.of_args(Role::State, sample)
    }

    pub(crate) fn merge_aggregate(&self, state: &DataType) -> AggregateFunctionExpr {
        let settings = self.settings(Role::Merge);
        aggregate(self.spec, Role::Merge, &[], vec![state.clone()], &settings, false)
    }

    /// What is known of single customers.
    pub(crate) fn entry_aggregate(&self, sample: &Sample) -> AggregateFunctionExpr {
        self.of_args(Role::Entry, sample)
    }

    /// The metric of customers and entries of these types.
    pub(crate) fn of_entries(&self, types: Vec<DataType>) -> AggregateFunctionExpr {
        let settings = self.settings(Role::OfEntries);
        aggregate(self.spec, Role::OfEntries, &[], types, &settings, false)
    }

    fn of_args(&self, role: Role, sample: &Sample) -> AggregateFunctionExpr {
        let types = sample.args.iter().map(|arg| arg.data_type().clone()).collect();
        let ordered = self.is_ordered() && sample.args.len() > self.args;
        aggregate(self.spec, role, &self.lead(role), types, &self.settings(role), ordered)
    }

    /// The constants that a call in this role has before its arguments.
    pub(crate) fn lead(&self, role: Role) -> Vec<ScalarValue> {
        let lead = if role == Role::Merge { &[] } else { self.form.lead };
        lead.iter().map(|setting| self.constant(setting)).collect()
    }

    /// The constants that a call in this role has behind its arguments.
    pub(crate) fn settings(&self, role: Role) -> Vec<ScalarValue> {
        let taken = |setting: &&&Setting| match role {
            Role::Value | Role::Entry | Role::OfEntries => true,
            Role::State => setting.stage != Stage::Result || !setting.is_optional(),
            Role::Merge => setting.stage != Stage::Rows,
        };
        let given = |setting: &&&Setting| self.settings || !setting.is_optional();
        let lead = if role == Role::Merge { self.form.lead } else { &[] };
        let all = lead.iter().chain(self.form.settings);
        all.filter(taken).filter(given).map(|setting| self.constant(setting)).collect()
    }

    /// A constant at its default; or at 20, ten days, all words or a pattern.
    fn constant(&self, setting: &Setting) -> ScalarValue {
        match setting.domain {
            Domain::Between { default, .. } => ScalarValue::from(default.unwrap_or(20.0)),
            Domain::Whole { default, .. } => ScalarValue::from(default as f64),
            Domain::Choice(words) | Domain::Word(words) => ScalarValue::from(words[0]),
            // The last word takes a condition for itself.
            Domain::Words(words) if self.args < 3 => {
                ScalarValue::from(words[..words.len() - 1].join(", "))
            }
            Domain::Words(words) => ScalarValue::from(words.join(", ")),
            // What needs other modes than all of them is tested elsewhere.
            Domain::Numbers { .. } => ScalarValue::from(""),
            Domain::Windows => ScalarValue::Null,
            Domain::Text(_) => ScalarValue::from("(?1).*(?t>=0)(?1)"),
            Domain::Window | Domain::OptionalWindow if self.whole_times => {
                ScalarValue::from(10_i64)
            }
            Domain::Window | Domain::OptionalWindow => ScalarValue::new_interval_mdn(0, 10, 0),
        }
    }
}

fn aggregate(
    spec: &'static FunctionSpec,
    role: Role,
    lead: &[ScalarValue],
    types: Vec<DataType>,
    settings: &[ScalarValue],
    ordered: bool,
) -> AggregateFunctionExpr {
    let fields: Vec<_> = types
        .into_iter()
        .enumerate()
        .map(|(at, data_type)| Field::new(format!("arg{at}"), data_type, true))
        .collect();
    let args = fields
        .iter()
        .enumerate()
        .map(|(at, field)| Arc::new(Column::new(field.name(), at)) as Arc<dyn PhysicalExpr>);
    let mut columns: Vec<_> = lead
        .iter()
        .map(|value| lit(value.clone()))
        .chain(args)
        .chain(settings.iter().map(|value| lit(value.clone())))
        .collect();
    let order = if ordered { columns.pop() } else { None };
    let order = order.map(|expr| PhysicalSortExpr::new(expr, SortOptions::default()));
    AggregateExprBuilder::new(Arc::new(udaf(spec, role)), columns)
        .schema(Arc::new(Schema::new(fields)))
        .order_by(order.into_iter().collect())
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
        Kind::Text => vec![
            DataType::Utf8,
            DataType::LargeUtf8,
            DataType::Utf8View,
            dictionary(DataType::Utf8),
            dictionary(DataType::LargeUtf8),
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
        Kind::Day | Kind::Time => vec![
            DataType::Date32,
            DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            DataType::Timestamp(TimeUnit::Nanosecond, None),
        ],
    };
    types.swap_remove(rng.random_range(0..types.len()))
}

/// A value of a kind that means this number.
pub(crate) fn one(kind: Kind, number: i64) -> ArrayRef {
    match kind {
        Kind::Flag => Arc::new(BooleanArray::from(vec![number > 0])),
        Kind::Text => Arc::new(StringArray::from(vec![number.to_string()])),
        Kind::Day => Arc::new(Date32Array::from(vec![20_000 + i32::try_from(number).unwrap()])),
        Kind::Whole | Kind::Number | Kind::Id | Kind::Time => {
            Arc::new(Int64Array::from(vec![number]))
        }
    }
}

fn value(kind: Kind, whole: i64, data_type: &DataType, rng: &mut StdRng) -> ArrayRef {
    let plain: ArrayRef = match kind {
        Kind::Flag => Arc::new(BooleanArray::from(vec![rng.random_bool(0.5)])),
        Kind::Whole => Arc::new(Int64Array::from(vec![whole])),
        Kind::Day | Kind::Time => {
            Arc::new(Date32Array::from(vec![rng.random_range(20_000..20_060)]))
        }
        Kind::Number => {
            let cents: i32 = rng.random_range(0..20_000);
            Arc::new(Float64Array::from(vec![f64::from(cents) / 100.0]))
        }
        Kind::Text => {
            let texts = ["", "a", "b", "page"];
            Arc::new(StringArray::from(vec![texts[rng.random_range(0..texts.len())]]))
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
