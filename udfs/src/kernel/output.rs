//! What functions return: a number, a text, or a struct of named numbers.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, BooleanBufferBuilder, Float64Array, Int64Array, LargeListArray,
    LargeStringArray, StructArray,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Field, Fields};
use datafusion_common::{Result, exec_err};

use super::events::as_times;
use super::list_columns::list_type;
use super::state::StoredBits;
use crate::math::{
    Answers, Association, Comparison, Interval, Movements, Parts, RankComparison, Share,
};

/// A type that a function can return.
pub trait Output: Sized + Default + Clone {
    /// The fields of a struct, each with what it means; empty for a plain value.
    const FIELDS: &'static [(&'static str, &'static str)] = &[];

    /// Its SQL type.
    fn data_type() -> DataType;

    /// A column of results, with NULL for `None`.
    fn column(function: &str, values: Vec<Option<Self>>) -> Result<ArrayRef>;
}

/// Results of a function of times, one after the other.
pub trait EventResults: Default {
    /// The fields of a struct, each with what it means; empty for a plain value.
    const FIELDS: &'static [(&'static str, &'static str)] = &[];

    /// The SQL type, if the times are of type `time`.
    fn type_at(time: &DataType) -> DataType;

    /// The results as a column.
    fn column(self, function: &str, time: &DataType) -> Result<ArrayRef>;
}

/// NULL for `None`.
impl<O: Output> EventResults for Vec<Option<O>> {
    const FIELDS: &'static [(&'static str, &'static str)] = O::FIELDS;

    fn type_at(_: &DataType) -> DataType {
        O::data_type()
    }

    fn column(self, function: &str, _: &DataType) -> Result<ArrayRef> {
        O::column(function, self)
    }
}

/// Lists of times, as ticks of the type that the times of the call have.
#[derive(Debug, Default)]
pub struct TimeLists {
    ticks: Vec<i64>,
    lengths: Vec<usize>,
}

impl TimeLists {
    /// Adds a list.
    pub fn push(&mut self, ticks: &[i64]) {
        self.ticks.extend_from_slice(ticks);
        self.lengths.push(ticks.len());
    }
}

impl EventResults for TimeLists {
    fn type_at(time: &DataType) -> DataType {
        list_type(time)
    }

    fn column(self, _: &str, time: &DataType) -> Result<ArrayRef> {
        lists_of(self.lengths, as_times(self.ticks, time)?, None)
    }
}

impl<W: StoredBits, const WORDS: usize> Output for Answers<W, WORDS> {
    fn data_type() -> DataType {
        list_type(&DataType::Boolean)
    }

    fn column(_: &str, values: Vec<Option<Self>>) -> Result<ArrayRef> {
        let conditions = |answers: &Self| usize::try_from(answers.conditions.into()).unwrap_or(0);
        let mut items = BooleanBufferBuilder::new(0);
        for answers in values.iter().flatten() {
            (0..conditions(answers)).for_each(|index| items.append(answers.holds(index)));
        }
        let nulls: NullBuffer = values.iter().map(Option::is_some).collect();
        let lengths = values.iter().map(|answers| answers.as_ref().map_or(0, conditions));
        lists_of(lengths, Arc::new(BooleanArray::from(items.finish())), Some(nulls))
    }
}

