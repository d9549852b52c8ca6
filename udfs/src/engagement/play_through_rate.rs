//! How much of a video do those see who began it?

use crate::kernel::{Fold, Invalid, Numbers, Wholes, count, not_negative};
use crate::math::{Mean, Ratio};
use crate::rate::NULLS;
use crate::spec::{Arg, Example, Family, Form, FunctionSpec};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "play_through_rate",
    aliases: &[],
    family: Family::Engagement,
    summary: "Which part of a video a play reaches on average, in percent.",
    formula: "100 * mean of least(watched / length, 1); from quartiles, 100 * (completes + 0.75 * \
              (third - completes) + 0.5 * (half - third) + 0.25 * (first - half)) / starts",
    forms: &[
        Form::rows::<Plays>(
            "one play",
            &[
                Arg::number("watched_seconds", "how much of the video was watched"),
                Arg::number("video_seconds", "how long the video is, in the same unit"),
            ],
        ),
        Form::rows::<Quartiles>(
            "plays already counted by how far they came",
            &[
                Arg::whole("starts", "plays that began"),
                Arg::whole("first_quartile", "those that reached a quarter of the video"),
                Arg::whole("midpoint", "those that reached its half"),
                Arg::whole("third_quartile", "those that reached three quarters"),
                Arg::whole("completes", "those that reached the end"),
            ],
        ),
    ],
    nulls: NULLS,
    errors: "A length that is negative, or a video of no length; a count that is negative or not \
             whole; more plays at a point than at the one before.",
    source: "The play-through rate of video platforms, by time or by quartiles, which assume that \
             a play stops where its quarter begins. Others call the completion rate play-through: see completion_rate.",
    example: Example { sql: "SELECT play_through_rate(1000, 900, 800, 750, 700)", result: "78.75" },
    related: &["completion_rate", "mean_ci"],
    since: "0.1.0",
};

/// One row, one play.
#[derive(Debug, Default)]
struct Plays;

impl Fold for Plays {
    type Input = (Numbers, Numbers);
    type State = Mean;
    type Output = f64;

    const STATE: &'static [&'static str] = &["percent", "percent_compensation", "plays"];

    fn update(&self, mean: &mut Mean, (watched, length): (f64, f64)) -> Result<(), Invalid> {
        let (watched, length) = (not_negative(0, watched)?, not_negative(1, length)?);
        if length == 0.0 {
            return Err(Invalid::argument(1, "be more than 0"));
        }
        mean.record(100.0 * (watched / length).min(1.0));
        Ok(())
    }

    fn finish(&self, mean: &Mean) -> Option<f64> {
        mean.value()
    }
}

/// One row, many plays: how many came how far.
#[derive(Debug, Default)]
struct Quartiles;

impl Fold for Quartiles {
    type Input = (Wholes, Wholes, Wholes, Wholes, Wholes);
    type State = Ratio;
    type Output = f64;

    // A quarter of a video that one play reached is one of its four quarters.
    const STATE: &'static [&'static str] = &["quarters_reached", "quarters"];

    fn update(&self, ratio: &mut Ratio, points: (i64, i64, i64, i64, i64)) -> Result<(), Invalid> {
        let points = <[i64; 5]>::from(points);
        let mut counts = [0; 5];
        for (index, point) in points.into_iter().enumerate() {
            counts[index] = count(index, point)?;
            if index > 0 && counts[index] > counts[index - 1] {
                return Err(Invalid::argument(index, "not exceed the count before it"));
            }
        }
        let reached = counts[1..].iter().try_fold(0_u64, |sum, n| sum.checked_add(*n));
        let quarters = counts[0].checked_mul(4);
        let (Some(reached), Some(quarters)) = (reached, quarters) else {
            return Err(Invalid::Overflow);
        };
        Ok(ratio.add(reached, quarters)?)
    }

    fn finish(&self, ratio: &Ratio) -> Option<f64> {
        ratio.percent()
    }
}
