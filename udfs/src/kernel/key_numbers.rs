//! Numbers for the keys of a GROUP BY, in the table that customers are kept in.

use std::ops::Range;

use arrow::array::{Array, ArrayRef, BooleanArray};
use arrow::buffer::BooleanBuffer;
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion_common::{Result, resources_err};

use super::dense_table::Span;
use super::entity_table::{BATCH, EntityTable, GroupedRow};
use super::id::{Id, IdColumn, id_column, stored_type};

/// Stands for the number of a key that has none yet.
const NEW: usize = usize::MAX;

/// Numbers the keys of groups: integers, texts or bytes. NULL is a key like any other.
///
/// Of keys that are known to lie in a range, each has its place in it as its number, whether or not
/// it comes. Any others are numbered after those, in the order in which they first come; where they
/// have no large gaps between them, they are looked up in an array, so that nothing is hashed.
#[derive(Debug)]
pub struct KeyNumbers {
    key_type: DataType,
    range: KeyRange,
    /// A bit for each place of the range: whether its key has come.
    came: Vec<u64>,
    /// How many keys of the range have come.
    count: usize,
    /// Of each other key, its number among them, counted from 1; 0 has just come.
    table: EntityTable<u32>,
    /// The other keys in order, those that are no integers by their numbers in the table; that of
    /// NULL is any.
    keys: Vec<i64>,
    null: Option<usize>,
    rows: Vec<GroupedRow>,
    places: Vec<u32>,
}

/// A range in which most keys are expected to lie.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KeyRange {
    /// The first of them.
    pub first: i64,
    /// How many there are, at most 2³¹.
    pub len: usize,
}

impl KeyNumbers {
    /// Numbers for keys of a type; `None` if they are neither integers nor texts nor bytes. Only
    /// integers can lie in a range.
    #[must_use]
    pub fn new(key_type: &DataType, range: KeyRange) -> Option<Self> {
        is_numbered(key_type).then(|| Self {
            key_type: key_type.clone(),
            range,
            came: vec![0; range.len.div_ceil(WORD)],
            count: 0,
            table: EntityTable::new(),
            keys: vec![],
            null: None,
            rows: Vec::with_capacity(BATCH),
            places: Vec::with_capacity(BATCH),
        })
    }

    /// The range in which most keys were expected.
    #[must_use]
    pub fn range(&self) -> KeyRange {
        self.range
    }

