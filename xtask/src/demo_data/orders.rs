//! `orders` and `order_lines`: the web shop's sales. An order's amount is the sum of its lines.

use anyhow::Result;

use super::calendar::{self, Day, FIRST_DAY, Instant, Month};
use super::campaigns::Campaign;
use super::customers::{Channel, Customer, Id, Segment};
use super::dice::{Dice, Stream};
use super::email;
use super::lake::{Column, Lake};
use super::products::{Category, Product};
use super::story;

/// The orders of this many last days of a year may arrive late, in the next year's partition.
const LATE_DAYS: Day = 2;
const LATE_PERCENT: i64 = 25;

pub(super) struct Order<'a> {
    pub(super) id: Id,
    pub(super) customer: &'a Customer,
    pub(super) ordered_at: Instant,
    /// None when the customer came directly.
    pub(super) channel: Option<Channel>,
    pub(super) campaign_id: Option<Id>,
    is_loyalty_member: bool,
    lines: Vec<Line>,
    arrived_in: usize,
}

struct Line {
    product: Product,
    quantity: i64,
    unit_cents: i64,
}

impl Order<'_> {
    fn amount_cents(&self) -> i64 {
        self.lines.iter().map(|line| line.quantity * line.unit_cents).sum()
    }
}

/// The orders that arrived before the lake ends, in the order of time.
pub(super) fn place<'a>(customers: &'a [Customer], campaigns: &[Campaign]) -> Vec<Order<'a>> {
    let mut dice = Dice::new(Stream::Orders);
    let mut orders = Vec::new();
    for month in Month::all() {
        for customer in customers {
            let rate = monthly_rate(customer, month);
            for day in month.days().filter(|day| *day >= customer.signed_up_on) {
                if dice.chance(daily_rate(rate, customer, day), 10_000_000) {
                    orders.push(order(&mut dice, customer, campaigns, day));
                }
            }
        }
    }
    orders.sort_by_key(|order| (order.ordered_at, order.customer.id));
    for (id, order) in (1..).zip(&mut orders) {
        order.id = id;
    }
    // Ids are given when an order is placed, so what has not arrived yet leaves gaps at the end.
    let last_year = Month::all().next_back().map_or(0, Month::year);
    orders.retain(|order| order.arrived_in <= last_year);
    orders
}

/// Orders per day, in ten millions, before the day and the loyalty programme are looked at.
fn monthly_rate(customer: &Customer, month: Month) -> i64 {
    let base = match customer.segment {
        Segment::Starter => 130_000,
        Segment::Team => 180_000,
        Segment::Enterprise => 290_000,
    };
    let standing = if customer.leaves_after(month) {
        45
    } else if customer.subscribed_in(month) {
        100
    } else {
        // Without a subscription, few still buy in the shop.
        7
    };
    base * customer.appetite / 100 * standing / 100 * story::season_percent(month) / 100
}

fn daily_rate(monthly: i64, customer: &Customer, day: Day) -> i64 {
    let member = if customer.is_member_on(day) { story::MEMBER_FREQUENCY_PERCENT } else { 100 };
    monthly * story::weekday_percent(day) / 100 * member / 100
}

fn order<'a>(
    dice: &mut Dice,
    customer: &'a Customer,
    campaigns: &[Campaign],
    day: Day,
) -> Order<'a> {
    let channel = draw_channel(dice, customer);
    let campaign =
        channel.and_then(|channel| draw_campaign(dice, customer, channel, campaigns, day));
    let discount = campaign.map_or(0, |campaign| campaign.discount);
    Order {
        id: 0,
        customer,
        ordered_at: calendar::working_moment(dice, day),
        channel,
        campaign_id: campaign.map(|campaign| campaign.id),
        is_loyalty_member: customer.is_member_on(day),
        lines: fill_basket(dice, customer, day, discount),
        arrived_in: arrival_year(dice, day),
    }
}

/// Mail, and no channel at all, bring regular customers back; the other channels mostly bring new
/// ones.
fn draw_channel(dice: &mut Dice, customer: &Customer) -> Option<Channel> {
    let channel = dice.weighted(&[
        (None, 36),
        (Some(Channel::Email), 22),
        (Some(Channel::OrganicSearch), 16),
        (Some(Channel::PaidSearch), 11),
        (Some(Channel::Social), 6),
        (Some(Channel::Partner), 6),
        (Some(Channel::Referral), 3),
    ]);
    channel.filter(|channel| *channel != Channel::Email || customer.last_mailing.is_some())
}

