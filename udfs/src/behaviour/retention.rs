//! Who came back in which period? One list per customer: for each period, whether they were there.

use crate::kernel::{AllFlags, Fold, Invalid, Settings, StoredBits};
use crate::math::Answers;
use crate::spec::{Arg, Example, Family, Form, FunctionSpec};

const CONDITIONS: &[Arg] = &[Arg::flag(
    "condition",
    "what makes a customer part of the cohort; then, for each period, what shows that the \
     customer is still there",
)
.repeated()];

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "retention",
    aliases: &[],
    family: Family::Behaviour,
    summary: "For each condition, whether the first one and it were both met, in any row.",
    formula: "[c1, c1 AND c2, c1 AND c3, ...], each condition true if some row of the group meets it",
    forms: &[
        Form::rows::<Retention<u8, 1>>("one event; up to 8 conditions", CONDITIONS).at_most(8),
        Form::rows::<Retention<u64, 1>>("one event; up to 64 conditions", CONDITIONS).at_most(64),
        Form::rows::<Retention<u64, 16>>("one event; up to 1024 conditions", CONDITIONS)
            .at_most(1024),
    ],
    nulls: "A condition that is NULL is not met. No rows give a list of false; a merge of no states is NULL.",
    errors: "More than 1024 conditions; merged states some of which have more than 8, or more than 64, \
             conditions, and others not.",
    source: "ClickHouse's retention, without its limit of 32 conditions, and with a condition that \
             is NULL counted as not met where ClickHouse drops the row. As there, nothing says that \
             the return comes after the start: that is for the conditions to say, or for \
             cohort_retention.",
    example: Example {
        sql: "SELECT retention(day = 1, day = 2, day = 3) FROM (VALUES (1), (3)) AS visit (day)",
        result: "[true, false, true]",
    },
    related: &["retention_counts", "retention_rate", "window_funnel"],
    since: "0.1.0",
};

#[derive(Debug, Default)]
struct Retention<W, const WORDS: usize> {
    conditions: W,
}

impl<W: StoredBits, const WORDS: usize> Fold for Retention<W, WORDS> {
    type Input = AllFlags<W, WORDS>;
    type State = Answers<W, WORDS>;
    type Output = Answers<W, WORDS>;

    const STATE: &'static [&'static str] = names(W::BITS, WORDS);

    fn with(settings: &Settings) -> Self {
        Self { conditions: W::of(settings.conditions as u64) }
    }

    fn nothing(&self) -> Answers<W, WORDS> {
        Answers { conditions: self.conditions, ..Answers::default() }
    }

    fn update(&self, state: &mut Answers<W, WORDS>, met: [W; WORDS]) -> Result<(), Invalid> {
        state.note(met);
        Ok(())
    }

    fn finish(&self, state: &Answers<W, WORDS>) -> Option<Answers<W, WORDS>> {
        // Who never started has not come back; a merge of no states knows of no conditions.
        let met = if state.holds(0) { state.met } else { [W::default(); WORDS] };
        (state.conditions != W::default()).then_some(Answers { met, ..*state })
    }
}

const NAMES: &[&str] = &[
    "conditions",
    "met_1",
    "met_2",
    "met_3",
    "met_4",
    "met_5",
    "met_6",
    "met_7",
    "met_8",
    "met_9",
    "met_10",
    "met_11",
    "met_12",
    "met_13",
    "met_14",
    "met_15",
    "met_16",
];

/// The fields of a state of so many words of so many bits.
pub(super) const fn names(bits: u32, words: usize) -> &'static [&'static str] {
    if bits < u64::BITS {
        return &["conditions", "met"];
    }
    NAMES.split_at(words + 1).0
}
