//! `search_positions`: where a search engine shows us for the keywords we watch, month by month.

use anyhow::Result;

use super::calendar::{Day, Month};
use super::dice::{Dice, Stream};
use super::lake::{Column, Lake};

struct Keyword {
    text: &'static str,
    branded: bool,
    landing_page: &'static str,
    /// In tenths: the position when the lake starts, and how far it moves up in a month.
    position: i32,
    climb: i32,
    searches: i64,
}

const fn branded(text: &'static str, landing_page: &'static str, searches: i64) -> Keyword {
    Keyword { text, branded: true, landing_page, position: 11, climb: 0, searches }
}

const fn generic(
    text: &'static str,
    landing_page: &'static str,
    position: i32,
    climb: i32,
    searches: i64,
) -> Keyword {
    Keyword { text, branded: false, landing_page, position, climb, searches }
}

/// Beyond this position, in tenths, nobody sees us: no position is recorded.
const UNSEEN: i32 = 500;

const KEYWORDS: [Keyword; 24] = [
    branded("samplebrew", "/", 5_200),
    branded("samplebrew coffee", "/shop/beans", 2_100),
    branded("samplebrew login", "/account", 1_700),
    branded("samplebrew price", "/pricing", 640),
    branded("samplebrew price increase", "/help", 90),
    branded("samplebrew reviews", "/", 410),
    generic("office coffee", "/", 184, 5, 8_800),
    generic("office coffee subscription", "/pricing", 96, 3, 2_400),
    generic("coffee for offices", "/", 131, 4, 3_900),
    generic("coffee subscription business", "/pricing", 152, 4, 1_900),
    generic("office coffee machine", "/shop/machines", 278, 3, 9_400),
    generic("coffee machine for 20 people", "/shop/machines", 121, 2, 1_300),
    generic("coffee machine cleaning", "/shop/cleaning", 214, 6, 2_700),
    generic("descale coffee machine", "/blog/4", 87, 1, 6_100),
    generic("paper cups office", "/shop/cups", 342, -2, 3_300),
    generic("compostable cups", "/shop/cups", 243, 5, 4_600),
    generic("coffee filters bulk", "/shop/filters", 158, 0, 2_200),
    generic("office tea", "/shop/tea", 192, 2, 2_900),
    generic("office snacks delivery", "/shop/snacks", 447, -4, 7_700),
    generic("coffee syrup", "/shop/syrups", 486, -3, 9_900),
    generic("how much coffee per employee", "/blog/1", 43, 0, 1_500),
    generic("coffee per person office", "/blog/1", 58, 1, 1_100),
    generic("fair trade coffee office", "/shop/beans", 172, 4, 1_800),
    generic("coffee beans 1kg", "/shop/beans", 521, 6, 12_000),
];

pub(super) struct Rank {
    keyword: &'static Keyword,
    month: Day,
    position: Option<i32>,
    impressions: i64,
    clicks: i64,
}

pub(super) fn rank() -> Vec<Rank> {
    let mut dice = Dice::new(Stream::Search);
    let mut ranks = Vec::new();
    for month in Month::all() {
        for keyword in &KEYWORDS {
            ranks.push(observe(&mut dice, keyword, month));
        }
    }
    ranks
}

fn observe(dice: &mut Dice, keyword: &'static Keyword, month: Month) -> Rank {
    let noise = if keyword.branded { dice.between(-1, 2) } else { dice.between(-14, 14) };
    let climbed = (0..month.number()).fold(keyword.position, |place, _| place - keyword.climb);
    let tenths = climbed + i32::try_from(noise).unwrap_or_default();
    let position = Some(tenths.max(10)).filter(|tenths| *tenths <= UNSEEN);
    // Shares in 1,000 of the searches that show us, and of those shows that are clicked.
    let (shown, clicked) = match position {
        None => (0, 0),
        Some(..=15) => (920, 310),
        Some(..=30) => (800, 140),
        Some(..=60) => (640, 62),
        Some(..=100) => (480, 27),
        Some(..=200) => (170, 11),
        Some(_) => (60, 4),
    };
    let searches = dice.around(keyword.searches, 12);
    let impressions = searches * shown / 1_000;
    let clicks = dice.around(impressions * clicked / 1_000, 10);
    Rank { keyword, month: month.first_day(), position, impressions, clicks }
}

pub(super) fn write(lake: &mut Lake, ranks: &[Rank]) -> Result<()> {
    let rows = || ranks.iter();
    lake.write(
        "search_positions",
        vec![
            Column::text("keyword", rows().map(|row| row.keyword.text)),
            Column::flag("branded", rows().map(|row| row.keyword.branded)),
            Column::date("month", rows().map(|row| row.month))?,
            Column::tenths("position", rows().map(|row| row.position)).nullable(),
            Column::int64("impressions", rows().map(|row| row.impressions))?,
            Column::int64("clicks", rows().map(|row| row.clicks))?,
            Column::text("landing_page", rows().map(|row| row.keyword.landing_page)),
        ],
    )
}
