//! The three bands of the Net Promoter Score.

use super::{Overflow, Part};

/// How many answered 0-6, 7-8 and 9-10 on the scale "how likely are you to recommend us".
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bands {
    /// Answers of 9 or 10.
    pub promoters: u64,
    /// Answers of 7 or 8.
    pub passives: u64,
    /// Answers of 0 to 6.
    pub detractors: u64,
}

/// The Net Promoter Score with what it is made of.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Parts {
    /// The score.
    pub estimate: f64,
    /// Answers of 9 or 10.
    pub promoters: u64,
    /// Answers of 7 or 8.
    pub passives: u64,
    /// Answers of 0 to 6.
    pub detractors: u64,
    /// Promoters in percent of all answers.
    pub promoter_share: f64,
    /// Passives in percent of all answers.
    pub passive_share: f64,
    /// Detractors in percent of all answers.
    pub detractor_share: f64,
    /// All answers.
    pub n: u64,
}

/// Whether a score from 0 to 10 is that of a promoter, and whether that of a detractor, each as
/// 0 or 1; `None` off the scale.
#[must_use]
#[inline]
pub fn band(score: i64) -> Option<(u8, u8)> {
    // Comparisons, not branches: scores are as good as random to a branch predictor.
    (0..=10).contains(&score).then(|| (u8::from(score >= 9), u8::from(score <= 6)))
}

impl Bands {
    /// Counts an answer; `None` if it is off the scale.
    #[inline]
    pub fn record(&mut self, score: i64) -> Option<()> {
        let (promoter, detractor) = band(score)?;
        self.promoters += u64::from(promoter);
        self.detractors += u64::from(detractor);
        self.passives += u64::from(1 - promoter - detractor);
        Some(())
    }

    /// Adds counts that were made elsewhere.
    pub fn add(&mut self, promoters: u64, passives: u64, detractors: u64) -> Result<(), Overflow> {
        self.promoters = self.promoters.checked_add(promoters).ok_or(Overflow)?;
        self.passives = self.passives.checked_add(passives).ok_or(Overflow)?;
        self.detractors = self.detractors.checked_add(detractors).ok_or(Overflow)?;
        Ok(())
    }

    /// All answers.
    #[must_use]
    pub fn answers(&self) -> u128 {
        u128::from(self.promoters) + u128::from(self.passives) + u128::from(self.detractors)
    }

    /// Counts and shares, or `None` of no answers.
    #[must_use]
    pub fn parts(&self) -> Option<Parts> {
        let answers = self.answers();
        let share = |band: u64| (u128::from(band) * 100) as f64 / answers as f64;
        Some(Parts {
            estimate: self.net_promoter_score()?,
            promoters: self.promoters,
            passives: self.passives,
            detractors: self.detractors,
            promoter_share: share(self.promoters),
            passive_share: share(self.passives),
            detractor_share: share(self.detractors),
            n: u64::try_from(answers).unwrap_or(u64::MAX),
        })
    }

    /// Share of promoters less share of detractors, -100 to 100, or `None` of no answers.
    #[must_use]
    pub fn net_promoter_score(&self) -> Option<f64> {
        let answers = self.answers();
        let net = i128::from(self.promoters) - i128::from(self.detractors);
        (answers > 0).then(|| (net * 100) as f64 / answers as f64)
    }
}

impl Part for Bands {
    fn merge(&mut self, other: &Self) -> Result<(), Overflow> {
        self.add(other.promoters, other.passives, other.detractors)
    }

    fn subtract(&mut self, other: &Self) {
        self.promoters = self.promoters.saturating_sub(other.promoters);
        self.passives = self.passives.saturating_sub(other.passives);
        self.detractors = self.detractors.saturating_sub(other.detractors);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worked_example_is_exact() {
        let survey = Bands { promoters: 300, passives: 100, detractors: 100 };
        assert_eq!(survey.net_promoter_score(), Some(40.0));
    }

    #[test]
    fn no_answers_have_no_score() {
        assert_eq!(Bands::default().net_promoter_score(), None);
    }

    #[test]
    fn three_full_counters_still_add_up() {
        let most = Bands { promoters: u64::MAX, passives: u64::MAX, detractors: u64::MAX };
        assert_eq!(most.net_promoter_score(), Some(0.0));
    }
}
