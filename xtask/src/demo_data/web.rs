//! `web_events`: sessions of customers who agreed to be recognised, and of anonymous visitors.
//!
//! A purchase here is an order there, at the same second. The referrer stands on the first event of
//! a session.

use std::fmt;

use anyhow::Result;

use super::calendar::{
    DAY, Day, FIRST_DAY, Instant, MINUTE, Month, day_of, if_known, working_moment,
};
use super::customers::{Channel, Customer, Id};
use super::dice::{Dice, Stream};
use super::lake::{Column, Lake};
use super::orders::Order;
use super::products::{Category, Product};
use super::story;

/// Visits a day that end without an order, in an ordinary month of the first year.
const VISITS_A_DAY: i64 = 19;
/// Events of the last days of a month may arrive late, in the next month's partition.
const LATE_DAYS: Day = 2;
const LATE_PERCENT: i64 = 7;
/// Anonymous visitors are numbered from here, above all customers' devices.
const FIRST_ANONYMOUS: i64 = 100_000;

pub(super) struct Traffic {
    pub(super) events: Vec<Event>,
    pub(super) video_starts: Vec<VideoStart>,
}

pub(super) struct Event {
    visitor: i64,
    customer_id: Option<Id>,
    occurred_at: Instant,
    kind: Kind,
    page: Page,
    referrer: Option<Channel>,
    /// None when the event has not arrived before the lake ends.
    arrived_in: Option<Month>,
}

pub(super) struct VideoStart {
    pub(super) visitor: i64,
    pub(super) video: i64,
    pub(super) at: Instant,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    View,
    AddToCart,
    Checkout,
    Purchase,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::AddToCart => "add_to_cart",
            Self::Checkout => "checkout",
            Self::Purchase => "purchase",
        }
    }
}

#[derive(Clone, Copy)]
enum Page {
    Home,
    Shop(Category),
    Product(i64),
    Pricing,
    Blog(i64),
    Video(i64),
    Cart,
    Checkout,
    NewCheckout,
    Thanks,
    Account,
    Help,
    Cancel,
}

impl fmt::Display for Page {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Home => out.write_str("/"),
            Self::Shop(category) => write!(out, "/shop/{}", category.name()),
            Self::Product(id) => write!(out, "/product/{id}"),
            Self::Pricing => out.write_str("/pricing"),
            Self::Blog(number) => write!(out, "/blog/{number}"),
            Self::Video(number) => write!(out, "/videos/{number}"),
            Self::Cart => out.write_str("/cart"),
            Self::Checkout => out.write_str("/checkout"),
            Self::NewCheckout => out.write_str("/checkout-b"),
            Self::Thanks => out.write_str("/thanks"),
            Self::Account => out.write_str("/account"),
            Self::Help => out.write_str("/help"),
            Self::Cancel => out.write_str("/account/cancel"),
        }
    }
}

/// Who visits, and where from.
#[derive(Clone, Copy)]
struct Visitor {
    number: i64,
    customer_id: Option<Id>,
    referrer: Option<Channel>,
}

/// The id that a browser keeps: scrambled, so that it does not give away the customer.
pub(super) fn visitor_id(number: i64) -> String {
    format!("v{:08x}", (number * 2_654_435_761) & 0xffff_ffff)
}

fn host(channel: Channel) -> &'static str {
    match channel {
        Channel::OrganicSearch => "search.example",
        Channel::PaidSearch => "ads.example",
        Channel::Social => "social.example",
        Channel::Referral => "friends.example",
        Channel::Email => "mail.example",
        Channel::Partner => "partner.example",
    }
}

pub(super) fn browse(customers: &[Customer], orders: &[Order]) -> Traffic {
    let mut dice = Dice::new(Stream::Web);
    let mut events = Vec::new();
    for order in orders.iter().filter(|order| order.customer.tracked) {
        events.extend(research(&mut dice, order));
        events.extend(purchase(&mut dice, order));
    }
    let tracked: Vec<&Customer> = customers.iter().filter(|customer| customer.tracked).collect();
    events.extend(visits_without_order(&mut dice, &tracked));
    for customer in &tracked {
        events.extend(cancellations(&mut dice, customer));
    }
    events.retain(|event| (FIRST_DAY..).contains(&day_of(event.occurred_at)));
    events.retain(|event| if_known(event.occurred_at).is_some());
    events.sort_by_key(|event| (event.occurred_at, event.visitor));
    for event in &mut events {
        event.arrived_in = arrival_month(&mut dice, day_of(event.occurred_at));
    }
    let video_starts = events.iter().filter_map(video_start).collect();
    Traffic { events, video_starts }
}

fn video_start(event: &Event) -> Option<VideoStart> {
    let Page::Video(video) = event.page else {
        return None;
    };
    Some(VideoStart { visitor: event.visitor, video, at: event.occurred_at + 4 })
}

