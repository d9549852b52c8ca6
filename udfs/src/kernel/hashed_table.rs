//! Entries by group and customer, in a flat hash table.
//!
//! It is made for many more customers than caches hold: a batch of rows is looked up in passes,
//! each of which does nothing but load from independent places, so that the processor waits for
//! many of them at once instead of for one after the other.

use hashbrown::DefaultHashBuilder;

use super::entity_table::{BATCH, ByGroup, GroupedRow};
use super::id::{Id, IdColumn, Ids};
use crate::math::Overflow;

/// Entries by group and customer, kept in the order in which they came.
#[derive(Debug)]
pub(super) struct HashedTable<E> {
    /// Open addressing with linear probing over a power of two of places: the upper half of a hash
    /// beside the number of a slot, counted from 1; 0 is free.
    index: Vec<u64>,
    hasher: DefaultHashBuilder,
    slots: Vec<Slot<E>>,
    /// Ids that are text or bytes; integers stand in the slots.
    ids: Ids,
    /// The hashes of the batch that is looked up.
    hashes: Vec<u64>,
}

/// A customer in a group.
#[derive(Debug, Clone, Copy)]
struct Slot<E> {
    /// The id, if it is an integer.
    id: i64,
    group: u32,
    entry: E,
}

impl<E: Copy + Default> HashedTable<E> {
    /// A table with nobody in it.
    pub(super) fn new() -> Self {
        Self {
            index: vec![],
            hasher: DefaultHashBuilder::default(),
            slots: vec![],
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
        numbers.clear();
        self.reserve(rows.len());
        let mut hashes = std::mem::take(&mut self.hashes);
        hashes.clear();
        for row in rows {
            let group = u32::try_from(row.group).map_err(|_| Overflow)?;
            hashes.push(ids.get(row.row).hash_in(group, &self.hasher));
        }
        self.load(&hashes);
        for (row, &hash) in rows.iter().zip(&hashes) {
            numbers.push(self.number(row.group, ids.get(row.row), hash)?);
        }
        self.hashes = hashes;
        Ok(())
    }

    /// The entry of this number.
    #[inline]
    pub(super) fn entry(&mut self, number: u32) -> &mut E {
        &mut self.slots[number as usize].entry
    }

    /// Brings the places and the slots that these hashes most likely lead to into a cache.
    fn load(&self, hashes: &[u64]) {
        let mask = self.index.len() - 1;
        let mut likely = [0_u32; BATCH];
        for (place, &hash) in likely.iter_mut().zip(hashes) {
            *place = slot_of(self.index[position(hash, mask)]);
        }
        let mut loaded = 0;
        for &slot in likely.iter().take(hashes.len()) {
            if let Some(number) = slot.checked_sub(1) {
                loaded ^= self.slots[number as usize].id;
            }
        }
        // Nothing needs the sum, but the loads must not be left out.
        std::hint::black_box(loaded);
    }

    fn number(&mut self, group: usize, id: Id<'_>, hash: u64) -> Result<u32, Overflow> {
        let group = u32::try_from(group).map_err(|_| Overflow)?;
        let mask = self.index.len() - 1;
        let mut at = position(hash, mask);
        loop {
            let place = self.index[at];
            let Some(number) = slot_of(place).checked_sub(1) else { break };
            if tag(place) == tag(hash) && self.is(number, group, id) {
                return Ok(number);
            }
            at = (at + 1) & mask;
        }
        let number = u32::try_from(self.slots.len()).map_err(|_| Overflow)?;
        let slot = number.checked_add(1).ok_or(Overflow)?;
        self.index[at] = tag(hash) | u64::from(slot);
        let integer = match id {
            Id::Integer(id) => id,
            Id::Bytes(bytes) => {
                self.ids.push(bytes);
                0
            }
        };
        self.slots.push(Slot { id: integer, group, entry: E::default() });
        Ok(number)
    }

    #[inline]
    fn is(&self, number: u32, group: u32, id: Id<'_>) -> bool {
        let slot = &self.slots[number as usize];
        slot.group == group
            && match id {
                Id::Integer(id) => slot.id == id,
                Id::Bytes(bytes) => self.ids.get(number as usize) == bytes,
            }
    }

    /// Makes room for so many more customers, so that at most half of the places are taken.
    fn reserve(&mut self, more: usize) {
        let wanted = ((self.slots.len() + more) * 2).next_power_of_two().max(16);
        if wanted <= self.index.len() {
            return;
        }
        let mask = wanted - 1;
        let mut index = vec![0; wanted];
        for &place in self.index.iter().filter(|&&place| place != 0) {
            let mut at = position(place, mask);
            while index[at] != 0 {
                at = (at + 1) & mask;
            }
            index[at] = place;
        }
        self.index = index;
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
        self.slots.len()
    }

    fn id(&self, number: usize) -> Id<'_> {
        if self.ids.is_empty() {
            Id::Integer(self.slots[number].id)
        } else {
            Id::Bytes(self.ids.get(number))
        }
    }

    /// What is known of the customer of this number.
    pub(super) fn get(&self, number: u32) -> (Id<'_>, &E) {
        (self.id(number as usize), &self.slots[number as usize].entry)
    }

    /// Every entry with its group and its customer.
    pub(super) fn entries(&self) -> impl Iterator<Item = (usize, Id<'_>, &E)> {
        let numbered = self.slots.iter().enumerate();
        numbered.map(|(number, slot)| (slot.group as usize, self.id(number), &slot.entry))
    }

    /// The customers of the first `groups` groups.
    pub(super) fn by_group(&self, groups: usize) -> ByGroup {
        ByGroup::sorted(groups, || self.slots.iter().map(|slot| slot.group as usize).zip(0_u32..))
    }

    /// Forgets the first `groups` groups and numbers the others from 0 again.
    pub(super) fn remove_first(&mut self, groups: usize) {
        let kept = std::mem::replace(self, Self::new());
        self.reserve(kept.slots.len());
        for (group, id, entry) in kept.entries() {
            if let Some(group) = group.checked_sub(groups) {
                // There is room, as everyone who stays was there before.
                let _ = self.insert(group, id, *entry);
            }
        }
    }

    /// The memory that a table of so many customers with integer ids holds, in bytes.
    pub(super) const fn bytes(customers: usize) -> usize {
        customers * (size_of::<Slot<E>>() + 2 * size_of::<u64>())
    }

    /// The memory it holds, in bytes.
    pub(super) fn size(&self) -> usize {
        (self.index.capacity() + self.hashes.capacity()) * size_of::<u64>()
            + self.slots.capacity() * size_of::<Slot<E>>()
            + self.ids.size()
    }
}

/// Where the search for a hash begins. Its upper half decides, which a place keeps, so that the
/// places of a larger index can be told from those of a smaller one alone.
fn position(place: u64, mask: usize) -> usize {
    (place >> 32) as usize & mask
}

/// The upper half of a hash, or of a place.
fn tag(place: u64) -> u64 {
    place >> 32 << 32
}

/// The lower half of a place: the number of a slot, counted from 1, or 0.
fn slot_of(place: u64) -> u32 {
    #[expect(clippy::cast_possible_truncation, reason = "the lower half is what is wanted")]
    let slot = place as u32;
    slot
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
        assert!(table(&ids).size() >= 10_000 * (8 + size_of::<Slot<u64>>()));
    }
}
