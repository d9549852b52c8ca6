//! Conditions as bits, in as few bytes as they need.

use std::fmt::Debug;
use std::ops::BitOrAssign;

/// An unsigned number whose bits are conditions.
pub trait Bits:
    Copy + Default + Eq + BitOrAssign + Into<u64> + Send + Sync + Debug + 'static
{
    /// How many conditions fit.
    const BITS: u32;

    /// The bits of these conditions, of which there are no more than fit.
    fn of(met: u64) -> Self;
}

impl Bits for u8 {
    const BITS: u32 = Self::BITS;

    fn of(met: u64) -> Self {
        met.to_le_bytes()[0]
    }
}

impl Bits for u32 {
    const BITS: u32 = Self::BITS;

    fn of(met: u64) -> Self {
        let [a, b, c, d, ..] = met.to_le_bytes();
        Self::from_le_bytes([a, b, c, d])
    }
}

impl Bits for u64 {
    const BITS: u32 = Self::BITS;

    fn of(met: u64) -> Self {
        met
    }
}
