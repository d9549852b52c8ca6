//! The entries of one table in another.

use super::{BATCH, EntityTable, Entries, GroupedRow};
use crate::kernel::dense_table::Span;
use crate::kernel::id::{Id, IdColumn};
use crate::math::{Overflow, Part};

/// Some entries of another table.
#[derive(Default)]
struct Taken<E> {
    rows: Vec<GroupedRow>,
    ids: Vec<i64>,
    entries: Vec<E>,
    numbers: Vec<u32>,
}

impl<E: Copy + Default + Part> Taken<E> {
    fn push(&mut self, group: usize, id: i64, entry: E) {
        self.rows.push(GroupedRow { row: self.rows.len(), group });
        self.ids.push(id);
        self.entries.push(entry);
    }

    fn give(&mut self, table: &mut EntityTable<E>) -> Result<(), Overflow> {
        let ids = IdColumn::Integers(std::mem::take(&mut self.ids).into());
        table.numbers(&self.rows, &ids, &mut self.numbers)?;
        table.with_entries(&self.numbers, |at, entry| entry.merge(&self.entries[at]))?;
        self.rows.clear();
        self.entries.clear();
        Ok(())
    }
}

impl<E: Copy + Default + Part> EntityTable<E> {
    /// Takes in the entries of another table, whose groups have these numbers here, if ids are integers;
    /// otherwise nothing is done.
    pub(in crate::kernel) fn take_in(
        &mut self,
        other: &Self,
        groups: &[usize],
    ) -> Result<bool, Overflow> {
        if let Entries::Dense(others) = &other.entries {
            let most = groups.iter().max().map_or(0, |group| group + 1);
            self.make_room(Span { groups: most, ..others.span() })?;
            if let Entries::Dense(dense) = &mut self.entries {
                return dense.take_in(others, groups).map(|()| true);
            }
        }
        let mut taken = Taken::default();
        let all_are_integers = other.visit(|group, id, entry| {
            let Id::Integer(id) = id else { return Err(None) };
            taken.push(groups[group], id, *entry);
            if taken.rows.len() == BATCH { taken.give(self).map_err(Some) } else { Ok(()) }
        });
        match all_are_integers {
            Ok(()) => taken.give(self).map(|()| true),
            Err(None) => Ok(false),
            Err(Some(overflow)) => Err(overflow),
        }
    }
}
