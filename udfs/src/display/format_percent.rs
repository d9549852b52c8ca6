//! A percentage as people write it.

use crate::kernel::{Formula, Invalid, Numbers, Wholes, finite};
use crate::spec::{Arg, Example, Family, Form, FunctionSpec};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "format_percent",
    aliases: &[],
    family: Family::Display,
    summary: "A percentage as text, with a percent sign.",
    formula: "the rate, rounded to some digits after the point (1 unless given; halves away from \
              zero), and %",
    forms: &[
        Form::formula::<OneDigit>(&[RATE]),
        Form::formula::<Digits>(&[
            RATE,
            Arg::whole("digits", "how many digits stand after the point, 0 to 15"),
        ]),
    ],
    nulls: "A NULL argument gives NULL.",
    errors: "A rate that is NaN or infinite; digits that are not a whole number from 0 to 15.",
    source: "Rates are percentages here, so 12.5 is 12.5%, not 1250%. For people only: a text does \
             not sort like a number.",
    example: Example { sql: "SELECT format_percent(12.345)", result: "12.3%" },
    related: &["change_from"],
    since: "0.1.0",
};

const RATE: Arg = Arg::number("rate", "the percentage, as every rate returns it");

#[derive(Debug)]
struct OneDigit;

impl Formula for OneDigit {
    type Input = (Numbers,);
    type Output = String;

    fn value((rate,): (f64,)) -> Result<Option<String>, Invalid> {
        Ok(Some(text(finite(0, rate)?, 1)))
    }
}

#[derive(Debug)]
struct Digits;

impl Formula for Digits {
    type Input = (Numbers, Wholes);
    type Output = String;

    fn value((rate, digits): (f64, i64)) -> Result<Option<String>, Invalid> {
        let known = usize::try_from(digits).ok().filter(|digits| *digits <= 15);
        let digits = known.ok_or(Invalid::argument(1, "be a whole number from 0 to 15"))?;
        Ok(Some(text(finite(0, rate)?, digits)))
    }
}

/// The rate rounded as SQL's ROUND does it; formatting alone would round halves to even digits.
fn half_away_from_zero(rate: f64, digits: usize) -> f64 {
    let unit = (0..digits).fold(1.0, |unit: f64, _| unit * 10.0);
    let scaled = rate * unit;
    // Beyond 2^52 there are no halves.
    if scaled.abs() < 4_503_599_627_370_496.0 { scaled.round() / unit } else { rate }
}

fn text(rate: f64, digits: usize) -> String {
    let text = format!("{:.digits$}%", half_away_from_zero(rate, digits));
    // What rounds to zero has no sign.
    if text.trim_start_matches('-').chars().all(|c| matches!(c, '0' | '.' | '%')) {
        return text.trim_start_matches('-').to_owned();
    }
    text
}
