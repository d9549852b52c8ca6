//! One argument of a function.

/// An argument of a form.
#[derive(Debug)]
pub struct Arg {
    /// Its name, usable as `name => value`.
    pub name: &'static str,
    /// What it accepts.
    pub kind: Kind,
    /// Whether it may stand several times in a row.
    pub repeats: bool,
    /// What it means, with its unit.
    pub doc: &'static str,
}

/// What an argument accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A condition.
    Flag,
    /// A whole number: a score or a count. Any numeric type.
    Whole,
    /// A number that may have decimals. Any numeric type.
    Number,
    /// A text.
    Text,
    /// What tells customers apart. Any type but a nested one.
    Id,
    /// A day: a date, or a timestamp, of which the day counts.
    Day,
    /// A point in time: a timestamp, a date, or a whole number.
    Time,
}

impl Kind {
    /// What it must be, for a sentence.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::Flag => "BOOLEAN",
            Self::Whole => "a whole number",
            Self::Number => "a number",
            Self::Text => "text",
            Self::Id => "an id, of any type but a nested one",
            Self::Day => "a date or a timestamp",
            Self::Time => "a timestamp, a date or a whole number",
        }
    }

    /// How a signature writes it.
    #[must_use]
    pub const fn type_name(self) -> &'static str {
        match self {
            Self::Flag => "BOOLEAN",
            Self::Whole => "whole number",
            Self::Number => "number",
            Self::Text => "text",
            Self::Id => "id",
            Self::Day => "day",
            Self::Time => "time",
        }
    }
}

impl Arg {
    const fn new(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self { name, kind, repeats: false, doc }
    }

    /// A BOOLEAN argument.
    #[must_use]
    pub const fn flag(name: &'static str, doc: &'static str) -> Self {
        Self::new(name, Kind::Flag, doc)
    }

    /// A whole number.
    #[must_use]
    pub const fn whole(name: &'static str, doc: &'static str) -> Self {
        Self::new(name, Kind::Whole, doc)
    }

    /// A number that may have decimals.
    #[must_use]
    pub const fn number(name: &'static str, doc: &'static str) -> Self {
        Self::new(name, Kind::Number, doc)
    }

    /// A text.
    #[must_use]
    pub const fn text(name: &'static str, doc: &'static str) -> Self {
        Self::new(name, Kind::Text, doc)
    }

    /// A customer.
    #[must_use]
    pub const fn id(name: &'static str, doc: &'static str) -> Self {
        Self::new(name, Kind::Id, doc)
    }

    /// A day.
    #[must_use]
    pub const fn day(name: &'static str, doc: &'static str) -> Self {
        Self::new(name, Kind::Day, doc)
    }

    /// A point in time.
    #[must_use]
    pub const fn time(name: &'static str, doc: &'static str) -> Self {
        Self::new(name, Kind::Time, doc)
    }

    /// The same argument, allowed several times in a row.
    #[must_use]
    pub const fn repeated(mut self) -> Self {
        self.repeats = true;
        self
    }
}