/// A column of lists of these lengths of the items, one after the other.
pub(crate) fn lists_of(
    lengths: impl IntoIterator<Item = usize>,
    items: ArrayRef,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef> {
    let item = Arc::new(Field::new_list_field(items.data_type().clone(), true));
    let offsets = OffsetBuffer::from_lengths(lengths);
    Ok(Arc::new(LargeListArray::try_new(item, offsets, items, nulls)?))
}

impl Output for bool {
    fn data_type() -> DataType {
        DataType::Boolean
    }

    fn column(_: &str, values: Vec<Option<Self>>) -> Result<ArrayRef> {
        Ok(Arc::new(values.into_iter().collect::<BooleanArray>()))
    }
}

impl Output for f64 {
    fn data_type() -> DataType {
        DataType::Float64
    }

    fn column(function: &str, values: Vec<Option<Self>>) -> Result<ArrayRef> {
        let column: Float64Array = values.into_iter().collect();
        if column.iter().flatten().all(Self::is_finite) {
            return Ok(Arc::new(column));
        }
        exec_err!("{function}: the result is beyond the range of DOUBLE")
    }
}

impl Output for u64 {
    fn data_type() -> DataType {
        DataType::Int64
    }

    fn column(function: &str, values: Vec<Option<Self>>) -> Result<ArrayRef> {
        let mut column = Vec::with_capacity(values.len());
        for value in values {
            match value.map(i64::try_from).transpose() {
                Ok(value) => column.push(value),
                Err(_) => return exec_err!("{function}: the result is beyond the range of BIGINT"),
            }
        }
        Ok(Arc::new(Int64Array::from(column)))
    }
}

impl Output for Vec<u64> {
    fn data_type() -> DataType {
        list_type(&u64::data_type())
    }

    fn column(function: &str, values: Vec<Option<Self>>) -> Result<ArrayRef> {
        let nulls: NullBuffer = values.iter().map(Option::is_some).collect();
        let lengths: Vec<_> = values.iter().map(|list| list.as_ref().map_or(0, Vec::len)).collect();
        let items = values.into_iter().flatten().flatten().map(Some).collect();
        lists_of(lengths, u64::column(function, items)?, Some(nulls))
    }
}

impl Output for String {
    fn data_type() -> DataType {
        DataType::LargeUtf8
    }

    fn column(_: &str, values: Vec<Option<Self>>) -> Result<ArrayRef> {
        Ok(Arc::new(LargeStringArray::from_iter(values)))
    }
}

/// A field of a struct: a value that is always there, or one that may be missing.
trait Cell<T> {
    fn cell(self) -> Option<T>;
}

impl<T> Cell<T> for T {
    fn cell(self) -> Option<T> {
        Some(self)
    }
}

impl<T> Cell<T> for Option<T> {
    fn cell(self) -> Option<T> {
        self
    }
}

/// The SQL struct of a result: each field with its type and what it means.
macro_rules! output {
    ($record:ty { $($field:ident: $cell:ty, $doc:literal;)+ }) => {
        impl Output for $record {
            const FIELDS: &'static [(&'static str, &'static str)] =
                &[$((stringify!($field), $doc)),+];

            fn data_type() -> DataType {
                DataType::Struct(Fields::from(vec![
                    $(Field::new(stringify!($field), <$cell>::data_type(), true)),+
                ]))
            }

            fn column(function: &str, values: Vec<Option<Self>>) -> Result<ArrayRef> {
                let nulls: NullBuffer = values.iter().map(Option::is_some).collect();
                let DataType::Struct(fields) = Self::data_type() else {
                    return exec_err!("{function}: a struct was expected");
                };
                let columns = vec![$({
                    let cell = |value: &Option<Self>| -> Option<$cell> {
                        value.as_ref().and_then(|value| value.$field.cell())
                    };
                    <$cell>::column(function, values.iter().map(cell).collect())?
                }),+];
                Ok(Arc::new(StructArray::try_new(fields, columns, Some(nulls))?))
            }
        }
    };
}

output!(Share {
    estimate: f64, "the rate, in percent";
    low: f64, "the lower end of its confidence interval, in percent; NULL where hits exceed n";
    high: f64, "the upper end of its confidence interval, in percent; NULL where hits exceed n";
    n: u64, "how many were counted, the denominator";
    hits: u64, "how many of them the rate is about, the numerator";
});

output!(Interval {
    estimate: f64, "the metric itself, in its own unit";
    low: f64, "the lower end of its confidence interval; NULL where n is too small for one";
    high: f64, "the upper end of its confidence interval; NULL where n is too small for one";
    n: u64, "how many were counted";
});

output!(Parts {
    estimate: f64, "the Net Promoter Score";
    promoters: u64, "answers of 9 or 10";
    passives: u64, "answers of 7 or 8";
    detractors: u64, "answers of 0 to 6";
    promoter_share: f64, "promoters in percent of all answers";
    passive_share: f64, "passives in percent of all answers";
    detractor_share: f64, "detractors in percent of all answers";
    n: u64, "all answers";
});

output!(Movements {
    opening: f64, "recurring revenue before";
    new: f64, "of customers who had never paid";
    expansion: f64, "what customers pay more than before";
    contraction: f64, "what customers pay less than before, as a positive amount";
    churned: f64, "of customers who pay nothing any more, as a positive amount";
    reactivated: f64, "of customers who pay again after they had stopped";
    closing: f64, "recurring revenue after: opening + new + expansion + reactivated - contraction - churned";
    n: u64, "customers, with or without revenue";
});

output!(Comparison {
    control: f64, "the rate (in percent), mean or score of the control group";
    variant: f64, "the rate (in percent), mean or score of the variant";
    difference: f64, "variant - control; of rates, in percentage points";
    low: f64, "the lower end of the confidence interval of the difference";
    high: f64, "the upper end of the confidence interval of the difference";
    uplift: f64, "the difference in percent of control; NULL of scores, and where control is not positive";
    statistic: f64, "t of means, z of rates and scores; NULL where nothing varies";
    df: f64, "degrees of freedom of t; NULL for z";
    p_value: f64, "how likely so large a difference would be by chance alone, two-sided, 0 to 1; NULL where nothing varies";
    n_control: u64, "how many were counted in the control group";
    n_variant: u64, "how many were counted in the variant";
});

output!(RankComparison {
    control: f64, "the median of the control group";
    variant: f64, "the median of the variant";
    difference: f64, "median of the variant - median of control";
    probability: f64, "of a random pair, how often the variant's value is the higher one (ties count half), in percent; 50 is no difference";
    low: f64, "the lower end of the confidence interval of the probability";
    high: f64, "the upper end of the confidence interval of the probability";
    statistic: f64, "U of the variant: pairs in which its value is higher, ties counting half";
    p_value: f64, "how likely so unequal a ranking would be by chance alone, two-sided, 0 to 1; NULL where nothing varies";
    n_control: u64, "how many were counted in the control group";
    n_variant: u64, "how many were counted in the variant";
});

output!(Association {
    statistic: f64, "chi squared";
    df: u64, "degrees of freedom: (values of a - 1) * (values of b - 1)";
    p_value: f64, "how likely so uneven a table would be by chance alone, 0 to 1";
    cramers_v: f64, "how strong the association is, from 0 (none) to 1 (one decides the other)";
    smallest_expected: f64, "the smallest expected count; below 5 the p-value is not to be trusted";
    n: u64, "how many were counted";
});
