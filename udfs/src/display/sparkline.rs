//! How did it go, at a glance? A series of values as a line of bars.

use crate::kernel::SeriesFold;
use crate::spec::{Arg, Example, Family, Form, FunctionSpec};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "sparkline",
    aliases: &[],
    family: Family::Display,
    summary: "A series of values as text, one bar per value.",
    formula: "eight heights, from the least value of the series to the greatest",
    forms: &[Form::series::<Sparkline>(
        "one value of the series",
        &[Arg::number("value", "how high the bar is among the others of its group")],
    )],
    nulls: "A NULL value is a gap in the line; no values give NULL. Values that are all the same \
            have bars of middle height. Rows that the order does not tell apart go by their value.",
    errors: "A value that is NaN or infinite; no ORDER BY.",
    source: "Tufte, Beautiful Evidence (2006). Each line has a scale of its own, so that lines are \
             to be compared by their shape and not by their height.",
    example: Example {
        sql: "SELECT sparkline(value ORDER BY month) \
              FROM (VALUES (3, 8), (1, 1), (2, 4), (4, 2)) AS kpi (month, value)",
        result: "▁▄█▂",
    },
    related: &["change_from", "format_percent"],
    since: "0.1.0",
};

const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

#[derive(Debug, Default)]
struct Sparkline;

impl SeriesFold for Sparkline {
    type Output = String;

    fn finish(&self, values: &[Option<f64>]) -> Option<String> {
        let known = || values.iter().flatten().copied();
        let (least, most) = (known().reduce(f64::min)?, known().reduce(f64::max)?);
        let block = |value: &Option<f64>| value.map_or(' ', |value| block(value, least, most));
        Some(values.iter().map(block).collect())
    }
}

fn block(value: f64, least: f64, most: f64) -> char {
    // Halved first, since the distance of the largest numbers is beyond them.
    let height = (value / 2.0 - least / 2.0) / (most / 2.0 - least / 2.0);
    let top = BLOCKS.len() - 1;
    let reached = (0..top).filter(|&at| height * top as f64 >= at as f64 + 0.5).count();
    if least < most { BLOCKS[reached] } else { BLOCKS[3] }
}
