//! How far do customers get, and how long does each step take?

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, StructArray};
use arrow::datatypes::{DataType, Field, Fields};
use datafusion_common::Result;

use super::funnel::{ARGS, ERRORS, FORMULA, ROWS, SETTINGS, SOURCE, Steps, WINDOW};
use super::ticks_per_unit;
use crate::kernel::{
    EventFold, EventResults, Output, Settings, TimeLists, lists_of, times_or_null,
};
use crate::math::{Chain, Event};
use crate::spec::{Example, Family, Form, FunctionSpec};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "funnel_steps",
    aliases: &[],
    family: Family::Behaviour,
    summary: "How many of the steps were taken within the window, when, and how long each one took.",
    formula: FORMULA,
    forms: &[Form::events::<FunnelSteps>(ROWS, ARGS).after(&[&WINDOW]).with(SETTINGS)],
    nulls: "A row whose ts is NULL is dropped. A condition that is NULL is not met. Where the first \
            condition is never met, and for no rows, the level is 0 and the lists are empty.",
    errors: ERRORS,
    source: SOURCE,
    example: Example {
        sql: "SELECT funnel_steps(60, ts, page = 'cart', page = 'pay')['durations'] \
              FROM (VALUES (0, 'cart'), (10, 'cart'), (50, 'pay')) AS view (ts, page)",
        result: "[40.0]",
    },
    related: &["window_funnel", "sequence_match_events"],
    since: "0.1.0",
};

#[derive(Debug)]
struct FunnelSteps(Steps);

impl EventFold for FunnelSteps {
    type Results = Taken;

    fn with(settings: &Settings, time: &DataType) -> Result<Self, String> {
        Steps::with(settings, time).map(Self)
    }

    fn keeps_all(&self) -> bool {
        self.0.keeps_all()
    }

    fn finish(&self, events: &[Event], taken: &mut Taken) {
        taken.0.push(self.0.chain(events));
    }
}

/// When the steps of the longest chain were taken, of each customer.
#[derive(Debug, Default)]
struct Taken(Vec<Chain>);

impl EventResults for Taken {
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("level", "the last step that was taken: how many were, with those skipped before it"),
        (
            "times",
            "when, NULL for a step that was skipped: of the longest chains the one that is complete \
             first; of these the one that skips fewest steps; of these the one that starts last; each \
             step as early as can be, and an earlier step rather than a later one",
        ),
        (
            "durations",
            "how long each step but the first took from the step taken before, NULL for one that was \
             skipped: in seconds, in days if ts is a DATE, in the unit of ts if it is a whole number",
        ),
    ];

    fn type_at(time: &DataType) -> DataType {
        DataType::Struct(fields(time))
    }

    fn column(self, function: &str, time: &DataType) -> Result<ArrayRef> {
        let Self(chains) = self;
        let levels: Vec<_> = chains.iter().map(|chain| chain.level() as usize).collect();
        let times: Int64Array =
            chains.iter().flat_map(|chain| chain.each_step(chain.times.iter().copied())).collect();
        let unit = ticks_per_unit(time) as f64;
        let duration = |&[from, to]: &[i64; 2]| to.abs_diff(from) as f64 / unit;
        let durations: Float64Array = chains
            .iter()
            .flat_map(|chain| {
                // The first step is always taken, and takes no time.
                let taken = std::iter::once(0.0).chain(chain.times.array_windows().map(duration));
                chain.each_step(taken).skip(1)
            })
            .collect();
        let but_first = levels.iter().map(|level| level.saturating_sub(1));
        let columns = vec![
            u64::column(function, levels.iter().map(|level| Some(*level as u64)).collect())?,
            lists_of(levels.iter().copied(), times_or_null(times, time)?, None)?,
            lists_of(but_first, Arc::new(durations), None)?,
        ];
        Ok(Arc::new(StructArray::try_new(fields(time), columns, None)?))
    }
}

fn fields(time: &DataType) -> Fields {
    let list = DataType::LargeList(Arc::new(Field::new_list_field(DataType::Float64, true)));
    Fields::from(vec![
        Field::new("level", u64::data_type(), true),
        Field::new("times", TimeLists::type_at(time), true),
        Field::new("durations", list, true),
    ])
}
