//! What a function says of itself. Registration, documentation, `tenure functions` and the tests
//! all read these declarations; nothing else lists functions or their arguments.

mod setting;

use std::fmt;

use crate::kernel::{
    EntityFold, EventFold, Fold, Formula, Kernel, LABELLED_CONDITIONS, LabelledFold, ListFold,
    Ordered, SeriesFold, Tally,
};
use crate::math::Event;

pub(crate) use setting::bracketed;
pub use setting::{Domain, Setting, Stage};

/// A metric as its user sees it.
#[derive(Debug)]
pub struct FunctionSpec {
    /// The SQL name, in lower case.
    pub name: &'static str,
    /// Other SQL names with exactly the same meaning.
    pub aliases: &'static [&'static str],
    /// The business question it belongs to.
    pub family: Family,
    /// What it tells, in one sentence.
    pub summary: &'static str,
    /// The definition, as arithmetic.
    pub formula: &'static str,
    /// The ways to call it, told apart by the number and types of the arguments.
    pub forms: &'static [Form],
    /// What NULL arguments, empty groups and zero denominators give.
    pub nulls: &'static str,
    /// Which input is refused.
    pub errors: &'static str,
    /// Where the definition comes from, and where it differs from what a reader may expect.
    pub source: &'static str,
    /// A query and its result.
    pub example: Example,
    /// Functions to look at beside this one.
    pub related: &'static [&'static str],
    /// The first version that had it.
    pub since: &'static str,
}

/// A query that anyone can run, and the number it gives.
#[derive(Debug)]
pub struct Example {
    /// A query that needs no table.
    pub sql: &'static str,
    /// Its single value, as SQL prints it.
    pub result: &'static str,
}

/// One way to call a function.
#[derive(Debug)]
pub struct Form {
    /// What a row of its input is.
    pub rows: &'static str,
    /// The constants that stand before the arguments, in order.
    pub lead: &'static [&'static Setting],
    /// The arguments, in order.
    pub args: &'static [Arg],
    /// The most arguments that a call can have.
    pub most: usize,
    /// The constants that may follow them, in order.
    pub settings: &'static [&'static Setting],
    /// The code that computes it.
    pub kernel: Kernel,
}

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

/// A group of functions that answer one kind of business question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// What customers say.
    Survey,
    /// Who stays and who leaves.
    Retention,
    /// What customers are worth.
    Value,
    /// How much customers interact.
    Engagement,
    /// What customers do, in order.
    Behaviour,
    /// How sure a number is, and whether two differ.
    Inference,
    /// How numbers are shown.
    Display,
}

impl Family {
    /// The name of its folder, its page and its tests.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Survey => "survey",
            Self::Retention => "retention",
            Self::Value => "value",
            Self::Engagement => "engagement",
            Self::Behaviour => "behaviour",
            Self::Inference => "inference",
            Self::Display => "display",
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
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

impl Form {
    const fn new(rows: &'static str, args: &'static [Arg], kernel: Kernel) -> Self {
        Self { rows, lead: &[], args, most: usize::MAX, settings: &[], kernel }
    }

    /// A metric over rows, each of which is `rows`.
    #[must_use]
    pub const fn rows<F: Fold>(rows: &'static str, args: &'static [Arg]) -> Self {
        Self::new(rows, args, Kernel::rows::<F>())
    }

    /// A metric over customers (or orders, or whatever the first argument tells apart), of which
    /// there may be many rows.
    #[must_use]
    pub const fn entities<E: EntityFold<Tally: Tally>>(
        rows: &'static str,
        args: &'static [Arg],
    ) -> Self {
        Self::new(rows, args, Kernel::entities::<E>())
    }

    /// A metric over pairs of characteristics, which the first two arguments tell apart.
    #[must_use]
    pub const fn pairs<E: EntityFold>(rows: &'static str, args: &'static [Arg]) -> Self {
        Self::new(rows, args, Kernel::pairs::<E>())
    }

    /// A metric that needs every row until the end.
    #[must_use]
    pub const fn lists<L: ListFold>(rows: &'static str, args: &'static [Arg]) -> Self {
        Self::new(rows, args, Kernel::lists::<L>())
    }

    /// A metric of what happened in order.
    #[must_use]
    pub const fn events<E: EventFold>(rows: &'static str, args: &'static [Arg]) -> Self {
        let form = Self::new(rows, args, Kernel::events::<E>());
        // One of the arguments is the time.
        form.at_most(Event::MAX_CONDITIONS + 1)
    }