    /// How many numbers there are, those of keys that have not come included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.range.len + self.keys.len()
    }

    /// Whether there is no number.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many keys have come.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count + self.keys.len()
    }

    /// Writes the number of the key of each row to `numbers`.
    ///
    /// # Errors
    ///
    /// When there are more than 2³² keys, or the column is not of the type that was planned.
    pub fn number(&mut self, keys: &ArrayRef, numbers: &mut Vec<usize>) -> Result<()> {
        let ids = IdColumn::open(std::slice::from_ref(keys), &stored_type(&self.key_type))?;
        numbers.clear();
        if let Some(nulls) = keys.logical_nulls().filter(|nulls| nulls.null_count() > 0) {
            numbers.resize(keys.len(), self.number_of_null());
            return self.number_rows(nulls.valid_indices(), &ids, numbers);
        }
        match &ids {
            IdColumn::Integers(values) if self.range.len > 0 => {
                numbers.extend(values.iter().map(|&key| self.place(key)));
            }
            IdColumn::Integers(values) => self.number_known(values, numbers)?,
            _ => numbers.resize(keys.len(), NEW),
        }
        let new: Vec<_> = (0..numbers.len()).filter(|&row| numbers[row] == NEW).collect();
        self.number_rows(new.into_iter(), &ids, numbers)
    }

    /// The place of a key in the range, which has come now; [`NEW`] if it lies elsewhere.
    #[inline]
    fn place(&mut self, key: i64) -> usize {
        let Some(place) = self.range.place(key) else { return NEW };
        let (word, bit) = (&mut self.came[place / WORD], 1 << (place % WORD));
        self.count += usize::from(*word & bit == 0);
        *word |= bit;
        place
    }

    /// Writes the numbers of keys that have one and stand in an array, and [`NEW`] for the others.
    fn number_known(&mut self, keys: &[i64], numbers: &mut Vec<usize>) -> Result<()> {
        let places = self.table.places(Span::of_ids(keys)).or_else(|_| too_many_keys())?;
        let Some((first, known)) = places else {
            numbers.resize(keys.len(), NEW);
            return Ok(());
        };
        let number = |key: &i64| {
            let place = usize::try_from(key.abs_diff(first)).unwrap_or(usize::MAX);
            known.get(place).map_or(NEW, |&number| (number as usize).wrapping_sub(1))
        };
        numbers.extend(keys.iter().map(number));
        Ok(())
    }

    /// Writes the numbers of the keys of some rows, in the range or not, new or not.
    fn number_rows(
        &mut self,
        rows: impl Iterator<Item = usize>,
        ids: &IdColumn,
        numbers: &mut [usize],
    ) -> Result<()> {
        let mut others = vec![];
        for row in rows {
            numbers[row] = match ids.get(row) {
                Id::Integer(key) => self.place(key),
                Id::Bytes(_) => NEW,
            };
            if numbers[row] == NEW {
                others.push(row);
            }
        }
        let Self { table, keys, rows, places, range, .. } = self;
        for others in others.chunks(BATCH) {
            rows.clear();
            rows.extend(others.iter().map(|&row| GroupedRow { row, group: 0 }));
            table.numbers(rows, ids, places).or_else(|_| too_many_keys())?;
            for (&row, place) in others.iter().zip(&*places) {
                let number = table.entry(*place);
                if *number == 0 {
                    keys.push(match ids.get(row) {
                        Id::Integer(key) => key,
                        Id::Bytes(_) => (*place).into(),
                    });
                    *number = u32::try_from(keys.len()).or_else(|_| too_many_keys())?;
                }
                numbers[row] = range.len + *number as usize - 1;
            }
        }
        Ok(())
    }

    fn number_of_null(&mut self) -> usize {
        let null = *self.null.get_or_insert_with(|| {
            self.keys.push(0);
            self.keys.len() - 1
        });
        self.range.len + null
    }

    /// Notes of keys of the range that have come elsewhere, too, that they have.
    pub fn came_too(&mut self, elsewhere: &Self) {
        for (word, more) in self.came.iter_mut().zip(&elsewhere.came) {
            self.count += (more & !*word).count_ones() as usize;
            *word |= more;
        }
    }

    /// Which of these numbers are of keys that have come; `None` if all are.
    #[must_use]
    pub fn came(&self, numbers: Range<usize>) -> Option<BooleanArray> {
        let came = |number| {
            number >= self.range.len || self.came[number / WORD] >> (number % WORD) & 1 == 1
        };
        let came = BooleanBuffer::collect_bool(numbers.len(), |at| came(numbers.start + at));
        (came.count_set_bits() < numbers.len()).then(|| came.into())
    }

    /// The keys with these numbers, as a column.
    ///
    /// # Errors
    ///
    /// When the column cannot be made.
    pub fn keys(&self, numbers: impl ExactSizeIterator<Item = usize>) -> Result<ArrayRef> {
        let key = |number: usize| match number.checked_sub(self.range.len) {
            other if other.is_some() && other == self.null => None,
            Some(other) => Some(self.other(self.keys[other])),
            None => Some(Id::Integer(self.range.first.wrapping_add_unsigned(number as u64))),
        };
        let keys = id_column(numbers.map(key), &stored_type(&self.key_type))?;
        Ok(cast(&keys, &self.key_type)?)
    }

    /// The key that `keys` has this of.
    fn other(&self, key: i64) -> Id<'_> {
        match u32::try_from(key) {
            Ok(place) if !self.key_type.is_integer() => self.table.get(place).0,
            _ => Id::Integer(key),
        }
    }

    /// The memory they hold, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.table.size() + (self.keys.capacity() + self.came.capacity()) * size_of::<i64>()
    }
}

impl KeyRange {
    /// The place of a key in the range.
    #[inline]
    fn place(self, key: i64) -> Option<usize> {
        // A key before the first is far beyond the last one this way.
        let place = usize::try_from(key.wrapping_sub(self.first).cast_unsigned()).ok()?;
        (place < self.len).then_some(place)
    }
}

/// Whether keys of a type can be numbered.
#[must_use]
pub fn is_numbered(key_type: &DataType) -> bool {
    key_type.is_integer() || key_type.is_string() || key_type.is_binary()
}

/// How many bits a word of `came` has.
const WORD: usize = u64::BITS as usize;

