//! Tables of thousands of random customers, beside references that look at one customer after the
//! other and try nothing clever.

mod centuries;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Datelike, NaiveDate};
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::execution::SessionStateBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

const DAY: i64 = 86_400_000_000;
const MINUTE: i64 = 60_000_000;

/// 2024-01-15, a Monday in a leap year.
const START: i64 = 19_737 * DAY;

/// 2025-06-10: most periods are over by then, some are not.
const AS_OF: i64 = 20_249 * DAY;

/// When each customer was there, in microseconds.
type Customers = BTreeMap<i64, Vec<i64>>;

fn customers(seed: u64) -> Customers {
    let mut random = StdRng::seed_from_u64(seed);
    let mut customers = Customers::new();
    for customer in 0..3000 {
        let mut time = START + random.random_range(0..400 * DAY);
        for _ in 0..random.random_range(1..12) {
            customers.entry(customer).or_default().push(time);
            // A click, exactly the gap, a bit more, or another day.
            time += match random.random_range(0..5) {
                0 => 0,
                1 => random.random_range(0..40 * MINUTE),
                2 => 30 * MINUTE,
                3 => 30 * MINUTE + 1,
                _ => random.random_range(0..90 * DAY),
            };
        }
        customers.entry(customer).and_modify(|times| times.retain(|time| *time < AS_OF));
    }
    customers.retain(|_, times| !times.is_empty());
    customers
}

fn session() -> SessionContext {
    let mut config = SessionConfig::new();
    // Errors point at the text that is to blame.
    config.options_mut().sql_parser.collect_spans = true;
    let builder = SessionStateBuilder::new_with_default_features().with_config(config);
    let mut state = builder.build();
    tenure_udfs::register_all(&mut state).unwrap();
    super::register(&mut state).unwrap();
    SessionContext::new_with_state(state)
}

async fn rows(customers: &Customers, sql: &str) -> Vec<RecordBatch> {
    let mut events: Vec<(i64, i64)> = customers
        .iter()
        .flat_map(|(customer, times)| times.iter().map(move |time| (*customer, *time)))
        .collect();
    // In an order that is neither that of time nor that of customers.
    events.sort_by_key(|(customer, time)| (customer * 7919 + time) % 10_007);
    let column = |of: fn(&(i64, i64)) -> i64| events.iter().map(of).collect::<Vec<_>>();
    let columns: [(&str, ArrayRef); 3] = [
        ("customer_id", Arc::new(Int64Array::from(column(|event| event.0)))),
        ("at", Arc::new(TimestampMicrosecondArray::from(column(|event| event.1)))),
        ("page", Arc::new(StringArray::from(vec!["/"; events.len()]))),
    ];
    let context = session();
    context.register_batch("events", RecordBatch::try_from_iter(columns).unwrap()).unwrap();
    context.sql(sql).await.unwrap().collect().await.unwrap()
}

/// Columns of whole numbers or dates, row by row.
fn numbers(batches: &[RecordBatch]) -> Vec<Vec<i64>> {
    let mut rows = vec![];
    for batch in batches {
        let whole = |column: &ArrayRef| match column.data_type() {
            DataType::Date32 => cast(&cast(column, &DataType::Int32).unwrap(), &DataType::Int64),
            _ => cast(column, &DataType::Int64),
        };
        let columns: Vec<_> = batch.columns().iter().map(|column| whole(column).unwrap()).collect();
        for row in 0..batch.num_rows() {
            let value = |column: &ArrayRef| column.as_primitive::<Int64Type>().value(row);
            rows.push(columns.iter().map(value).collect());
        }
    }
    rows
}

fn date(time: i64) -> NaiveDate {
    DateTime::from_timestamp_micros(time).unwrap().date_naive()
}

fn month(time: i64) -> i64 {
    i64::from(date(time).year()) * 12 + i64::from(date(time).month0())
}

fn first_of(month: i64) -> i64 {
    let year = i32::try_from(month / 12).unwrap();
    let day = NaiveDate::from_ymd_opt(year, u32::try_from(month % 12).unwrap() + 1, 1).unwrap();
    i64::from(day.num_days_from_ce()) - 719_163
}

/// Cohort, period, eligible, retained and size, from who is eligible and who was there.
fn cells(
    customers: &Customers,
    periods: &[i64],
    cohort_of: impl Fn(i64) -> i64,
    eligible: impl Fn(i64, i64) -> bool,
    there: impl Fn(&[i64], i64) -> bool,
) -> Vec<Vec<i64>> {
    let mut cells: BTreeMap<(i64, i64), [i64; 3]> = BTreeMap::new();
    for times in customers.values() {
        let first = *times.iter().min().unwrap();
        for &period in periods {
            let cell = cells.entry((cohort_of(first), period)).or_default();
            let counts = eligible(first, period);
            cell[0] += i64::from(counts);
            cell[1] += i64::from(counts && there(times, period));
            cell[2] += 1;
        }
    }
    cells.into_iter().map(|((cohort, period), [a, b, c])| vec![cohort, period, a, b, c]).collect()
}

