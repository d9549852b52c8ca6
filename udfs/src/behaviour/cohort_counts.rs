//! How many of those who came first in a period came again in each period after?

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::{Arc, OnceLock};

use arrow::array::{ArrayRef, Date32Array, Int64Array, LargeListArray, StructArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Field, FieldRef, Fields};
use datafusion_common::Result;

use crate::kernel::{Days, EntityFold, Id, Invalid, Output, Settings, ShortFold, State};
use crate::math::{Activity, Grain, Periods, ShortActivity};
use crate::spec::{Arg, Domain, Example, Family, Form, FunctionSpec, Setting, Stage};

const GRAIN: Setting = Setting {
    name: "grain",
    domain: Domain::Choice(&["month", "day", "week", "quarter", "year"]),
    stage: Stage::Rows,
    doc: "how long a period of the calendar is",
};

const PERIODS: Setting = Setting {
    name: "periods",
    domain: Domain::Whole { default: 12, min: 0, max: 127 },
    stage: Stage::Result,
    doc: "how many periods to follow a cohort",
};

const MODE: Setting = Setting {
    name: "mode",
    domain: Domain::Choice(&["on", "on_or_after"]),
    stage: Stage::Result,
    doc: "came in the very period, or in it or later",
};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "cohort_counts",
    aliases: &[],
    family: Family::Behaviour,
    summary: "Customers by the period of their first event, and how many came in each period after.",
    formula: "for each period in which somebody came first, and each of the periods 0 to n after it: \
              how many of those customers came",
    forms: &[Form::entities_or_short::<CohortCounts<Activity>, CohortCounts<ShortActivity>>(
        "one event, any number per customer",
        &[
            Arg::id("customer_id", "who it was"),
            Arg::day("day", "when: a date, or a timestamp, of which the day counts"),
        ],
    )
    .with(&[&GRAIN, &PERIODS, &MODE])],
    nulls: "A row whose customer or day is NULL is dropped. No rows give NULL.",
    errors: "More than 127 periods.",
    source: "The counts behind cohort_retention, which knows in addition which periods are over. Weeks \
             begin on Monday.",
    example: Example {
        sql: "SELECT cohort_counts(customer_id, day, 'month', 1)[2]['customers'] \
              FROM (VALUES (1, DATE '2025-01-05'), (1, DATE '2025-02-01'), (2, DATE '2025-01-31')) \
              AS o (customer_id, day)",
        result: "1",
    },
    related: &["cohort_retention", "retention_counts"],
    since: "0.1.0",
};

#[derive(Debug, Default)]
struct CohortCounts<A> {
    entry: PhantomData<A>,
    grain: Grain,
    /// The marked periods of the days from 1970 on.
    known: &'static [i32],
    periods: u32,
    or_after: bool,
}

/// A cohort in one of its periods.
#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    cohort: i32,
    period: i64,
    starts: i32,
    ends: i32,
    customers: i64,
    cohort_size: i64,
}

impl<A: Periods + State> EntityFold for CohortCounts<A> {
    type Input = (Days,);
    type Entry = A;
    type Tally = BTreeMap<i32, Vec<i64>>;
    type Output = Vec<Cell>;

    const ENTRY: &'static [&'static str] = &["first", "last", "early", "late"];

    fn with(settings: &Settings) -> Self {
        let grain = match settings.word(&GRAIN) {
            "day" => Grain::Day,
            "week" => Grain::Week,
            "quarter" => Grain::Quarter,
            "year" => Grain::Year,
            _ => Grain::Month,
        };
        let periods = u32::try_from(settings.whole(&PERIODS)).unwrap_or_default();
        Self {
            entry: PhantomData,
            grain,
            known: known_periods(grain),
            periods,
            or_after: settings.word(&MODE) == "on_or_after",
        }
    }

    #[inline]
    fn update(&self, entry: &mut A, (day,): (i32,)) -> Result<(), Invalid> {
        let known = usize::try_from(day).ok().and_then(|day| self.known.get(day));
        let period = match known {
            Some(period) => *period,
            None if day.abs() < FURTHEST => marked(self.grain, day),
            None => return Err(Invalid::argument(0, "lie within 180,000 years of 1970")),
        };
        entry.note(period);
        Ok(())
    }

    fn count(&self, cohorts: &mut Self::Tally, _: Id<'_>, entry: &A) -> Result<(), Invalid> {
        let first = entry.first();
        let other = cohorts.first_key_value().map_or(first, |(cohort, _)| *cohort);
        // States of different grains lie far apart.
        if [other, entry.last()].iter().any(|period| period.abs_diff(first) > FURTHEST_APART) {
            return Err(Invalid::Overflow);
        }
        let counts = cohorts.entry(first).or_insert_with(|| vec![0; self.periods as usize + 1]);
        for (after, count) in (0..).zip(counts) {
            let there = if self.or_after { entry.holds_from(after) } else { entry.holds(after) };
            *count += i64::from(there);
        }
        Ok(())
    }

    fn finish(&self, cohorts: &mut Self::Tally) -> Option<Vec<Cell>> {
        let cells = cohorts.iter().flat_map(|(&cohort, counts)| {
            // What was stored says of which grain it is; a merge is not told.
            let (grain, mark) = grain_of(cohort);
            let first = cohort - mark;
            (0..).zip(counts).map(move |(after, &customers)| Cell {
                cohort: grain.first_day(first),
                period: after.into(),
                starts: grain.first_day(first + after),
                ends: grain.first_day(first + after + 1),
                customers,
                cohort_size: counts[0],
            })
        });
        (!cohorts.is_empty()).then(|| cells.collect())
    }
}

