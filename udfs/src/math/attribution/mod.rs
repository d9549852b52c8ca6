//! How the credit for conversions is shared among the touches that led to them.
//!
//! The touches that count for a conversion stand in a row, and as a rule neither the first nor the last of
//! them is earlier than for the conversion before it. So what a touch is credited with is a sum over
//! conversions in a row, too, and all such sums take one pass, however many touches there are for each
//! conversion. Months are the exception: a month before the 31st of March at ten is the 28th of February at
//! ten, and a month before the 30th at noon is later. Conversions that go back further than one before them
//! make a pass of their own.

mod sliding;

use std::cmp::Ordering;

use super::Sum;
use sliding::SlidingSum;

/// Something that touches lead to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Conversion {
    /// When it happened. Touches count until then.
    pub time: i64,
    /// The first moment from which on touches count.
    pub since: i64,
    /// What it is worth.
    pub value: f64,
}

/// Who is given credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Model {
    /// The last touch.
    Last,
    /// The first touch.
    First,
    /// All touches alike.
    Linear,
    /// Two fifths each to the first and to the last, a fifth to those between them; halves if there are
    /// only two.
    PositionBased,
    /// Half as much for every half-life that a touch is earlier than another.
    TimeDecay,
}

/// How many conversions, in parts of them, and how much of their value.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Credit {
    conversions: Sum,
    value: Sum,
}

/// Touches, and the conversions that they led to.
#[derive(Debug)]
pub struct Attribution<'a> {
    /// When they were, in order.
    touches: &'a [i64],
    half_life: f64,
    /// The touches of each conversion, each of which has the whole credit: in passes in which neither end
    /// moves back.
    passes: Vec<Vec<Shares>>,
    unattributed: Vec<usize>,
}

/// Touches in a row, from one position to another, and what each of them gets.
#[derive(Debug, Clone, Copy)]
struct Shares {
    first: usize,
    last: usize,
    each: Credit,
}

impl Model {
    /// All models.
    pub const ALL: [Self; 5] =
        [Self::Last, Self::First, Self::Linear, Self::PositionBased, Self::TimeDecay];

    /// What all models are called.
    pub const NAMES: [&str; 5] = {
        let [a, b, c, d, e] = Self::ALL;
        [a.name(), b.name(), c.name(), d.name(), e.name()]
    };

    /// What it is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Last => "last",
            Self::First => "first",
            Self::Linear => "linear",
            Self::PositionBased => "position_based",
            Self::TimeDecay => "time_decay",
        }
    }
}

impl Credit {
    /// The credit for a conversion.
    #[must_use]
    pub fn whole(conversion: &Conversion) -> Self {
        Self::of(1.0, conversion.value)
    }

    fn of(conversions: f64, value: f64) -> Self {
        let sum = |sum| Sum { sum, compensation: 0.0 };
        Self { conversions: sum(conversions), value: sum(value) }
    }

    /// The sum of the parts of conversions.
    #[must_use]
    pub fn conversions(&self) -> f64 {
        self.conversions.value()
    }

    /// The sum of the same parts of what each conversion is worth.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.value.value()
    }

    /// Both of two credits.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        for (sum, other) in
            [(&mut self.conversions, other.conversions), (&mut self.value, other.value)]
        {
            sum.add(other.sum);
            sum.compensation += other.compensation;
        }
        self
    }

    fn times(self, factor: f64) -> Self {
        let times = |Sum { sum, compensation }| Sum {
            sum: sum * factor,
            compensation: compensation * factor,
        };
        Self { conversions: times(self.conversions), value: times(self.value) }
    }
}

impl<'a> Attribution<'a> {
    /// Finds which of the touches at these times, which are in order, count for which conversions. A
    /// half-life is counted in ticks of the times.
    #[must_use]
    pub fn new(touches: &'a [i64], conversions: &[Conversion], half_life: f64) -> Self {
        let mut unattributed = vec![];
        let mut passes: Vec<Vec<Shares>> = vec![];
        for at in in_order(conversions) {
            let Some(shares) = touches_of(&conversions[at], touches) else {
                unattributed.push(at);
                continue;
            };
            // The later a pass began, the earlier is the first touch of its last conversion.
            let ends_later =
                |pass: &Vec<Shares>| pass.last().is_some_and(|last| last.first > shares.first);
            let pass = passes.partition_point(ends_later);
            match passes.get_mut(pass) {
                Some(pass) => pass.push(shares),
                None => passes.push(vec![shares]),
            }
        }
        Self { touches, half_life, passes, unattributed }
    }

    /// The positions of the conversions for which no touch counts.
    #[must_use]
    pub fn unattributed(&self) -> &[usize] {
        &self.unattributed
    }