async fn retention(customers: &Customers, args: &str) -> Vec<Vec<i64>> {
    let sql = format!(
        "SELECT cohort, period, eligible, retained, cohort_size FROM cohort_retention(\
         (SELECT * FROM events), customer => customer_id, time => at, \
         as_of => TIMESTAMP '2025-06-10', {args}) ORDER BY cohort, period"
    );
    numbers(&rows(customers, &sql).await)
}

#[tokio::test]
async fn cohorts_of_the_calendar() {
    let customers = customers(1);
    let first = |times: &[i64]| month(*times.iter().min().unwrap());
    let cohort = |first| first_of(month(first));
    let periods: Vec<i64> = (0..=12).collect();
    let over = |first, period| first_of(month(first) + period + 1) * DAY <= AS_OF;

    let on = |times: &[i64], period| times.iter().any(|t| month(*t) == first(times) + period);
    let expected = cells(&customers, &periods, cohort, over, on);
    assert_eq!(retention(&customers, "grain => 'month', periods => 12").await, expected);

    let begun = |first, period| first_of(month(first) + period) * DAY <= AS_OF;
    let later = |times: &[i64], period| times.iter().any(|t| month(*t) >= first(times) + period);
    let expected = cells(&customers, &periods, cohort, begun, later);
    assert_eq!(retention(&customers, "periods => 12, mode => 'on_or_after'").await, expected);

    let until = |start| if start == 0 { 1 } else { start * 2 };
    let over = |first, start| first_of(month(first) + until(start)) * DAY <= AS_OF;
    let within = |times: &[i64], start| {
        let bracket = first(times) + start..first(times) + until(start);
        times.iter().any(|t| bracket.contains(&month(*t)))
    };
    let expected = cells(&customers, &[0, 1, 2, 4], cohort, over, within);
    let args = "mode => 'bracket', brackets => [0, 1, 2, 4, 8]";
    assert_eq!(retention(&customers, args).await, expected);
}

#[tokio::test]
async fn cohorts_by_each_customers_own_clock() {
    let customers = customers(2);
    let monday = |first: i64| (first.div_euclid(DAY) + 3).div_euclid(7) * 7 - 3;
    let age = |times: &[i64], time: i64| (time - times.iter().min().unwrap()) / (7 * DAY);
    let over = |first, period| first + (period + 1) * 7 * DAY <= AS_OF;
    let on = |times: &[i64], period| times.iter().any(|t| age(times, *t) == period);
    let periods: Vec<i64> = (0..=80).collect();
    let expected = cells(&customers, &periods, monday, over, on);
    let args = "grain => 'week', periods => 80, clock => 'rolling'";
    assert_eq!(retention(&customers, args).await, expected);
}

/// The metric that counts cohorts has a calendar of its own, and so has SQL.
#[tokio::test]
async fn there_is_one_calendar() {
    let moment = |day: i64| day * DAY + if day % 2 == 0 { 0 } else { DAY - 1 };
    // From the year -300 on.
    let customers: Customers =
        (-829_000..20_249).step_by(97).map(|day| (day, vec![moment(day)])).collect();
    for grain in ["day", "week", "month", "quarter", "year"] {
        let by_metric = retention(&customers, &format!("grain => '{grain}', periods => 1")).await;
        let args = format!("grain => '{grain}', mode => 'bracket', brackets => [0, 1, 2]");
        assert_eq!(by_metric, retention(&customers, &args).await, "{grain}");
    }
}

/// Each segment is what a table of its customers alone would be, in every mode and on both clocks. What
/// is broken down by changes with every event, so that only the first one can have given the segment.
#[tokio::test]
async fn segments_are_as_tables_of_their_own() {
    let customers = customers(4);
    let (by, segments) = ("by => CAST(at AS BIGINT) / 60000000 % 3", 0..3);
    let of = |segment: i64| {
        let first = |times: &[i64]| times.iter().min().unwrap() / MINUTE % 3;
        let own = customers.iter().filter(|(_, times)| first(times) == segment);
        own.map(|(customer, times)| (*customer, times.clone())).collect::<Customers>()
    };
    for (relation, args) in [
        ("cohort_retention", "periods => 12"),
        ("cohort_retention", "periods => 12, mode => 'on_or_after'"),
        ("cohort_retention", "periods => 130"),
        ("cohort_retention", "periods => 130, mode => 'on_or_after'"),
        ("cohort_retention", "mode => 'bracket'"),
        ("cohort_retention", "clock => 'rolling', grain => 'week', periods => 80"),
        ("cohort_retention", "clock => 'rolling', mode => 'on_or_after'"),
        ("cohort_retention", "clock => 'rolling', mode => 'bracket'"),
        ("lifecycle", "grain => 'week'"),
    ] {
        let columns = match relation {
            "lifecycle" => "period, new, retained, resurrected, dormant, active",
            _ => "cohort, period, eligible, retained, cohort_size",
        };
        let from = format!(
            "FROM {relation}((SELECT * FROM events), customer => customer_id, time => at, \
             as_of => TIMESTAMP '2025-06-10', {args}"
        );
        let sql = format!("SELECT segment, {columns} {from}, {by}) ORDER BY 1, 2, 3");
        let found = numbers(&rows(&customers, &sql).await);
        let mut expected = vec![];
        for segment in segments.clone() {
            let sql = format!("SELECT {segment}, {columns} {from}) ORDER BY 1, 2, 3");
            expected.extend(numbers(&rows(&of(segment), &sql).await));
        }
        assert!(!expected.is_empty());
        assert_eq!(found, expected, "{relation}: {args}");
    }
}

