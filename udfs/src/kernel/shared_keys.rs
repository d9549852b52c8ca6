//! Numbers for the keys of a GROUP BY that several threads give out together: a key has the same
//! number in all of them, so that what they gather of it can be put together by its number.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use arrow::array::{Array, ArrayRef, BooleanArray};
use arrow::buffer::BooleanBuffer;
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion_common::Result;
use hashbrown::DefaultHashBuilder;

use super::entity_table::{BATCH, GroupedRow};
use super::hashed_table::HashedTable;
use super::id::{Id, IdColumn, id_column, stored_type};
use super::key_numbers::{is_numbered, too_many_keys};
use crate::math::Overflow;

/// How many tables the keys are divided among. For the rows of a batch that belong to one it is locked for
/// a moment, and for all other threads only where some of their keys are new.
const SHARDS: usize = 64;

/// The number of NULL; those of other keys begin after it.
const NULL: usize = 0;

/// Keys of any values, which several threads number.
#[derive(Debug)]
pub struct SharedKeys {
    key_type: DataType,
    hasher: DefaultHashBuilder,
    /// A key is in the one that the lower bits of its hash tell.
    shards: Vec<RwLock<HashedTable<()>>>,
    null_came: AtomicBool,
    /// The memory of all shards, in bytes.
    size: AtomicUsize,
    /// How many readers there are, each of which answers for a part of it.
    readers: AtomicUsize,
}

/// What one thread numbers keys with.
#[derive(Debug)]
pub struct KeyReader {
    keys: Arc<SharedKeys>,
    /// The hashes of the rows of a batch.
    hashes: Vec<u64>,
    /// The rows, and their hashes, by shard.
    rows: Vec<GroupedRow>,
    hashes_by_shard: Vec<u64>,
    found: Found,
    /// One more than the largest number so far.
    end: usize,
}

/// What the rows of a shard have there.
#[derive(Debug, Default)]
struct Found {
    numbers: Vec<Option<u32>>,
    /// Which of them are new, and all of these again.
    new: Vec<usize>,
    new_rows: Vec<GroupedRow>,
    new_hashes: Vec<u64>,
    new_numbers: Vec<u32>,
}

/// All keys that came, by their numbers.
#[derive(Debug)]
pub struct NumberedKeys {
    key_type: DataType,
    shards: Vec<HashedTable<()>>,
    null_came: bool,
}

/// The keys of all shards, to which none can be added meanwhile.
pub(super) struct ReadKeys<'a>(Vec<RwLockReadGuard<'a, HashedTable<()>>>);

impl SharedKeys {
    /// Numbers for keys of a type; `None` if they are neither integers nor texts nor bytes.
    #[must_use]
    pub fn new(key_type: &DataType) -> Option<Self> {
        let hasher = DefaultHashBuilder::default();
        let shards =
            (0..SHARDS).map(|_| RwLock::new(HashedTable::with_hasher(hasher.clone()))).collect();
        is_numbered(key_type).then(|| Self {
            key_type: key_type.clone(),
            shards,
            hasher,
            null_came: AtomicBool::new(false),
            size: AtomicUsize::new(0),
            readers: AtomicUsize::new(0),
        })
    }

    /// What a thread numbers keys with.
    #[must_use]
    pub fn reader(self: &Arc<Self>) -> KeyReader {
        self.readers.fetch_add(1, Ordering::Relaxed);
        KeyReader {
            keys: Arc::clone(self),
            hashes: vec![],
            rows: vec![],
            hashes_by_shard: vec![],
            found: Found::default(),
            end: 0,
        }
    }

    /// Writes the numbers that some rows have in a shard.
    fn number_in(
        &self,
        shard: usize,
        rows: &[GroupedRow],
        hashes: &[u64],
        ids: &IdColumn,
        found: &mut Found,
    ) -> Result<(), Overflow> {
        let Found { numbers, new, new_rows, new_hashes, new_numbers } = found;
        let shard = &self.shards[shard];
        let table = shard.read().unwrap_or_else(PoisonError::into_inner);
        table.known_numbers(rows, hashes, ids, numbers)?;
        drop(table);
        new.clear();
        new.extend((0..rows.len()).filter(|&at| numbers[at].is_none()));
        if new.is_empty() {
            return Ok(());
        }
        new_rows.clear();
        new_rows.extend(new.iter().map(|&at| rows[at]));
        new_hashes.clear();
        new_hashes.extend(new.iter().map(|&at| hashes[at]));
        let mut table = shard.write().unwrap_or_else(PoisonError::into_inner);
        let before = table.size();
        table.hashed_numbers(new_rows, new_hashes, ids, new_numbers)?;
        self.size.fetch_add(table.size() - before, Ordering::Relaxed);
        for (&at, &number) in new.iter().zip(&*new_numbers) {
            numbers[at] = Some(number);
        }
        Ok(())
    }
}

