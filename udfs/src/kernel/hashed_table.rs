//! Entries by group and customer, in a flat hash table.
//!
//! It is made for many more customers than caches hold: a batch of rows is looked up in passes,
//! each of which does nothing but load from independent places, so that the processor waits for
//! many of them at once instead of for one after the other. A place holds an integer id itself, so
//! that there is nothing else to look at; the entries lie apart, without gaps.

use hashbrown::DefaultHashBuilder;

use super::entity_table::{ByGroup, GroupedRow};
use super::id::{Id, IdColumn, Ids};
use crate::math::Overflow;

/// Entries by group and customer, kept in the order in which they came.
#[derive(Debug)]
pub(super) struct HashedTable<E> {
    /// Open addressing with linear probing over a power of two of places.
    places: Vec<Place>,
    hasher: DefaultHashBuilder,
    /// By the number of the customer: the key and the group that the place holds, and the entry.
    keys: Vec<u64>,
    groups: Vec<u32>,
    entries: Vec<E>,
    /// Ids that are text or bytes.
    ids: Ids,
    /// The hashes of the batch that is looked up.
    hashes: Vec<u64>,
}

/// A place for a customer in a group.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    /// The id, if it is an integer; otherwise the upper half of the hash above where the id is kept.
    key: u64,
    group: u32,
    /// The number of the customer, counted from 1; 0 is nobody.
    slot: u32,
}

/// How many rows are loaded before they are looked at: what they lead to stays in the smallest cache.
const AHEAD: usize = 128;

impl<E: Copy + Default> HashedTable<E> {
    /// A table with nobody in it.
    pub(super) fn new() -> Self {
        Self::with_hasher(DefaultHashBuilder::default())
    }

    /// A table with nobody in it, for rows that are hashed elsewhere, too.
    pub(super) fn with_hasher(hasher: DefaultHashBuilder) -> Self {
        Self {
            places: vec![],
            hasher,
            keys: vec![],
            groups: vec![],
            entries: vec![],
            ids: Ids::default(),
            hashes: vec![],
        }
    }

    /// The numbers of the entries of a batch of rows, made where they are not there.
    pub(super) fn numbers(
        &mut self,
        rows: &[GroupedRow],
        ids: &IdColumn,
        numbers: &mut Vec<u32>,
    ) -> Result<(), Overflow> {
        let mut hashes = std::mem::take(&mut self.hashes);
        hashes.clear();
        for row in rows {
            let group = u32::try_from(row.group).map_err(|_| Overflow)?;
            hashes.push(ids.get(row.row).hash_in(group, &self.hasher));
        }
        let numbered = self.hashed_numbers(rows, &hashes, ids, numbers);
        self.hashes = hashes;
        numbered
    }

    /// The same, of rows that have these hashes.
    pub(super) fn hashed_numbers(
        &mut self,
        rows: &[GroupedRow],
        hashes: &[u64],
        ids: &IdColumn,
        numbers: &mut Vec<u32>,
    ) -> Result<(), Overflow> {
        numbers.clear();
        self.reserve(rows.len());
        for (rows, hashes) in rows.chunks(AHEAD).zip(hashes.chunks(AHEAD)) {
            self.load(rows, hashes, ids);
            for (row, &hash) in rows.iter().zip(hashes) {
                numbers.push(self.number(row.group, ids.get(row.row), hash)?);
            }
        }
        for &number in &*numbers {
            std::hint::black_box(self.entries[number as usize]);
        }
        Ok(())
    }

    /// The numbers of rows that have these hashes, as far as they are there.
    pub(super) fn known_numbers(
        &self,
        rows: &[GroupedRow],
        hashes: &[u64],
        ids: &IdColumn,
        numbers: &mut Vec<Option<u32>>,
    ) -> Result<(), Overflow> {
        numbers.clear();
        if self.places.is_empty() {
            numbers.resize(rows.len(), None);
            return Ok(());
        }
        for (rows, hashes) in rows.chunks(AHEAD).zip(hashes.chunks(AHEAD)) {
            self.load(rows, hashes, ids);
            for (row, &hash) in rows.iter().zip(hashes) {
                let group = u32::try_from(row.group).map_err(|_| Overflow)?;
                numbers.push(self.find(group, ids.get(row.row), hash).ok());
            }
        }
        Ok(())
    }

    /// The entry of this number.
    #[inline]
    pub(super) fn entry(&mut self, number: u32) -> &mut E {
        &mut self.entries[number as usize]
    }

