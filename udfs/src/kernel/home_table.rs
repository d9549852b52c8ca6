//! Entries by group and customer where the ids are integers without large gaps, and most customers
//! are in one group only: the segment they belong to, the month they came.
//!
//! A customer's first group is their home. Its entry stands in an array, at the place of the id,
//! whichever group it is; an array for every group would be larger by as many times. What a
//! customer does in any other group is looked for in a hash table.

use super::dense_table::{Span, places_of};
use super::entity_table::{ByGroup, GroupedRow};
use super::hashed_table::HashedTable;
use super::id::{Id, IdColumn};
use crate::math::Overflow;

/// Entries of customers in their home, and elsewhere.
#[derive(Debug)]
pub(super) struct HomeTable<E> {
    /// The first id of the range.
    base: i64,
    places: Vec<Place<E>>,
    /// How many customers have a home.
    customers: usize,
    elsewhere: HashedTable<E>,
    /// The rows of a batch that are not of their customer's home, and where they stand in it.
    away: Vec<GroupedRow>,
    away_at: Vec<usize>,
    away_numbers: Vec<u32>,
}

/// The place of an id: beside each other what is looked at together, which is one wait for memory.
#[derive(Debug, Clone, Copy, Default)]
struct Place<E> {
    /// The group that is home, counted from 1; 0 is nobody.
    home: u16,
    entry: E,
}

/// The bit that tells the numbers of the entries elsewhere from those at home.
const ELSEWHERE: u32 = 1 << 31;

impl<E: Copy + Default> HomeTable<E> {
    /// The memory that the homes of a span take, in bytes; `None` if they have no numbers.
    pub(super) fn bytes(span: Span) -> Option<usize> {
        let places = Span { groups: 1, ..span }.cells()?;
        (places <= ELSEWHERE as usize).then(|| places * size_of::<Place<E>>())
    }

    /// A table for a range of ids, in which nobody is. The span must have [bytes](Self::bytes).
    pub(super) fn new(span: Span) -> Self {
        let places = Span { groups: 1, ..span }.cells().unwrap_or_default();
        Self {
            base: span.min,
            places: vec![Place::default(); places],
            customers: 0,
            elsewhere: HashedTable::new(),
            away: vec![],
            away_at: vec![],
            away_numbers: vec![],
        }
    }

    /// The ids that have a place; any group has.
    pub(super) fn span(&self) -> Span {
        let last = i64::try_from(self.places.len()).unwrap_or(i64::MAX) - 1;
        Span { min: self.base, max: self.base.saturating_add(last), groups: 0 }
    }

    /// How many customers there are, in all groups.
    pub(super) fn customers(&self) -> usize {
        self.customers + self.elsewhere.customers()
    }

    /// How many customers are elsewhere, each counted once for every group.
    pub(super) fn customers_elsewhere(&self) -> usize {
        self.elsewhere.customers()
    }

    /// Whether most customers are at home, which is what the table is for.
    pub(super) fn is_home(&self) -> bool {
        self.elsewhere.customers() <= self.customers
    }

    /// The numbers of the entries of rows within the span.
    pub(super) fn numbers(
        &mut self,
        rows: &[GroupedRow],
        ids: &IdColumn,
        numbers: &mut Vec<u32>,
    ) -> Result<(), Overflow> {
        let IdColumn::Integers(integers) = ids else { return Err(Overflow) };
        numbers.clear();
        for row in rows {
            let place = integers[row.row].abs_diff(self.base);
            numbers.push(u32::try_from(place).map_err(|_| Overflow)?);
        }
        self.settle_rows(rows.iter().copied(), numbers);
        if self.away.is_empty() { Ok(()) } else { self.find_elsewhere(ids, numbers) }
    }

    /// The numbers of the entries of ids in these groups; `false` if some ids have no place.
    pub(super) fn numbers_of(
        &mut self,
        ids: &[i64],
        groups: &[usize],
        numbers: &mut Vec<u32>,
    ) -> Result<bool, Overflow> {
        if !places_of(ids, self.base, self.places.len(), numbers) {
            return Ok(false);
        }
        let rows = groups.iter().enumerate().map(|(row, &group)| GroupedRow { row, group });
        self.settle_rows(rows, numbers);
        if !self.away.is_empty() {
            self.find_elsewhere(&IdColumn::Integers(ids.to_vec().into()), numbers)?;
        }
        Ok(true)
    }

