//! How much room may be made for customers, who have come or are still to come.

use crate::kernel::dense_table::{DenseTable, Span};
use crate::kernel::hashed_table::HashedTable;
use crate::kernel::home_table::HomeTable;
use crate::kernel::key_numbers::KeyRange;

/// An array may be so large in any case, in bytes: no more than what a hash table of a few
/// customers takes.
const SMALL: usize = 1 << 14;

/// An array for customers who are still to come may be so large, in bytes.
const MODEST: usize = 1 << 24;

/// The span of customers with these ids, in one group.
pub(super) fn span_of(KeyRange { first, len }: KeyRange) -> Option<Span> {
    let last = first.checked_add_unsigned(len.checked_sub(1)? as u64)?;
    Some(Span { min: first, max: last, groups: 1 })
}

/// Whether an array for this span takes no more memory than may be taken for so many customers.
pub(super) fn affordable<E: Copy + Default>(span: Span, customers: usize) -> bool {
    let bytes = span.cells().map(DenseTable::<E>::bytes);
    // Of several groups most customers are in one, for which there is another kind of array.
    bytes.is_some_and(|bytes| {
        bytes <= HashedTable::<E>::bytes(customers).max(SMALL)
            || span.groups == 1 && bytes <= in_advance::<E>(customers)
    })
}

/// Whether an array of the homes of this span takes no more memory than may be taken for so many
/// customers.
pub(super) fn homes_affordable<E: Copy + Default>(span: Span, customers: usize) -> bool {
    let allowed = HashedTable::<E>::bytes(customers).max(in_advance::<E>(customers));
    HomeTable::<E>::bytes(span).is_some_and(|bytes| bytes <= allowed)
}

/// Whether an array of so many bytes may be made before anybody came.
pub(super) fn is_modest(bytes: usize) -> bool {
    bytes <= MODEST
}

/// How much an array may take before there are so many customers that a hash table takes as much. Most
/// are still to come where the first rows are of so many, and a hash table for all that come until then would be
/// made, only to be left.
fn in_advance<E: Copy + Default>(customers: usize) -> usize {
    (HashedTable::<E>::bytes(customers) * 16).min(MODEST)
}

/// A span that covers `all` and leaves room on the sides on which ids came, so that ids in
/// ascending order do not move the table again and again; but no more room than can be afforded.
pub(super) fn wider(
    here: Span,
    all: Span,
    customers: usize,
    affordable: fn(Span, usize) -> bool,
) -> Span {
    let room = i64::try_from(all.max.abs_diff(all.min) / 2).unwrap_or(0);
    let roomy = Span {
        min: if all.min < here.min { all.min.saturating_sub(room) } else { all.min },
        max: if all.max > here.max { all.max.saturating_add(room) } else { all.max },
        ..all
    };
    if affordable(roomy, customers) { roomy } else { all }
}
