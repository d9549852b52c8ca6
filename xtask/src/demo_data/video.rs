//! `video_plays`: who watched how much of which video, on our pages and where others show them.

use anyhow::Result;

use super::calendar::{FIRST_DAY, Instant, Month, if_known, working_moment};
use super::dice::{Dice, Stream};
use super::lake::{Column, Lake};
use super::web::{VideoStart, visitor_id};

/// Seconds of each video, numbered from one: long ones lose more of their audience.
const LENGTHS: [(i64, i64); 12] = [
    (1, 35),
    (2, 48),
    (3, 62),
    (4, 75),
    (5, 90),
    (6, 120),
    (7, 150),
    (8, 185),
    (9, 240),
    (10, 310), //
    (11, 420),
    (12, 600),
];
pub(super) const COUNT: i64 = 12;
/// Plays a day elsewhere, by visitors that the web site never sees.
const ELSEWHERE_A_DAY: i64 = 9;
const FIRST_ELSEWHERE: i64 = 1_000_000;

pub(super) struct Play {
    visitor: i64,
    video: i64,
    started_at: Instant,
    /// None when the player was closed before it could report.
    watched: Option<i64>,
    seconds: i64,
}

pub(super) fn play(starts: &[VideoStart]) -> Vec<Play> {
    let mut dice = Dice::new(Stream::Video);
    let mut plays = Vec::new();
    for start in starts {
        plays.push(watch(&mut dice, start));
    }
    let mut visitor = FIRST_ELSEWHERE;
    for day in Month::all().flat_map(Month::days) {
        for _ in 0..dice.around(ELSEWHERE_A_DAY, 60) {
            visitor += dice.below(2);
            let video = dice.between(1, COUNT);
            let at = working_moment(&mut dice, day);
            plays.push(watch(&mut dice, &VideoStart { visitor, video, at }));
        }
    }
    plays.retain(|play| play.started_at >= FIRST_DAY && if_known(play.started_at).is_some());
    plays.sort_by_key(|play| (play.started_at, play.visitor));
    plays
}

fn watch(dice: &mut Dice, start: &VideoStart) -> Play {
    let seconds =
        LENGTHS.iter().find(|(video, _)| *video == start.video).map_or(60, |(_, seconds)| *seconds);
    let to_the_end = 58 - seconds / 14;
    let watched = if dice.chance(22, 100) {
        dice.below(seconds / 10 + 1)
    } else if dice.chance(to_the_end.max(14), 100) {
        seconds
    } else {
        dice.below(seconds)
    };
    let reported = !dice.chance(1, 100);
    Play {
        visitor: start.visitor,
        video: start.video,
        started_at: start.at,
        watched: reported.then_some(watched),
        seconds,
    }
}

pub(super) fn write(lake: &mut Lake, plays: &[Play]) -> Result<()> {
    let rows = || plays.iter();
    let visitors: Vec<String> = rows().map(|row| visitor_id(row.visitor)).collect();
    lake.write(
        "video_plays",
        vec![
            Column::int64("play_id", (1..).zip(rows()).map(|(id, _): (i64, _)| id))?,
            Column::int64("video_id", rows().map(|row| row.video))?,
            Column::text("visitor_id", visitors.iter().map(String::as_str)),
            Column::instant("started_at", rows().map(|row| row.started_at))?,
            Column::int32("watched_seconds", rows().map(|row| row.watched))?.nullable(),
            Column::int32("video_seconds", rows().map(|row| row.seconds))?,
        ],
    )
}
