//! What customers are counted in, as Arrow columns: what is exchanged where each customer is
//! counted at once and none is kept.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Float64Array, Int32Array, Int64Array};
use arrow::datatypes::DataType;
use datafusion_common::Result;
use datafusion_common::cast::{as_float64_array, as_int32_array, as_int64_array};

use super::call::Call;
use super::list_columns::{as_lists, list_range, list_type, offsets, read_lists};
use super::state::{State, Stored, stored_columns};
use crate::math::{Count, Overflow};

/// What customers are counted in. Unlike an entry it need not be of a fixed size, so it can be a
/// list; but it is far smaller than the entries of those who are in it.
pub trait Tally: Default + Clone + Debug + Send + Sync + 'static {
    /// The types of its columns.
    fn types() -> Vec<DataType>;

    /// Many of them as columns.
    fn as_columns(tallies: &[Self]) -> Vec<ArrayRef>;

    /// Columns as many of them.
    fn from_columns(call: &Call, columns: &[ArrayRef]) -> Result<Vec<Self>>;

    /// Takes in the customers of another.
    fn take_in(&mut self, other: &Self) -> Result<(), Overflow>;

    /// The memory it holds besides itself, in bytes.
    fn held(&self) -> usize;
}

impl<S: State> Tally for S {
    fn types() -> Vec<DataType> {
        S::TYPES.to_vec()
    }

    fn as_columns(tallies: &[Self]) -> Vec<ArrayRef> {
        S::columns(tallies)
    }

    fn from_columns(_: &Call, columns: &[ArrayRef]) -> Result<Vec<Self>> {
        S::read(columns)
    }

    fn take_in(&mut self, other: &Self) -> Result<(), Overflow> {
        self.merge(other)
    }

    fn held(&self) -> usize {
        0
    }
}

/// A number or two of each customer, where all of them are needed until the end.
impl<T: Stored> Tally for Vec<T> {
    fn types() -> Vec<DataType> {
        T::TYPES.iter().map(list_type).collect()
    }

    fn as_columns(tallies: &[Self]) -> Vec<ArrayRef> {
        as_lists(&offsets(tallies), T::columns(&tallies.concat()))
    }

    fn from_columns(call: &Call, columns: &[ArrayRef]) -> Result<Vec<Self>> {
        let lists = read_lists(call, columns, T::TYPES)?;
        let items: Vec<_> = lists.iter().map(|list| ArrayRef::clone(list.values())).collect();
        let items = T::read(&items)?;
        let rows = 0..lists[0].len();
        Ok(rows.map(|row| items[list_range(&lists[0], row)].to_vec()).collect())
    }

    fn take_in(&mut self, other: &Self) -> Result<(), Overflow> {
        self.extend_from_slice(other);
        Ok(())
    }

    fn held(&self) -> usize {
        self.capacity() * size_of::<T>()
    }
}

/// Counts by cohort. As columns they are lists of all counts, each beside its cohort.
impl Tally for BTreeMap<i32, Vec<i64>> {
    fn types() -> Vec<DataType> {
        <Vec<(i32, i64)>>::types()
    }

    fn as_columns(tallies: &[Self]) -> Vec<ArrayRef> {
        let counts = |tally: &Self| -> Vec<(i32, i64)> {
            let cohorts = tally.iter();
            cohorts.flat_map(|(&cohort, counts)| counts.iter().map(move |n| (cohort, *n))).collect()
        };
        let lists: Vec<_> = tallies.iter().map(counts).collect();
        Tally::as_columns(&lists)
    }

    fn from_columns(call: &Call, columns: &[ArrayRef]) -> Result<Vec<Self>> {
        let lists = <Vec<(i32, i64)>>::from_columns(call, columns)?;
        let tally = |counts: Vec<(i32, i64)>| {
            let mut tally = Self::new();
            for (cohort, count) in counts {
                tally.entry(cohort).or_default().push(count);
            }
            tally
        };
        Ok(lists.into_iter().map(tally).collect())
    }

    fn take_in(&mut self, other: &Self) -> Result<(), Overflow> {
        for (cohort, counts) in other {
            let own = self.entry(*cohort).or_default();
            own.resize(own.len().max(counts.len()), 0);
            own.iter_mut().zip(counts).for_each(|(own, count)| *own += count);
        }
        Ok(())
    }

    fn held(&self) -> usize {
        let counts = self.first_key_value().map_or(0, |(_, counts)| counts.len());
        self.len() * (size_of::<(i32, Vec<i64>)>() + counts * size_of::<i64>())
    }
}

/// Counts side by side, such as one for each condition.
#[derive(Debug, Clone, Default)]
pub struct Counts(pub Vec<u64>);

impl Tally for Counts {
    fn types() -> Vec<DataType> {
        <Vec<Count>>::types()
    }

    fn as_columns(tallies: &[Self]) -> Vec<ArrayRef> {
        let counts = |tally: &Self| tally.0.iter().map(|&count| Count { count }).collect();
        Tally::as_columns(&tallies.iter().map(counts).collect::<Vec<Vec<Count>>>())
    }

    fn from_columns(call: &Call, columns: &[ArrayRef]) -> Result<Vec<Self>> {
        let lists = <Vec<Count>>::from_columns(call, columns)?;
        let counts = |list: Vec<Count>| Self(list.iter().map(|count| count.count).collect());
        Ok(lists.into_iter().map(counts).collect())
    }

    fn take_in(&mut self, Self(other): &Self) -> Result<(), Overflow> {
        let Self(own) = self;
        own.resize(own.len().max(other.len()), 0);
        for (own, count) in own.iter_mut().zip(other) {
            *own = own.checked_add(*count).ok_or(Overflow)?;
        }
        Ok(())
    }

    fn held(&self) -> usize {
        self.0.capacity() * size_of::<u64>()
    }
}

/// Two numbers side by side. Each row: their Rust types, Arrow types, arrays and readers.
macro_rules! pair {
    ($a:ty, $b:ty: $a_type:ident, $b_type:ident; $a_array:ident, $b_array:ident; $a_read:ident, $b_read:ident) => {
        impl Stored for ($a, $b) {
            const TYPES: &'static [DataType] = &[DataType::$a_type, DataType::$b_type];

            fn columns(pairs: &[Self]) -> Vec<ArrayRef> {
                let first = $a_array::from_iter_values(pairs.iter().map(|pair| pair.0));
                let second = $b_array::from_iter_values(pairs.iter().map(|pair| pair.1));
                vec![Arc::new(first), Arc::new(second)]
            }

            fn read(columns: &[ArrayRef]) -> Result<Vec<Self>> {
                let columns = stored_columns(columns, Self::TYPES)?;
                let first = $a_read(&columns[0])?.values().iter().copied();
                let second = $b_read(&columns[1])?.values().iter().copied();
                Ok(first.zip(second).collect())
            }
        }
    };
}

pair!(f64, f64: Float64, Float64; Float64Array, Float64Array; as_float64_array, as_float64_array);
pair!(i32, i64: Int32, Int64; Int32Array, Int64Array; as_int32_array, as_int64_array);
