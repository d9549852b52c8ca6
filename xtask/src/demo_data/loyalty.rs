//! `loyalty_members`: who joined the programme. Frequent buyers join more often, as they do in
//! life: comparing members with others measures the customers as well as the programme.

use anyhow::Result;

use super::calendar::{Day, END, Month, day_of};
use super::customers::Customer;
use super::dice::{Dice, Stream};
use super::lake::{Column, Lake};
use super::story;

pub(super) struct Membership {
    pub(super) joined_on: Day,
    tier: &'static str,
}

pub(super) fn enrol(customers: &mut [Customer]) {
    let mut dice = Dice::new(Stream::Loyalty);
    for customer in customers {
        let interested = dice.chance(24 + customer.appetite / 10, 100);
        let eligible_on = customer.signed_up_on.max(story::LOYALTY_LAUNCH.first_day());
        let joined_on = eligible_on + dice.skewed(75);
        let tier = draw_tier(&mut dice, customer.appetite);
        let open = joined_on < day_of(END) && customer.subscribed_in(Month::of_day(joined_on));
        if interested && open {
            customer.membership = Some(Membership { joined_on, tier });
        }
    }
}

fn draw_tier(dice: &mut Dice, appetite: i64) -> &'static str {
    match appetite + dice.below(100) {
        ..150 => "bronze",
        150..260 => "silver",
        _ => "gold",
    }
}

pub(super) fn write(lake: &mut Lake, customers: &[Customer]) -> Result<()> {
    let rows = || {
        customers
            .iter()
            .filter_map(|customer| customer.membership.as_ref().map(|row| (customer.id, row)))
    };
    lake.write(
        "loyalty_members",
        vec![
            Column::int64("customer_id", rows().map(|(id, _)| id))?,
            Column::date("joined_on", rows().map(|(_, row)| row.joined_on))?,
            Column::text("tier", rows().map(|(_, row)| row.tier)),
        ],
    )
}
