//! States as Arrow columns: what partial aggregates exchange and stored states hold.
//!
//! The columns are plain numbers (or lists of them, see `entities`), never views or
//! 32-bit lists, so that they survive Parquet, spilling and the network.

use std::fmt::Debug;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int32Array, PrimitiveArray, UInt8Array,
    UInt64Array,
};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{ArrowNativeType, ArrowPrimitiveType, DataType, UInt8Type, UInt64Type};
use arrow::util::display::array_value_to_string;
use datafusion_common::cast::{
    as_boolean_array, as_float64_array, as_int32_array, as_uint8_array, as_uint64_array,
};
use datafusion_common::{Result, exec_err, internal_err};

use crate::math::{
    Activity, Answers, Bands, Bits, Conditions, Count, DaySet, Groups, Mean, Moments, MovementSums,
    Part, Periods, Quotient, Ranked, Ratio, ShortActivity, Sum, Turnover, Usage,
};

/// A few plain numbers that can be kept in columns.
pub trait Stored: Copy + Default + Debug + Send + Sync + 'static {
    /// The types of its columns.
    const TYPES: &'static [DataType];

    /// Many of them as columns.
    fn columns(states: &[Self]) -> Vec<ArrayRef>;

    /// Columns as many of them.
    fn read(columns: &[ArrayRef]) -> Result<Vec<Self>>;
}

/// What a metric keeps: numbers that merge with those of other rows.
pub trait State: Part + Stored {}

impl<S: Part + Stored> State for S {}

/// Columns of the types that a state expects, whatever types of the same kind they came back from
/// storage with. A NULL in them is no state.
pub(super) fn stored_columns(columns: &[ArrayRef], types: &[DataType]) -> Result<Vec<ArrayRef>> {
    if columns.len() != types.len() {
        return internal_err!("a state of {} columns has {}", types.len(), columns.len());
    }
    let read = columns.iter().zip(types).map(|(column, data_type)| {
        if column.logical_null_count() > 0 {
            return exec_err!(
                "a stored state has a NULL where a number belongs; states of different forms, or of \
                 different numbers of conditions, cannot be put together"
            );
        }
        exact_cast(column, data_type)
    });
    read.collect()
}

/// A column in another type that holds the same values. What cannot be converted is an error and
/// not, as casts are by default, a NULL; and nothing is rounded.
pub(super) fn exact_cast(column: &ArrayRef, data_type: &DataType) -> Result<ArrayRef> {
    if data_type.is_integer() && !column.data_type().is_integer() && !column.is_empty() {
        return exec_err!("a stored state has {} where a count belongs", column.data_type());
    }
    let strict = CastOptions { safe: false, ..CastOptions::default() };
    Ok(cast_with_options(column, data_type, &strict)?)
}

/// How fields become columns. Each row: the field, its Arrow type, array and reader.
macro_rules! state {
    ($state:ty { $($($field:ident).+ : $arrow:ident, $array:ident, $reader:ident;)+ }) => {
        impl Stored for $state {
            const TYPES: &'static [DataType] = &[$(DataType::$arrow),+];

            fn columns(states: &[Self]) -> Vec<ArrayRef> {
                vec![$({
                    let values = states.iter().map(|state| state.$($field).+);
                    Arc::new($array::from_iter_values(values)) as ArrayRef
                }),+]
            }

            fn read(columns: &[ArrayRef]) -> Result<Vec<Self>> {
                let columns = stored_columns(columns, Self::TYPES)?;
                let mut states = vec![Self::default(); columns[0].len()];
                let mut columns = columns.iter();
                $(if let Some(column) = columns.next() {
                    for (state, value) in states.iter_mut().zip($reader(column)?.values()) {
                        state.$($field).+ = *value;
                    }
                })+
                Ok(states)
            }
        }
    };
}

state!(Ratio {
    hits: UInt64, UInt64Array, as_uint64_array;
    total: UInt64, UInt64Array, as_uint64_array;
});

state!(Bands {
    promoters: UInt64, UInt64Array, as_uint64_array;
    passives: UInt64, UInt64Array, as_uint64_array;
    detractors: UInt64, UInt64Array, as_uint64_array;
});

state!(Mean {
    total.sum: Float64, Float64Array, as_float64_array;
    total.compensation: Float64, Float64Array, as_float64_array;
    count: UInt64, UInt64Array, as_uint64_array;
});

state!(Sum {
    sum: Float64, Float64Array, as_float64_array;
    compensation: Float64, Float64Array, as_float64_array;
});

state!(Conditions {
    met: UInt8, UInt8Array, as_uint8_array;
});

/// Bits that can stand in a column.
pub trait StoredBits: Bits + ArrowNativeType {
    /// Their Arrow type.
    type Arrow: ArrowPrimitiveType<Native = Self>;

    /// The types of the columns of [`Answers`]: how many conditions, and up to 16 words.
    const TYPES: &'static [DataType] = &[const { Self::Arrow::DATA_TYPE }; 17];
}

