//! How far do customers get, and how long does each step take?

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, LargeListArray, StructArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Fields};
use datafusion_common::Result;

use super::funnel::{ARGS, ERRORS, FORMULA, MODE, ROWS, SOURCE, Steps, WINDOW};
use super::ticks_per_unit;
use crate::kernel::{EventFold, EventOutput, Output, Settings, Times};
use crate::math::{Event, Funnel};
use crate::spec::{Example, Family, Form, FunctionSpec};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "funnel_steps",
    aliases: &[],
    family: Family::Behaviour,
    summary: "How many of the steps were taken within the window, when, and how long each one took.",
    formula: FORMULA,
    forms: &[Form::events::<FunnelSteps>(ROWS, ARGS).after(&[&WINDOW]).with(&[&MODE])],
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
    type Output = Taken;

    fn with(settings: &Settings, time: &DataType) -> Result<Self, String> {
        Steps::with(settings, time).map(Self)
    }

    fn keeps_all(&self) -> bool {
        self.0.keeps_all()
    }

    fn finish(&self, events: &[Event]) -> Option<Taken> {
        Some(Taken(self.0.of(events, Funnel::chain)))
    }
}

/// When the steps of the longest chain were taken.
#[derive(Debug, Clone, Default)]
struct Taken(Vec<i64>);

impl EventOutput for Taken {
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("level", "how many steps were taken"),
        (
            "times",
            "when: of the longest chains the one that is complete first; of these the one that starts \
             last; each step as early as can be",
        ),
        (
            "durations",
            "how long each step but the first took: in seconds, in days if ts is a DATE, in the unit \
             of ts if it is a whole number",
        ),
    ];

    fn type_at(time: &DataType) -> DataType {
        DataType::Struct(fields(time))
    }

    fn column_at(function: &str, time: &DataType, values: Vec<Option<Self>>) -> Result<ArrayRef> {
        let chains: Vec<Vec<i64>> =
            values.into_iter().map(|value| value.map_or_else(Vec::new, |taken| taken.0)).collect();
        let levels = chains.iter().map(|chain| Some(chain.len() as u64)).collect();
        let unit = ticks_per_unit(time) as f64;
        let duration = |&[from, to]: &[i64; 2]| to.abs_diff(from) as f64 / unit;
        let durations = chains.iter().flat_map(|chain| chain.array_windows().map(duration));
        let durations: ArrayRef = Arc::new(Float64Array::from_iter_values(durations));
        let lengths = chains.iter().map(|chain| chain.len().saturating_sub(1));
        let item = Arc::new(Field::new_list_field(DataType::Float64, true));
        let offsets = OffsetBuffer::from_lengths(lengths);
        let durations = LargeListArray::try_new(item, offsets, durations, None)?;
        let times = chains.into_iter().map(|chain| Some(Times(chain))).collect();
        let columns = vec![
            u64::column(function, levels)?,
            Times::column_at(function, time, times)?,
            Arc::new(durations),
        ];
        Ok(Arc::new(StructArray::try_new(fields(time), columns, None)?))
    }
}

fn fields(time: &DataType) -> Fields {
    let list = DataType::LargeList(Arc::new(Field::new_list_field(DataType::Float64, true)));
    Fields::from(vec![
        Field::new("level", u64::data_type(), true),
        Field::new("times", Times::type_at(time), true),
        Field::new("durations", list, true),
    ])
}
