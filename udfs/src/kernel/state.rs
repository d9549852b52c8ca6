//! States as Arrow columns: what partial aggregates exchange and stored states hold.
//!
//! The columns are plain numbers (or lists of them, see `entities`), never views or
//! 32-bit lists, so that they survive Parquet, spilling and the network.

use std::fmt::Debug;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Float64Array, UInt8Array, UInt64Array};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::DataType;
use datafusion_common::cast::{as_float64_array, as_uint8_array, as_uint64_array};
use datafusion_common::{Result, exec_err, internal_err};

use crate::math::{Bands, Conditions, Mean, Part, Ratio, Sum};

/// What a metric keeps: a few plain numbers.
pub trait State: Part + Copy + Debug + Send + Sync + 'static {
    /// The types of its columns.
    const TYPES: &'static [DataType];

    /// Many states as columns.
    fn columns(states: &[Self]) -> Vec<ArrayRef>;

    /// Columns as many states.
    fn read(columns: &[ArrayRef]) -> Result<Vec<Self>>;
}

/// Columns of the types that a state expects, whatever types of the same kind they came back from
/// storage with. A NULL in them is no state.
pub(super) fn stored_columns(columns: &[ArrayRef], types: &[DataType]) -> Result<Vec<ArrayRef>> {
    if columns.len() != types.len() {
        return internal_err!("a state of {} columns has {}", types.len(), columns.len());
    }
    let read = columns.iter().zip(types).map(|(column, data_type)| {
        if column.logical_null_count() > 0 {
            return exec_err!("a stored state has a NULL where a number belongs");
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

/// How a state's fields become columns. Each row: the field, its Arrow type, array and reader.
macro_rules! state {
    ($state:ty { $($($field:ident).+ : $arrow:ident, $array:ident, $reader:ident;)+ }) => {
        impl State for $state {
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
    }
}