    /// Settles the customers of rows, who stand at these places, and lists the rows of those who are away.
    #[inline]
    fn settle_rows(&mut self, rows: impl Iterator<Item = GroupedRow>, places: &[u32]) {
        self.load(places);
        self.away.clear();
        self.away_at.clear();
        for (at, (row, &place)) in rows.zip(places).enumerate() {
            if !self.settle(place as usize, row.group) {
                self.away.push(row);
                self.away_at.push(at);
            }
        }
    }

    /// Writes the numbers of the entries of those who are away.
    fn find_elsewhere(&mut self, ids: &IdColumn, numbers: &mut [u32]) -> Result<(), Overflow> {
        self.elsewhere.numbers(&self.away, ids, &mut self.away_numbers)?;
        for (at, number) in self.away_at.iter().zip(&self.away_numbers) {
            numbers[*at] = elsewhere(*number)?;
        }
        Ok(())
    }

    /// Brings places into a cache, all at once: what is done with one depends on it, and then the
    /// processor would wait for one after the other.
    fn load(&self, places: &[u32]) {
        for place in places {
            std::hint::black_box(self.places[*place as usize].home);
        }
    }

    /// Whether the group is the home of the customer at a place, who has none before their first.
    #[inline]
    fn settle(&mut self, place: usize, group: usize) -> bool {
        let Ok(group) = u16::try_from(group + 1) else { return false };
        let home = &mut self.places[place].home;
        if *home == 0 {
            *home = group;
            self.customers += 1;
        }
        *home == group
    }

    /// Takes in a customer of whom there was nothing yet in this group.
    pub(super) fn insert(&mut self, group: usize, id: i64, entry: E) -> Result<(), Overflow> {
        let place = usize::try_from(id.abs_diff(self.base)).map_err(|_| Overflow)?;
        if self.settle(place, group) {
            self.places[place].entry = entry;
            Ok(())
        } else {
            self.elsewhere.insert(group, Id::Integer(id), entry)
        }
    }

    /// The entry of this number.
    #[inline]
    pub(super) fn entry(&mut self, number: u32) -> &mut E {
        match number & ELSEWHERE {
            0 => &mut self.places[number as usize].entry,
            _ => self.elsewhere.entry(number ^ ELSEWHERE),
        }
    }

    /// What is known of the customer of this number.
    #[inline]
    pub(super) fn get(&self, number: u32) -> (Id<'_>, &E) {
        match number & ELSEWHERE {
            0 => (self.id_at(number as usize), &self.places[number as usize].entry),
            _ => self.elsewhere.get(number ^ ELSEWHERE),
        }
    }

    fn id_at(&self, place: usize) -> Id<'static> {
        Id::Integer(self.base.wrapping_add_unsigned(place as u64))
    }

    /// Every entry with its group and its customer.
    pub(super) fn entries(&self) -> impl Iterator<Item = (usize, Id<'_>, &E)> {
        let homes = self.places.iter().enumerate().filter_map(|(at, place)| {
            let group = place.home.checked_sub(1)?;
            Some((usize::from(group), self.id_at(at), &place.entry))
        });
        homes.chain(self.elsewhere.entries())
    }

    /// The group and the number of every entry.
    fn numbered(&self) -> impl Iterator<Item = (usize, u32)> {
        let homes = (0..).zip(&self.places);
        let homes = homes.filter_map(|(number, place)| Some((place.home.checked_sub(1)?, number)));
        let others = (ELSEWHERE..).zip(self.elsewhere.entries());
        homes
            .map(|(group, number)| (usize::from(group), number))
            .chain(others.map(|(number, (group, ..))| (group, number)))
    }

    /// The customers of the first `groups` groups.
    pub(super) fn by_group(&self, groups: usize) -> ByGroup {
        ByGroup::sorted(groups, || self.numbered())
    }

    /// The memory it holds, in bytes.
    pub(super) fn size(&self) -> usize {
        self.places.capacity() * size_of::<Place<E>>() + self.elsewhere.size()
    }
}

fn elsewhere(number: u32) -> Result<u32, Overflow> {
    if number < ELSEWHERE { Ok(number | ELSEWHERE) } else { Err(Overflow) }
}
