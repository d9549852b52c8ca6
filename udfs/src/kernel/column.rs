//! Reads one argument: whatever Arrow type comes in, as one plain type.

use std::fmt::Debug;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Date32Array, Float64Array, Int64Array};
use arrow::buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};
use arrow::compute::{CastOptions, cast, cast_with_options};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type,
    TimeUnit, UInt64Type, i256,
};
use datafusion_common::Result;
use datafusion_common::cast::{
    as_boolean_array, as_date32_array, as_float64_array, as_int64_array,
};

/// Stands for a value that is not a whole number of 64 bits. Every function that reads whole
/// numbers refuses negative ones, so the row is refused, and the message shows the real value.
const NOT_WHOLE: i64 = i64::MIN;

/// The values of one argument in a batch.
pub trait Column: Debug + Sized {
    /// What a row holds.
    type Item: Copy + Default;

    /// Reads an array of any type the argument accepts.
    fn open(array: &ArrayRef) -> Result<Self>;

    /// The value in a row that is not NULL.
    fn get(&self, row: usize) -> Self::Item;

    /// Which rows are NULL.
    fn nulls(&self) -> Option<&NullBuffer>;

    /// The value in a row; where it is NULL, the type's zero.
    fn get_or_default(&self, row: usize) -> Self::Item {
        match self.nulls() {
            Some(nulls) if nulls.is_null(row) => Self::Item::default(),
            _ => self.get(row),
        }
    }
}

/// Conditions.
#[derive(Debug)]
pub struct Flags {
    values: BooleanBuffer,
    nulls: Option<NullBuffer>,
}

/// Whole numbers: scores and counts.
#[derive(Debug)]
pub struct Wholes {
    values: ScalarBuffer<i64>,
    nulls: Option<NullBuffer>,
}

/// Numbers that may have decimals.
#[derive(Debug)]
pub struct Numbers {
    values: ScalarBuffer<f64>,
    nulls: Option<NullBuffer>,
}

impl Column for Flags {
    type Item = bool;

    fn open(array: &ArrayRef) -> Result<Self> {
        let array = cast(array, &DataType::Boolean)?;
        let flags: &BooleanArray = as_boolean_array(&array)?;
        Ok(Self { values: flags.values().clone(), nulls: flags.nulls().cloned() })
    }

    fn get(&self, row: usize) -> bool {
        self.values.value(row)
    }

    fn nulls(&self) -> Option<&NullBuffer> {
        self.nulls.as_ref()
    }
}

impl Flags {
    /// In which rows the condition is met: neither false nor NULL.
    pub(super) fn met(&self) -> BooleanBuffer {
        match &self.nulls {
            Some(nulls) => &self.values & nulls.inner(),
            None => self.values.clone(),
        }
    }
}

impl Column for Wholes {
    type Item = i64;

    fn open(array: &ArrayRef) -> Result<Self> {
        let array = unpack(array)?;
        let nulls = array.logical_nulls();
        Ok(Self { values: whole_numbers(&array)?, nulls })
    }

    #[inline]
    fn get(&self, row: usize) -> i64 {
        self.values[row]
    }

    fn nulls(&self) -> Option<&NullBuffer> {
        self.nulls.as_ref()
    }
}

impl Column for Numbers {
    type Item = f64;

    fn open(array: &ArrayRef) -> Result<Self> {
        let array = cast(&unpack(array)?, &DataType::Float64)?;
        let numbers: &Float64Array = as_float64_array(&array)?;
        Ok(Self { values: numbers.values().clone(), nulls: numbers.nulls().cloned() })
    }

    #[inline]
    fn get(&self, row: usize) -> f64 {
        self.values[row]
    }

    fn nulls(&self) -> Option<&NullBuffer> {
        self.nulls.as_ref()
    }
}

/// Days, counted from 1970-01-01.
#[derive(Debug)]
pub struct Days {
    values: ScalarBuffer<i32>,
    nulls: Option<NullBuffer>,
}

impl Column for Days {
    type Item = i32;

    fn open(array: &ArrayRef) -> Result<Self> {
        let array = unpack(array)?;
        if let DataType::Timestamp(unit, None) = array.data_type() {
            let values = days_of(&ticks(&array, array.data_type())?, *unit);
            return Ok(Self { values, nulls: array.logical_nulls() });
        }
        // A cast takes the day that an instant falls on in its time zone, one after the other.
        let array = cast(&array, &DataType::Date32)?;
        let days: &Date32Array = as_date32_array(&array)?;
        Ok(Self { values: days.values().clone(), nulls: days.nulls().cloned() })
    }

    #[inline]
    fn get(&self, row: usize) -> i32 {
        self.values[row]
    }

    fn nulls(&self) -> Option<&NullBuffer> {
        self.nulls.as_ref()
    }
}

/// The days that times without a zone fall on.
fn days_of(ticks: &[i64], unit: TimeUnit) -> ScalarBuffer<i32> {
    const DAY: i64 = 86_400;
    fn days<const TICKS: i64>(ticks: &[i64]) -> ScalarBuffer<i32> {
        let day = |tick: &i64| i32::try_from(tick.div_euclid(TICKS)).unwrap_or_default();
        ticks.iter().map(day).collect()
    }
    match unit {
        TimeUnit::Second => days::<DAY>(ticks),
        TimeUnit::Millisecond => days::<{ DAY * 1_000 }>(ticks),
        TimeUnit::Microsecond => days::<{ DAY * 1_000_000 }>(ticks),
        TimeUnit::Nanosecond => days::<{ DAY * 1_000_000_000 }>(ticks),
    }
}

