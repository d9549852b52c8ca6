//! Which part of it is theirs? The share of some rows, or of their amounts, in all.

use crate::kernel::{Flags, Fold, Invalid, Numbers, finite};
use crate::math::Quotient;
use crate::rate::{CI_FORMULA, CI_SOURCE, Flagged, NULLS, SETTINGS, WithInterval, state_names};
use crate::spec::{Arg, Example, Family, Form, FunctionSpec};

const FLAG: &[Arg] = &[Arg::flag("is_member", "the row belongs to the part")];

state_names!(Members: "members", "rows");

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "share_of",
    aliases: &[],
    family: Family::Value,
    summary: "Share that some rows have in all, by number or by amount, in percent.",
    formula: "100 * rows of the part / all rows; 100 * amounts of the part / all amounts",
    forms: &[
        Form::rows::<Flagged<Members>>("one transaction", FLAG),
        Form::rows::<Amounts>(
            "one transaction",
            &[
                Arg::number("amount", "its amount; negative for a refund"),
                Arg::flag("is_member", "the row belongs to the part"),
            ],
        ),
    ],
    nulls: "A row with a NULL argument is not counted, on either side. No rows, or amounts that add \
            up to zero, give NULL.",
    errors: "An amount that is NaN or infinite.",
    source: "Elementary: the loyalty share of sales, of transactions or of revenue.",
    example: Example {
        sql: "SELECT share_of(amount, is_member) \
              FROM (VALUES (30, true), (50, false), (20, true)) AS sale (amount, is_member)",
        result: "50.0",
    },
    related: &["share_of_ci", "concentration"],
    since: "0.1.0",
};

pub(super) const CI: FunctionSpec = FunctionSpec {
    name: "share_of_ci",
    summary: "Share that some rows have in all, by number, with its confidence interval, in percent.",
    formula: CI_FORMULA,
    nulls: NULLS,
    forms: &[Form::rows::<WithInterval<Flagged<Members>>>("one transaction", FLAG).with(SETTINGS)],
    errors: "None.",
    source: CI_SOURCE,
    example: Example {
        sql: "SELECT share_of_ci(i <= 100)['low'] FROM generate_series(1, 1000) AS sale (i)",
        result: "8.290944359",
    },
    related: &["share_of", "ratio_ci"],
    ..SPEC
};

#[derive(Debug, Default)]
struct Amounts;

impl Fold for Amounts {
    type Input = (Numbers, Flags);
    type State = Quotient;
    type Output = f64;

    const STATE: &'static [&'static str] =
        &["part", "part_compensation", "whole", "whole_compensation"];

    fn update(&self, sums: &mut Quotient, (amount, is_member): (f64, bool)) -> Result<(), Invalid> {
        let amount = finite(0, amount)?;
        sums.add(if is_member { amount } else { 0.0 }, amount);
        Ok(())
    }

    fn finish(&self, sums: &Quotient) -> Option<f64> {
        sums.percent()
    }
}
