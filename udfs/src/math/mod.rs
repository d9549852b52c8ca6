//! Arithmetic on plain numbers, with no Arrow and no `DataFusion` in it.
//!
//! Every state here can be merged in any order and split anywhere, and gives the same result.

mod bands;
mod conditions;
mod mean;
mod ratio;
mod sum;

pub use bands::Bands;
pub use conditions::Conditions;
pub use mean::Mean;
pub use ratio::Ratio;
pub use sum::Sum;

/// A summary of part of a population, to be put together with the summaries of other parts.
pub trait Part: Default {
    /// Whether [`Part::subtract`] undoes [`Part::merge`].
    const SUBTRACTS: bool = true;

    /// Takes in another part.
    fn merge(&mut self, other: &Self) -> Result<(), Overflow>;

    /// Takes out a part that was merged before.
    fn subtract(&mut self, other: &Self);
}

/// Counts added up to more than a 64-bit integer can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overflow;