    /// Brings the places that some rows lead to into a cache, and then the ids that are not in their
    /// place.
    fn load(&self, rows: &[GroupedRow], hashes: &[u64], ids: &IdColumn) {
        let mask = self.places.len() - 1;
        for &hash in hashes {
            std::hint::black_box(self.places[position(hash, mask)].key);
        }
        if self.ids.is_empty() {
            return;
        }
        for (row, &hash) in rows.iter().zip(hashes) {
            let Id::Bytes(id) = ids.get(row.row) else { return };
            let mut at = position(hash, mask);
            let is_other = |place: &Place| place.slot != 0 && tag(place.key) != tag(hash);
            while is_other(&self.places[at]) {
                at = (at + 1) & mask;
            }
            if self.places[at].slot != 0 {
                self.ids.load(kept_at(self.places[at].key), id.len());
            }
        }
    }

    fn number(&mut self, group: usize, id: Id<'_>, hash: u64) -> Result<u32, Overflow> {
        let group = u32::try_from(group).map_err(|_| Overflow)?;
        let at = match self.find(group, id, hash) {
            Ok(number) => return Ok(number),
            Err(free) => free,
        };
        let number = u32::try_from(self.entries.len()).map_err(|_| Overflow)?;
        let slot = number.checked_add(1).ok_or(Overflow)?;
        let key = match id {
            Id::Integer(id) => id.cast_unsigned(),
            Id::Bytes(bytes) => tag(hash) | u64::from(self.ids.push(bytes)?),
        };
        self.places[at] = Place { key, group, slot };
        self.keys.push(key);
        self.groups.push(group);
        self.entries.push(E::default());
        Ok(number)
    }

    /// The number of a customer who is there, or else the place that is free for them.
    #[inline]
    fn find(&self, group: u32, id: Id<'_>, hash: u64) -> Result<u32, usize> {
        let mask = self.places.len() - 1;
        let mut at = position(hash, mask);
        loop {
            let place = self.places[at];
            let Some(number) = place.slot.checked_sub(1) else { return Err(at) };
            if place.group == group && self.is(place.key, id, hash) {
                return Ok(number);
            }
            at = (at + 1) & mask;
        }
    }

    #[inline]
    fn is(&self, key: u64, id: Id<'_>, hash: u64) -> bool {
        match id {
            Id::Integer(id) => key == id.cast_unsigned(),
            Id::Bytes(bytes) => tag(key) == tag(hash) && self.ids.get(kept_at(key)) == bytes,
        }
    }

    /// Makes room for so many more customers, so that at most three quarters of the places are taken.
    pub(super) fn reserve(&mut self, more: usize) {
        let customers = self.entries.len() + more;
        let wanted = (customers + customers / 3).next_power_of_two().max(16);
        if wanted <= self.places.len() {
            return;
        }
        let mask = wanted - 1;
        let mut places = vec![Place::default(); wanted];
        for ((slot, &key), &group) in (1..).zip(&self.keys).zip(&self.groups) {
            let hash = match self.id(key) {
                Id::Bytes(_) => key,
                integer @ Id::Integer(_) => integer.hash_in(group, &self.hasher),
            };
            let mut at = position(hash, mask);
            while places[at].slot != 0 {
                at = (at + 1) & mask;
            }
            places[at] = Place { key, group, slot };
        }
        self.places = places;
    }

    /// Takes in a customer of whom there was nothing yet.
    pub(super) fn insert(&mut self, group: usize, id: Id<'_>, entry: E) -> Result<(), Overflow> {
        self.reserve(1);
        let hash = id.hash_in(u32::try_from(group).map_err(|_| Overflow)?, &self.hasher);
        let number = self.number(group, id, hash)?;
        *self.entry(number) = entry;
        Ok(())
    }

    /// How many customers there are, in all groups.
    pub(super) fn customers(&self) -> usize {
        self.entries.len()
    }