impl KeyReader {
    /// Writes the number of the key of each row to `numbers`.
    ///
    /// # Errors
    ///
    /// When there are more than 2³² keys, or the column is not of the type that was planned.
    pub fn number(&mut self, keys: &ArrayRef, numbers: &mut Vec<usize>) -> Result<()> {
        let ids = IdColumn::open(std::slice::from_ref(keys), &stored_type(&self.keys.key_type))?;
        numbers.clear();
        numbers.resize(keys.len(), NULL);
        self.end = self.end.max(NULL + 1);
        let give = |row: usize, number| numbers[row] = number;
        match keys.logical_nulls().filter(|nulls| nulls.null_count() > 0) {
            Some(nulls) => {
                self.keys.null_came.store(true, Ordering::Relaxed);
                self.number_all(&ids, keys.len(), || nulls.valid_indices(), give)
            }
            None => self.number_all(&ids, keys.len(), || 0..keys.len(), give),
        }
    }

    /// Gives the number of each of some rows, none of which is NULL, in any order.
    pub(super) fn number_rows(
        &mut self,
        ids: &IdColumn,
        rows: &[usize],
        give: impl FnMut(usize, usize),
    ) -> Result<()> {
        self.number_all(ids, rows.len(), || rows.iter().copied(), give)
    }

    /// The same, of at most `len` rows.
    fn number_all<I: Iterator<Item = usize>>(
        &mut self,
        ids: &IdColumn,
        len: usize,
        rows: impl Fn() -> I,
        mut give: impl FnMut(usize, usize),
    ) -> Result<()> {
        let mut start = 0;
        for (shard, end) in self.sort(ids, len, rows).into_iter().enumerate() {
            for start in (start..end).step_by(BATCH) {
                let part = start..end.min(start + BATCH);
                let (rows, hashes) = (&self.rows[part.clone()], &self.hashes_by_shard[part]);
                let found = self.keys.number_in(shard, rows, hashes, ids, &mut self.found);
                found.or_else(|_| too_many_keys())?;
                for (row, number) in rows.iter().zip(self.found.numbers.iter().flatten()) {
                    let number = NULL + 1 + *number as usize * SHARDS + shard;
                    self.end = self.end.max(number + 1);
                    give(row.row, number);
                }
            }
            start = end;
        }
        Ok(())
    }

    /// One more than the largest number that it has written or given so far.
    #[must_use]
    pub fn end(&self) -> usize {
        self.end
    }

    /// The keys that have come to all readers so far.
    pub(super) fn read(&self) -> ReadKeys<'_> {
        let shards = self.keys.shards.iter();
        ReadKeys(shards.map(|shard| shard.read().unwrap_or_else(PoisonError::into_inner)).collect())
    }

    /// All keys that came to all readers. None may come any more.
    #[must_use]
    pub fn finish(self) -> NumberedKeys {
        let take = |shard: &RwLock<HashedTable<()>>| {
            let mut table = shard.write().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *table, HashedTable::new())
        };
        NumberedKeys {
            key_type: self.keys.key_type.clone(),
            shards: self.keys.shards.iter().map(take).collect(),
            null_came: self.keys.null_came.load(Ordering::Relaxed),
        }
    }

    /// The memory it holds and its part of what all share, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        let hashes = self.hashes.capacity() + self.hashes_by_shard.capacity();
        hashes * size_of::<u64>()
            + self.rows.capacity() * size_of::<GroupedRow>()
            + self.keys.size.load(Ordering::Relaxed)
                / self.keys.readers.load(Ordering::Relaxed).max(1)
    }

    /// Sorts rows by shard, and returns where each shard ends.
    fn sort<I: Iterator<Item = usize>>(
        &mut self,
        ids: &IdColumn,
        len: usize,
        rows: impl Fn() -> I,
    ) -> [usize; SHARDS] {
        let Self { keys, hashes, .. } = self;
        let mut next = [0; SHARDS];
        hashes.clear();
        hashes.extend(rows().map(|row| ids.get(row).hash_in(0, &keys.hasher)));
        for &hash in &*hashes {
            next[shard_of(hash)] += 1;
        }
        let mut start = 0;
        for count in &mut next {
            start += std::mem::replace(count, start);
        }
        self.rows.resize(len, GroupedRow { row: 0, group: 0 });
        self.hashes_by_shard.resize(len, 0);
        for (row, &hash) in rows().zip(&*hashes) {
            let at = &mut next[shard_of(hash)];
            self.rows[*at].row = row;
            self.hashes_by_shard[*at] = hash;
            *at += 1;
        }
        next
    }
}

impl ReadKeys<'_> {
    /// The key of a number, but for that of NULL.
    pub(super) fn id(&self, number: usize) -> Option<Id<'_>> {
        let (shard, number) = place(number)?;
        let number = u32::try_from(number).ok()?;
        Some(self.0[shard].get(number).0)
    }
}

