//! Times that nanoseconds cannot count.

use super::{AS_OF, Customers, DAY, customers, numbers, rows};

/// The calendar begins anew every 400 years, weekdays included: what happens so much earlier or later is
/// counted as it is today, whatever the time is and whatever it is compared with.
#[tokio::test]
async fn other_centuries_are_like_this_one() {
    let (date, moment) = (
        ", as_of => CAST(CAST({moment} / 86400000000 AS INT) AS DATE)",
        ", as_of => arrow_cast({moment}, 'Timestamp(Microsecond, None)')",
    );
    let zoned = "arrow_cast(at, 'Timestamp(Microsecond, Some(\"UTC\"))')";
    let times = [
        ("at", ""),
        ("CAST(at AS DATE)", ""),
        ("at", date),
        ("CAST(at AS DATE)", moment),
        (zoned, moment),
    ];
    let mut customers = customers(5);
    customers.retain(|customer, _| *customer < 120);
    for (relation, columns, args) in TIMELESS {
        let has_as_of = matches!(*relation, "cohort_retention" | "lifecycle" | "rfm");
        for (time, as_of) in &times[..if has_as_of { 5 } else { 2 }] {
            let sql = format!(
                "SELECT {columns} FROM {relation}((SELECT customer_id, page, {time} AS at FROM events), \
                 customer => customer_id, time => at, {args}{as_of})"
            );
            let today = in_another_century(&customers, &sql, 0).await;
            assert!(!today.is_empty(), "{sql}");
            // The years -376 and 9624.
            for cycles in [-6, 19] {
                assert_eq!(today, in_another_century(&customers, &sql, cycles).await, "{sql}");
            }
        }
    }
}

/// What a query says of customers who were there so many times 400 years later.
async fn in_another_century(customers: &Customers, sql: &str, cycles: i64) -> Vec<Vec<i64>> {
    let shift = cycles * 146_097 * DAY;
    let later = |times: &Vec<i64>| times.iter().map(|time| time + shift).collect();
    let customers = customers.iter().map(|(customer, times)| (*customer, later(times))).collect();
    let sql = sql
        .replace("{days}", &(shift / DAY).to_string())
        .replace("{shift}", &shift.to_string())
        .replace("{moment}", &(AS_OF - 20 * DAY + shift).to_string());
    let mut found = numbers(&rows(&customers, &sql).await);
    found.sort();
    found
}

/// Relations, what they return with its dates moved back to the present, and arguments.
const TIMELESS: &[(&str, &str, &str)] = &[
    ("cohort_retention", COHORTS, "grain => 'day', periods => 3"),
    ("cohort_retention", COHORTS, "grain => 'week', mode => 'on_or_after'"),
    ("cohort_retention", COHORTS, "grain => 'month', periods => 130"),
    ("cohort_retention", COHORTS, "grain => 'quarter', periods => 130, mode => 'on_or_after'"),
    ("cohort_retention", COHORTS, "grain => 'quarter', mode => 'bracket'"),
    ("cohort_retention", COHORTS, "grain => 'year', periods => 2"),
    ("cohort_retention", COHORTS, "grain => 'day', clock => 'rolling', mode => 'bracket'"),
    ("cohort_retention", COHORTS, "grain => 'week', clock => 'rolling'"),
    ("cohort_retention", COHORTS, "grain => 'month', clock => 'rolling'"),
    ("cohort_retention", COHORTS, "grain => 'month', clock => 'rolling', mode => 'on_or_after'"),
    ("cohort_retention", COHORTS, "grain => 'quarter', clock => 'rolling', mode => 'bracket'"),
    ("cohort_retention", COHORTS, "grain => 'year', clock => 'rolling'"),
    ("lifecycle", PERIODS, "grain => 'week'"),
    ("lifecycle", PERIODS, "grain => 'month'"),
    ("lifecycle", PERIODS, "grain => 'quarter'"),
    ("lifecycle", PERIODS, "grain => 'year'"),
    ("rfm", "customer, recency, frequency, r, f, m", "amount => 1"),
    ("sessions", SESSIONS, "max_length => INTERVAL '1 day'"),
    ("sessions", SESSIONS, "page => page"),
    (
        "funnel",
        "step, customers, CAST(median_seconds AS BIGINT), CAST(p90_seconds AS BIGINT)",
        "steps => [true, true, true], window => INTERVAL '30 days'",
    ),
    (
        "attribution",
        "CAST(conversions * 1000 AS BIGINT)",
        "channel => CAST(customer_id % 7 AS VARCHAR), conversion => customer_id % 2 = 1, \
         model => ['first', 'linear', 'position_based', 'time_decay'], \
         lookback => INTERVAL '1 month'",
    ),
    ("paths", "steps, customers", "event => customer_id % 7, collapse => false"),
];

const COHORTS: &str =
    "CAST(CAST(cohort AS INT) AS BIGINT) - {days}, period, eligible, retained, cohort_size";

const PERIODS: &str =
    "CAST(CAST(period AS INT) AS BIGINT) - {days}, new, retained, resurrected, dormant, active";

const SESSIONS: &str = "customer, session, CAST(session_start AS BIGINT) - {shift}, \
                        CAST(session_end AS BIGINT) - {shift}, events";
