//! How all threads give a group the same number.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{DataFusionError, internal_datafusion_err};
use datafusion::error::Result;
use tenure_udfs::kernel::{KeyNumbers, KeyRange, KeyReader, NumberedKeys, SharedKeys};

/// What the numbers of groups are.
#[derive(Debug, Clone, Copy)]
pub(super) enum Numbering {
    /// The places of their keys in a range; keys outside are others.
    Range(KeyRange),
    /// Those in a table that all threads share.
    Table,
}

/// What all threads number groups with.
pub(super) enum SharedNumbers {
    Range(DataType, KeyRange),
    Table(Arc<SharedKeys>),
}

/// What one thread numbers groups with.
pub(super) enum Numbers {
    Range(Box<KeyNumbers>),
    Table(KeyReader),
}

/// All groups that came, by their numbers.
pub(super) enum AllNumbers {
    Range(Box<KeyNumbers>),
    Table(NumberedKeys),
}

impl fmt::Display for Numbering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Range(KeyRange { first, len }) => write!(f, "{len} keys from {first}"),
            Self::Table => write!(f, "any keys"),
        }
    }
}

impl SharedNumbers {
    /// Numbers for keys of a type.
    pub(super) fn new(numbering: Numbering, key_type: &DataType) -> Result<Self> {
        Ok(match numbering {
            Numbering::Range(range) => Self::Range(key_type.clone(), range),
            Numbering::Table => {
                let keys = SharedKeys::new(key_type).ok_or_else(|| no_numbers(key_type))?;
                Self::Table(Arc::new(keys))
            }
        })
    }

    /// What a thread numbers groups with.
    pub(super) fn of_thread(&self) -> Result<Numbers> {
        Ok(match self {
            Self::Range(key_type, range) => {
                let numbers = KeyNumbers::new(key_type, *range);
                Numbers::Range(Box::new(numbers.ok_or_else(|| no_numbers(key_type))?))
            }
            Self::Table(keys) => Numbers::Table(keys.reader()),
        })
    }
}

fn no_numbers(key_type: &DataType) -> DataFusionError {
    internal_datafusion_err!("keys of type {key_type} have no numbers")
}

impl Numbers {
    /// Writes the number of the group of each row to `numbers`, and returns how many groups there are so
    /// far: larger numbers are those of others.
    pub(super) fn number(&mut self, keys: &ArrayRef, numbers: &mut Vec<usize>) -> Result<usize> {
        match self {
            Self::Range(known) => {
                known.number(keys, numbers)?;
                Ok(known.range().len)
            }
            Self::Table(reader) => {
                reader.number(keys, numbers)?;
                Ok(reader.end())
            }
        }
    }

    /// The memory they hold, in bytes.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Range(numbers) => numbers.size(),
            Self::Table(reader) => reader.size(),
        }
    }
}

impl AllNumbers {
    /// What all threads have numbered; `None` if there is no thread.
    pub(super) fn of(threads: Vec<Numbers>) -> Option<Self> {
        let mut threads = threads.into_iter();
        let mut all = match threads.next()? {
            Numbers::Range(numbers) => Self::Range(numbers),
            Numbers::Table(reader) => Self::Table(reader.finish()),
        };
        for other in threads {
            if let (Self::Range(all), Numbers::Range(other)) = (&mut all, &other) {
                all.came_too(other);
            }
        }
        Some(all)
    }

    /// How many numbers there are without those of others, those of groups that have not come included.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Range(numbers) => numbers.range().len,
            Self::Table(keys) => keys.end(),
        }
    }

    /// Which of these numbers are of groups that have come; `None` if all are.
    pub(super) fn came(&self, numbers: Range<usize>) -> Option<BooleanArray> {
        match self {
            Self::Range(all) => all.came(numbers),
            Self::Table(keys) => Some(keys.came(numbers)),
        }
    }

    /// The keys of the groups with these numbers, as a column.
    pub(super) fn keys(&self, numbers: impl ExactSizeIterator<Item = usize>) -> Result<ArrayRef> {
        match self {
            Self::Range(all) => all.keys(numbers),
            Self::Table(keys) => keys.keys(numbers),
        }
    }
}
