//! How many came back in which period? What `retention` tells of each customer, counted.

use super::retention::names;
use crate::kernel::{AllFlags, Counts, EntityFold, Id, Invalid, Settings, StoredBits};
use crate::math::Answers;
use crate::spec::{Arg, Example, Family, Form, FunctionSpec};

const EVENT: &[Arg] = &[
    Arg::id("customer_id", "who it was"),
    Arg::flag(
        "condition",
        "what makes a customer part of the cohort; then, for each period, what shows that the \
         customer is still there",
    )
    .repeated(),
];

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "retention_counts",
    aliases: &[],
    family: Family::Behaviour,
    summary: "For each condition, how many customers met both it and the first one, in any of their rows.",
    formula: "[customers of c1, customers of c1 and c2, customers of c1 and c3, ...]",
    forms: &[
        Form::entities::<RetentionCounts<u8, 1>>("one event; up to 8 conditions", EVENT)
            .at_most(1 + 8),
        Form::entities::<RetentionCounts<u64, 1>>("one event; up to 64 conditions", EVENT)
            .at_most(1 + 64),
        Form::entities::<RetentionCounts<u64, 16>>("one event; up to 1024 conditions", EVENT)
            .at_most(1 + 1024),
    ],
    nulls: "A row whose customer is NULL is dropped; a condition that is NULL is not met. No rows give NULL.",
    errors: "More than 1024 conditions; merged states some of which have more than 8, or more than 64, \
             conditions, and others not.",
    source: "The sums of retention over customers: sumForEach(retention(...)) in ClickHouse.",
    example: Example {
        sql: "SELECT retention_counts(customer_id, day = 1, day = 2, day = 3) \
              FROM (VALUES (1, 1), (1, 3), (2, 1), (3, 2)) AS visit (customer_id, day)",
        result: "[2, 0, 1]",
    },
    related: &["retention", "retention_rate", "cohort_counts"],
    since: "0.1.0",
};

#[derive(Debug, Default)]
struct RetentionCounts<W, const WORDS: usize> {
    conditions: W,
}

impl<W: StoredBits, const WORDS: usize> EntityFold for RetentionCounts<W, WORDS> {
    type Input = AllFlags<W, WORDS>;
    type Entry = Answers<W, WORDS>;
    type Tally = Counts;
    type Output = Vec<u64>;

    const ENTRY: &'static [&'static str] = names(W::BITS, WORDS);

    fn with(settings: &Settings) -> Self {
        Self { conditions: W::of(settings.conditions as u64) }
    }

    fn update(&self, answers: &mut Answers<W, WORDS>, met: [W; WORDS]) -> Result<(), Invalid> {
        answers.conditions = self.conditions;
        answers.note(met);
        Ok(())
    }

    fn count(
        &self,
        Counts(counts): &mut Counts,
        _: Id<'_>,
        answers: &Answers<W, WORDS>,
    ) -> Result<(), Invalid> {
        let conditions = usize::try_from(answers.conditions.into()).unwrap_or_default();
        if counts.len() < conditions {
            counts.resize(conditions, 0);
        }
        if answers.holds(0) {
            for (at, count) in counts.iter_mut().enumerate() {
                *count += u64::from(answers.holds(at));
            }
        }
        Ok(())
    }

    fn finish(&self, Counts(counts): &mut Counts) -> Option<Vec<u64>> {
        (!counts.is_empty()).then(|| std::mem::take(counts))
    }
}
