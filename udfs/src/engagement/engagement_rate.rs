//! How many of those who could have done something? Interactions per audience.

use crate::kernel::{CountsPer, CountsPerRow, Flags, Fold, Invalid, Kernel, count};
use crate::math::Ratio;
use crate::spec::{Arg, Example, Family, Form, FunctionSpec};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "engagement_rate",
    aliases: &[],
    family: Family::Engagement,
    summary: "Interactions per audience, in percent.",
    formula: "100 * (sum of all interactions) / (sum of audiences)",
    forms: &[
        Form {
            rows: "one person reached",
            args: &[Arg::flag("engaged", "the person interacted")],
            kernel: Kernel::rows::<Engaged>(),
        },
        Form {
            rows: "interactions already counted",
            args: &[
                Arg::whole("interactions", "likes, shares, comments, …: one or more counts")
                    .repeated(),
                Arg::whole("audience", "how many could have interacted; always the last argument"),
            ],
            kernel: Kernel::rows::<Counted>(),
        },
    ],
    nulls: "A row with a NULL argument is not counted. An audience of zero gives NULL.",
    errors: "A count that is negative or not whole. More interactions than audience are no error: \
             one person can like, share and comment.",
    source: "The standard definition by audience (followers or reach), summed before dividing.",
    example: Example {
        sql: "SELECT engagement_rate(likes, shares, comments, audience) \
              FROM (VALUES (500, 200, 50, 10000)) AS post (likes, shares, comments, audience)",
        result: "7.5",
    },
    related: &[],
    since: "0.1.0",
};

const STATE: &[&str] = &["interactions", "audience"];

#[derive(Debug)]
struct Engaged;

impl Fold for Engaged {
    type Input = (Flags,);
    type State = Ratio;
    type Output = f64;

    const STATE: &'static [&'static str] = STATE;

    fn update(ratio: &mut Ratio, (engaged,): (bool,)) -> Result<(), Invalid> {
        ratio.record(engaged);
        Ok(())
    }

    fn finish(ratio: &Ratio) -> Option<f64> {
        ratio.percent()
    }
}

#[derive(Debug)]
struct Counted;

impl Fold for Counted {
    type Input = CountsPer;
    type State = Ratio;
    type Output = f64;

    const STATE: &'static [&'static str] = STATE;

    fn update(ratio: &mut Ratio, row: CountsPerRow<'_>) -> Result<(), Invalid> {
        let mut interactions = 0_u64;
        let mut index = 0;
        for one in row.counts() {
            interactions = interactions.checked_add(count(index, one)?).ok_or(Invalid::Overflow)?;
            index += 1;
        }
        Ok(ratio.add(interactions, count(index, row.base)?)?)
    }

    fn finish(ratio: &Ratio) -> Option<f64> {
        ratio.percent()
    }
}
