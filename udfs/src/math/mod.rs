//! Arithmetic on plain numbers, with no Arrow and no `DataFusion` in it.
//!
//! Every state here can be merged in any order and split anywhere, and gives the same result.

mod activity;
mod answers;
mod attribution;
mod bands;
mod beta;
mod bits;
mod calendar;
mod concentration;
mod conditions;
mod contiguous;
mod contingency;
mod count;
mod day_set;
pub mod distribution;
mod event;
mod funnel;
mod groups;
mod interval;
mod mean;
mod moments;
mod movements;
mod quotient;
mod ranks;
mod ratio;
mod sample_size;
mod sequence;
mod sessions;
mod sum;
mod turnover;
mod usage;

pub use activity::{Activity, Periods, ShortActivity};
pub use answers::Answers;
pub use attribution::{Attribution, Conversion, Credit, Model};
pub use bands::{Bands, Parts, band};
pub use bits::Bits;
pub use calendar::Grain;
pub use concentration::concentration;
pub use conditions::Conditions;
pub use contiguous::{Base, Contiguous, Direction};
pub use contingency::{Association, Contingency};
pub use count::Count;
pub use day_set::DaySet;
pub use event::Event;
pub use funnel::{Chain, Funnel, FunnelModes, StepwiseFunnel};
pub use groups::{Comparison, Groups};
pub use interval::{Interval, ProportionMethod, ScoreMethod, Share};
pub use mean::Mean;
pub use moments::{Moments, ratio_of_pairs};
pub use movements::{MovementSums, Movements};
pub use quotient::Quotient;
pub use ranks::{RankComparison, Ranked, mann_whitney};
pub use ratio::Ratio;
pub use sample_size::sample_size;
pub use sequence::{Pattern, PatternError};
pub use sessions::{SessionRules, Sessions};
pub use sum::Sum;
pub use turnover::Turnover;
pub use usage::Usage;

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
