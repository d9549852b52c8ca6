//! `survey_responses`: NPS every quarter, CSAT after orders, CES after support.

use anyhow::Result;

use super::calendar::{self, DAY, HOUR, Instant, Month, day_of, if_known};
use super::customers::{Customer, Id, Segment};
use super::dice::{Dice, Stream};
use super::lake::{Column, Lake};
use super::orders::Order;
use super::story::{self, Mood};
use super::support::Ticket;

pub(super) struct Survey {
    id: Id,
    kind: &'static str,
    customer_id: Id,
    sent_at: Instant,
    /// When it was answered, and with which score.
    answer: Option<(Instant, i64)>,
}

pub(super) fn ask(customers: &[Customer], orders: &[Order], tickets: &[Ticket]) -> Vec<Survey> {
    let mut dice = Dice::new(Stream::Surveys);
    let mut surveys = ask_nps(&mut dice, customers);
    surveys.extend(ask_csat(&mut dice, orders));
    surveys.extend(ask_ces(&mut dice, tickets));
    surveys.sort_by_key(|survey| (survey.sent_at, survey.customer_id, survey.kind));
    for (id, survey) in (1..).zip(&mut surveys) {
        survey.id = id;
    }
    surveys
}

/// A third of the subscribers every month, so each of them once a quarter.
fn ask_nps(dice: &mut Dice, customers: &[Customer]) -> Vec<Survey> {
    let mut surveys = Vec::new();
    for month in Month::all() {
        let due = |customer: &&Customer| {
            customer.subscribed_in(month) && (customer.id + month.number()) % 3 == 0
        };
        for customer in customers.iter().filter(due) {
            let day = month.first_day() + dice.below(month.length());
            let rate = match customer.segment {
                Segment::Starter => 38,
                Segment::Team => 46,
                Segment::Enterprise => 52,
            };
            let mix = story::nps_mix(customer.segment, month, customer.leaves_after(month));
            let score = match dice.weighted(&mix) {
                Mood::Promoter => dice.weighted(&[(9, 55), (10, 45)]),
                Mood::Passive => dice.weighted(&[(7, 42), (8, 58)]),
                Mood::Detractor => dice.weighted(&[
                    (6, 34),
                    (5, 27),
                    (4, 13),
                    (3, 10),
                    (2, 6),
                    (1, 4),
                    (0, 6), //
                ]),
            };
            if day >= customer.signed_up_on {
                let sent_at = calendar::working_moment(dice, day);
                surveys.push(survey(dice, "nps", customer.id, sent_at, rate, score));
            }
        }
    }
    surveys
}

/// Three days after some of the orders. Parcels are late in December.
fn ask_csat(dice: &mut Dice, orders: &[Order]) -> Vec<Survey> {
    let mut surveys = Vec::new();
    for order in orders {
        let sent_at = order.ordered_at + 3 * DAY + dice.below(2 * HOUR);
        let weights = if Month::of_day(day_of(sent_at)).calendar_index() == 11 {
            [(1, 7), (2, 11), (3, 21), (4, 36), (5, 25)]
        } else {
            [(1, 3), (2, 5), (3, 14), (4, 41), (5, 37)]
        };
        let score = dice.weighted(&weights);
        if dice.chance(20, 100) && if_known(sent_at).is_some() {
            surveys.push(survey(dice, "csat", order.customer.id, sent_at, 31, score));
        }
    }
    surveys
}

/// An hour after a ticket is resolved. 7 is "very easy".
fn ask_ces(dice: &mut Dice, tickets: &[Ticket]) -> Vec<Survey> {
    let mut surveys = Vec::new();
    for ticket in tickets {
        let Some(resolved_at) = ticket.resolved_at else {
            continue;
        };
        let sent_at = resolved_at + HOUR;
        let weights = if day_of(sent_at) < story::HELP_CENTRE.first_day() {
            [(1, 5), (2, 8), (3, 12), (4, 18), (5, 25), (6, 20), (7, 12)]
        } else {
            [(1, 2), (2, 4), (3, 7), (4, 12), (5, 24), (6, 30), (7, 21)]
        };
        let score = dice.weighted(&weights);
        if dice.chance(85, 100) && if_known(sent_at).is_some() {
            surveys.push(survey(dice, "ces", ticket.customer_id, sent_at, 38, score));
        }
    }
    surveys
}

fn survey(
    dice: &mut Dice,
    kind: &'static str,
    customer_id: Id,
    sent_at: Instant,
    rate: i64,
    score: i64,
) -> Survey {
    let responds_at = sent_at + 30 + dice.skewed(30 * HOUR);
    let answers = dice.chance(rate, 100);
    let answer = if_known(responds_at).filter(|_| answers).map(|at| (at, score));
    Survey { id: 0, kind, customer_id, sent_at, answer }
}

pub(super) fn write(lake: &mut Lake, surveys: &[Survey]) -> Result<()> {
    for kind in ["nps", "csat", "ces"] {
        let rows = || surveys.iter().filter(|survey| survey.kind == kind);
        lake.write_partition(
            "survey_responses",
            &format!("survey={kind}"),
            vec![
                Column::int64("response_id", rows().map(|row| row.id))?,
                Column::int64("customer_id", rows().map(|row| row.customer_id))?,
                Column::instant("sent_at", rows().map(|row| row.sent_at))?,
                Column::instant("responded_at", rows().map(|row| row.answer.map(|(at, _)| at)))?
                    .nullable(),
                Column::int8("score", rows().map(|row| row.answer.map(|(_, score)| score)))?
                    .nullable(),
            ],
        )?;
    }
    Ok(())
}