fn arrival_month(dice: &mut Dice, day: Day) -> Option<Month> {
    let month = Month::of_day(day);
    let late = month.days().end - day <= LATE_DAYS && dice.chance(LATE_PERCENT, 100);
    if late { month.next() } else { Some(month) }
}

/// Some customers use a second device, which the shop cannot tell from a second person.
fn device(dice: &mut Dice, customer: &Customer) -> i64 {
    let second = customer.id % 5 == 0 && dice.chance(30, 100);
    customer.id * 2 + i64::from(second)
}

fn session(
    dice: &mut Dice,
    visitor: Visitor,
    start: Instant,
    steps: &[(Kind, Page)],
) -> Vec<Event> {
    let mut occurred_at = start;
    let mut events: Vec<Event> = Vec::new();
    for &(kind, page) in steps {
        let referrer = if events.is_empty() { visitor.referrer } else { None };
        let Visitor { number, customer_id, .. } = visitor;
        events.push(Event {
            visitor: number,
            customer_id,
            occurred_at,
            kind,
            page,
            referrer,
            arrived_in: None,
        });
        occurred_at += 5 + dice.skewed(75);
    }
    events
}

fn look_around(dice: &mut Dice, pages: i64) -> Vec<(Kind, Page)> {
    let mut steps = Vec::new();
    for number in 0..pages {
        let category = Category::draw(dice);
        let product = Page::Product(Product::draw(dice, category).id);
        let article = dice.between(1, 30);
        let video = dice.between(1, super::video::COUNT);
        let page = if number == 0 {
            dice.weighted(&[
                (Page::Home, 38),
                (product, 24),
                (Page::Shop(category), 16),
                (Page::Blog(article), 17),
                (Page::Video(video), 5),
            ])
        } else {
            dice.weighted(&[
                (product, 50),
                (Page::Shop(category), 26),
                (Page::Video(video), 9),
                (Page::Pricing, 8),
                (Page::Help, 7),
            ])
        };
        steps.push((Kind::View, page));
    }
    steps
}

fn checkout_page(visitor: i64, day: Day) -> Page {
    let month = Month::of_day(day);
    let tested = month >= story::CHECKOUT_TEST && visitor_in_test_group(visitor);
    if tested || month >= story::CHECKOUT_ROLLOUT { Page::NewCheckout } else { Page::Checkout }
}

/// By a bit of the number that says nothing else about the visitor.
fn visitor_in_test_group(visitor: i64) -> bool {
    ((visitor * 2_654_435_761) >> 17) & 1 == 1
}

/// Before some orders the customer came by through another channel: it discovered, the last one
/// converted.
fn research(dice: &mut Dice, order: &Order) -> Vec<Event> {
    if !dice.chance(34, 100) {
        return Vec::new();
    }
    let start = order.ordered_at - dice.between(1, 20) * DAY - dice.below(4 * 60) * MINUTE;
    let known = day_of(start) > order.customer.signed_up_on;
    let referrer = dice.weighted(&[
        (Some(Channel::Social), 30),
        (Some(Channel::OrganicSearch), 32),
        (Some(Channel::PaidSearch), 14),
        (Some(Channel::Referral), 9),
        (Some(Channel::Partner), 5),
        (None, 10),
    ]);
    let visitor = Visitor {
        number: device(dice, order.customer),
        customer_id: known.then_some(order.customer.id),
        referrer,
    };
    let pages = dice.between(1, 4);
    let steps = look_around(dice, pages);
    session(dice, visitor, start, &steps)
}

/// The session that ends in the order. Some carts were filled a day or two before.
fn purchase(dice: &mut Dice, order: &Order) -> Vec<Event> {
    let customer_id = Some(order.customer.id);
    let number = device(dice, order.customer);
    let visitor = Visitor { number, customer_id, referrer: order.channel };
    let pages = dice.weighted(&[(1, 34), (2, 33), (3, 20), (4, 13)]);
    let mut steps = look_around(dice, pages);
    steps.push((Kind::AddToCart, Page::Cart));
    let mut events = Vec::new();
    if dice.chance(16, 100) {
        let earlier = order.ordered_at - dice.between(16, 60) * 60 * MINUTE;
        if day_of(earlier) > order.customer.signed_up_on {
            events = session(dice, visitor, earlier, &steps);
            steps = vec![(Kind::View, Page::Cart)];
        }
    }
    steps.push((Kind::Checkout, checkout_page(number, day_of(order.ordered_at))));
    steps.push((Kind::Purchase, Page::Thanks));
    let mut last = session(dice, visitor, 0, &steps);
    // The session was laid out from zero; it must end with the order.
    let length = last.last().map_or(0, |event| event.occurred_at);
    let logs_in_late = dice.chance(25, 100);
    for event in &mut last {
        event.occurred_at += order.ordered_at - length;
        if logs_in_late && matches!(event.kind, Kind::View | Kind::AddToCart) {
            event.customer_id = None;
        }
    }
    events.extend(last);
    events
}

