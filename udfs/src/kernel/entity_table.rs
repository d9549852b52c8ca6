//! One small entry per customer and group: everything the entity forms know of their storage.
//!
//! Ids that are integers without large gaps between them are places in an array, one for each group
//! or one for the only group that most customers are in; any others are looked for in a hash table.
//! Which of these it is follows the ids that come, back and forth.

mod room;
mod taken;

use super::dense_table::{DenseTable, Span};
use super::hashed_table::HashedTable;
use super::home_table::HomeTable;
use super::id::{Id, IdColumn};
use super::key_numbers::KeyRange;
use crate::math::Overflow;
use room::{affordable, homes_affordable, is_modest, span_of, wider};

/// How many rows are looked up at once: few enough for their entries to stay in a cache until they
/// are used.
pub(super) const BATCH: usize = 1024;

/// A row and the group it belongs to.
#[derive(Debug, Clone, Copy)]
pub(super) struct GroupedRow {
    pub(super) row: usize,
    pub(super) group: usize,
}

/// The customers of some groups, sorted by group.
#[derive(Debug)]
pub(super) struct ByGroup {
    /// Where each group begins among `slots`, and where the last one ends.
    pub offsets: Vec<i64>,
    /// The customers, by their number in the table.
    pub slots: Vec<u32>,
}

impl ByGroup {
    /// The entries of the first `groups` groups, of groups and numbers in any order, which are
    /// listed twice: to count them and to place them.
    pub(super) fn sorted<I: Iterator<Item = (usize, u32)>>(
        groups: usize,
        entries: impl Fn() -> I,
    ) -> Self {
        let mut next = vec![0; groups + 1];
        for (group, _) in entries().filter(|(group, _)| *group < groups) {
            next[group + 1] += 1;
        }
        for group in 0..groups {
            next[group + 1] += next[group];
        }
        let offsets = next.iter().map(|&at| i64::try_from(at).unwrap_or(i64::MAX)).collect();
        let mut slots = vec![0; next[groups]];
        for (group, number) in entries().filter(|(group, _)| *group < groups) {
            slots[next[group]] = number;
            next[group] += 1;
        }
        Self { offsets, slots }
    }
}

/// The greatest of some groups.
fn most(groups: &[usize]) -> usize {
    groups.iter().fold(0, |most, &group| most.max(group))
}

/// Entries by group and customer.
#[derive(Debug)]
pub(super) struct EntityTable<E> {
    entries: Entries<E>,
    /// Of the rows that are in the hash table.
    span: Span,
    /// From how many customers on the form of the table is considered anew.
    review: usize,
}

#[derive(Debug)]
enum Entries<E> {
    Hashed(HashedTable<E>),
    Dense(DenseTable<E>),
    Home(HomeTable<E>),
}

impl<E: Copy + Default> EntityTable<E> {
    /// A table with nobody in it.
    pub(super) fn new() -> Self {
        Self { entries: Entries::Hashed(HashedTable::new()), span: Span::EMPTY, review: 0 }
    }

    /// Becomes an array for most ids that will come, unless it would be a large one. Nobody must be
    /// there yet.
    pub(super) fn expect(&mut self, ids: KeyRange) -> Result<(), Overflow> {
        let bytes = |span: &Span| span.cells().map(DenseTable::<E>::bytes);
        match span_of(ids).filter(|span| bytes(span).is_some_and(is_modest)) {
            Some(span) => self.move_to_dense(span),
            None => Ok(()),
        }
    }

    /// The same, where there are several groups, and most customers in one of them only.
    pub(super) fn expect_homes(&mut self, ids: KeyRange) -> Result<(), Overflow> {
        let bytes = |span: &Span| HomeTable::<E>::bytes(*span);
        match span_of(ids).filter(|span| bytes(span).is_some_and(is_modest)) {
            Some(span) => {
                self.span = span;
                self.move_home(span)
            }
            None => Ok(()),
        }
    }

    /// The numbers of the entries of a batch of rows, made where they are not there. They are good
    /// until the next call.
    pub(super) fn numbers(
        &mut self,
        rows: &[GroupedRow],
        ids: &IdColumn,
        numbers: &mut Vec<u32>,
    ) -> Result<(), Overflow> {
        if let IdColumn::Integers(ids) = ids {
            self.make_room(Span::of(rows, ids))?;
        }
        match (&mut self.entries, ids) {
            (Entries::Dense(dense), IdColumn::Integers(ids)) => dense.numbers(rows, ids, numbers),
            (Entries::Hashed(hashed), _) => hashed.numbers(rows, ids, numbers),
            (Entries::Home(home), _) => home.numbers(rows, ids, numbers),
            // A call has ids of one kind only.
            (Entries::Dense(_), _) => Err(Overflow),
        }
    }