#[tokio::test]
async fn sessions_of_every_customer() {
    let customers = customers(3);
    let mut expected = vec![];
    for (customer, times) in &customers {
        let mut times = times.clone();
        times.sort_unstable();
        let mut sessions: Vec<(i64, i64, i64)> = vec![];
        for time in times {
            match sessions.last_mut() {
                Some((_, end, events)) if time - *end <= 30 * MINUTE => {
                    *end = time;
                    *events += 1;
                }
                _ => sessions.push((time, time, 1)),
            }
        }
        let rows = (1..).zip(sessions).map(|(number, (start, end, events))| {
            vec![
                *customer,
                number,
                start,
                end,
                events,
                i64::from(events >= 2 || end - start > 10_000_000),
            ]
        });
        expected.extend(rows);
    }
    // With a page and without one, other queries are planned.
    for page in ["", ", page => page"] {
        let sql = format!(
            "SELECT customer, session, session_start, session_end, events, CAST(engaged AS BIGINT), \
             duration FROM sessions((SELECT * FROM events), customer => customer_id, time => at{page}) \
             ORDER BY customer, session"
        );
        let batches = rows(&customers, &sql).await;
        let whole: Vec<_> =
            batches.iter().map(|batch| batch.project(&[0, 1, 2, 3, 4, 5]).unwrap()).collect();
        let found = numbers(&whole);
        let differs = found.iter().zip(&expected).find(|(found, expected)| found != expected);
        assert_eq!(differs, None, "{page}");
        assert_eq!(found.len(), expected.len(), "{page}");
        let durations = batches
            .iter()
            .flat_map(|batch| batch.column(6).as_primitive::<Float64Type>().values().to_vec());
        for (duration, row) in durations.zip(&expected) {
            assert!((duration * 1e6 - (row[3] - row[2]) as f64).abs() < 0.5, "{row:?}");
        }
    }
}

/// What a mistake is about is what is pointed at.
#[tokio::test]
async fn mistakes_about_single_steps_have_a_place() {
    let context = session();
    for (args, blamed) in [
        ("optional => '1'", "'1'"),
        ("optional => '2, 3'", "'2, 3'"),
        ("step_windows => INTERVAL '1 hour'", "'1 hour'"),
        ("step_windows => [INTERVAL '1 month']", "'1 month'"),
        ("step_windows => [NULL, INTERVAL '1 hour']", "NULL, INTERVAL '1 hour'"),
    ] {
        let sql = format!(
            "SELECT * FROM funnel((SELECT 1 AS c, DATE '2025-01-01' AS t), customer => c, time => t, \
             window => INTERVAL '1 day', steps => [true, true], {args})"
        );
        let error = context.sql(&sql).await.unwrap_err();
        let place = error.diagnostic().and_then(|diagnostic| diagnostic.span).unwrap();
        let column = |column: u64| usize::try_from(column).unwrap() - 1;
        assert_eq!(&sql[column(place.start.column)..column(place.end.column)], blamed, "{error}");
    }
}

/// A touch at every other moment and a conversion after each: more than a billion pairs, none of which is made.
/// The first conversion has no touch, all others begin with that of the second moment, and the last touches
/// alternate.
#[tokio::test]
async fn one_customer_may_have_very_many_touches_and_conversions() {
    let customers = Customers::from([(1, (START + 1..=START + 100_000).collect())]);
    let sql = "SELECT CAST(round(conversions) AS BIGINT) FROM attribution((SELECT * FROM events), \
               customer => customer_id, time => at, channel => CASE CAST(at AS BIGINT) % 4 WHEN 0 THEN 'ads' WHEN 2 THEN 'mail' END, \
               conversion => CAST(at AS BIGINT) % 2 = 1, model => ['first', 'last']) ORDER BY model, channel";
    let found = numbers(&rows(&customers, sql).await).concat();
    assert_eq!(found, [1, 49_999, 1, 24_999, 25_000]);
}