fn draw_campaign<'c>(
    dice: &mut Dice,
    customer: &Customer,
    channel: Channel,
    campaigns: &'c [Campaign],
    day: Day,
) -> Option<&'c Campaign> {
    let running: Vec<&Campaign> = campaigns
        .iter()
        .filter(|campaign| campaign.channel == channel && campaign.can_bring_orders_on(day))
        .filter(|campaign| channel != Channel::Email || email::is_mailed(customer, campaign))
        .collect();
    (!running.is_empty() && dice.chance(70, 100)).then(|| *dice.pick(&running))
}

fn fill_basket(dice: &mut Dice, customer: &Customer, day: Day, discount: i64) -> Vec<Line> {
    let size = dice.weighted(&[(1, 46), (2, 30), (3, 16), (4, 8)]);
    let mut category = if dice.chance(55, 100) { customer.favourite } else { Category::draw(dice) };
    let mut lines: Vec<Line> = Vec::new();
    for _ in 0..size {
        let product = Product::draw(dice, category);
        // The same product twice would be one line.
        if lines.iter().all(|line| line.product.id != product.id) {
            let quantity = draw_quantity(dice, customer, category, day);
            let unit_cents = product.cents_on(day) * (100 - discount) / 100;
            lines.push(Line { product, quantity, unit_cents });
        }
        category = if dice.chance(50, 100) { category.companion() } else { Category::draw(dice) };
    }
    lines
}

fn draw_quantity(dice: &mut Dice, customer: &Customer, category: Category, day: Day) -> i64 {
    if category == Category::Machines {
        return 1;
    }
    let usual = match customer.segment {
        Segment::Starter => 2,
        Segment::Team => 4,
        Segment::Enterprise => 10,
    };
    let member = if customer.is_member_on(day) { story::MEMBER_BASKET_PERCENT } else { 100 };
    // In hundredths, so that a tenth more shows in small quantities too: on average it does.
    let hundredths = dice.between(usual * 40, usual * 160) * member / 100;
    (hundredths / 100 + i64::from(dice.chance(hundredths % 100, 100))).max(1)
}

fn arrival_year(dice: &mut Dice, day: Day) -> usize {
    let year = Month::of_day(day).year();
    let in_year: Day = Month::all().filter(|month| month.year() <= year).map(Month::length).sum();
    let days_left = FIRST_DAY + in_year - day;
    let late = days_left <= LATE_DAYS && dice.chance(LATE_PERCENT, 100);
    year + usize::from(late)
}

pub(super) fn write(lake: &mut Lake, orders: &[Order]) -> Result<()> {
    for year in [2024, 2025] {
        let rows = || orders.iter().filter(|order| order.arrived_in == year);
        let channel = |order: &Order| order.channel.map_or("direct", Channel::name);
        lake.write_partition(
            "orders",
            &format!("year={year}"),
            vec![
                Column::int64("order_id", rows().map(|row| row.id))?,
                Column::int64("customer_id", rows().map(|row| row.customer.id))?,
                Column::instant("ordered_at", rows().map(|row| row.ordered_at))?,
                Column::money("amount", rows().map(Order::amount_cents))?,
                Column::text("channel", rows().map(channel)),
                Column::int64("campaign_id", rows().map(|row| row.campaign_id))?.nullable(),
                Column::flag("is_loyalty_member", rows().map(|row| row.is_loyalty_member)),
            ],
        )?;
    }
    write_lines(lake, orders)
}

fn write_lines(lake: &mut Lake, orders: &[Order]) -> Result<()> {
    let rows = || {
        orders.iter().flat_map(|order| {
            (1..).zip(&order.lines).map(|(number, line): (i64, &Line)| (order.id, number, line))
        })
    };
    lake.write(
        "order_lines",
        vec![
            Column::int64("order_id", rows().map(|(order, ..)| order))?,
            Column::int32("line_number", rows().map(|(_, number, _)| number))?,
            Column::int64("product_id", rows().map(|(.., line)| line.product.id))?,
            Column::category("category", rows().map(|(.., line)| line.product.category.name())),
            Column::int32("quantity", rows().map(|(.., line)| line.quantity))?,
            Column::money("unit_price", rows().map(|(.., line)| line.unit_cents))?,
        ],
    )
}