impl StoredBits for u8 {
    type Arrow = UInt8Type;
}

impl StoredBits for u64 {
    type Arrow = UInt64Type;
}

impl<W: StoredBits, const WORDS: usize> Stored for Answers<W, WORDS> {
    const TYPES: &'static [DataType] = W::TYPES.split_at(WORDS + 1).0;

    fn columns(states: &[Self]) -> Vec<ArrayRef> {
        let column = |of: &dyn Fn(&Self) -> W| {
            Arc::new(PrimitiveArray::<W::Arrow>::from_iter_values(states.iter().map(of)))
                as ArrayRef
        };
        let conditions = column(&|state| state.conditions);
        let words = (0..WORDS).map(|word| column(&|state| state.met[word]));
        std::iter::once(conditions).chain(words).collect()
    }

    fn read(columns: &[ArrayRef]) -> Result<Vec<Self>> {
        let columns = stored_columns(columns, Self::TYPES).or_else(|why| {
            let room = W::BITS as usize * WORDS;
            let other_width = other_width(columns);
            other_width.map_or(Err(why), |conditions| {
                exec_err!(
                    "a stored state of {conditions} conditions cannot be put together with states \
                     that have room for {room}"
                )
            })
        })?;
        let values = |column: &ArrayRef| column.as_primitive::<W::Arrow>().values().clone();
        let answers = |&conditions: &W| Self { conditions, ..Self::default() };
        let mut states: Vec<Self> = values(&columns[0]).iter().map(answers).collect();
        for (word, column) in columns[1..].iter().enumerate() {
            for (state, met) in states.iter_mut().zip(&values(column)) {
                state.met[word] = *met;
            }
        }
        Ok(states)
    }
}

/// How many conditions a state has whose words have other names than these, if there is one: a UNION
/// puts NULL in the place of words that it does not find, and keeps the number of conditions.
fn other_width(columns: &[ArrayRef]) -> Option<String> {
    let (conditions, words) = columns.split_first()?;
    let has_no_words = |row: &usize| words.iter().any(|word| word.is_null(*row));
    let row = (0..conditions.len()).filter(|&row| conditions.is_valid(row)).find(has_no_words)?;
    array_value_to_string(conditions, row).ok()
}

state!(Activity {
    first: Int32, Int32Array, as_int32_array;
    last: Int32, Int32Array, as_int32_array;
    early: UInt64, UInt64Array, as_uint64_array;
    late: UInt64, UInt64Array, as_uint64_array;
});

/// Kept as [`Activity`] is, so that either can read what the other has written.
impl Stored for ShortActivity {
    const TYPES: &'static [DataType] = Activity::TYPES;

    fn columns(states: &[Self]) -> Vec<ArrayRef> {
        let periods = |of: fn(&Self) -> i32| -> ArrayRef {
            Arc::new(Int32Array::from_iter_values(states.iter().map(of)))
        };
        vec![
            periods(Self::first),
            periods(Self::last),
            Arc::new(UInt64Array::from_iter_values(states.iter().map(|state| state.early.into()))),
            Arc::new(UInt64Array::from_value(0, states.len())),
        ]
    }

    fn read(columns: &[ArrayRef]) -> Result<Vec<Self>> {
        let columns = stored_columns(columns, Self::TYPES)?;
        let (first, early) = (as_int32_array(&columns[0])?, as_uint64_array(&columns[2])?);
        let short = |(&first, &early): (&i32, &u64)| Self { first, early: Bits::of(early) };
        Ok(first.values().iter().zip(early.values()).map(short).collect())
    }
}

state!(Turnover {
    start: UInt64, UInt64Array, as_uint64_array;
    lost: UInt64, UInt64Array, as_uint64_array;
    new: UInt64, UInt64Array, as_uint64_array;
});

state!(Count {
    count: UInt64, UInt64Array, as_uint64_array;
});

state!(Quotient {
    part.sum: Float64, Float64Array, as_float64_array;
    part.compensation: Float64, Float64Array, as_float64_array;
    whole.sum: Float64, Float64Array, as_float64_array;
    whole.compensation: Float64, Float64Array, as_float64_array;
});

state!(Moments {
    count: UInt64, UInt64Array, as_uint64_array;
    sum.sum: Float64, Float64Array, as_float64_array;
    sum.compensation: Float64, Float64Array, as_float64_array;
    squares.sum: Float64, Float64Array, as_float64_array;
    squares.compensation: Float64, Float64Array, as_float64_array;
});

state!(DaySet {
    first: Int32, Int32Array, as_int32_array;
    early: UInt64, UInt64Array, as_uint64_array;
    late: UInt64, UInt64Array, as_uint64_array;
});

state!(Usage {
    users: UInt64, UInt64Array, as_uint64_array;
    user_days: UInt64, UInt64Array, as_uint64_array;
    first: Int32, Int32Array, as_int32_array;
    last: Int32, Int32Array, as_int32_array;
});

