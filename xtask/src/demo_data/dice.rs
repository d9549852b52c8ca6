//! Chance, reproducibly: the `ChaCha8` stream is a published standard, and the draws below use
//! integers only.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};

const SEED: [u8; 32] = *b"tenure demo lake, first edition.";

/// Every generator draws from its own stream, so that a change to one table does not reshuffle the
/// others. The numbers decide what is drawn: a new table takes a new number.
#[derive(Clone, Copy)]
pub(super) enum Stream {
    Customers = 0,
    Subscriptions = 1,
    Loyalty = 2,
    MailingList = 3,
    Orders = 4,
    EmailSends = 5,
    Campaigns = 6,
    CampaignOutcomes = 7,
    Support = 8,
    Web = 9,
    Video = 10,
    Social = 11,
    Search = 12,
    Referrals = 13,
    Goals = 14,
    /// Chosen among ten: here the quarters of a steady segment differ little by chance.
    Surveys = 30,
}

pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    pub(super) fn new(stream: Stream) -> Self {
        let mut rng = ChaCha8Rng::from_seed(SEED);
        rng.set_stream(stream as u64);
        Self(rng)
    }

    /// Uniform over 0 .. bound; `bound` is at most 2^31.
    pub(super) fn below(&mut self, bound: i64) -> i64 {
        (i64::from(self.0.next_u32()) * bound) >> 32
    }

    /// Uniform over low ..= high.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below(high - low + 1)
    }

    /// True in `hits` of `total` cases.
    pub(super) fn chance(&mut self, hits: i64, total: i64) -> bool {
        self.below(total) < hits
    }

    /// Many small values, few large ones up to four times the mean: delays, sizes.
    pub(super) fn skewed(&mut self, mean: i64) -> i64 {
        let limit = self.below(4 * mean);
        self.below(limit + 1)
    }

    /// `value`, up to `percent` more or less.
    pub(super) fn around(&mut self, value: i64, percent: i64) -> i64 {
        value * self.between(100 - percent, 100 + percent) / 100
    }

    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        let position = (u64::from(self.0.next_u32()) * items.len() as u64) >> 32;
        let position = position as usize;
        &items[position]
    }

    /// One of the values, each as likely as its weight says.
    pub(super) fn weighted<T: Copy>(&mut self, choices: &[(T, i64)]) -> T {
        let mut rest = self.below(choices.iter().map(|choice| choice.1).sum());
        for &(value, weight) in choices {
            if rest < weight {
                return value;
            }
            rest -= weight;
        }
        choices[choices.len() - 1].0
    }
}
