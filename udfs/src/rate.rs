//! Rates of people, answers and sends: what the families share, so that every rate is computed,
//! and every interval put around it, in one way.

use std::fmt::Debug;
use std::marker::PhantomData;

use crate::kernel::{
    Columns, EntityFold, Flags, Fold, Id, Invalid, Output, Settings, State, Wholes, count,
};
use crate::math::{
    Bands, Conditions, Interval, Moments, ProportionMethod, Ratio, ScoreMethod, Share,
};
use crate::spec::{Domain, Setting, Stage};

/// What NULLs and an empty base give.
pub(crate) const NULLS: &str = "A row with a NULL argument is not counted; no rows, or a base of \
                                zero, give NULL.";

/// The same where a form takes customers.
pub(crate) const CUSTOMER_NULLS: &str = "A row with a NULL argument is not counted; of many rows \
                                         per customer only a NULL customer drops the row, and a \
                                         NULL condition is not met. A base of zero gives NULL.";

/// Which input is refused.
pub(crate) const ERRORS: &str =
    "A count that is negative or not whole; more hits than the base they are a part of.";

/// Which input is refused where hits are not a part of the base.
pub(crate) const LOOSE_ERRORS: &str = "A count that is negative or not whole.";

/// How the interval of a rate comes about.
pub(crate) const CI_FORMULA: &str = "the rate p of n, and by default Wilson's score interval: (p + z^2 / 2n +/- z * sqrt(p * (1 - p) \
     / n + z^2 / 4n^2)) / (1 + z^2 / n), in percent";

/// Where the intervals come from.
pub(crate) const CI_SOURCE: &str = "Wilson 1927; Clopper and Pearson 1934; Agresti and Coull 1998; Brown, Cai and DasGupta, \
     Interval Estimation for a Binomial Proportion, Statistical Science 16 (2001).";

/// How sure an interval is.
pub(crate) const LEVEL: Setting = Setting {
    name: "level",
    domain: Domain::Between { default: Some(0.95), above: 0.0, below: 1.0 },
    stage: Stage::Result,
    doc: "how often such an interval holds the truth; 0.95 unless given",
};

/// How the interval of a rate is computed.
pub(crate) const METHOD: Setting = Setting {
    name: "method",
    domain: Domain::Choice(ProportionMethod::NAMES),
    stage: Stage::Result,
    doc: "how the interval is computed: 'wilson' unless given, or 'clopper_pearson', \
          'agresti_coull', 'jeffreys', 'wald'",
};

/// How the interval of a Net Promoter Score is computed.
pub(crate) const SCORE_METHOD: Setting = Setting {
    name: "method",
    domain: Domain::Choice(ScoreMethod::NAMES),
    stage: Stage::Result,
    doc: "how the interval is computed: 'adjusted_wald' unless given, or 'wald'",
};

/// The settings of the interval of a rate.
pub(crate) const SETTINGS: &[&Setting] = &[&LEVEL, &METHOD];

/// What stored states call the hits and the base.
pub(crate) trait Named: Debug + Default + Send + Sync + 'static {
    /// The two names.
    const STATE: &'static [&'static str];
}

/// Names the hits and the base of a metric, so that a state of one metric is not one of another.
macro_rules! state_names {
    ($names:ident: $hits:literal, $base:literal) => {
        #[doc = concat!("What stored states call ", $hits, " and ", $base, ".")]
        #[derive(Debug, Default)]
        pub(super) struct $names;

        impl $crate::rate::Named for $names {
            const STATE: &'static [&'static str] = &[$hits, $base];
        }
    };
}

pub(crate) use state_names;

/// One row, one case, with a flag that says whether it is a hit.
#[derive(Debug, Default)]
pub(crate) struct Flagged<N>(PhantomData<N>);

impl<N: Named> Fold for Flagged<N> {
    type Input = (Flags,);
    type State = Ratio;
    type Output = f64;

    const STATE: &'static [&'static str] = N::STATE;

    fn update(&self, ratio: &mut Ratio, (hit,): (bool,)) -> Result<(), Invalid> {
        ratio.record(hit);
        Ok(())
    }

    fn finish(&self, ratio: &Ratio) -> Option<f64> {
        ratio.percent()
    }
}

/// Adds counts, of which the first must be a part of the second.
pub(crate) fn add_part(ratio: &mut Ratio, hits: i64, total: i64) -> Result<(), Invalid> {
    let (hits, total) = (count(0, hits)?, count(1, total)?);
    if hits > total {
        return Err(Invalid::argument(0, "not exceed the count that it is a part of"));
    }
    Ok(ratio.add(hits, total)?)
}

/// One row, many cases that were counted before: the hits, then all of them.
#[derive(Debug, Default)]
pub(crate) struct Counted<N>(PhantomData<N>);

impl<N: Named> Fold for Counted<N> {
    type Input = (Wholes, Wholes);
    type State = Ratio;
    type Output = f64;

    const STATE: &'static [&'static str] = N::STATE;

    fn update(&self, ratio: &mut Ratio, (hits, total): (i64, i64)) -> Result<(), Invalid> {
        add_part(ratio, hits, total)
    }

    fn finish(&self, ratio: &Ratio) -> Option<f64> {
        ratio.percent()
    }
}