    /// The numbers of the entries of ids in these groups, or in the first, if they are places in an array.
    pub(super) fn numbers_of(
        &mut self,
        ids: &[i64],
        groups: Option<&[usize]>,
        numbers: &mut Vec<u32>,
    ) -> Result<bool, Overflow> {
        if self.known_numbers_of(ids, groups, numbers)? {
            return Ok(true);
        }
        let groups_here = groups.map_or(1, |groups| most(groups) + 1);
        self.make_room(Span { groups: groups_here, ..Span::of_ids(ids) })?;
        self.known_numbers_of(ids, groups, numbers)
    }

    fn known_numbers_of(
        &mut self,
        ids: &[i64],
        groups: Option<&[usize]>,
        numbers: &mut Vec<u32>,
    ) -> Result<bool, Overflow> {
        match (&mut self.entries, groups) {
            (Entries::Dense(dense), None) => Ok(dense.numbers_of(ids, numbers)),
            (Entries::Home(home), Some(groups)) if home.is_home() => {
                self.span.groups = self.span.groups.max(most(groups) + 1);
                home.numbers_of(ids, groups, numbers)
            }
            _ => Ok(false),
        }
    }

    /// Where ids of this span have their place in an array, if they do: the first id of it, and the
    /// entries of the first group, of which those of nobody are as new.
    pub(super) fn places(&mut self, coming: Span) -> Result<Option<(i64, &[E])>, Overflow> {
        self.make_room(coming)?;
        Ok(match &self.entries {
            Entries::Dense(dense) => Some(dense.places()),
            _ => None,
        })
    }

    /// Takes the form that suits the rows so far and those that are about to come.
    fn make_room(&mut self, coming: Span) -> Result<(), Overflow> {
        match &mut self.entries {
            Entries::Hashed(hashed) => {
                self.span = self.span.and(coming);
                if hashed.customers() < self.review {
                    return Ok(());
                }
                let customers = hashed.customers();
                self.review = customers * 2;
                if affordable::<E>(self.span, customers) {
                    self.move_to_dense(self.span)?;
                } else if homes_affordable::<E>(self.span, customers) {
                    self.move_home(self.span)?;
                }
                Ok(())
            }
            Entries::Dense(dense) => {
                let here = dense.span();
                let all = here.and(coming);
                if all == here {
                    return Ok(());
                }
                let customers = dense.customers();
                if (all.min, all.max) == (here.min, here.max) && affordable::<E>(all, customers * 2)
                {
                    dense.grow(all.groups);
                    Ok(())
                } else if affordable::<E>(all, customers * 2) {
                    self.move_to_dense(wider(here, all, customers * 2, affordable::<E>))
                } else {
                    self.give_up_array(all, customers)
                }
            }
            Entries::Home(home) => {
                let (here, customers) = (home.span(), home.customers());
                let all = here.and(coming);
                let groups = self.span.groups.max(coming.groups);
                self.span = Span { groups, ..all };
                if !home.is_home() {
                    self.leave_homes(customers)
                } else if (all.min, all.max) == (here.min, here.max) {
                    Ok(())
                } else if homes_affordable::<E>(all, customers * 2) {
                    self.move_home(wider(here, all, customers * 2, homes_affordable::<E>))
                } else {
                    self.give_up_array(self.span, customers)
                }
            }
        }
    }

    /// Becomes a hash table. The other kind of array may still do, which is looked at next.
    fn give_up_array(&mut self, span: Span, customers: usize) -> Result<(), Overflow> {
        self.span = span;
        self.review = customers;
        self.move_to_hashed()
    }

    /// Becomes another table, as customers are not at home. They may be again when there are twice as many.
    fn leave_homes(&mut self, customers: usize) -> Result<(), Overflow> {
        if affordable::<E>(self.span, customers) {
            return self.move_to_dense(self.span);
        }
        self.review = customers * 2;
        self.move_to_hashed()
    }

    /// Gives customers a home, unless too many are in several groups.
    fn move_home(&mut self, span: Span) -> Result<(), Overflow> {
        let mut homes = HomeTable::new(span);
        self.visit(|group, id, entry| match id {
            Id::Integer(id) => homes.insert(group, id, *entry),
            Id::Bytes(_) => Err(Overflow),
        })?;
        if homes.is_home() {
            self.entries = Entries::Home(homes);
        }
        Ok(())
    }

    fn move_to_dense(&mut self, span: Span) -> Result<(), Overflow> {
        let mut dense = DenseTable::new(span);
        self.visit(|group, id, entry| match id {
            Id::Integer(id) => dense.insert(group, id, *entry),
            Id::Bytes(_) => Err(Overflow),
        })?;
        self.entries = Entries::Dense(dense);
        Ok(())
    }