    /// A metric that tells what happened beside something else.
    #[must_use]
    pub const fn labelled<E: LabelledFold>(rows: &'static str, args: &'static [Arg]) -> Self {
        let form = Self::new(rows, args, Kernel::labelled::<E>());
        // Two of the arguments are the time and the label.
        form.at_most(LABELLED_CONDITIONS + 2)
    }

    /// A function of values in order.
    #[must_use]
    pub const fn series<S: SeriesFold>(rows: &'static str, args: &'static [Arg]) -> Self {
        Self::new(rows, args, Kernel::series::<S>())
    }

    /// A function of rows in order, each of which is `rows` and has a result.
    #[must_use]
    pub const fn ordered<O: Ordered>(rows: &'static str, args: &'static [Arg]) -> Self {
        Self::new(rows, args, Kernel::ordered::<O>())
    }

    /// A function of one row.
    #[must_use]
    pub const fn formula<F: Formula>(args: &'static [Arg]) -> Self {
        Self::new("its own result", args, Kernel::formula::<F>())
    }

    /// The same form, with settings after the arguments.
    #[must_use]
    pub const fn with(mut self, settings: &'static [&'static Setting]) -> Self {
        self.settings = settings;
        self
    }

    /// The same form, with constants before the arguments.
    #[must_use]
    pub const fn after(mut self, lead: &'static [&'static Setting]) -> Self {
        self.lead = lead;
        self
    }

    /// The same form, with so many arguments at most.
    #[must_use]
    pub const fn at_most(mut self, most: usize) -> Self {
        self.most = most;
        self
    }

    /// The argument that stands at `position` in a call with `count` arguments, constants not
    /// counted.
    #[must_use]
    pub fn arg(&self, position: usize, count: usize) -> Option<&Arg> {
        let repeat = self.args.iter().position(|arg| arg.repeats).unwrap_or(self.args.len());
        let extra = count.checked_sub(self.args.len())?;
        if position <= repeat {
            self.args.get(position)
        } else {
            self.args.get(position.saturating_sub(extra).max(repeat))
        }
    }

    /// Whether a call may have this many arguments, constants not counted.
    #[must_use]
    pub fn takes(&self, count: usize) -> bool {
        let more = count > self.args.len() && count <= self.most && self.repeats();
        count == self.args.len() || more
    }

    /// How a call says in which order the rows come, where that matters.
    pub(crate) fn order(&self) -> &'static str {
        if self.kernel.is_ordered() { " ORDER BY …" } else { "" }
    }

    /// Whether one of its arguments may stand several times.
    #[must_use]
    pub fn repeats(&self) -> bool {
        self.args.iter().any(|arg| arg.repeats)
    }
}

impl FunctionSpec {
    /// A form as a call, for example `nps_ci(score [, level [, method]])`.
    #[must_use]
    pub fn call(&self, form: &Form) -> String {
        let lead = form.lead.iter().map(|setting| setting.name.to_owned());
        let arg = |arg: &Arg| format!("{}{}", arg.name, if arg.repeats { ", …" } else { "" });
        let args: Vec<_> = lead.chain(form.args.iter().map(arg)).collect();
        let settings = bracketed(form.settings, |setting| setting.name.to_owned());
        let over = if form.kernel.is_window() { " OVER (…)" } else { "" };
        format!("{}({}{settings}{}){over}", self.name, args.join(", "), form.order())
    }

    /// Whether it puts many rows together, as opposed to a function of one row.
    #[must_use]
    pub fn is_aggregate(&self) -> bool {
        self.forms.iter().all(|form| form.kernel.is_aggregate())
    }

    /// Whether it is a function of rows in order, which OVER says.
    #[must_use]
    pub fn is_window(&self) -> bool {
        self.forms.iter().all(|form| form.kernel.is_window())
    }

    /// Whether one of its forms is a metric over customers that can do without a table of them.
    #[must_use]
    pub fn has_levels(&self) -> bool {
        self.forms.iter().any(|form| form.kernel.has_levels())
    }

    /// Whether it keeps every event until the end, so that its state is no smaller than its rows.
    #[must_use]
    pub fn keeps_events(&self) -> bool {
        self.forms.iter().any(|form| form.kernel.keeps_events())
    }

    /// All forms as calls, joined for a sentence.
    #[must_use]
    pub fn calls(&self) -> String {
        let calls: Vec<_> = self.forms.iter().map(|form| self.call(form)).collect();
        calls.join(", ")
    }
}

#[cfg(test)]
mod tests;