/// The same for hits that may exceed the base, such as several clicks after one impression.
#[derive(Debug, Default)]
pub(crate) struct CountedPer<N>(PhantomData<N>);

impl<N: Named> Fold for CountedPer<N> {
    type Input = (Wholes, Wholes);
    type State = Ratio;
    type Output = f64;

    const STATE: &'static [&'static str] = N::STATE;

    fn update(&self, ratio: &mut Ratio, (hits, total): (i64, i64)) -> Result<(), Invalid> {
        Ok(ratio.add(count(0, hits)?, count(1, total)?)?)
    }

    fn finish(&self, ratio: &Ratio) -> Option<f64> {
        ratio.percent()
    }
}

/// Any number of rows per customer, who is a hit if any of them is.
#[derive(Debug, Default)]
pub(crate) struct EverFlagged<N>(PhantomData<N>);

impl<N: Named> EntityFold for EverFlagged<N> {
    type Input = (Flags,);
    type Entry = Conditions;
    type Tally = Ratio;
    type Output = f64;

    const ENTRY: &'static [&'static str] = N::STATE.split_at(1).0;

    fn update(&self, ever: &mut Conditions, (hit,): (bool,)) -> Result<(), Invalid> {
        ever.note(0, hit);
        Ok(())
    }

    fn count(&self, ratio: &mut Ratio, _: Id<'_>, ever: &Conditions) -> Result<(), Invalid> {
        ratio.record(ever.holds(0));
        Ok(())
    }

    fn finish(&self, ratio: &mut Ratio) -> Option<f64> {
        ratio.percent()
    }
}

/// A state of which one can say how sure its result is.
pub(crate) trait Uncertain {
    /// The result with its interval.
    type Interval: Output;

    /// The setting that chooses how the interval is computed.
    const METHOD: &'static Setting;

    /// The result with its interval, or `None` for NULL.
    fn interval(&self, level: f64, method: &str) -> Option<Self::Interval>;
}

impl Uncertain for Ratio {
    type Interval = Share;

    const METHOD: &'static Setting = &METHOD;

    fn interval(&self, level: f64, method: &str) -> Option<Share> {
        self.share(level, ProportionMethod::named(method))
    }
}

impl Uncertain for Bands {
    type Interval = Interval;

    const METHOD: &'static Setting = &SCORE_METHOD;

    fn interval(&self, level: f64, method: &str) -> Option<Interval> {
        self.interval(level, ScoreMethod::named(method))
    }
}

impl Uncertain for Moments {
    type Interval = Interval;

    // A mean has one method; the setting is never asked for.
    const METHOD: &'static Setting = &METHOD;

    fn interval(&self, level: f64, _: &str) -> Option<Interval> {
        self.interval(level)
    }
}

/// A metric with the interval of its result: the same rows, the same state.
#[derive(Debug, Default)]
pub(crate) struct WithInterval<F> {
    inner: F,
    level: f64,
    method: &'static str,
}

impl<F: Fold> Fold for WithInterval<F>
where
    F::State: State + Uncertain,
{
    type Input = F::Input;
    type State = F::State;
    type Output = <F::State as Uncertain>::Interval;

    const STATE: &'static [&'static str] = F::STATE;

    fn with(settings: &Settings) -> Self {
        Self {
            inner: F::with(settings),
            level: settings.number(&LEVEL),
            method: settings.word(F::State::METHOD),
        }
    }

    fn update(
        &self,
        state: &mut F::State,
        row: <F::Input as Columns>::Row<'_>,
    ) -> Result<(), Invalid> {
        self.inner.update(state, row)
    }

    fn finish(&self, state: &F::State) -> Option<Self::Output> {
        state.interval(self.level, self.method)
    }
}

/// The same for a metric over customers.
#[derive(Debug, Default)]
pub(crate) struct CustomersWithInterval<E> {
    inner: E,
    level: f64,
    method: &'static str,
}

impl<E: EntityFold> EntityFold for CustomersWithInterval<E>
where
    E::Tally: Uncertain,
{
    type Input = E::Input;
    type Entry = E::Entry;
    type Tally = E::Tally;
    type Output = <E::Tally as Uncertain>::Interval;

    const ENTRY: &'static [&'static str] = E::ENTRY;

    fn with(settings: &Settings) -> Self {
        Self {
            inner: E::with(settings),
            level: settings.number(&LEVEL),
            method: settings.word(E::Tally::METHOD),
        }
    }

    fn update(
        &self,
        entry: &mut E::Entry,
        row: <E::Input as Columns>::Row<'_>,
    ) -> Result<(), Invalid> {
        self.inner.update(entry, row)
    }

    fn count(&self, tally: &mut E::Tally, id: Id<'_>, entry: &E::Entry) -> Result<(), Invalid> {
        self.inner.count(tally, id, entry)
    }

    fn finish(&self, tally: &mut E::Tally) -> Option<Self::Output> {
        tally.interval(self.level, self.method)
    }
}
