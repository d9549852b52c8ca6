//! Expressions that several relations share, each written once. In a template they look like functions
//! of one argument.

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
            WHEN 'month' THEN
                CAST(date_part('year', $x) AS BIGINT) * 12 + date_part('month', $x) - 1
            WHEN 'quarter' THEN
                CAST(date_part('year', $x) AS BIGINT) * 4 + date_part('quarter', $x) - 1
            WHEN 'year' THEN CAST(date_part('year', $x) AS BIGINT)
        END",
    ),
    // The first day of a calendar period.
    (
        "calendar_start",
        "CASE $grain
            WHEN 'day' THEN CAST(CAST($x AS INT) AS DATE)
            WHEN 'week' THEN CAST(CAST($x * 7 - 3 AS INT) AS DATE)
            WHEN 'month' THEN make_date($x / 12, $x % 12 + 1, 1)
            WHEN 'quarter' THEN make_date($x / 4, $x % 4 * 3 + 1, 1)
            WHEN 'year' THEN make_date($x, 1, 1)
        END",
    ),
    // Unless it is given, the moment of the report is the one after the latest event: the next day
    // after a DATE, the next microsecond after a TIMESTAMP.
    (
        "moment_after",
        "coalesce(
            arrow_cast($as_of, 'Timestamp(Microsecond, None)'),
            arrow_cast($x, 'Timestamp(Microsecond, None)') + CASE
                WHEN arrow_typeof($x) LIKE 'Date%' THEN INTERVAL '1 day'
                ELSE INTERVAL '1 microsecond'
            END
        )",
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
