//! Expressions that several relations share, each written once. In a template they look like functions
//! of one argument; one may be made of others.

use datafusion::sql::sqlparser::ast::{Expr, FunctionArg, FunctionArgExpr, FunctionArguments};

/// By name, with `$x` for the argument.
const MACROS: &[(&str, &str)] = &[
    // The number of the calendar period that a time lies in: the day, Monday's week, month, quarter or
    // year. The offsets make a division of positive numbers out of one that must round down before
    // 1970.
    (
        "calendar_period",
        "CASE $grain
            WHEN 'day' THEN CAST(CAST(CAST($x AS DATE) AS INT) AS BIGINT)
            WHEN 'week' THEN
                (CAST(CAST(CAST($x AS DATE) AS INT) AS BIGINT) + 700000003) / 7 - 100000000
            WHEN 'month' THEN month_number($x)
            WHEN 'quarter' THEN
                CAST(date_part('year', $x) AS BIGINT) * 4 + date_part('quarter', $x) - 1
            WHEN 'year' THEN CAST(date_part('year', $x) AS BIGINT)
        END",
    ),
    // The number of the month that a time lies in, and the microseconds from its beginning. Not by
    // date_trunc, which knows no months but those from 1677 to 2262.
    ("month_number", "CAST(date_part('year', $x) AS BIGINT) * 12 + date_part('month', $x) - 1"),
    (
        "month_offset",
        "(date_part('day', $x) - 1) * 86400000000
            + (CAST($x AS BIGINT) % 86400000000 + 86400000000) % 86400000000",
    ),
    // How many months lie between the first event of a customer, of which `first_month` and
    // `first_offset` are known, and a time. The n-th is over at the same day and time of day n months
    // later, or, where that month is too short, on its last day at that time of day. Always counted
    // from the first event, so a 31st gives the 28th of February and then the 31st of March again.
    (
        "months_since_first",
        "(month_number($x) - first_month - CASE
            WHEN month_offset($x) >= first_offset THEN 0
            WHEN date_part('day', $x + INTERVAL '1 day') = 1
                AND month_offset($x) / 86400000000 < first_offset / 86400000000
                AND month_offset($x) % 86400000000 >= first_offset % 86400000000 THEN 0
            ELSE 1
        END)",
    ),
    // How many periods lie between the `first` event of a customer and a time.
    (
        "periods_since_first",
        "CASE $grain
            WHEN 'day' THEN (CAST($x AS BIGINT) - CAST(first AS BIGINT)) / 86400000000
            WHEN 'week' THEN (CAST($x AS BIGINT) - CAST(first AS BIGINT)) / 604800000000
            WHEN 'month' THEN months_since_first($x)
            WHEN 'quarter' THEN months_since_first($x) / 3
            WHEN 'year' THEN months_since_first($x) / 12
        END",
    ),
    // The first day of a calendar period. The offsets are there for years before the year 0.
    (
        "calendar_start",
        "CASE $grain
            WHEN 'day' THEN CAST(CAST($x AS INT) AS DATE)
            WHEN 'week' THEN CAST(CAST($x * 7 - 3 AS INT) AS DATE)
            WHEN 'month' THEN
                make_date(($x + 12000000) / 12 - 1000000, ($x + 12000000) % 12 + 1, 1)
            WHEN 'quarter' THEN
                make_date(($x + 4000000) / 4 - 1000000, ($x + 4000000) % 4 * 3 + 1, 1)
            WHEN 'year' THEN make_date($x, 1, 1)
        END",
    ),
    // Templates have times as microseconds without a zone. The engine would compare a date with a time
    // in nanoseconds, which begin in 1677 and end in 2262.
    ("in_microseconds", "arrow_cast($x, 'Timestamp(Microsecond, None)')"),
    // Whether an event was before the moment of the report, which is in microseconds; of the three
    // comparisons that which needs no conversion of every event, and so can be made with what files
    // tell of their rows. A day that has begun by then is before it.
    (
        "is_before_as_of",
        "($as_of IS NULL OR CASE $time_type
            WHEN 'date' THEN $x < CAST($as_of + INTERVAL '86399999999 microseconds' AS DATE)
            WHEN 'nanoseconds' THEN arrow_cast($x, 'Timestamp(Nanosecond, None)') < arrow_cast(
                least(
                    greatest($as_of, in_microseconds('1677-09-21T00:12:43.145225')),
                    in_microseconds('2262-04-11T23:47:16.854775')
                ),
                'Timestamp(Nanosecond, None)'
            )
            ELSE in_microseconds($x) < $as_of
        END)",
    ),
    // Unless it is given, the moment of the report is the one after the latest event: the next day
    // after a DATE, the next microsecond after a TIMESTAMP.
    (
        "moment_after",
        "coalesce($as_of, $x + CASE $time_type
            WHEN 'date' THEN INTERVAL '1 day'
            ELSE INTERVAL '1 microsecond'
        END)",
    ),
];

/// What a call in a template stands for, and its argument, if it is one of these.
pub(super) fn expansion(call: &Expr) -> Option<(&'static str, &Expr)> {
    let Expr::Function(function) = call else { return None };
    let name = &function.name.0.last()?.as_ident()?.value;
    let (_, text) = MACROS.iter().find(|(known, _)| known == name)?;
    match &function.args {
        FunctionArguments::List(list) => match list.args.as_slice() {
            [FunctionArg::Unnamed(FunctionArgExpr::Expr(argument))] => Some((text, argument)),
            _ => None,
        },
        _ => None,
    }
}
