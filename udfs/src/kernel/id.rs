//! Ids: what tells one customer (or order, or pair of values) from another, in a form that can be
//! kept and compared.

use std::hash::{BuildHasher, Hash};
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryViewArray, Int64Array, LargeBinaryArray, LargeBinaryBuilder,
    UInt64Array,
};
use arrow::buffer::ScalarBuffer;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type, UInt64Type};
use datafusion_common::{Result, internal_err};

use super::column::unpack;
use crate::math::Overflow;

/// The type in which ids of a type are kept: 64-bit integers as such, everything else as text
/// (or bytes), so that a state never holds a view, a dictionary or a 32-bit offset.
pub(super) fn stored_type(given: &DataType) -> DataType {
    match given {
        DataType::Dictionary(_, values) => stored_type(values),
        DataType::UInt64 => DataType::UInt64,
        _ if given.is_integer() => DataType::Int64,
        DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_) => DataType::LargeBinary,
        _ => DataType::LargeUtf8,
    }
}

/// The ids of a batch.
#[derive(Debug)]
pub(super) enum IdColumn {
    /// 64-bit integers; unsigned ones by their bits.
    Integers(ScalarBuffer<i64>),
    /// Text or bytes.
    Bytes(LargeBinaryArray),
    /// Text or bytes, each id by its own place in memory, which is how files are read.
    Views(BinaryViewArray),
}

/// One id of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Id<'a> {
    /// An integer.
    Integer(i64),
    /// Text or bytes.
    Bytes(&'a [u8]),
}

impl IdColumn {
    /// Reads ids from one column, or pairs from two. `stored` is the type that the call keeps.
    pub(super) fn open(columns: &[ArrayRef], stored: &DataType) -> Result<Self> {
        match columns {
            [ids] => Self::single(ids, stored),
            [first, second] => {
                let open = |ids: &ArrayRef| Self::single(ids, &stored_type(ids.data_type()));
                Ok(pairs(&open(first)?, &open(second)?, first.len()))
            }
            _ => internal_err!("a customer has one id, or two"),
        }
    }

    fn single(array: &ArrayRef, stored: &DataType) -> Result<Self> {
        let array = unpack(array)?;
        match array.data_type() {
            DataType::Utf8View => {
                return Ok(Self::Views(array.as_string_view().clone().to_binary_view()));
            }
            DataType::BinaryView => return Ok(Self::Views(array.as_binary_view().clone())),
            _ => {}
        }
        let array = cast(&array, stored)?;
        Ok(match stored {
            DataType::Int64 => Self::Integers(array.as_primitive::<Int64Type>().values().clone()),
            DataType::UInt64 => {
                let bits = array.as_primitive::<UInt64Type>().values().inner().clone();
                Self::Integers(ScalarBuffer::new(bits, 0, array.len()))
            }
            DataType::LargeUtf8 => {
                Self::Bytes(LargeBinaryArray::from(array.as_string::<i64>().clone()))
            }
            DataType::LargeBinary => Self::Bytes(array.as_binary::<i64>().clone()),
            other => return internal_err!("ids are not kept as {other}"),
        })
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Integers(ids) => ids.len(),
            Self::Bytes(ids) => ids.len(),
            Self::Views(ids) => ids.len(),
        }
    }

    /// The id in a row that is not NULL.
    pub(super) fn get(&self, row: usize) -> Id<'_> {
        match self {
            Self::Integers(ids) => Id::Integer(ids[row]),
            Self::Bytes(ids) => Id::Bytes(ids.value(row)),
            Self::Views(ids) => Id::Bytes(ids.value(row)),
        }
    }
}