    fn move_to_hashed(&mut self) -> Result<(), Overflow> {
        let mut hashed = HashedTable::new();
        hashed.reserve(self.customers());
        self.visit(|group, id, entry| hashed.insert(group, id, *entry))?;
        self.entries = Entries::Hashed(hashed);
        Ok(())
    }

    /// The entry of this number.
    #[inline]
    pub(super) fn entry(&mut self, number: u32) -> &mut E {
        match &mut self.entries {
            Entries::Hashed(hashed) => hashed.entry(number),
            Entries::Dense(dense) => dense.entry(number),
            Entries::Home(home) => home.entry(number),
        }
    }

    /// Hands the entry of each number to `with`, beside its position in the list, and stops at the
    /// first error.
    #[inline]
    pub(super) fn with_entries<X>(
        &mut self,
        numbers: &[u32],
        mut with: impl FnMut(usize, &mut E) -> Result<(), X>,
    ) -> Result<(), X> {
        let mut numbers = numbers.iter().enumerate();
        // Which form it is does not change from one to the next.
        match &mut self.entries {
            Entries::Hashed(hashed) => {
                numbers.try_for_each(|(at, &number)| with(at, hashed.entry(number)))
            }
            Entries::Dense(dense) => {
                numbers.try_for_each(|(at, &number)| with(at, dense.entry(number)))
            }
            Entries::Home(home) => {
                numbers.try_for_each(|(at, &number)| with(at, home.entry(number)))
            }
        }
    }

    /// The customer of this number, and the entry.
    pub(super) fn get(&self, number: u32) -> (Id<'_>, &E) {
        match &self.entries {
            Entries::Hashed(hashed) => hashed.get(number),
            Entries::Dense(dense) => dense.get(number),
            Entries::Home(home) => home.get(number),
        }
    }

    /// Visits every entry with its group and its customer, and stops at the first error.
    pub(super) fn visit<'a, X>(
        &'a self,
        mut visit: impl FnMut(usize, Id<'a>, &'a E) -> Result<(), X>,
    ) -> Result<(), X> {
        match &self.entries {
            Entries::Hashed(hashed) => {
                hashed.entries().try_for_each(|(group, id, entry)| visit(group, id, entry))
            }
            Entries::Dense(dense) => dense
                .entries()
                .try_for_each(|(group, id, entry)| visit(group, Id::Integer(id), entry)),
            Entries::Home(home) => {
                home.entries().try_for_each(|(group, id, entry)| visit(group, id, entry))
            }
        }
    }

    /// How many customers there are, each counted once for every group.
    fn customers(&self) -> usize {
        match &self.entries {
            Entries::Hashed(hashed) => hashed.customers(),
            Entries::Dense(dense) => dense.customers(),
            Entries::Home(home) => home.customers(),
        }
    }

    /// How many customers have to be looked for, each counted once for every group.
    pub(super) fn hashed(&self) -> usize {
        match &self.entries {
            Entries::Hashed(hashed) => hashed.customers(),
            Entries::Dense(_) => 0,
            Entries::Home(home) => home.customers_elsewhere(),
        }
    }

    /// The customers of the first `groups` groups.
    pub(super) fn by_group(&self, groups: usize) -> ByGroup {
        match &self.entries {
            Entries::Hashed(hashed) => hashed.by_group(groups),
            Entries::Dense(dense) => dense.by_group(groups),
            Entries::Home(home) => home.by_group(groups),
        }
    }

    /// Forgets the first `groups` groups and numbers the others from 0 again.
    pub(super) fn remove_first(&mut self, groups: usize) {
        self.span.groups = self.span.groups.saturating_sub(groups);
        match &mut self.entries {
            Entries::Hashed(hashed) => hashed.remove_first(groups),
            Entries::Dense(dense) => dense.remove_first(groups),
            // Who has lost their home must be found where else they are, so it is made anew.
            Entries::Home(home) => {
                let mut hashed = HashedTable::new();
                for (group, id, entry) in home.entries() {
                    if let Some(group) = group.checked_sub(groups) {
                        // There is room, as everyone who stays was there before.
                        let _ = hashed.insert(group, id, *entry);
                    }
                }
                self.review = hashed.customers();
                self.entries = Entries::Hashed(hashed);
            }
        }
    }

    /// The memory it holds, in bytes.
    pub(super) fn size(&self) -> usize {
        match &self.entries {
            Entries::Hashed(hashed) => hashed.size(),
            Entries::Dense(dense) => dense.size(),
            Entries::Home(home) => home.size(),
        }
    }
}

#[cfg(test)]
mod tests;
