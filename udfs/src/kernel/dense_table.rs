//! Entries by group and customer where the ids are integers without large gaps between them: the
//! id is the place, and nothing is hashed, compared or looked for.

use super::entity_table::{ByGroup, GroupedRow};
use super::id::Id;
use crate::math::{Overflow, Part};

/// Entries of every group for a range of ids, whether or not somebody is there.
#[derive(Debug)]
pub(super) struct DenseTable<E> {
    /// The first id of the range.
    base: i64,
    /// How many ids the range has: a multiple of [`WORD`], so that no group shares a word of
    /// `present` with another.
    width: usize,
    /// One after the other, `width` entries of each group.
    entries: Vec<E>,
    /// A bit for each entry: whether there is such a customer.
    present: Vec<u64>,
}

/// How many bits a word of `present` has.
const WORD: usize = u64::BITS as usize;

/// The ids and the groups that some rows have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) min: i64,
    pub(super) max: i64,
    pub(super) groups: usize,
}

impl Span {
    /// Of no rows.
    pub(super) const EMPTY: Self = Self { min: i64::MAX, max: i64::MIN, groups: 0 };

    /// The span of some rows.
    pub(super) fn of(rows: &[GroupedRow], ids: &[i64]) -> Self {
        rows.iter().fold(Self::EMPTY, |span, row| Self {
            min: span.min.min(ids[row.row]),
            max: span.max.max(ids[row.row]),
            groups: span.groups.max(row.group + 1),
        })
    }

    /// The span of rows with these ids, all in one group.
    pub(super) fn of_ids(ids: &[i64]) -> Self {
        let least = ids.iter().fold(i64::MAX, |least, &id| least.min(id));
        let most = ids.iter().fold(i64::MIN, |most, &id| most.max(id));
        Self { min: least, max: most, groups: usize::from(!ids.is_empty()) }
    }

    /// The span of the rows of both.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            min: self.min.min(other.min),
            max: self.max.max(other.max),
            groups: self.groups.max(other.groups),
        }
    }

    /// How many ids it covers, up to whole words; `None` if they cannot be counted.
    fn width(self) -> Option<usize> {
        let ids = usize::try_from(self.max.abs_diff(self.min)).ok()?.checked_add(1)?;
        ids.checked_next_multiple_of(WORD)
    }

    /// How many entries a table for it has, if their numbers fit into 32 bits.
    pub(super) fn cells(self) -> Option<usize> {
        let cells = self.width()?.checked_mul(self.groups)?;
        u32::try_from(cells).is_ok().then_some(cells)
    }
}

impl<E: Copy + Default> DenseTable<E> {
    /// The memory that a table of so many entries holds, in bytes.
    pub(super) const fn bytes(cells: usize) -> usize {
        cells * size_of::<E>() + cells / 8
    }

    /// A table of a range in which nobody is. The span must have [cells](Span::cells).
    pub(super) fn new(span: Span) -> Self {
        let width = span.width().unwrap_or_default();
        let cells = width * span.groups;
        Self {
            base: span.min,
            width,
            entries: vec![E::default(); cells],
            present: vec![0; cells / WORD],
        }
    }

    /// The ids and the groups that have a place.
    pub(super) fn span(&self) -> Span {
        let groups = self.entries.len().checked_div(self.width).unwrap_or_default();
        let last = i64::try_from(self.width).unwrap_or(i64::MAX) - 1;
        Span { min: self.base, max: self.base.saturating_add(last), groups }
    }