/// Two ids as one: the length of the first, the first, the second.
fn pairs(first: &IdColumn, second: &IdColumn, rows: usize) -> IdColumn {
    let mut builder = LargeBinaryBuilder::new();
    let mut pair = vec![];
    for row in 0..rows {
        pair.clear();
        first.get(row).with_bytes(|bytes| {
            pair.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
            pair.extend_from_slice(bytes);
        });
        second.get(row).with_bytes(|bytes| pair.extend_from_slice(bytes));
        builder.append_value(&pair);
    }
    IdColumn::Bytes(builder.finish())
}

impl<'a> Id<'a> {
    /// The two ids that a pair was made of, as bytes.
    #[must_use]
    pub fn pair(self) -> Option<(&'a [u8], &'a [u8])> {
        let Id::Bytes(bytes) = self else { return None };
        let (length, rest) = bytes.split_first_chunk()?;
        rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)
    }

    fn with_bytes(self, mut f: impl FnMut(&[u8])) {
        match self {
            Id::Integer(id) => f(&id.to_le_bytes()),
            Id::Bytes(bytes) => f(bytes),
        }
    }

    /// The hash of this id in a group.
    pub(super) fn hash_in(self, group: u32, hasher: &impl BuildHasher) -> u64 {
        match self {
            Id::Integer(id) => hasher.hash_one((group, id)),
            Id::Bytes(id) => hasher.hash_one((group, id)),
        }
    }
}

/// Ids that are text or bytes and are kept, each behind its length.
#[derive(Debug, Default)]
pub(super) struct Ids {
    bytes: Vec<u8>,
}

/// An id begins at a multiple of so many bytes, so that 32 bits tell where in 32 GiB.
const ALIGNED: usize = 8;

/// How many bytes its length takes.
const LENGTH: usize = size_of::<u32>();

impl Ids {
    /// Keeps one more, and returns where.
    pub(super) fn push(&mut self, id: &[u8]) -> Result<u32, Overflow> {
        let at = u32::try_from(self.bytes.len() / ALIGNED).map_err(|_| Overflow)?;
        let length = u32::try_from(id.len()).map_err(|_| Overflow)?;
        self.bytes.extend_from_slice(&length.to_ne_bytes());
        self.bytes.extend_from_slice(id);
        self.bytes.resize(self.bytes.len().next_multiple_of(ALIGNED), 0);
        Ok(at)
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The id that is kept there.
    pub(super) fn get(&self, at: u32) -> &[u8] {
        let (length, id) = self.bytes[at as usize * ALIGNED..].split_at(LENGTH);
        let length = length.try_into().map_or(0, u32::from_ne_bytes);
        &id[..length as usize]
    }

    /// Brings the id that is kept there into a cache, as far as it is of this length.
    pub(super) fn load(&self, at: u32, length: usize) {
        let first = at as usize * ALIGNED;
        let last = (first + LENGTH + length).min(self.bytes.len() - 1);
        std::hint::black_box((self.bytes[first], self.bytes[last]));
    }

    /// The memory it holds, in bytes.
    pub(super) fn size(&self) -> usize {
        self.bytes.capacity()
    }
}

/// Ids as a column of the type in which they are kept, with NULL for `None`.
pub(super) fn id_column<'a>(
    ids: impl Iterator<Item = Option<Id<'a>>>,
    stored: &DataType,
) -> Result<ArrayRef> {
    let integers = |id: Option<Id<'_>>| match id? {
        Id::Integer(id) => Some(id),
        Id::Bytes(_) => None,
    };
    let bytes = |id: Option<Id<'a>>| match id? {
        Id::Bytes(id) => Some(id),
        Id::Integer(_) => None,
    };
    Ok(match stored {
        DataType::Int64 => Arc::new(ids.map(integers).collect::<Int64Array>()),
        DataType::UInt64 => {
            let unsigned = ids.map(|id| integers(id).map(i64::cast_unsigned));
            Arc::new(unsigned.collect::<UInt64Array>())
        }
        _ => {
            let ids: ArrayRef = Arc::new(ids.map(bytes).collect::<LargeBinaryArray>());
            cast(&ids, stored)?
        }
    })
}
