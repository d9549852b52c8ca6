//! `referrals`: who recommended us, and who signed up because of it.

use anyhow::Result;

use super::calendar::{self, Day, FIRST_DAY, Instant, Month};
use super::customers::{Channel, Customer, Id};
use super::dice::{Dice, Stream};
use super::lake::{Column, Lake};
use super::story;

/// Recommendations a month that have led to nobody yet.
const WITHOUT_SIGN_UP: i64 = 24;

pub(super) struct Referral {
    referrer: Id,
    referred: Option<Id>,
    referred_at: Instant,
}

pub(super) fn refer(customers: &[Customer]) -> Vec<Referral> {
    let mut dice = Dice::new(Stream::Referrals);
    let mut referrals = Vec::new();
    // The programme keeps no record of the years before the lake.
    let came_by_referral = |customer: &&Customer| {
        customer.channel == Channel::Referral && customer.signed_up_on > FIRST_DAY
    };
    for customer in customers.iter().filter(came_by_referral) {
        let day = (customer.signed_up_on - dice.between(1, 24)).max(FIRST_DAY);
        referrals.extend(referral(&mut dice, customers, day, Some(customer.id)));
    }
    for month in Month::all() {
        for _ in 0..WITHOUT_SIGN_UP {
            let day = month.first_day() + dice.below(month.length());
            referrals.extend(referral(&mut dice, customers, day, None));
        }
    }
    referrals.sort_by_key(|referral| (referral.referred_at, referral.referrer));
    referrals
}

/// Draws a referrer among the subscribers of that day until one is willing.
fn referral(
    dice: &mut Dice,
    customers: &[Customer],
    referred_on: Day,
    referred: Option<Id>,
) -> Option<Referral> {
    let month = Month::of_day(referred_on);
    let known = customers.partition_point(|customer| customer.signed_up_on < referred_on);
    let referred_at = calendar::working_moment(dice, referred_on);
    // Some four in ten draws succeed, so a thousand are never used up.
    (0..1_000).find_map(|_| {
        let customer = dice.pick(&customers[..known]);
        let willing = dice.chance(story::referral_weight(customer.segment), 10);
        (willing && customer.subscribed_in(month)).then_some(Referral {
            referrer: customer.id,
            referred,
            referred_at,
        })
    })
}

pub(super) fn write(lake: &mut Lake, referrals: &[Referral]) -> Result<()> {
    let rows = || referrals.iter();
    lake.write(
        "referrals",
        vec![
            Column::int64("referral_id", (1..).zip(rows()).map(|(id, _): (i64, _)| id))?,
            Column::int64("referrer_customer_id", rows().map(|row| row.referrer))?,
            Column::int64("referred_customer_id", rows().map(|row| row.referred))?.nullable(),
            Column::instant("referred_at", rows().map(|row| row.referred_at))?,
        ],
    )
}