fn visits_without_order(dice: &mut Dice, tracked: &[&Customer]) -> Vec<Event> {
    let mut events = Vec::new();
    let mut newest = FIRST_ANONYMOUS;
    for month in Month::all() {
        let subscribers: Vec<&Customer> = tracked
            .iter()
            .copied()
            .filter(|customer| customer.subscribed_in(month))
            .filter(|customer| customer.signed_up_on < month.first_day())
            .collect();
        for day in month.days() {
            let growth = 100 + 2 * month.number();
            let expected = VISITS_A_DAY * growth * story::weekday_percent(day) / 10_000
                * (100 + story::season_percent(month))
                / 200;
            for _ in 0..dice.around(expected, 25) {
                let visitor = if !subscribers.is_empty() && dice.chance(30, 100) {
                    let customer = *dice.pick(&subscribers);
                    // One in three does not log in just to look around.
                    let customer_id = Some(customer.id).filter(|_| dice.chance(67, 100));
                    Visitor { number: device(dice, customer), customer_id, referrer: None }
                } else if newest > FIRST_ANONYMOUS + 500 && dice.chance(25, 100) {
                    let number = newest - dice.below(500);
                    Visitor { number, customer_id: None, referrer: None }
                } else {
                    newest += 1;
                    Visitor { number: newest, customer_id: None, referrer: None }
                };
                events.extend(visit(dice, visitor, day));
            }
        }
    }
    events
}

/// A visit that leaves at one of the funnel's steps. The new checkout page loses fewer.
fn visit(dice: &mut Dice, visitor: Visitor, day: Day) -> Vec<Event> {
    let referrer = dice.weighted(&[
        (None, 27),
        (Some(Channel::OrganicSearch), 29),
        (Some(Channel::Social), 17),
        (Some(Channel::PaidSearch), 13),
        (Some(Channel::Email), 6),
        (Some(Channel::Partner), 5),
        (Some(Channel::Referral), 3),
    ]);
    let checkout = checkout_page(visitor.number, day);
    let lost_in_checkout = if matches!(checkout, Page::NewCheckout) { 12 } else { 21 };
    let depth = dice.weighted(&[(0, 36), (1, 30), (2, 15), (3, lost_in_checkout)]);
    let pages = if depth == 0 { 1 } else { dice.between(2, 5) };
    let mut steps = look_around(dice, pages);
    if depth >= 2 {
        steps.push((Kind::AddToCart, Page::Cart));
    }
    if depth == 3 {
        steps.push((Kind::Checkout, checkout));
    }
    let start = working_moment(dice, day);
    session(dice, Visitor { referrer, ..visitor }, start, &steps)
}

/// The way out: half of those who leave read the help pages, then cancel, in their last ten days.
fn cancellations(dice: &mut Dice, customer: &Customer) -> Vec<Event> {
    let mut events = Vec::new();
    for month in Month::all().filter(|month| customer.leaves_after(*month)) {
        let day = month.days().end - dice.between(1, 10);
        if dice.chance(50, 100) && day > customer.signed_up_on {
            let visitor = Visitor {
                number: device(dice, customer),
                customer_id: Some(customer.id),
                referrer: None,
            };
            let start = working_moment(dice, day);
            let steps = [Page::Account, Page::Help, Page::Cancel].map(|page| (Kind::View, page));
            events.extend(session(dice, visitor, start, &steps));
        }
    }
    events
}

pub(super) fn write(lake: &mut Lake, events: &[Event]) -> Result<()> {
    for month in Month::all() {
        let rows = || {
            (1..).zip(events).filter(|(_, event): &(i64, &Event)| event.arrived_in == Some(month))
        };
        let visitors: Vec<String> = rows().map(|(_, row)| visitor_id(row.visitor)).collect();
        let pages: Vec<String> = rows().map(|(_, row)| row.page.to_string()).collect();
        lake.write_partition(
            "web_events",
            &format!("month={}", month.label()),
            vec![
                Column::int64("event_id", rows().map(|(id, _)| id))?,
                Column::text("visitor_id", visitors.iter().map(String::as_str)),
                Column::int64("customer_id", rows().map(|(_, row)| row.customer_id))?.nullable(),
                Column::instant("occurred_at", rows().map(|(_, row)| row.occurred_at))?,
                Column::category("event_type", rows().map(|(_, row)| row.kind.name())),
                Column::text("page", pages.iter().map(String::as_str)),
                Column::category("referrer", rows().map(|(_, row)| row.referrer.map(host)))
                    .nullable(),
            ],
        )?;
    }
    Ok(())
}