    /// How many customers there are, in all groups. They are counted, which is not for every row.
    pub(super) fn customers(&self) -> usize {
        self.present.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Makes room for more groups.
    pub(super) fn grow(&mut self, groups: usize) {
        let cells = self.width * groups;
        if cells > self.entries.len() {
            self.entries.resize(cells, E::default());
            self.present.resize(cells / WORD, 0);
        }
    }

    /// The numbers of the entries of rows within the span.
    pub(super) fn numbers(
        &mut self,
        rows: &[GroupedRow],
        ids: &[i64],
        numbers: &mut Vec<u32>,
    ) -> Result<(), Overflow> {
        numbers.clear();
        for row in rows {
            let place = usize::try_from(ids[row.row].abs_diff(self.base)).map_err(|_| Overflow)?;
            numbers.push(self.note(row.group, place)?);
        }
        self.load(numbers);
        Ok(())
    }

    /// The numbers of the entries of ids in the first group; `false` if some lie outside the span.
    pub(super) fn numbers_of(&mut self, ids: &[i64], numbers: &mut Vec<u32>) -> bool {
        if !places_of(ids, self.base, self.width, numbers) {
            return false;
        }
        for &number in &*numbers {
            self.present[number as usize / WORD] |= 1 << (number as usize % WORD);
        }
        self.load(numbers);
        true
    }

    /// Brings entries into a cache, all at once: what is done with one often decides by it, and then
    /// the processor would wait for one after the other.
    fn load(&self, numbers: &[u32]) {
        for number in numbers {
            std::hint::black_box(self.entries[*number as usize]);
        }
    }

    /// Notes that there is a customer at this place of the range.
    #[inline]
    fn note(&mut self, group: usize, place: usize) -> Result<u32, Overflow> {
        let cell = group * self.width + place;
        let word = self.present.get_mut(cell / WORD).ok_or(Overflow)?;
        let bit = cell % WORD;
        *word |= 1 << bit;
        u32::try_from(cell).map_err(|_| Overflow)
    }

    /// Takes in a customer of whom there was nothing yet.
    pub(super) fn insert(&mut self, group: usize, id: i64, entry: E) -> Result<(), Overflow> {
        let place = usize::try_from(id.abs_diff(self.base)).map_err(|_| Overflow)?;
        let number = self.note(group, place)?;
        *self.entry(number) = entry;
        Ok(())
    }

    /// Takes in the entries of another table, all of which have a place, and the groups of which have
    /// these numbers here.
    pub(super) fn take_in(&mut self, others: &Self, groups: &[usize]) -> Result<(), Overflow>
    where
        E: Part,
    {
        for (group, id, entry) in others.entries() {
            let place = usize::try_from(id.abs_diff(self.base)).map_err(|_| Overflow)?;
            let number = self.note(groups[group], place)?;
            self.entry(number).merge(entry)?;
        }
        Ok(())
    }

    /// The first id that has a place, and the entries of the first group from there on.
    pub(super) fn places(&self) -> (i64, &[E]) {
        (self.base, &self.entries[..self.width])
    }

    /// The entry of this number.
    #[inline]
    pub(super) fn entry(&mut self, number: u32) -> &mut E {
        &mut self.entries[number as usize]
    }

    /// What is known of the customer of this number.
    #[inline]
    pub(super) fn get(&self, number: u32) -> (Id<'_>, &E) {
        let cell = number as usize;
        (Id::Integer(self.id_at(cell % self.width)), &self.entries[cell])
    }

    fn id_at(&self, place: usize) -> i64 {
        self.base.wrapping_add_unsigned(place as u64)
    }

    /// Every entry with its group and its customer.
    pub(super) fn entries(&self) -> impl Iterator<Item = (usize, i64, &E)> {
        let groups = self.present.chunks(self.width.max(WORD) / WORD).enumerate();
        groups.flat_map(move |(group, words)| {
            let first = group * self.width;
            set_bits(words)
                .map(move |place| (group, self.id_at(place), &self.entries[first + place]))
        })
    }

    /// The customers of the first `groups` groups.
    pub(super) fn by_group(&self, groups: usize) -> ByGroup {
        let mut by_group =
            ByGroup { offsets: vec![0], slots: Vec::with_capacity(self.customers()) };
        let mut words = self.present.chunks(self.width.max(WORD) / WORD);
        for group in 0..groups {
            let first = group * self.width;
            let here = words.next().unwrap_or_default();
            by_group.slots.extend(set_bits(here).filter_map(|bit| u32::try_from(first + bit).ok()));
            by_group.offsets.push(i64::try_from(by_group.slots.len()).unwrap_or(i64::MAX));
        }
        by_group
    }

    /// Forgets the first `groups` groups and numbers the others from 0 again.
    pub(super) fn remove_first(&mut self, groups: usize) {
        let cells = (groups * self.width).min(self.entries.len());
        self.entries.drain(..cells);
        self.present.drain(..cells / WORD);
    }

    /// The memory it holds, in bytes.
    pub(super) fn size(&self) -> usize {
        self.entries.capacity() * size_of::<E>() + self.present.capacity() * size_of::<u64>()
    }
}

/// Writes where ids stand in an array that begins with the id `base`; `false` if some stand nowhere in it.
pub(super) fn places_of(ids: &[i64], base: i64, len: usize, places: &mut Vec<u32>) -> bool {
    let place = |id: &i64| id.wrapping_sub(base).cast_unsigned();
    #[expect(clippy::cast_possible_truncation, reason = "what is cut off is looked at")]
    let number = |id: &i64| place(id) as u32;
    places.clear();
    places.extend(ids.iter().map(number));
    // Numbers of 32 bits are compared several at a time, unlike those of 64.
    let cut_off = ids.iter().fold(0, |cut_off, id| cut_off | place(id) >> u32::BITS);
    let last = places.iter().fold(0, |last, &place| last.max(place));
    // Behind the place of the last id there is are those of nobody, which the first ids must not take.
    let last_of_all = i64::MAX.abs_diff(base);
    cut_off == 0 && (last as usize) < len && u64::from(last) <= last_of_all
}

fn set_bits(words: &[u64]) -> impl Iterator<Item = usize> {
    words.iter().enumerate().flat_map(|(index, &word)| {
        let mut rest = word;
        std::iter::from_fn(move || {
            let bit = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
            rest &= rest - 1;
            Some(index * WORD + bit)
        })
    })
}
