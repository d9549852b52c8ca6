//! How many do we have to ask, to see a difference if there is one?

use crate::kernel::{Formula, Invalid, Numbers};
use crate::math::sample_size;
use crate::spec::{Arg, Example, Family, Form, FunctionSpec};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "sample_size_proportion",
    aliases: &[],
    family: Family::Inference,
    summary: "How many cases each of two groups needs for a test of two rates.",
    formula: "(z(alpha / 2) * sqrt(2 * p * (1 - p)) + z(1 - power) * sqrt(p1 * (1 - p1) + p2 * (1 - \
              p2)))^2 / effect^2, rounded up, with p1 the baseline, p2 = p1 + effect and p their mean",
    forms: &[Form::formula::<PerGroup>(&[
        Arg::number("baseline", "the rate to be expected without a change, in percent"),
        Arg::number("effect", "the difference that must not be missed, in percentage points"),
        Arg::number("power", "how often it is then found, as a share: 0.8 is common"),
        Arg::number(
            "alpha",
            "how often one is found that is not there, as a share: 0.05 is common",
        ),
    ])],
    nulls: "A NULL argument gives NULL.",
    errors: "A baseline, or a baseline plus effect, that is not between 0 and 100; an effect of \
             zero; a power or alpha that is not between 0 and 1.",
    source: "The two-sided z test of two proportions with a pooled null, as compare_proportions \
             uses it (Fleiss, Statistical Methods for Rates and Proportions).",
    example: Example { sql: "SELECT sample_size_proportion(10, 2, 0.8, 0.05)", result: "3841" },
    related: &["compare_proportions"],
    since: "0.1.0",
};

#[derive(Debug)]
struct PerGroup;

impl Formula for PerGroup {
    type Input = (Numbers, Numbers, Numbers, Numbers);
    type Output = u64;

    fn value(
        (baseline, effect, power, alpha): (f64, f64, f64, f64),
    ) -> Result<Option<u64>, Invalid> {
        let inside = |value: f64, end: f64| value > 0.0 && value < end;
        if !inside(baseline, 100.0) {
            return Err(Invalid::argument(0, "be a percentage between 0 and 100"));
        }
        if effect == 0.0 || !inside(baseline + effect, 100.0) {
            let rule = "lead from the baseline to another percentage between 0 and 100";
            return Err(Invalid::argument(1, rule));
        }
        for (index, share) in [(2, power), (3, alpha)] {
            if !inside(share, 1.0) {
                return Err(Invalid::argument(index, "be a share between 0 and 1, such as 0.8"));
            }
        }
        if power <= alpha / 2.0 {
            let rule = "exceed half of alpha, which is found without any sample";
            return Err(Invalid::argument(2, rule));
        }
        let size = sample_size(baseline / 100.0, effect / 100.0, power, alpha).ceil();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative, and more than 64 bits hold becomes the most they hold"
        )]
        Ok(Some(size as u64))
    }
}
