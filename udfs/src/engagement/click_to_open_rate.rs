//! How many of those who opened a mail clicked in it? What a mail says, apart from its subject.

use crate::kernel::{Flags, Fold, Invalid};
use crate::math::Ratio;
use crate::rate::{
    CI_FORMULA, CI_SOURCE, Counted, ERRORS, Flagged, NULLS, Named, SETTINGS, WithInterval,
    state_names,
};
use crate::spec::{Arg, Example, Family, Form, FunctionSpec};

const FLAG: &[Arg] = &[Arg::flag("clicked", "somebody clicked in the mail")];

const COUNTS: &[Arg] = &[
    Arg::whole("clicks", "mails clicked, each counted once"),
    Arg::whole("opens", "mails opened, each counted once"),
];

const MAIL: &[Arg] = &[
    Arg::flag("opened", "the mail was opened at least once"),
    Arg::flag("clicked", "somebody clicked in it"),
];

state_names!(ClicksOfOpens: "clicks", "opens");

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "click_to_open_rate",
    aliases: &["ctor"],
    family: Family::Engagement,
    summary: "Mails clicked per mail opened, in percent.",
    formula: "100 * clicks / opens",
    forms: &[
        Form::rows::<Flagged<ClicksOfOpens>>("one mail that was opened", FLAG),
        Form::rows::<Counted<ClicksOfOpens>>("mails already counted", COUNTS),
        Form::rows::<OfOpened>("one mail delivered", MAIL),
    ],
    nulls: NULLS,
    errors: ERRORS,
    source: "The click-to-open rate (CTOR) of mail tools: unique clicks over unique opens. A click in a mail whose opening was not seen, because its images were blocked, is left out.",
    example: Example { sql: "SELECT click_to_open_rate(100, 1000)", result: "10.0" },
    related: &["click_to_open_rate_ci", "open_rate", "click_through_rate"],
    since: "0.1.0",
};

pub(super) const CI: FunctionSpec = FunctionSpec {
    name: "click_to_open_rate_ci",
    aliases: &["ctor_ci"],
    summary: "Click-to-open rate with its confidence interval, in percent.",
    formula: CI_FORMULA,
    forms: &[
        Form::rows::<WithInterval<Flagged<ClicksOfOpens>>>("one mail that was opened", FLAG)
            .with(SETTINGS),
        Form::rows::<WithInterval<Counted<ClicksOfOpens>>>("mails already counted", COUNTS)
            .with(SETTINGS),
        Form::rows::<WithInterval<OfOpened>>("one mail delivered", MAIL).with(SETTINGS),
    ],
    errors: ERRORS,
    source: CI_SOURCE,
    example: Example {
        sql: "SELECT click_to_open_rate_ci(100, 1000)['low']",
        result: "8.290944359",
    },
    related: &["click_to_open_rate"],
    ..SPEC
};

/// One row, one mail, of which only those that were opened count.
#[derive(Debug, Default)]
struct OfOpened;

impl Fold for OfOpened {
    type Input = (Flags, Flags);
    type State = Ratio;
    type Output = f64;

    const STATE: &'static [&'static str] = ClicksOfOpens::STATE;

    fn update(&self, ratio: &mut Ratio, (opened, clicked): (bool, bool)) -> Result<(), Invalid> {
        if opened {
            ratio.record(clicked);
        }
        Ok(())
    }

    fn finish(&self, ratio: &Ratio) -> Option<f64> {
        ratio.percent()
    }
}
