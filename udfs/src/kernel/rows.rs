//! Walks the rows of a batch that count: those without NULL arguments that pass the filter.

use std::fmt::Debug;

use arrow::array::{Array, ArrayRef, BooleanArray};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use datafusion_common::{Result, internal_err};

use super::bit_square::{SIDE, transposed};
use super::column::{Column, Flags, Wholes};
use super::invalid::Invalid;
use crate::math::Bits;

/// The arguments of a call, read row by row.
pub trait Columns: Debug + Sized {
    /// What the function sees of a row.
    type Row<'a>
    where
        Self: 'a;

    /// Whether a row with a NULL argument counts.
    const TAKES_NULLS: bool = false;

    /// Reads the arguments of a batch.
    fn open(args: &[ArrayRef]) -> Result<Self>;

    /// A row in which nothing is NULL.
    fn row(&self, row: usize) -> Self::Row<'_>;

    /// A row in which a NULL reads as false or zero.
    fn row_or_default(&self, row: usize) -> Self::Row<'_>;
}

/// The row type of a set of columns.
pub(super) type RowOf<'a, C> = <C as Columns>::Row<'a>;

macro_rules! columns_of_tuple {
    ($count:literal: $($column:ident $arg:ident),+) => {
        impl<$($column: Column),+> Columns for ($($column,)+) {
            type Row<'a> = ($($column::Item,)+) where Self: 'a;

            fn open(args: &[ArrayRef]) -> Result<Self> {
                let [$($arg),+] = args else {
                    return internal_err!("{} arguments were planned, {} came", $count, args.len());
                };
                Ok(($($column::open($arg)?,)+))
            }

            #[inline]
            fn row(&self, row: usize) -> Self::Row<'_> {
                let ($($arg,)+) = self;
                ($($arg.get(row),)+)
            }

            #[inline]
            fn row_or_default(&self, row: usize) -> Self::Row<'_> {
                let ($($arg,)+) = self;
                ($($arg.get_or_default(row),)+)
            }
        }
    };
}

columns_of_tuple!(1: A a);
columns_of_tuple!(2: A a, B b);
columns_of_tuple!(3: A a, B b, C c);
columns_of_tuple!(4: A a, B b, C c, D d);
columns_of_tuple!(5: A a, B b, C c, D d, E e);

impl Columns for () {
    type Row<'a> = ();

    fn open(_: &[ArrayRef]) -> Result<Self> {
        Ok(())
    }

    fn row(&self, _: usize) {}

    fn row_or_default(&self, _: usize) {}
}

/// Any number of counts, followed by the one they are all measured against.
#[derive(Debug)]
pub struct CountsPer {
    counts: Vec<Wholes>,
    base: Wholes,
}

/// One row of [`CountsPer`].
#[derive(Debug, Clone, Copy)]
pub struct CountsPerRow<'a> {
    counts: &'a [Wholes],
    row: usize,
    /// The count that the others are measured against.
    pub base: i64,
}

impl CountsPerRow<'_> {
    /// The counts, in the order of the arguments.
    pub fn counts(&self) -> impl Iterator<Item = i64> {
        self.counts.iter().map(|count| count.get_or_default(self.row))
    }
}

impl Columns for CountsPer {
    type Row<'a> = CountsPerRow<'a>;

    fn open(args: &[ArrayRef]) -> Result<Self> {
        let Some((base, counts)) = args.split_last() else {
            return internal_err!("a call with no arguments was planned");
        };
        let counts = counts.iter().map(Wholes::open).collect::<Result<_>>()?;
        Ok(Self { counts, base: Wholes::open(base)? })
    }

    fn row(&self, row: usize) -> CountsPerRow<'_> {
        CountsPerRow { counts: &self.counts, row, base: self.base.get(row) }
    }

    fn row_or_default(&self, row: usize) -> CountsPerRow<'_> {
        CountsPerRow { counts: &self.counts, row, base: self.base.get_or_default(row) }
    }
}

/// Any number of conditions, as bits of `WORDS` words. One that is NULL is not met.
#[derive(Debug)]
pub struct AllFlags<W, const WORDS: usize>(pub(super) Vec<[W; WORDS]>);

impl<W: Bits, const WORDS: usize> Columns for AllFlags<W, WORDS> {
    type Row<'a> = [W; WORDS];

    const TAKES_NULLS: bool = true;

    fn open(args: &[ArrayRef]) -> Result<Self> {
        let bits = W::BITS as usize;
        let mut rows = vec![[W::default(); WORDS]; args.first().map_or(0, Array::len)];
        for (at, eight) in args.chunks(SIDE).enumerate() {
            let mut squares = vec![0; rows.len().div_ceil(SIDE)];
            for (at, arg) in eight.iter().enumerate() {
                let column = Flags::open(arg)?.met().sliced();
                for (square, &bits) in squares.iter_mut().zip(column.as_slice()) {
                    *square |= u64::from(bits) << (at * SIDE);
                }
            }
            let (word, shift) = (at * SIDE / bits, at * SIDE % bits);
            for (rows, square) in rows.chunks_mut(SIDE).zip(squares) {
                for (row, met) in rows.iter_mut().zip(transposed(square).to_le_bytes()) {
                    row[word] |= W::of(u64::from(met) << shift);
                }
            }
        }
        Ok(Self(rows))
    }

    #[inline]
    fn row(&self, row: usize) -> [W; WORDS] {
        self.0[row]
    }