/// Times as numbers of the unit that their type has, those of [a stored type](stored) as such.
/// What is NULL is any number.
///
/// [stored]: super::events::stored_time
pub(super) fn ticks(array: &ArrayRef, stored: &DataType) -> Result<ScalarBuffer<i64>> {
    // Whole numbers that are too large must be refused, not dropped.
    let strict = CastOptions { safe: false, ..CastOptions::default() };
    let array = cast_with_options(&unpack(array)?, stored, &strict)?;
    let array = match stored {
        DataType::Timestamp(..) => array,
        _ => cast(&array, &DataType::Int64)?,
    };
    Ok(ScalarBuffer::new(array.to_data().buffers()[0].clone(), array.offset(), array.len()))
}

/// A dictionary-encoded array as the array it stands for.
pub(super) fn unpack(array: &ArrayRef) -> Result<ArrayRef> {
    match array.data_type() {
        DataType::Dictionary(_, values) => Ok(cast(array, values)?),
        _ => Ok(ArrayRef::clone(array)),
    }
}

fn whole_numbers(array: &ArrayRef) -> Result<ScalarBuffer<i64>> {
    Ok(match array.data_type() {
        DataType::UInt64 => {
            convert::<UInt64Type>(array, |value| i64::try_from(value).unwrap_or(NOT_WHOLE))
        }
        DataType::Float16 | DataType::Float32 | DataType::Float64 => {
            let array = cast(array, &DataType::Float64)?;
            as_float64_array(&array)?.values().iter().map(|&value| whole_float(value)).collect()
        }
        DataType::Decimal32(_, scale) => {
            convert::<Decimal32Type>(array, |value| whole_decimal(i128::from(value), *scale))
        }
        DataType::Decimal64(_, scale) => {
            convert::<Decimal64Type>(array, |value| whole_decimal(i128::from(value), *scale))
        }
        DataType::Decimal128(_, scale) => {
            convert::<Decimal128Type>(array, |value| whole_decimal(value, *scale))
        }
        DataType::Decimal256(_, scale) => {
            convert::<Decimal256Type>(array, |value| whole_wide_decimal(value, *scale))
        }
        _ => {
            let array = cast(array, &DataType::Int64)?;
            let whole: &Int64Array = as_int64_array(&array)?;
            whole.values().clone()
        }
    })
}

fn convert<T: ArrowPrimitiveType>(
    array: &ArrayRef,
    whole: impl Fn(T::Native) -> i64,
) -> ScalarBuffer<i64> {
    array.as_primitive::<T>().values().iter().map(|&value| whole(value)).collect()
}

/// A whole number as such, anything else as [`NOT_WHOLE`].
pub(super) fn whole_float(value: f64) -> i64 {
    // 2^63 is the first double beyond i64; below it the conversion of a whole number is exact.
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    if value.fract() == 0.0 && value.abs() < BEYOND {
        #[expect(clippy::cast_possible_truncation, reason = "whole and within range")]
        let whole = value as i64;
        whole
    } else {
        NOT_WHOLE
    }
}

fn whole_decimal(value: i128, scale: i8) -> i64 {
    let unit = 10_i128.checked_pow(u32::from(scale.unsigned_abs()));
    let whole = match (unit, scale < 0) {
        (Some(unit), false) if value % unit == 0 => Some(value / unit),
        (Some(unit), true) => value.checked_mul(unit),
        _ => None,
    };
    whole.and_then(|whole| i64::try_from(whole).ok()).unwrap_or(NOT_WHOLE)
}

fn whole_wide_decimal(value: i256, scale: i8) -> i64 {
    let unit = i256::from_i128(10).checked_pow(u32::from(scale.unsigned_abs()));
    let whole = match (unit, scale < 0) {
        (Some(unit), false) if value.wrapping_rem(unit) == i256::ZERO => value.checked_div(unit),
        (Some(unit), true) => value.checked_mul(unit),
        _ => None,
    };
    let whole = whole.and_then(i256::to_i128);
    whole.and_then(|whole| i64::try_from(whole).ok()).unwrap_or(NOT_WHOLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_numbers_are_whole() {
        assert_eq!(whole_float(8.0), 8);
        assert_eq!(whole_float(-0.0), 0);
        for not_whole in [8.5, f64::NAN, f64::INFINITY, 9.3e18] {
            assert_eq!(whole_float(not_whole), NOT_WHOLE, "{not_whole}");
        }
    }

    #[test]
    fn decimals_keep_their_scale() {
        assert_eq!(whole_decimal(900, 2), 9);
        assert_eq!(whole_decimal(850, 2), NOT_WHOLE);
        assert_eq!(whole_decimal(9, -2), 900);
        assert_eq!(whole_decimal(i128::MAX, 0), NOT_WHOLE);
        assert_eq!(whole_decimal(0, 38), 0);
        let five = i256::from_i128(5).wrapping_mul(i256::from_i128(10).wrapping_pow(60));
        assert_eq!(whole_wide_decimal(five, 60), 5);
        assert_eq!(whole_wide_decimal(five.wrapping_add(i256::ONE), 60), NOT_WHOLE);
        assert_eq!(whole_wide_decimal(i256::from_i128(-7), -2), -700);
    }
}