pub(super) fn too_many_keys<T>() -> Result<T> {
    resources_err!("more than 2^32 keys in one GROUP BY")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{AsArray, Int16Array, Int64Array, StringArray, UInt64Array};
    use arrow::datatypes::{Int16Type, Int64Type, UInt64Type};

    use super::*;

    fn numbers(table: &mut KeyNumbers, keys: &ArrayRef) -> Vec<usize> {
        let mut numbers = vec![];
        table.number(keys, &mut numbers).unwrap();
        numbers
    }

    #[test]
    fn keys_are_numbered_as_they_come_and_null_is_one_of_them() {
        let mut table = KeyNumbers::new(&DataType::Int16, KeyRange::default()).unwrap();
        let keys: ArrayRef = Arc::new(Int16Array::from(vec![Some(7), Some(-3), Some(7)]));
        assert_eq!(numbers(&mut table, &keys), [0, 1, 0]);
        let keys: ArrayRef = Arc::new(Int16Array::from(vec![Some(9), None, Some(-3), None]));
        assert_eq!(numbers(&mut table, &keys), [3, 2, 1, 2]);
        let column = |range| table.keys(range).unwrap().as_primitive::<Int16Type>().clone();
        assert_eq!(column(0..4), Int16Array::from(vec![Some(7), Some(-3), None, Some(9)]));
        assert_eq!(column(1..2), Int16Array::from(vec![-3]));
        assert_eq!(column(2..4), Int16Array::from(vec![None, Some(9)]));
        assert_eq!((table.len(), table.count(), table.came(0..4)), (4, 4, None));
    }

    #[test]
    fn keys_in_the_range_are_their_places_and_others_come_after() {
        let range = KeyRange { first: -2, len: 100 };
        let mut table = KeyNumbers::new(&DataType::Int64, range).unwrap();
        let given = [Some(-2), Some(97), Some(98), Some(-3), Some(i64::MIN), Some(98), Some(5)];
        let keys: ArrayRef = Arc::new(Int64Array::from_iter(given));
        assert_eq!(numbers(&mut table, &keys), [0, 99, 100, 101, 102, 100, 7]);
        let keys: ArrayRef = Arc::new(Int64Array::from_iter([None, Some(i64::MAX), Some(5), None]));
        assert_eq!(numbers(&mut table, &keys), [103, 104, 7, 103]);
        assert_eq!((table.len(), table.count()), (105, 8));
        let came = table.came(0..105).unwrap();
        let came: Vec<_> = came.values().set_indices().collect();
        assert_eq!(came, [0, 7, 99, 100, 101, 102, 103, 104]);
        assert_eq!(table.came(99..105), None);
        let listed = table.keys(98..105).unwrap();
        let listed: Vec<_> = listed.as_primitive::<Int64Type>().iter().collect();
        let others = [Some(98), Some(-3), Some(i64::MIN), None, Some(i64::MAX)];
        assert_eq!(listed, [&[Some(96), Some(97)], &others[..]].concat());
    }

    #[test]
    fn texts_and_bytes_are_numbered_whatever_they_are_kept_in() {
        let given = [Some("b"), None, Some(""), Some("a text longer than a view"), Some("b"), None];
        let again = [Some("a text longer than a view"), Some("0"), Some("")];
        let types = [
            DataType::Utf8,
            DataType::LargeUtf8,
            DataType::Utf8View,
            DataType::Binary,
            DataType::LargeBinary,
            DataType::BinaryView,
        ];
        for key_type in types {
            let mut table = KeyNumbers::new(&key_type, KeyRange::default()).unwrap();
            let column =
                |keys: &[Option<&str>]| cast(&StringArray::from(keys.to_vec()), &key_type).unwrap();
            // NULL is numbered before the rows of a batch that have keys.
            assert_eq!(numbers(&mut table, &column(&given)), [1, 0, 2, 3, 1, 0]);
            assert_eq!(numbers(&mut table, &column(&again)), [3, 4, 2]);
            assert_eq!((table.len(), table.count(), table.came(0..5)), (5, 5, None));
            let all = [None, Some("b"), Some(""), Some("a text longer than a view"), Some("0")];
            assert_eq!(&table.keys(0..5).unwrap(), &column(&all), "{key_type}");
            assert_eq!(&table.keys(3..5).unwrap(), &column(&all[3..]), "{key_type}");
        }
    }

    #[test]
    fn no_key_is_too_large_and_none_is_lost_while_the_table_changes_its_form() {
        let serial = (0..70_000_u64).map(|row| row % 30_000);
        let keys: Vec<u64> = serial.chain([u64::MAX, 0, 1 << 63]).collect();
        let given: ArrayRef = Arc::new(UInt64Array::from(keys.clone()));
        for range in [KeyRange::default(), KeyRange { first: 10_000, len: 15_000 }] {
            let mut table = KeyNumbers::new(&DataType::UInt64, range).unwrap();
            let mut all = vec![];
            for start in (0..keys.len()).step_by(9000) {
                let part = given.slice(start, (keys.len() - start).min(9000));
                all.extend(numbers(&mut table, &part));
            }
            let listed = table.keys(0..table.len()).unwrap();
            let listed = listed.as_primitive::<UInt64Type>();
            assert_eq!((listed.len(), table.count()), (30_002, 30_002));
            let found: Vec<u64> = all.iter().map(|&number| listed.value(number)).collect();
            assert_eq!(found, keys);
        }
    }

    #[test]
    fn other_types_have_no_numbers() {
        for key_type in [DataType::Float64, DataType::Date32, DataType::Boolean] {
            assert!(KeyNumbers::new(&key_type, KeyRange::default()).is_none());
        }
    }
}
