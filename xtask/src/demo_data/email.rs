//! `email_sends`: one row per mail and receiver.

use std::collections::BTreeMap;

use anyhow::Result;

use super::calendar::{DAY, HOUR, Instant, MINUTE, Month, if_known};
use super::campaigns::Campaign;
use super::customers::{Channel, Customer, Id};
use super::dice::{Dice, Stream};
use super::lake::{Column, Lake};
use super::orders::Order;

pub(super) struct Send {
    id: Id,
    pub(super) campaign_id: Id,
    customer_id: Id,
    sent_at: Instant,
    opened_at: Option<Instant>,
    pub(super) clicked_at: Option<Instant>,
    unsubscribed: bool,
}

fn mailings(campaigns: &[Campaign]) -> impl Iterator<Item = &Campaign> {
    campaigns.iter().filter(|campaign| campaign.channel == Channel::Email)
}

/// Decides who gets mails, and with which one each customer unsubscribes.
pub(super) fn build_mailing_list(customers: &mut [Customer], campaigns: &[Campaign]) {
    let mut dice = Dice::new(Stream::MailingList);
    for customer in customers {
        if !dice.chance(76, 100) {
            continue;
        }
        for campaign in mailings(campaigns) {
            customer.last_mailing = Some(campaign.id);
            if addressed(customer, campaign) && dice.chance(4, 1_000) {
                break;
            }
        }
    }
}

/// Mails go to subscribers, and to those who left a month ago.
fn addressed(customer: &Customer, campaign: &Campaign) -> bool {
    let subscribed = |day| customer.subscribed_in(Month::of_day(day));
    customer.signed_up_on < campaign.starts_on
        && (subscribed(campaign.starts_on) || subscribed(campaign.starts_on - 28))
}

pub(super) fn is_mailed(customer: &Customer, campaign: &Campaign) -> bool {
    customer.last_mailing.is_some_and(|last| campaign.id <= last) && addressed(customer, campaign)
}

/// All sends in the order they left. Who ordered through a mail has clicked in it before.
pub(super) fn send(customers: &[Customer], campaigns: &[Campaign], orders: &[Order]) -> Vec<Send> {
    let mut first_orders: BTreeMap<(Id, Id), Instant> = BTreeMap::new();
    for order in orders.iter().filter(|order| order.channel == Some(Channel::Email)) {
        if let Some(campaign_id) = order.campaign_id {
            first_orders.entry((campaign_id, order.customer.id)).or_insert(order.ordered_at);
        }
    }
    let last_mailing = mailings(campaigns).last().map(|campaign| campaign.id);
    let mut dice = Dice::new(Stream::EmailSends);
    let mut sends = Vec::new();
    let mut ids = 1..;
    for campaign in mailings(campaigns) {
        let mut sent_at = campaign.starts_on * DAY + 8 * HOUR;
        for customer in customers.iter().filter(|customer| is_mailed(customer, campaign)) {
            sent_at += dice.below(3);
            let ordered_at = first_orders.get(&(campaign.id, customer.id)).copied();
            let (opened_at, clicked_at) = read(&mut dice, customer, sent_at, ordered_at);
            sends.extend(ids.next().map(|id| Send {
                id,
                campaign_id: campaign.id,
                customer_id: customer.id,
                sent_at,
                opened_at: opened_at.and_then(if_known),
                clicked_at: clicked_at.and_then(if_known),
                unsubscribed: customer.last_mailing == Some(campaign.id)
                    && last_mailing != Some(campaign.id),
            }));
        }
    }
    sends
}

fn read(
    dice: &mut Dice,
    customer: &Customer,
    sent_at: Instant,
    ordered_at: Option<Instant>,
) -> (Option<Instant>, Option<Instant>) {
    if let Some(ordered_at) = ordered_at {
        let clicked_at = ordered_at - dice.between(4 * MINUTE, 25 * MINUTE);
        return (Some(clicked_at - dice.between(5, 90)), Some(clicked_at));
    }
    let opens = if customer.membership.is_some() { 36 } else { 27 };
    if !dice.chance(opens, 100) {
        return (None, None);
    }
    let opened_at = sent_at + MINUTE + dice.skewed(9 * HOUR);
    let clicks = dice.chance(11, 100);
    (Some(opened_at), clicks.then(|| opened_at + dice.between(5, 120)))
}

pub(super) fn write(lake: &mut Lake, sends: &[Send]) -> Result<()> {
    let rows = || sends.iter();
    lake.write(
        "email_sends",
        vec![
            Column::int64("send_id", rows().map(|row| row.id))?,
            Column::int64("campaign_id", rows().map(|row| row.campaign_id))?,
            Column::int64("customer_id", rows().map(|row| row.customer_id))?,
            Column::instant("sent_at", rows().map(|row| row.sent_at))?,
            Column::instant("opened_at", rows().map(|row| row.opened_at))?.nullable(),
            Column::instant("clicked_at", rows().map(|row| row.clicked_at))?.nullable(),
            Column::flag("unsubscribed", rows().map(|row| row.unsubscribed)),
        ],
    )
}
