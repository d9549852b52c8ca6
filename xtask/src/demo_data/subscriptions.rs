//! `subscriptions`: one row per customer and month of an active subscription. Who is absent has
//! churned.

use anyhow::Result;

use super::calendar::{Day, FIRST_DAY, Month};
use super::customers::{Customer, Segment};
use super::dice::{Dice, Stream};
use super::lake::{Column, Lake};
use super::story;

/// A lapsed customer may come back for this many months.
const COMEBACK_MONTHS: i64 = 9;

#[derive(Clone)]
pub(super) struct Subscription {
    plan: &'static str,
    mrr_cents: i64,
    /// None in the first month, and while a renewal is outstanding.
    renewed_on: Option<Day>,
}

enum Standing {
    Active { since: i64, plan: Plan, mrr_cents: i64 },
    Lapsed { since: i64 },
}

#[derive(Clone, Copy)]
struct Plan {
    name: &'static str,
    cents: i64,
}

pub(super) fn simulate(customers: &mut [Customer]) {
    let mut dice = Dice::new(Stream::Subscriptions);
    for customer in customers {
        if let Some(start) = first_month(&mut dice, customer) {
            live(&mut dice, customer, start);
            renew(&mut dice, customer, start);
        }
    }
}

/// Existing customers have a subscription when the lake starts. Some new ones never take one.
fn first_month(dice: &mut Dice, customer: &Customer) -> Option<Month> {
    if customer.signed_up_on < FIRST_DAY {
        return Month::all().next();
    }
    let month = Month::of_day(customer.signed_up_on);
    match dice.below(100) {
        ..7 => None,
        7..19 => month.next(),
        _ => Some(month),
    }
}

fn live(dice: &mut Dice, customer: &mut Customer, start: Month) {
    // Months of 30 days are exact enough for a tenure.
    let before = (start.first_day() - customer.signed_up_on).max(0) / 30;
    let plan = choose_plan(dice, customer.segment);
    let mrr_cents = price(customer.segment, plan, start);
    let mut standing = Standing::Active { since: start.number() - before, plan, mrr_cents };
    for month in Month::all().filter(|month| *month >= start) {
        if month > start {
            standing = advance(dice, customer, month, standing);
        }
        if let Standing::Active { plan, mrr_cents, .. } = standing {
            customer.subscriptions[month.index()] =
                Some(Subscription { plan: plan.name, mrr_cents, renewed_on: None });
        }
    }
}

fn advance(dice: &mut Dice, customer: &Customer, month: Month, standing: Standing) -> Standing {
    let number = month.number();
    match standing {
        Standing::Active { since, plan, mrr_cents } => {
            let hazard =
                story::churn_hazard(customer.segment, customer.channel, number - since, month);
            if dice.chance(hazard, 100_000) {
                return Standing::Lapsed { since: number };
            }
            let mrr_cents = reprice(dice, customer.segment, plan, mrr_cents, month);
            Standing::Active { since, plan, mrr_cents }
        }
        Standing::Lapsed { since }
            if number - since < COMEBACK_MONTHS && dice.chance(22, 1_000) =>
        {
            let plan = choose_plan(dice, customer.segment);
            Standing::Active {
                since: number,
                plan,
                mrr_cents: price(customer.segment, plan, month),
            }
        }
        lapsed @ Standing::Lapsed { .. } => lapsed,
    }
}

fn choose_plan(dice: &mut Dice, segment: Segment) -> Plan {
    let plan = |name, cents| Plan { name, cents };
    match segment {
        Segment::Starter => {
            dice.weighted(&[(plan("mini", 2_900), 60), (plan("standard", 4_900), 40)])
        }
        Segment::Team => {
            dice.weighted(&[(plan("team", 11_900), 65), (plan("team_plus", 18_900), 35)])
        }
        Segment::Enterprise => {
            dice.weighted(&[(plan("floor", 49_000), 70), (plan("campus", 99_000), 30)])
        }
    }
}

fn raised(cents: i64) -> i64 {
    cents * (100 + story::PRICE_INCREASE_PERCENT) / 100
}

fn price(segment: Segment, plan: Plan, month: Month) -> i64 {
    if segment == Segment::Team && month >= story::PRICE_INCREASE {
        raised(plan.cents)
    } else {
        plan.cents
    }
}

/// The price increase, and now and then more or fewer cups than the plan includes.
fn reprice(dice: &mut Dice, segment: Segment, plan: Plan, cents: i64, month: Month) -> i64 {
    let cents = if segment == Segment::Team && month == story::PRICE_INCREASE {
        raised(cents)
    } else {
        cents
    };
    match dice.below(1_000) {
        ..24 => cents + plan.cents * dice.between(1, 3) / 10,
        24..37 => (cents - plan.cents * dice.between(1, 2) / 10).max(plan.cents / 2),
        _ => cents,
    }
}

/// Renewals fall on the customer's own day of the month. Who is about to leave often stops paying
/// first.
fn renew(dice: &mut Dice, customer: &mut Customer, start: Month) {
    let billing_day = dice.below(28);
    let existing = customer.signed_up_on < FIRST_DAY;
    let mut subscribed_before = existing;
    for month in Month::all().filter(|month| *month >= start) {
        let outstanding = dice.chance(if customer.leaves_after(month) { 30 } else { 2 }, 100);
        let slot = &mut customer.subscriptions[month.index()];
        if let Some(subscription) = slot {
            let renews = subscribed_before && !outstanding;
            subscription.renewed_on = renews.then_some(month.first_day() + billing_day);
        }
        subscribed_before = slot.is_some();
    }
}

pub(super) fn write(lake: &mut Lake, customers: &[Customer]) -> Result<()> {
    for month in Month::all() {
        let rows = || {
            customers.iter().filter_map(|customer| {
                customer.subscriptions[month.index()].as_ref().map(|row| (customer.id, row))
            })
        };
        lake.write_partition(
            "subscriptions",
            &format!("month={}", month.label()),
            vec![
                Column::int64("customer_id", rows().map(|(id, _)| id))?,
                Column::text("plan", rows().map(|(_, row)| row.plan)),
                Column::money("mrr", rows().map(|(_, row)| row.mrr_cents))?,
                Column::date("renewed_on", rows().map(|(_, row)| row.renewed_on))?.nullable(),
            ],
        )?;
    }
    Ok(())
}