    /// The credit of each touch.
    #[must_use]
    pub fn credits(&self, model: Model) -> Vec<Credit> {
        let mut credits = vec![Credit::default(); self.touches.len()];
        for pass in &self.passes {
            let each = |of: fn(&Shares) -> Shares| -> Vec<Shares> { pass.iter().map(of).collect() };
            match model {
                Model::Last => self.share(&each(|all| all.for_last(1.0)), None, &mut credits),
                Model::First => self.share(&each(|all| all.for_first(1.0)), None, &mut credits),
                Model::Linear => self.share(&each(Shares::split), None, &mut credits),
                Model::PositionBased => {
                    self.share(&each(Shares::opening), None, &mut credits);
                    let between: Vec<_> = pass.iter().filter_map(Shares::between).collect();
                    self.share(&between, None, &mut credits);
                    let closing: Vec<_> = pass.iter().filter_map(Shares::closing).collect();
                    self.share(&closing, None, &mut credits);
                }
                Model::TimeDecay => {
                    self.share(&self.decayed(pass), Some(self.half_life), &mut credits);
                }
            }
        }
        credits
    }

    /// What the latest of the touches of each conversion gets, where each other gets less by its age.
    fn decayed(&self, pass: &[Shares]) -> Vec<Shares> {
        // From the end, as sums are relative to the first of their terms, which is to be the latest touch.
        let end = pass.last().map_or(0, |all| all.last + 1);
        let mut weights = SlidingSum::new(Some(self.half_life));
        let (mut next, mut leaving) = (end, end);
        let mut shares = vec![];
        for all in pass.iter().rev() {
            while next > all.first {
                next -= 1;
                weights.push(self.touches[next], Credit::of(1.0, 0.0));
            }
            while leaving > all.last + 1 {
                leaving -= 1;
                weights.pop();
            }
            let sum = weights.at(self.touches[all.last]).conversions();
            shares.push(Shares { each: all.each.times(1.0 / sum), ..*all });
        }
        shares.reverse();
        shares
    }

    /// Adds to the credit of each touch what it gets. Neither end of the shares moves back from one to the
    /// next. Given a half-life, a share is what the last of its touches gets.
    fn share(&self, shares: &[Shares], half_life: Option<f64>, credits: &mut [Credit]) {
        let ([first, ..], [.., last]) = (shares, shares) else { return };
        let mut sum = SlidingSum::new(half_life);
        let mut leaving = shares.iter().peekable();
        let mut entering = shares.iter().peekable();
        let moments = self.touches.iter().zip(credits).enumerate();
        for (at, (&time, credit)) in moments.take(last.last + 1).skip(first.first) {
            while let Some(shares) = entering.next_if(|shares| shares.first <= at) {
                sum.push(self.touches[shares.last], shares.each);
            }
            while leaving.next_if(|shares| shares.last < at).is_some() {
                sum.pop();
            }
            *credit = credit.and(sum.at(time));
        }
    }
}

/// The positions of conversions in their order, which is the same however they came.
fn in_order(conversions: &[Conversion]) -> Vec<usize> {
    let order = |one: &Conversion, other: &Conversion| -> Ordering {
        let moments = (one.time, one.since).cmp(&(other.time, other.since));
        moments.then(one.value.total_cmp(&other.value))
    };
    let mut positions: Vec<usize> = (0..conversions.len()).collect();
    positions.sort_by(|&one, &other| order(&conversions[one], &conversions[other]));
    positions
}

/// The touches that count for a conversion.
fn touches_of(conversion: &Conversion, touches: &[i64]) -> Option<Shares> {
    let first = touches.partition_point(|&time| time < conversion.since);
    let end = touches.partition_point(|&time| time <= conversion.time);
    let last = end.checked_sub(1).filter(|last| first <= *last)?;
    Some(Shares { first, last, each: Credit::whole(conversion) })
}

impl Shares {
    fn count(&self) -> usize {
        self.last - self.first + 1
    }

    fn for_first(&self, part: f64) -> Self {
        Self { last: self.first, each: self.each.times(part), ..*self }
    }

    fn for_last(&self, part: f64) -> Self {
        Self { first: self.last, each: self.each.times(part), ..*self }
    }

    /// As much to each.
    fn split(&self) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "so many touches do not fit into memory")]
        let count = self.count() as f64;
        Self { each: self.each.times(1.0 / count), ..*self }
    }

    /// What the position gives to the first touch.
    fn opening(&self) -> Self {
        match self.count() {
            1 => *self,
            2 => self.for_first(0.5),
            _ => self.for_first(0.4),
        }
    }

    /// What the position gives to those between the first and the last.
    fn between(&self) -> Option<Self> {
        let (first, last) = (self.first + 1, self.last.checked_sub(1)?);
        let inner = Self { first, last, each: self.each.times(0.2) };
        (first <= last).then(|| inner.split())
    }

    /// What the position gives to the last touch, where it is not the first.
    fn closing(&self) -> Option<Self> {
        match self.count() {
            1 => None,
            2 => Some(self.for_last(0.5)),
            _ => Some(self.for_last(0.4)),
        }
    }
}

#[cfg(test)]
mod tests;
