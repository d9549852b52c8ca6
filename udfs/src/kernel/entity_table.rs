//! One small entry per customer and group, in a flat hash table.
//!
//! Everything the entity forms know of their storage is in this type, so that a faster one can
//! take its place.

use hashbrown::{DefaultHashBuilder, HashTable};

use super::id::{Id, Ids};
use crate::math::Overflow;

/// Entries by group and customer, kept in the order in which they came.
#[derive(Debug)]
pub(super) struct EntityTable<E> {
    index: HashTable<u32>,
    hasher: DefaultHashBuilder,
    slots: Vec<Slot<E>>,
    ids: Ids,
}

/// A customer in a group.
#[derive(Debug, Clone, Copy)]
struct Slot<E> {
    hash: u64,
    group: u32,
    entry: E,
}

/// The customers of some groups, sorted by group.
#[derive(Debug)]
pub(super) struct ByGroup {
    /// Where each group begins among `slots`, and where the last one ends.
    pub offsets: Vec<i64>,
    /// The customers, by their number in the table.
    pub slots: Vec<u32>,
}

impl<E: Copy + Default> EntityTable<E> {
    /// A table with nobody in it.
    pub(super) fn new() -> Self {
        Self {
            index: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            slots: vec![],
            ids: Ids::default(),
        }
    }

    /// The entry of a customer in a group, which is made if it is not there.
    pub(super) fn entry(&mut self, group: usize, id: Id<'_>) -> Result<&mut E, Overflow> {
        let group = u32::try_from(group).map_err(|_| Overflow)?;
        let hash = id.hash_in(group, &self.hasher);
        let Self { index, slots, ids, .. } = self;
        let same =
            |&slot: &u32| slots[slot as usize].group == group && ids.get(slot as usize) == id;
        let slot = if let Some(&slot) = index.find(hash, same) {
            slot as usize
        } else {
            let slot = u32::try_from(slots.len()).map_err(|_| Overflow)?;
            index.insert_unique(hash, slot, |&slot| slots[slot as usize].hash);
            slots.push(Slot { hash, group, entry: E::default() });
            ids.push(id);
            slot as usize
        };
        Ok(&mut self.slots[slot].entry)
    }

    /// Every entry with its group and its customer.
    pub(super) fn entries(&self) -> impl Iterator<Item = (usize, Id<'_>, &E)> {
        let numbered = self.slots.iter().enumerate();
        numbered.map(|(number, slot)| (slot.group as usize, self.ids.get(number), &slot.entry))
    }

    /// The entries at `slots`, in that order.
    pub(super) fn entries_at(&self, slots: &[u32]) -> Vec<E> {
        slots.iter().map(|&slot| self.slots[slot as usize].entry).collect()
    }

    /// The ids of its customers.
    pub(super) fn ids(&self) -> &Ids {
        &self.ids
    }

    /// The customers of the first `groups` groups.
    pub(super) fn by_group(&self, groups: usize) -> ByGroup {
        let mut offsets = vec![0_i64; groups + 1];
        for slot in &self.slots {
            if let Some(offset) = offsets.get_mut(slot.group as usize + 1) {
                *offset += 1;
            }
        }
        for group in 0..groups {
            offsets[group + 1] += offsets[group];
        }
        let mut next: Vec<usize> =
            offsets.iter().map(|&offset| usize::try_from(offset).unwrap_or_default()).collect();
        let mut slots = vec![0_u32; next[groups]];
        for (number, slot) in (0_u32..).zip(&self.slots) {
            if let Some(at) = next[..groups].get_mut(slot.group as usize) {
                slots[*at] = number;
                *at += 1;
            }
        }
        ByGroup { offsets, slots }
    }

    /// Forgets the first `groups` groups and numbers the others from 0 again.
    pub(super) fn remove_first(&mut self, groups: usize) {
        let kept = std::mem::replace(self, Self::new());
        for (number, slot) in kept.slots.iter().enumerate() {
            let Some(group) = (slot.group as usize).checked_sub(groups) else { continue };
            let id = kept.ids.get(number);
            // The hash covers the group, which has a new number now.
            if let Ok(entry) = self.entry(group, id) {
                *entry = slot.entry;
            }
        }
    }

    /// The memory it holds, in bytes.
    pub(super) fn size(&self) -> usize {
        self.index.allocation_size()
            + self.slots.capacity() * size_of::<Slot<E>>()
            + self.ids.size()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(customers: &[(usize, i64, u64)]) -> EntityTable<u64> {
        let mut table = EntityTable::new();
        for &(group, id, amount) in customers {
            *table.entry(group, Id::Integer(id)).unwrap() += amount;
        }
        table
    }

    #[test]
    fn a_customer_is_one_entry_per_group() {
        let table = table(&[(0, 7, 1), (1, 7, 10), (0, 7, 2), (0, 8, 4)]);
        let entries: Vec<_> = table.entries().map(|(group, _, entry)| (group, *entry)).collect();
        assert_eq!(entries, [(0, 3), (1, 10), (0, 4)]);
    }

    #[test]
    fn later_groups_survive_the_removal_of_earlier_ones() {
        let mut table = table(&[(2, 7, 1), (0, 7, 10), (1, 9, 100)]);
        table.remove_first(1);
        *table.entry(1, Id::Integer(7)).unwrap() += 5;
        let mut entries: Vec<_> =
            table.entries().map(|(group, _, entry)| (group, *entry)).collect();
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
