//! What an analyst is meant to find in the lake. Every planned effect stands here, with its size.

use super::calendar::{Day, Month, weekday};
use super::customers::{Channel, Segment};

/// The `team` segment pays a quarter more from this month on.
pub(super) const PRICE_INCREASE: Month = Month::of(2025, 4);
pub(super) const PRICE_INCREASE_PERCENT: i64 = 25;
/// The last month in which the increase drives customers away.
const PRICE_SHOCK_ENDS: Month = Month::of(2025, 6);

/// The loyalty programme starts.
pub(super) const LOYALTY_LAUNCH: Month = Month::of(2024, 3);
/// Members order this much more often, and put this much more into a basket.
pub(super) const MEMBER_FREQUENCY_PERCENT: i64 = 135;
pub(super) const MEMBER_BASKET_PERCENT: i64 = 110;

/// Half of the visitors see a new checkout page in this window; everybody sees it afterwards.
pub(super) const CHECKOUT_TEST: Month = Month::of(2025, 6);
pub(super) const CHECKOUT_ROLLOUT: Month = Month::of(2025, 9);

/// A new help centre makes support easier to use.
pub(super) const HELP_CENTRE: Month = Month::of(2025, 7);

/// Orders by calendar month, 100 being an ordinary one.
const SEASON: [i64; 12] = [92, 94, 98, 98, 98, 92, 84, 70, 100, 108, 138, 150];
/// Orders by weekday from Monday.
const WEEKDAYS: [(i64, i64); 7] =
    [(0, 125), (1, 122), (2, 112), (3, 110), (4, 92), (5, 58), (6, 81)];

#[derive(Clone, Copy)]
pub(super) enum Mood {
    Promoter,
    Passive,
    Detractor,
}

pub(super) fn season_percent(month: Month) -> i64 {
    SEASON[month.calendar_index()]
}

pub(super) fn weekday_percent(day: Day) -> i64 {
    WEEKDAYS.iter().find(|(number, _)| *number == weekday(day)).map_or(100, |(_, percent)| *percent)
}

pub(super) fn price_shock(segment: Segment, month: Month) -> bool {
    segment == Segment::Team && (PRICE_INCREASE..=PRICE_SHOCK_ENDS).contains(&month)
}

/// The chance, in 100,000, that a subscriber of the month before is gone in `month`.
pub(super) fn churn_hazard(segment: Segment, channel: Channel, tenure: i64, month: Month) -> i64 {
    let base = match segment {
        Segment::Starter => 4_000,
        Segment::Team => 2_400,
        Segment::Enterprise => 1_100,
    };
    let channel = match channel {
        Channel::Referral => 45,
        Channel::Partner => 80,
        Channel::Email => 90,
        Channel::OrganicSearch => 100,
        Channel::Social => 120,
        Channel::PaidSearch => 165,
    };
    let tenure = match tenure {
        ..3 => 140,
        3..12 => 100,
        _ => 80,
    };
    let shock = if price_shock(segment, month) { 330 } else { 100 };
    base * channel / 100 * tenure / 100 * shock / 100
}

/// How likely each answer to "would you recommend us" is.
pub(super) fn nps_mix(segment: Segment, month: Month, leaving: bool) -> [(Mood, i64); 3] {
    let (promoters, passives, detractors) = match segment {
        _ if leaving => (18, 27, 55),
        Segment::Starter => (45, 30, 25),
        Segment::Enterprise => (60, 28, 12),
        Segment::Team if month < PRICE_INCREASE => (52, 31, 17),
        Segment::Team if month <= PRICE_SHOCK_ENDS => (29, 31, 40),
        Segment::Team if month < Month::of(2025, 10) => (36, 31, 33),
        Segment::Team => (43, 31, 26),
    };
    [(Mood::Promoter, promoters), (Mood::Passive, passives), (Mood::Detractor, detractors)]
}

/// Who brings new customers. Enterprises say they would, but rarely do.
pub(super) fn referral_weight(segment: Segment) -> i64 {
    match segment {
        Segment::Starter => 10,
        Segment::Team => 7,
        Segment::Enterprise => 2,
    }
}

/// The chance in 100 that a goal is reached; it rises by one in a hundred every month.
pub(super) fn goal_reached_percent(followed_up: Month) -> i64 {
    46 + followed_up.number()
}
