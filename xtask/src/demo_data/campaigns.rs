//! `campaigns`: what marketing ran, what it cost, and what came of it.

use std::collections::BTreeMap;

use anyhow::Result;

use super::calendar::{DAY, Day, END, Month, weekday};
use super::customers::{Channel, Id};
use super::dice::{Dice, Stream};
use super::email::Send;
use super::lake::{Column, Lake};
use super::orders::Order;

pub(super) struct Campaign {
    pub(super) id: Id,
    name: String,
    pub(super) channel: Channel,
    pub(super) starts_on: Day,
    pub(super) ends_on: Day,
    cost_cents: i64,
    /// Percent off the list price.
    pub(super) discount: i64,
}

impl Campaign {
    pub(super) fn runs_on(&self, day: Day) -> bool {
        (self.starts_on..=self.ends_on).contains(&day)
    }

    /// A mail reaches its readers in the morning; it can bring orders from the next day on.
    pub(super) fn can_bring_orders_on(&self, day: Day) -> bool {
        self.runs_on(day) && (self.channel != Channel::Email || day > self.starts_on)
    }
}

/// Every campaign of the two years, numbered by the day it started.
pub(super) fn plan() -> Vec<Campaign> {
    let mut dice = Dice::new(Stream::Campaigns);
    let mut campaigns = Vec::new();
    for month in Month::all() {
        campaigns.push(newsletter(&mut dice, month));
        match month.calendar_index() % 3 {
            0 => campaigns.push(always_on_search(&mut dice, month)),
            1 => campaigns.push(social(&mut dice, month)),
            _ => campaigns.push(partner(&mut dice, month)),
        }
        match month.calendar_index() {
            4 => campaigns.push(spring_sale(&mut dice, month)),
            10 => campaigns.extend(holiday(&mut dice, month)),
            _ => {}
        }
    }
    campaigns.sort_by_key(|campaign| campaign.starts_on);
    for (id, campaign) in (1..).zip(&mut campaigns) {
        campaign.id = id;
    }
    campaigns
}

fn campaign(
    name: String,
    channel: Channel,
    starts_on: Day,
    days: i64,
    cost_cents: i64,
) -> Campaign {
    Campaign {
        id: 0,
        name,
        channel,
        starts_on,
        ends_on: starts_on + days - 1,
        cost_cents,
        discount: 0,
    }
}

fn euros(dice: &mut Dice, amount: i64) -> i64 {
    dice.around(amount * 100, 15)
}

fn newsletter(dice: &mut Dice, month: Month) -> Campaign {
    // The first Tuesday of the month.
    let first = month.first_day();
    let tuesday = first + (1 - weekday(first)).rem_euclid(7);
    let cost = euros(dice, 380);
    campaign(format!("Newsletter {}", month.label()), Channel::Email, tuesday, 10, cost)
}

fn always_on_search(dice: &mut Dice, month: Month) -> Campaign {
    let quarter = month.calendar_index() / 3 + 1;
    let name = format!("Search ads {} Q{quarter}", month.year());
    let cost = euros(dice, 7_500);
    campaign(name, Channel::PaidSearch, month.first_day(), 90, cost)
}

fn social(dice: &mut Dice, month: Month) -> Campaign {
    let cost = euros(dice, 6_000);
    let name = format!("Coffee breaks {}", month.label());
    campaign(name, Channel::Social, month.first_day() + 7, 35, cost)
}

fn partner(dice: &mut Dice, month: Month) -> Campaign {
    let cost = euros(dice, 1_800);
    let name = format!("Furniture partners {}", month.label());
    campaign(name, Channel::Partner, month.first_day(), 28, cost)
}

fn spring_sale(dice: &mut Dice, month: Month) -> Campaign {
    let cost = euros(dice, 600);
    let name = format!("Spring sale {}", month.year());
    let sale = campaign(name, Channel::Email, month.first_day() + 14, 12, cost);
    Campaign { discount: 10, ..sale }
}

fn holiday(dice: &mut Dice, month: Month) -> [Campaign; 3] {
    [(Channel::Email, 900), (Channel::PaidSearch, 5_500), (Channel::Social, 4_800)].map(
        |(channel, amount)| {
            let cost = euros(dice, amount);
            let name = format!("Holiday {} {}", month.year(), channel.name());
            let holiday = campaign(name, channel, month.first_day() + 9, 42, cost);
            Campaign { discount: 10, ..holiday }
        },
    )
}

struct Outcome {
    impressions: i64,
    clicks: i64,
    conversions: i64,
}

/// Conversions are the orders that name the campaign. A mail's impressions and clicks are its sends
/// and their clicks; those of the other channels come from the networks, which count on their own.
fn outcomes(campaigns: &[Campaign], orders: &[Order], sends: &[Send]) -> Vec<Outcome> {
    let mut dice = Dice::new(Stream::CampaignOutcomes);
    let mut conversions: BTreeMap<Id, i64> = BTreeMap::new();
    for id in orders.iter().filter_map(|order| order.campaign_id) {
        *conversions.entry(id).or_default() += 1;
    }
    let mut mails: BTreeMap<Id, (i64, i64)> = BTreeMap::new();
    for send in sends {
        let (sent, clicked) = mails.entry(send.campaign_id).or_default();
        *sent += 1;
        *clicked += i64::from(send.clicked_at.is_some());
    }
    let outcome = |campaign: &Campaign| {
        let conversions = conversions.get(&campaign.id).copied().unwrap_or_default();
        let (impressions, clicks) = mails.get(&campaign.id).copied().unwrap_or_else(|| {
            let clicks = 300 + conversions * dice.between(9, 15);
            (clicks * dice.between(24, 60) + dice.below(1_000), clicks)
        });
        Outcome { impressions, clicks, conversions }
    };
    campaigns.iter().map(outcome).collect()
}

/// NULL when the invoice has not come in: search engines bill at the end of a campaign.
fn known_cost(campaign: &Campaign) -> Option<i64> {
    let unbilled = campaign.channel == Channel::PaidSearch && (campaign.ends_on + 30) * DAY >= END;
    (!unbilled).then_some(campaign.cost_cents)
}

pub(super) fn write(
    lake: &mut Lake,
    campaigns: &[Campaign],
    orders: &[Order],
    sends: &[Send],
) -> Result<()> {
    let outcomes = outcomes(campaigns, orders, sends);
    let rows = || campaigns.iter();
    lake.write(
        "campaigns",
        vec![
            Column::int64("campaign_id", rows().map(|row| row.id))?,
            Column::text("name", rows().map(|row| row.name.as_str())),
            Column::text("channel", rows().map(|row| row.channel.name())),
            Column::date("starts_on", rows().map(|row| row.starts_on))?,
            Column::date("ends_on", rows().map(|row| row.ends_on))?,
            Column::money("cost", rows().map(known_cost))?.nullable(),
            Column::int64("impressions", outcomes.iter().map(|row| row.impressions))?,
            Column::int64("clicks", outcomes.iter().map(|row| row.clicks))?,
            Column::int64("conversions", outcomes.iter().map(|row| row.conversions))?,
        ],
    )
}