impl ShortFold for CohortCounts<ShortActivity> {
    fn is_enough(settings: &Settings) -> bool {
        let periods = u32::try_from(settings.whole(&PERIODS));
        settings.word(&MODE) == "on" && periods.is_ok_and(|last| last < ShortActivity::SPAN)
    }
}

/// How far apart the marked periods of two grains are.
const MARK: i32 = 1 << 28;

/// Days further from 1970 than this are refused.
const FURTHEST: i32 = 1 << 26;

/// No further apart are two periods of the same grain, and periods of different grains are.
const FURTHEST_APART: u32 = FURTHEST.unsigned_abs() * 2;

const GRAINS: [Grain; 5] = [Grain::Day, Grain::Week, Grain::Month, Grain::Quarter, Grain::Year];

/// The period of a day, with a mark of its grain, so that a state knows it.
fn marked(grain: Grain, day: i32) -> i32 {
    grain.period(day) + mark(grain)
}

fn mark(grain: Grain) -> i32 {
    let at = GRAINS.iter().position(|other| *other == grain).and_then(|at| i32::try_from(at).ok());
    (at.unwrap_or_default() - 2) * MARK
}

/// The marked periods of the days of a hundred years from 1970 on, so that they are not worked out
/// again for every row.
fn known_periods(grain: Grain) -> &'static [i32] {
    static KNOWN: [OnceLock<Vec<i32>>; GRAINS.len()] = [const { OnceLock::new() }; GRAINS.len()];
    let at = GRAINS.iter().position(|other| *other == grain).unwrap_or_default();
    KNOWN[at].get_or_init(|| (0..36_525).map(|day| marked(grain, day)).collect())
}

/// The grain of a marked period, and its mark.
fn grain_of(period: i32) -> (Grain, i32) {
    let nearest = |grain: &&Grain| period.abs_diff(mark(**grain));
    let grain = GRAINS.iter().min_by_key(nearest).copied().unwrap_or_default();
    (grain, mark(grain))
}

impl Output for Vec<Cell> {
    fn data_type() -> DataType {
        DataType::LargeList(item())
    }

    fn column(_: &str, values: Vec<Option<Self>>) -> Result<ArrayRef> {
        let nulls: NullBuffer = values.iter().map(Option::is_some).collect();
        let lengths = values.iter().map(|cells| cells.as_ref().map_or(0, Vec::len));
        let offsets = OffsetBuffer::from_lengths(lengths);
        let all: Vec<Cell> = values.into_iter().flatten().flatten().collect();
        let days = |of: fn(&Cell) -> i32| {
            Arc::new(Date32Array::from_iter_values(all.iter().map(of))) as ArrayRef
        };
        let counts = |of: fn(&Cell) -> i64| {
            Arc::new(Int64Array::from_iter_values(all.iter().map(of))) as ArrayRef
        };
        let columns = vec![
            days(|cell| cell.cohort),
            counts(|cell| cell.period),
            days(|cell| cell.starts),
            days(|cell| cell.ends),
            counts(|cell| cell.customers),
            counts(|cell| cell.cohort_size),
        ];
        let cells = StructArray::try_new(fields(), columns, None)?;
        Ok(Arc::new(LargeListArray::try_new(item(), offsets, Arc::new(cells), Some(nulls))?))
    }
}

fn item() -> FieldRef {
    Arc::new(Field::new_list_field(DataType::Struct(fields()), true))
}

fn fields() -> Fields {
    Fields::from(vec![
        Field::new("cohort", DataType::Date32, true),
        Field::new("period", DataType::Int64, true),
        Field::new("starts", DataType::Date32, true),
        Field::new("ends", DataType::Date32, true),
        Field::new("customers", DataType::Int64, true),
        Field::new("cohort_size", DataType::Int64, true),
    ])
}
