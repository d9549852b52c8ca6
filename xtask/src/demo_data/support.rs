//! `support_tickets`: what went wrong, how fast it was answered, and how that felt.

use anyhow::Result;

use super::calendar::{self, DAY, HOUR, Instant, MINUTE, Month, if_known};
use super::customers::{Customer, Id, Segment};
use super::dice::{Dice, Stream};
use super::lake::{Column, Lake};
use super::story;

pub(super) struct Ticket {
    id: Id,
    pub(super) customer_id: Id,
    opened_at: Instant,
    first_response_at: Option<Instant>,
    pub(super) resolved_at: Option<Instant>,
    satisfaction: Option<i64>,
}

pub(super) fn open_tickets(customers: &[Customer]) -> Vec<Ticket> {
    let mut dice = Dice::new(Stream::Support);
    let mut tickets = Vec::new();
    for month in Month::all() {
        for customer in customers.iter().filter(|customer| customer.subscribed_in(month)) {
            let rate = match customer.segment {
                Segment::Starter => 60,
                Segment::Team => 85,
                Segment::Enterprise => 130,
            };
            let shock = if story::price_shock(customer.segment, month) { 2 } else { 1 };
            let opened_on = month.first_day() + dice.below(month.length());
            if dice.chance(rate * shock, 1_000) && opened_on >= customer.signed_up_on {
                tickets.push(ticket(&mut dice, customer.id, opened_on));
            }
        }
    }
    tickets.sort_by_key(|ticket| (ticket.opened_at, ticket.customer_id));
    for (id, ticket) in (1..).zip(&mut tickets) {
        ticket.id = id;
    }
    tickets
}

/// Two in a hundred are closed without an answer, three are still open.
fn ticket(dice: &mut Dice, customer_id: Id, opened_on: calendar::Day) -> Ticket {
    let opened_at = calendar::working_moment(dice, opened_on);
    let response_after = 4 * MINUTE + dice.skewed(5 * HOUR);
    let answered_at = opened_at + response_after;
    let resolved_at = answered_at + 10 * MINUTE + dice.skewed(DAY);
    let unanswered = dice.chance(2, 100);
    let open = dice.chance(3, 100);
    let rated = dice.chance(42, 100) && !open;
    let satisfaction = satisfaction(dice, response_after);
    Ticket {
        id: 0,
        customer_id,
        opened_at,
        first_response_at: if_known(answered_at).filter(|_| !unanswered),
        resolved_at: if_known(resolved_at).filter(|_| !open),
        satisfaction: (rated && resolved_at < calendar::END).then_some(satisfaction),
    }
}

/// Waiting is what customers mind most.
fn satisfaction(dice: &mut Dice, response_after: i64) -> i64 {
    let weights = match response_after / HOUR {
        ..2 => [(1, 2), (2, 4), (3, 12), (4, 36), (5, 46)],
        2..6 => [(1, 4), (2, 7), (3, 18), (4, 40), (5, 31)],
        _ => [(1, 12), (2, 17), (3, 27), (4, 28), (5, 16)],
    };
    dice.weighted(&weights)
}

pub(super) fn write(lake: &mut Lake, tickets: &[Ticket]) -> Result<()> {
    let rows = || tickets.iter();
    lake.write(
        "support_tickets",
        vec![
            Column::int64("ticket_id", rows().map(|row| row.id))?,
            Column::int64("customer_id", rows().map(|row| row.customer_id))?,
            Column::instant("opened_at", rows().map(|row| row.opened_at))?,
            Column::instant("first_response_at", rows().map(|row| row.first_response_at))?
                .nullable(),
            Column::instant("resolved_at", rows().map(|row| row.resolved_at))?.nullable(),
            Column::int8("satisfaction", rows().map(|row| row.satisfaction))?.nullable(),
        ],
    )
}
