//! `customers`: who signed up, when, and through which channel.

use anyhow::Result;

use super::calendar::{Day, FIRST_DAY, Month};
use super::dice::{Dice, Stream};
use super::lake::{Column, Lake};
use super::loyalty::Membership;
use super::products::Category;
use super::subscriptions::Subscription;

/// Subscribers from before the lake starts.
const EXISTING: i64 = 1_400;
/// Sign-ups during the two years.
const NEW: i64 = 2_600;

/// Ids of campaigns and customers, as the tables show them.
pub(super) type Id = i64;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Segment {
    Starter,
    Team,
    Enterprise,
}

impl Segment {
    fn name(self) -> &'static str {
        match self {
            Self::Starter => "starter",
            Self::Team => "team",
            Self::Enterprise => "enterprise",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Channel {
    OrganicSearch,
    PaidSearch,
    Social,
    Referral,
    Email,
    Partner,
}

impl Channel {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::OrganicSearch => "organic_search",
            Self::PaidSearch => "paid_search",
            Self::Social => "social",
            Self::Referral => "referral",
            Self::Email => "email",
            Self::Partner => "partner",
        }
    }
}

const SEGMENTS: [(Segment, i64); 3] =
    [(Segment::Starter, 44), (Segment::Team, 39), (Segment::Enterprise, 17)];
const CHANNELS: [(Channel, i64); 6] = [
    (Channel::OrganicSearch, 27),
    (Channel::PaidSearch, 25),
    (Channel::Referral, 17),
    (Channel::Social, 12),
    (Channel::Partner, 11),
    (Channel::Email, 8),
];
const COUNTRIES: [(&str, i64); 8] =
    [("DE", 27), ("GB", 20), ("FR", 15), ("NL", 12), ("ES", 9), ("IT", 7), ("SE", 6), ("PL", 4)];
/// Ines works part-time and looks after few customers. Her place in the list decides which ones:
/// this one gives her a month that looks bad, with an interval that includes the company's churn.
const MANAGERS: [(&str, i64); 7] = [
    ("Amara", 20),
    ("Bruno", 18),
    ("Chloe", 17),
    ("Dmitri", 16),
    ("Elif", 15),
    ("Ines", 2),
    ("Farid", 12),
];
/// How often a customer orders, in percent of the segment's rate: few order a lot.
const APPETITES: [(i64, i64); 6] = [(15, 18), (45, 24), (80, 24), (130, 18), (200, 11), (320, 5)];

const NAME_STARTS: [&str; 40] = [
    "Alder", "Amber", "Anchor", "Aspen", "Beacon", "Birch", "Bramble", "Bridge", "Cedar", "Cobalt",
    "Copper", "Delta", "Dune", "Elm", "Fern", "Field", "Flint", "Garnet", "Glacier", "Hazel",
    "Heron", "Iris", "Juniper", "Larch", "Linden", "Maple", "Marble", "Meadow", "Moss", "North",
    "Oak", "Orchid", "Pine", "Quarry", "Raven", "River", "Slate", "Thistle", "Willow", "Yarrow",
];
const NAME_ENDS: [&str; 25] = [
    "Analytics",
    "Architects",
    "Books",
    "Clinic",
    "Consulting",
    "Design",
    "Engineering",
    "Films",
    "Foods",
    "Gallery",
    "Games",
    "Labs",
    "Law",
    "Logistics",
    "Media",
    "Motors",
    "Partners",
    "Print",
    "Robotics",
    "School",
    "Software",
    "Studio",
    "Systems",
    "Travel",
    "Works",
];

pub(super) struct Customer {
    pub(super) id: Id,
    name: Option<String>,
    pub(super) segment: Segment,
    country: &'static str,
    account_manager: Option<&'static str>,
    pub(super) channel: Channel,
    pub(super) signed_up_on: Day,
    pub(super) appetite: i64,
    pub(super) favourite: Category,
    /// Agreed to be recognised on the web site.
    pub(super) tracked: bool,
    /// One entry per month of the lake.
    pub(super) subscriptions: Vec<Option<Subscription>>,
    pub(super) membership: Option<Membership>,
    /// The mails a customer gets: up to and including this campaign, none without consent.
    pub(super) last_mailing: Option<Id>,
}

impl Customer {
    pub(super) fn subscribed_in(&self, month: Month) -> bool {
        self.subscriptions[month.index()].is_some()
    }

    /// Subscribed in this month, and not in the next.
    pub(super) fn leaves_after(&self, month: Month) -> bool {
        self.subscribed_in(month) && month.next().is_some_and(|next| !self.subscribed_in(next))
    }

    pub(super) fn is_member_on(&self, day: Day) -> bool {
        self.membership.as_ref().is_some_and(|membership| membership.joined_on <= day)
    }

    pub(super) fn first_month(&self) -> Option<Month> {
        Month::all().find(|month| self.subscribed_in(*month))
    }
}

/// All customers in the order they signed up. What they do afterwards, other generators fill in.
pub(super) fn sign_up() -> Vec<Customer> {
    let mut dice = Dice::new(Stream::Customers);
    let mut days: Vec<Day> = (0..EXISTING).map(|_| FIRST_DAY - 1 - dice.below(730)).collect();
    let growth: Vec<(Month, i64)> =
        Month::all().map(|month| (month, 80 + 2 * month.number())).collect();
    days.extend((0..NEW).map(|_| {
        let month = dice.weighted(&growth);
        month.first_day() + dice.below(month.length())
    }));
    days.sort_unstable();
    (1..).zip(days).map(|(id, day)| draw(&mut dice, id, day)).collect()
}

fn draw(dice: &mut Dice, id: Id, signed_up_on: Day) -> Customer {
    let segment = dice.weighted(&SEGMENTS);
    let is_managed = segment != Segment::Starter || dice.chance(40, 100);
    let manager = dice.weighted(&MANAGERS);
    let name = format!("{} {}", dice.pick(&NAME_STARTS), dice.pick(&NAME_ENDS));
    Customer {
        id,
        name: (!dice.chance(7, 100)).then_some(name),
        segment,
        country: dice.weighted(&COUNTRIES),
        account_manager: is_managed.then_some(manager),
        channel: dice.weighted(&CHANNELS),
        signed_up_on,
        appetite: dice.weighted(&APPETITES),
        favourite: Category::draw(dice),
        tracked: dice.chance(28, 100),
        subscriptions: vec![None; Month::COUNT],
        membership: None,
        last_mailing: None,
    }
}

pub(super) fn write(lake: &mut Lake, customers: &[Customer]) -> Result<()> {
    let rows = || customers.iter();
    lake.write(
        "customers",
        vec![
            Column::int64("customer_id", rows().map(|row| row.id))?,
            Column::text("name", rows().map(|row| row.name.as_deref())).nullable(),
            Column::text("segment", rows().map(|row| row.segment.name())),
            Column::text("country", rows().map(|row| row.country)),
            Column::text("account_manager", rows().map(|row| row.account_manager)).nullable(),
            Column::text("channel", rows().map(|row| row.channel.name())),
            Column::date("signed_up_on", rows().map(|row| row.signed_up_on))?,
        ],
    )
}
