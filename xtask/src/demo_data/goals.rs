//! `customer_goals`: what customers want to achieve with us, and whether they had, at follow-up.

use anyhow::Result;

use super::calendar::{DAY, Day, Month, if_known};
use super::customers::{Customer, Id, Segment};
use super::dice::{Dice, Stream};
use super::lake::{Column, Lake};
use super::story;

pub(super) struct Goal {
    customer_id: Id,
    aim: &'static str,
    set_on: Day,
    /// The day, and whether the goal was reached. None until then, or when the customer left
    /// before.
    follow_up: Option<(Day, bool)>,
}

const AIMS: [&str; 5] =
    ["cut_waste", "lower_cost_per_cup", "happier_staff", "fewer_invoices", "greener_supply"];

/// A goal is set soon after the start, and a new one after every follow-up.
pub(super) fn set(customers: &[Customer]) -> Vec<Goal> {
    let mut dice = Dice::new(Stream::Goals);
    let mut goals = Vec::new();
    for customer in customers {
        let share = match customer.segment {
            Segment::Starter => 6,
            Segment::Team => 35,
            Segment::Enterprise => 80,
        };
        let takes_part = dice.chance(share, 100);
        let Some(start) = customer.first_month().filter(|_| takes_part) else {
            continue;
        };
        let mut next = Some(start.first_day().max(customer.signed_up_on) + dice.below(60));
        while let Some(set_on) = next.filter(|day| if_known(day * DAY).is_some()) {
            let follow_up = follow_up(&mut dice, customer, set_on);
            let aim = *dice.pick(&AIMS);
            goals.push(Goal { customer_id: customer.id, aim, set_on, follow_up });
            next = follow_up.map(|(day, _)| day + dice.below(30));
        }
    }
    goals.sort_by_key(|goal| (goal.set_on, goal.customer_id));
    goals
}

fn follow_up(dice: &mut Dice, customer: &Customer, set_on: Day) -> Option<(Day, bool)> {
    let day = set_on + dice.between(110, 200);
    let month = Month::of_day(day);
    let reached = dice.chance(story::goal_reached_percent(month), 100);
    let happens = if_known(day * DAY).is_some() && customer.subscribed_in(month);
    happens.then_some((day, reached))
}

pub(super) fn write(lake: &mut Lake, goals: &[Goal]) -> Result<()> {
    let rows = || goals.iter();
    lake.write(
        "customer_goals",
        vec![
            Column::int64("customer_id", rows().map(|row| row.customer_id))?,
            Column::text("goal", rows().map(|row| row.aim)),
            Column::date("set_on", rows().map(|row| row.set_on))?,
            Column::date("followed_up_on", rows().map(|row| row.follow_up.map(|(day, _)| day)))?
                .nullable(),
            Column::flag("reached", rows().map(|row| row.follow_up.map(|(_, reached)| reached)))
                .nullable(),
        ],
    )
}