    /// The id that a place holds the key of.
    fn id(&self, key: u64) -> Id<'_> {
        if self.ids.is_empty() {
            Id::Integer(key.cast_signed())
        } else {
            Id::Bytes(self.ids.get(kept_at(key)))
        }
    }

    /// What is known of the customer of this number.
    pub(super) fn get(&self, number: u32) -> (Id<'_>, &E) {
        (self.id(self.keys[number as usize]), &self.entries[number as usize])
    }

    /// Every entry with its group and its customer.
    pub(super) fn entries(&self) -> impl Iterator<Item = (usize, Id<'_>, &E)> {
        let ids = self.keys.iter().map(|&key| self.id(key));
        self.groups().zip(ids).zip(&self.entries).map(|((group, id), entry)| (group, id, entry))
    }

    fn groups(&self) -> impl Iterator<Item = usize> {
        self.groups.iter().map(|&group| group as usize)
    }

    /// The customers of the first `groups` groups.
    pub(super) fn by_group(&self, groups: usize) -> ByGroup {
        ByGroup::sorted(groups, || self.groups().zip(0..))
    }

    /// Forgets the first `groups` groups and numbers the others from 0 again.
    pub(super) fn remove_first(&mut self, groups: usize) {
        let kept = std::mem::replace(self, Self::new());
        self.reserve(kept.customers());
        for (group, id, entry) in kept.entries() {
            if let Some(group) = group.checked_sub(groups) {
                // There is room, as everyone who stays was there before.
                let _ = self.insert(group, id, *entry);
            }
        }
    }

    /// The memory that a table of so many customers with integer ids holds, in bytes.
    pub(super) const fn bytes(customers: usize) -> usize {
        customers * (2 * size_of::<Place>() + size_of::<u64>() + size_of::<u32>() + size_of::<E>())
    }

    /// The memory it holds, in bytes.
    pub(super) fn size(&self) -> usize {
        self.places.capacity() * size_of::<Place>()
            + (self.keys.capacity() + self.hashes.capacity()) * size_of::<u64>()
            + self.groups.capacity() * size_of::<u32>()
            + self.entries.capacity() * size_of::<E>()
            + self.ids.size()
    }
}

/// Where the search for a hash begins. Its upper half decides, which the key of an id that is text keeps,
/// so that it need not be hashed again when the table grows.
fn position(hash: u64, mask: usize) -> usize {
    (hash >> 32) as usize & mask
}

/// The upper half of a hash, or of the key of an id that is text.
fn tag(hash: u64) -> u64 {
    hash >> 32 << 32
}

/// Where the id is kept that has this key.
fn kept_at(key: u64) -> u32 {
    #[expect(clippy::cast_possible_truncation, reason = "the lower half is what is wanted")]
    let at = key as u32;
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(customers: &[(usize, i64, u64)]) -> HashedTable<u64> {
        let mut table = HashedTable::new();
        for &(group, id, amount) in customers {
            add(&mut table, group, id, amount);
        }
        table
    }

    fn add(table: &mut HashedTable<u64>, group: usize, id: i64, amount: u64) {
        let mut numbers = vec![];
        let ids = IdColumn::Integers(vec![id].into());
        table.numbers(&[GroupedRow { row: 0, group }], &ids, &mut numbers).unwrap();
        *table.entry(numbers[0]) += amount;
    }

    fn entries(table: &HashedTable<u64>) -> Vec<(usize, u64)> {
        table.entries().map(|(group, _, entry)| (group, *entry)).collect()
    }

    #[test]
    fn a_customer_is_one_entry_per_group() {
        let table = table(&[(0, 7, 1), (1, 7, 10), (0, 7, 2), (0, 8, 4)]);
        assert_eq!(entries(&table), [(0, 3), (1, 10), (0, 4)]);
    }

    #[test]
    fn a_batch_finds_whom_it_brings_itself() {
        let ids: Vec<i64> = (0..1000).map(|row| row % 300).collect();
        let rows: Vec<_> = (0..1000).map(|row| GroupedRow { row, group: row % 2 }).collect();
        let (mut table, mut numbers) = (HashedTable::<u64>::new(), vec![]);
        table.numbers(&rows, &IdColumn::Integers(ids.into()), &mut numbers).unwrap();
        for number in numbers {
            *table.entry(number) += 1;
        }
        // An even id is always in an even row, so each of 300 is in one group only.
        assert_eq!(table.entries().count(), 300);
        assert_eq!(table.entries().map(|(_, _, rows)| rows).sum::<u64>(), 1000);
    }

    #[test]
    fn later_groups_survive_the_removal_of_earlier_ones() {
        let mut table = table(&[(2, 7, 1), (0, 7, 10), (1, 9, 100)]);
        table.remove_first(1);
        add(&mut table, 1, 7, 5);
        let mut entries = entries(&table);
        entries.sort_unstable();
        assert_eq!(entries, [(0, 100), (1, 6)]);
    }

    #[test]
    fn grouping_keeps_everyone() {
        let table = table(&[(1, 1, 0), (0, 2, 0), (3, 3, 0), (1, 4, 0)]);
        let by_group = table.by_group(3);
        assert_eq!(by_group.offsets, [0, 1, 3, 3]);
        assert_eq!(by_group.slots, [1, 0, 3]);
    }

    #[test]
    fn memory_grows_with_the_customers() {
        let ids: Vec<_> = (0..10_000).map(|id| (0, id, 1)).collect();
        assert!(table(&ids).size() >= 10_000 * (8 + size_of::<Place>()));
    }
}
