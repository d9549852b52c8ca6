//! How sure is a share? Of any flag, and of any counts.

use crate::rate::{
    CI_FORMULA, CI_SOURCE, Counted, ERRORS, Flagged, NULLS, SETTINGS, WithInterval, state_names,
};
use crate::spec::{Arg, Example, Family, Form, FunctionSpec};

state_names!(Successes: "successes", "trials");

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "proportion_ci",
    aliases: &[],
    family: Family::Inference,
    summary: "A share of cases with its confidence interval, in percent.",
    formula: CI_FORMULA,
    forms: &[
        Form::rows::<WithInterval<Flagged<Successes>>>(
            "one case",
            &[Arg::flag("success", "the case is one of those that the share is about")],
        )
        .with(SETTINGS),
        Form::rows::<WithInterval<Counted<Successes>>>(
            "cases already counted",
            &[
                Arg::whole("successes", "cases that the share is about"),
                Arg::whole("trials", "all cases"),
            ],
        )
        .with(SETTINGS),
    ],
    nulls: NULLS,
    errors: ERRORS,
    source: CI_SOURCE,
    example: Example {
        sql: "SELECT proportion_ci(100, 1000, 0.95, 'clopper_pearson')['low']",
        result: "8.210533436",
    },
    related: &["compare_proportions", "sample_size_proportion", "mean_ci"],
    since: "0.1.0",
};