    fn row_or_default(&self, row: usize) -> [W; WORDS] {
        self.0[row]
    }
}

/// The rows of a batch that count.
#[derive(Debug)]
pub(super) struct Selection {
    len: usize,
    /// `None` when all of them do.
    chosen: Option<BooleanBuffer>,
}

impl Selection {
    /// The rows in which none of `required` is NULL and the filter, if any, is true.
    pub(super) fn new(required: &[ArrayRef], filter: Option<&BooleanArray>) -> Self {
        let len = required.first().map_or(0, Array::len);
        let valid = required
            .iter()
            .filter_map(Array::logical_nulls)
            .reduce(|a, b| NullBuffer::new(a.inner() & b.inner()))
            .filter(|nulls| nulls.null_count() > 0)
            .map(NullBuffer::into_inner);
        let passed = filter.map(|filter| match filter.nulls() {
            Some(nulls) => filter.values() & nulls.inner(),
            None => filter.values().clone(),
        });
        let chosen = match (valid, passed) {
            (Some(valid), Some(passed)) => Some(&valid & &passed),
            (valid, passed) => valid.or(passed),
        };
        Self { len, chosen }
    }

    /// All of `len` rows for which the filter, if any, is true.
    pub(super) fn of_all(len: usize, filter: Option<&BooleanArray>) -> Self {
        Self { len, ..Self::new(&[], filter) }
    }

    /// How many rows there are, if all of them are chosen.
    pub(super) fn all(&self) -> Option<usize> {
        self.chosen.is_none().then_some(self.len)
    }

    /// Makes a list of something of each chosen row, in order.
    pub(super) fn map<T>(&self, of: impl Fn(usize) -> T) -> Vec<T> {
        match &self.chosen {
            None => (0..self.len).map(of).collect(),
            Some(chosen) => chosen.set_indices().map(of).collect(),
        }
    }

    /// The chosen rows of which something holds, and the other chosen rows. Which it is may be as good
    /// as random: nothing is guessed, so that no guess is wrong.
    pub(super) fn parted(&self, holds: impl Fn(usize) -> bool) -> [Vec<usize>; 2] {
        let (mut those, mut others) = (vec![0; self.len], vec![0; self.len]);
        let (mut of_those, mut of_others) = (0, 0);
        self.each(|row| {
            let holds = usize::from(holds(row));
            (those[of_those], others[of_others]) = (row, row);
            (of_those, of_others) = (of_those + holds, of_others + 1 - holds);
        });
        those.truncate(of_those);
        others.truncate(of_others);
        [those, others]
    }

    /// Visits the chosen rows in order.
    #[inline]
    pub(super) fn each(&self, visit: impl FnMut(usize)) {
        match &self.chosen {
            None => (0..self.len).for_each(visit),
            Some(chosen) => chosen.set_indices().for_each(visit),
        }
    }

    /// Visits the chosen rows in order and stops at the first that is invalid.
    #[inline]
    pub(super) fn visit(
        &self,
        mut visit: impl FnMut(usize) -> Result<(), Invalid>,
    ) -> Result<(), (usize, Invalid)> {
        match &self.chosen {
            None => (0..self.len).try_for_each(|row| visit(row).map_err(|why| (row, why))),
            Some(chosen) => {
                chosen.set_indices().try_for_each(|row| visit(row).map_err(|why| (row, why)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::Int64Array;

    use super::*;

    fn chosen(required: &[ArrayRef], filter: Option<&BooleanArray>) -> Vec<usize> {
        let mut rows = vec![];
        let all_fine = Selection::new(required, filter).visit(|row| {
            rows.push(row);
            Ok(())
        });
        assert!(all_fine.is_ok());
        rows
    }

    #[test]
    fn every_condition_is_a_bit_of_its_row() {
        let holds = |row: usize, at: usize| (row * 7 + at * 5).is_multiple_of(3);
        for (rows, conditions) in [(0, 3), (1, 1), (7, 8), (8, 2), (20, 13), (100, 64)] {
            let column = |at| {
                // A slice, so that the first bit is not the first of a byte.
                let flags = (0..rows + 3).map(|row| Some(row >= 3 && holds(row - 3, at)));
                Arc::new(flags.collect::<BooleanArray>().slice(3, rows)) as ArrayRef
            };
            let columns: Vec<_> = (0..conditions).map(column).collect();
            let AllFlags(met) = AllFlags::<u64, 1>::open(&columns).unwrap();
            assert_eq!(met.len(), rows);
            for (row, [met]) in met.into_iter().enumerate() {
                let bits = (0..conditions).filter(|&at| holds(row, at)).map(|at| 1 << at);
                assert_eq!(met, bits.sum::<u64>(), "{row} of {rows}, {conditions}");
            }
        }
        let column: ArrayRef = Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)]));
        let columns = vec![column; 130];
        let AllFlags(met) = AllFlags::<u64, 3>::open(&columns).unwrap();
        assert_eq!(met, [[u64::MAX, u64::MAX, 3], [0; 3], [0; 3]]);
    }

    #[test]
    fn a_null_in_any_argument_or_filter_drops_the_row() {
        let a: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None, Some(1), Some(1)]));
        let b: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), Some(1), None, Some(1)]));
        let filter = BooleanArray::from(vec![None, Some(true), Some(true), Some(true)]);
        assert_eq!(chosen(&[Arc::clone(&a), Arc::clone(&b)], None), [0, 3]);
        assert_eq!(chosen(&[a, b], Some(&filter)), [3]);
    }
}