fn shard_of(hash: u64) -> usize {
    #[expect(clippy::cast_possible_truncation, reason = "only the lowest bits are wanted")]
    let shard = hash as usize % SHARDS;
    shard
}

impl NumberedKeys {
    /// All numbers are less; not each that is less has come, as some shards have more keys than others.
    #[must_use]
    pub fn end(&self) -> usize {
        let most = self.shards.iter().map(HashedTable::customers).max().unwrap_or_default();
        NULL + 1 + most * SHARDS
    }

    /// Which of these numbers are of keys that have come.
    #[must_use]
    pub fn came(&self, numbers: Range<usize>) -> BooleanArray {
        BooleanBuffer::collect_bool(numbers.len(), |at| match place(numbers.start + at) {
            Some((shard, number)) => number < self.shards[shard].customers(),
            None => self.null_came,
        })
        .into()
    }

    /// The keys with these numbers, as a column.
    ///
    /// # Errors
    ///
    /// When the column cannot be made.
    pub fn keys(&self, numbers: impl Iterator<Item = usize>) -> Result<ArrayRef> {
        let keys = numbers.map(|number| {
            let (shard, number) = place(number)?;
            Some(self.shards[shard].get(u32::try_from(number).ok()?).0)
        });
        Ok(cast(&id_column(keys, &stored_type(&self.key_type))?, &self.key_type)?)
    }
}

/// The shard that has the key of a number, and its number there; `None` for NULL.
fn place(number: usize) -> Option<(usize, usize)> {
    let number = number.checked_sub(NULL + 1)?;
    Some((number % SHARDS, number / SHARDS))
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};
    use std::thread;

    use arrow::array::{AsArray, Int64Array, StringArray};
    use arrow::datatypes::Int64Type;

    use super::*;

    #[test]
    fn threads_number_keys_alike() {
        let keys = Arc::new(SharedKeys::new(&DataType::Int64).unwrap());
        // Each thread has three quarters of all keys, some of them many times, in an order of its own.
        let of_thread = |thread: i64| -> Vec<Option<i64>> {
            let rows = (0..60_000).map(|row| (row * (7919 + thread) + thread * 10_000) % 30_000);
            rows.map(|key| (key % 1000 > 0).then_some((key - 20_000) << 40)).collect()
        };
        let numbered = thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|thread| {
                    let mut reader = keys.reader();
                    scope.spawn(move || {
                        let (mut all, mut numbers) = (vec![], vec![]);
                        for batch in of_thread(thread).chunks(5000) {
                            let column: ArrayRef = Arc::new(Int64Array::from(batch.to_vec()));
                            reader.number(&column, &mut numbers).unwrap();
                            all.extend(batch.iter().copied().zip(numbers.iter().copied()));
                        }
                        all
                    })
                })
                .collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        let last = keys.reader();
        let mut of_keys = HashMap::new();
        for (key, number) in numbered {
            assert_eq!(*of_keys.entry(key).or_insert(number), number, "{key:?}");
        }
        let distinct: HashSet<_> = of_keys.values().collect();
        assert_eq!(distinct.len(), of_keys.len());
        assert!(last.size() > of_keys.len() * 16 / 5);

        let all = last.finish();
        let came: Vec<_> = all.came(0..all.end()).values().set_indices().collect();
        assert_eq!(came.len(), of_keys.len());
        let listed = all.keys(came.iter().copied()).unwrap();
        for (key, number) in listed.as_primitive::<Int64Type>().iter().zip(came) {
            assert_eq!(of_keys[&key], number);
        }
    }

    #[test]
    fn texts_come_back_as_they_were_and_null_only_if_it_came() {
        for key_type in [DataType::Utf8, DataType::Utf8View, DataType::BinaryView] {
            let keys = Arc::new(SharedKeys::new(&key_type).unwrap());
            let (mut reader, mut numbers) = (keys.reader(), vec![]);
            let given = vec![Some("b"), Some(""), Some("a text longer than a view"), Some("b")];
            let given = cast(&StringArray::from(given), &key_type).unwrap();
            reader.number(&given, &mut numbers).unwrap();
            assert_eq!(numbers[0], numbers[3]);
            assert_eq!(reader.end(), numbers.iter().max().unwrap() + 1);
            let all = reader.finish();
            assert_eq!(&all.keys(numbers.into_iter()).unwrap(), &given);
            assert_eq!(all.came(0..all.end()).true_count(), 3);
        }
        assert!(SharedKeys::new(&DataType::Float64).is_none());
    }

    #[test]
    fn no_keys_are_no_numbers_that_came() {
        let all = Arc::new(SharedKeys::new(&DataType::Int64).unwrap()).reader().finish();
        assert_eq!((all.end(), all.came(0..1).true_count()), (1, 0));
    }
}