state!(Groups<Ratio> {
    control.hits: UInt64, UInt64Array, as_uint64_array;
    control.total: UInt64, UInt64Array, as_uint64_array;
    variant.hits: UInt64, UInt64Array, as_uint64_array;
    variant.total: UInt64, UInt64Array, as_uint64_array;
});

state!(Groups<Bands> {
    control.promoters: UInt64, UInt64Array, as_uint64_array;
    control.passives: UInt64, UInt64Array, as_uint64_array;
    control.detractors: UInt64, UInt64Array, as_uint64_array;
    variant.promoters: UInt64, UInt64Array, as_uint64_array;
    variant.passives: UInt64, UInt64Array, as_uint64_array;
    variant.detractors: UInt64, UInt64Array, as_uint64_array;
});

state!(Groups<Moments> {
    control.count: UInt64, UInt64Array, as_uint64_array;
    control.sum.sum: Float64, Float64Array, as_float64_array;
    control.sum.compensation: Float64, Float64Array, as_float64_array;
    control.squares.sum: Float64, Float64Array, as_float64_array;
    control.squares.compensation: Float64, Float64Array, as_float64_array;
    variant.count: UInt64, UInt64Array, as_uint64_array;
    variant.sum.sum: Float64, Float64Array, as_float64_array;
    variant.sum.compensation: Float64, Float64Array, as_float64_array;
    variant.squares.sum: Float64, Float64Array, as_float64_array;
    variant.squares.compensation: Float64, Float64Array, as_float64_array;
});

state!(MovementSums {
    opening.sum: Float64, Float64Array, as_float64_array;
    opening.compensation: Float64, Float64Array, as_float64_array;
    new.sum: Float64, Float64Array, as_float64_array;
    new.compensation: Float64, Float64Array, as_float64_array;
    expansion.sum: Float64, Float64Array, as_float64_array;
    expansion.compensation: Float64, Float64Array, as_float64_array;
    contraction.sum: Float64, Float64Array, as_float64_array;
    contraction.compensation: Float64, Float64Array, as_float64_array;
    churned.sum: Float64, Float64Array, as_float64_array;
    churned.compensation: Float64, Float64Array, as_float64_array;
    reactivated.sum: Float64, Float64Array, as_float64_array;
    reactivated.compensation: Float64, Float64Array, as_float64_array;
    n: UInt64, UInt64Array, as_uint64_array;
});

/// An amount, as a list holds it.
impl Stored for f64 {
    const TYPES: &'static [DataType] = &[DataType::Float64];

    fn columns(amounts: &[Self]) -> Vec<ArrayRef> {
        vec![Arc::new(Float64Array::from(amounts.to_vec()))]
    }

    fn read(columns: &[ArrayRef]) -> Result<Vec<Self>> {
        let columns = stored_columns(columns, Self::TYPES)?;
        Ok(as_float64_array(&columns[0])?.values().to_vec())
    }
}

impl Stored for Ranked {
    const TYPES: &'static [DataType] = &[DataType::Float64, DataType::Boolean];

    fn columns(items: &[Self]) -> Vec<ArrayRef> {
        let values = Float64Array::from_iter_values(items.iter().map(|item| item.value));
        let variants: Vec<bool> = items.iter().map(|item| item.variant).collect();
        vec![Arc::new(values), Arc::new(BooleanArray::from(variants))]
    }

    fn read(columns: &[ArrayRef]) -> Result<Vec<Self>> {
        let columns = stored_columns(columns, Self::TYPES)?;
        let values = as_float64_array(&columns[0])?.values().iter();
        let variants = as_boolean_array(&columns[1])?.values();
        let items = values.zip(variants).map(|(&value, variant)| Self { value, variant });
        Ok(items.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_comes_back() {
        let mut mean = Mean::default();
        for value in [1e16, 1.0, 0.1] {
            mean.record(value);
        }
        assert!(mean.total.compensation > 0.0, "the test needs a compensation");
        let bands = Bands { promoters: 1, passives: u64::MAX, detractors: 3 };
        let ratio = Ratio { hits: 5, total: 4 };
        assert_eq!(Mean::read(&Mean::columns(&[mean])).unwrap(), [mean]);
        assert_eq!(Sum::read(&Sum::columns(&[mean.total])).unwrap(), [mean.total]);
        assert_eq!(Bands::read(&Bands::columns(&[bands])).unwrap(), [bands]);
        assert_eq!(Ratio::read(&Ratio::columns(&[ratio])).unwrap(), [ratio]);
        let met = Conditions { met: 0b1010_0001 };
        assert_eq!(Conditions::read(&Conditions::columns(&[met])).unwrap(), [met]);
        let ranked = Ranked { value: 1.5, variant: true };
        assert_eq!(Ranked::read(&Ranked::columns(&[ranked])).unwrap(), [ranked]);
        let days = DaySet { first: -3, early: 5, late: 7 };
        assert_eq!(DaySet::read(&DaySet::columns(&[days])).unwrap(), [days]);
    }
}
