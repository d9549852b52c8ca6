//! How many came and left at once? Two definitions go by this name, and they differ.

use crate::kernel::{Flags, Fold, Invalid, Numbers, Settings, Wholes, count, not_negative};
use crate::math::Ratio;
use crate::rate::{
    CI_FORMULA, CI_SOURCE, Counted, ERRORS, Flagged, LEVEL, METHOD, NULLS, Named, SETTINGS,
    WithInterval, state_names,
};
use crate::spec::{Arg, Domain, Example, Family, Form, FunctionSpec, Setting, Stage};

const FLAG: &[Arg] = &[Arg::flag("bounced", "the session is a bounce, however that was decided")];

const COUNTS: &[Arg] =
    &[Arg::whole("bounces", "sessions that are a bounce"), Arg::whole("sessions", "all sessions")];

const SESSION: &[Arg] = &[
    Arg::whole("pages", "pages seen in the session"),
    Arg::number("seconds", "how long the session lasted, or its engaged time"),
    Arg::flag("converted", "the session had a conversion (a key event)"),
];

const DEFINITION: Setting = Setting {
    name: "definition",
    domain: Domain::Choice(&["ga4", "universal_analytics"]),
    stage: Stage::Rows,
    doc: "what a bounce is: 'ga4' unless given, or 'universal_analytics'",
};

state_names!(Bounces: "bounces", "sessions");

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "bounce_rate",
    aliases: &[],
    family: Family::Engagement,
    summary: "Sessions that left at once per session, in percent, by the definition of Google Analytics 4 or of Universal Analytics.",
    formula: "100 * bounces / sessions; a bounce is, for 'ga4', a session of fewer than 2 pages and at most 10 seconds without a conversion; for 'universal_analytics', a session of one page at most",
    forms: &[
        Form::rows::<Flagged<Bounces>>("one session", FLAG),
        Form::rows::<Counted<Bounces>>("sessions already counted", COUNTS),
        Form::rows::<Sessions>("one session", SESSION).with(&[&DEFINITION]),
    ],
    nulls: NULLS,
    errors: ERRORS,
    source: "Google Analytics help, Engagement rate and bounce rate (4), and Bounce rate (Universal Analytics). Under GA4 a session of one page that lasts a minute is no bounce; under Universal Analytics it is.",
    example: Example { sql: "SELECT bounce_rate(100, 1000)", result: "10.0" },
    related: &["bounce_rate_ci", "conversion_rate"],
    since: "0.1.0",
};

pub(super) const CI: FunctionSpec = FunctionSpec {
    name: "bounce_rate_ci",
    aliases: &[],
    summary: "Bounce rate with its confidence interval, in percent.",
    formula: CI_FORMULA,
    forms: &[
        Form::rows::<WithInterval<Flagged<Bounces>>>("one session", FLAG).with(SETTINGS),
        Form::rows::<WithInterval<Counted<Bounces>>>("sessions already counted", COUNTS)
            .with(SETTINGS),
        Form::rows::<WithInterval<Sessions>>("one session", SESSION).with(&[
            &DEFINITION,
            &LEVEL,
            &METHOD,
        ]),
    ],
    errors: ERRORS,
    source: CI_SOURCE,
    example: Example { sql: "SELECT bounce_rate_ci(100, 1000)['low']", result: "8.290944359" },
    related: &["bounce_rate"],
    ..SPEC
};

/// One row, one session, judged by one of the two definitions.
#[derive(Debug, Default)]
struct Sessions {
    by_pages_alone: bool,
}

impl Sessions {
    /// A session that lasts longer is engaged to GA4.
    const ENGAGED_SECONDS: f64 = 10.0;

    fn is_bounce(&self, pages: u64, seconds: f64, converted: bool) -> bool {
        pages < 2 && (self.by_pages_alone || seconds <= Self::ENGAGED_SECONDS && !converted)
    }
}

impl Fold for Sessions {
    type Input = (Wholes, Numbers, Flags);
    type State = Ratio;
    type Output = f64;

    const STATE: &'static [&'static str] = Bounces::STATE;

    fn with(settings: &Settings) -> Self {
        Self { by_pages_alone: settings.word(&DEFINITION) == "universal_analytics" }
    }

    fn update(
        &self,
        ratio: &mut Ratio,
        (pages, seconds, converted): (i64, f64, bool),
    ) -> Result<(), Invalid> {
        ratio.record(self.is_bounce(count(0, pages)?, not_negative(1, seconds)?, converted));
        Ok(())
    }

    fn finish(&self, ratio: &Ratio) -> Option<f64> {
        ratio.percent()
    }
}
