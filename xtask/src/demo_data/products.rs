//! The catalogue behind `order_lines`: what the company sells to offices, and what goes together.

use super::calendar::{Day, Month};
use super::dice::Dice;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Category {
    Beans,
    Tea,
    Filters,
    Cups,
    Syrups,
    Snacks,
    Cleaning,
    Machines,
}

impl Category {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Beans => "beans",
            Self::Tea => "tea",
            Self::Filters => "filters",
            Self::Cups => "cups",
            Self::Syrups => "syrups",
            Self::Snacks => "snacks",
            Self::Cleaning => "cleaning",
            Self::Machines => "machines",
        }
    }

    pub(super) fn draw(dice: &mut Dice) -> Self {
        dice.weighted(&[
            (Self::Beans, 38),
            (Self::Tea, 14),
            (Self::Cups, 12),
            (Self::Snacks, 12),
            (Self::Filters, 9),
            (Self::Syrups, 7),
            (Self::Cleaning, 6),
            (Self::Machines, 2),
        ])
    }

    /// What often lies in the same basket.
    pub(super) fn companion(self) -> Self {
        match self {
            Self::Beans => Self::Filters,
            Self::Tea | Self::Filters => Self::Cups,
            Self::Cups => Self::Snacks,
            Self::Machines => Self::Cleaning,
            Self::Syrups | Self::Snacks | Self::Cleaning => Self::Beans,
        }
    }

    /// The price of the cheapest product, in cents, and the step to the next one.
    fn prices(self) -> (i64, i64) {
        match self {
            Self::Beans => (1_390, 260),
            Self::Tea => (690, 120),
            Self::Filters => (450, 90),
            Self::Cups => (590, 150),
            Self::Syrups => (790, 60),
            Self::Snacks => (520, 110),
            Self::Cleaning => (980, 190),
            Self::Machines => (14_900, 9_500),
        }
    }

    /// Hundreds: product 203 is the third tea.
    fn first_product(self) -> i64 {
        match self {
            Self::Beans => 100,
            Self::Tea => 200,
            Self::Filters => 300,
            Self::Cups => 400,
            Self::Syrups => 500,
            Self::Snacks => 600,
            Self::Cleaning => 700,
            Self::Machines => 800,
        }
    }
}

#[derive(Clone, Copy)]
pub(super) struct Product {
    pub(super) id: i64,
    pub(super) category: Category,
    list_cents: i64,
}

/// The list prices of the second year are four percent higher.
const DEARER: Month = Month::of(2025, 1);

impl Product {
    pub(super) fn draw(dice: &mut Dice, category: Category) -> Self {
        let number = dice.weighted(&[(1, 40), (2, 25), (3, 18), (4, 10), (5, 7)]);
        let (first, step) = category.prices();
        Self {
            id: category.first_product() + number,
            category,
            list_cents: first + (number - 1) * step,
        }
    }

    pub(super) fn cents_on(self, day: Day) -> i64 {
        if day < DEARER.first_day() { self.list_cents } else { self.list_cents * 104 / 100 }
    }
}
