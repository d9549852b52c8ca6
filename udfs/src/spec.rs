//! What a function says of itself. Registration, documentation, `tenure functions` and the tests
//! all read these declarations; nothing else lists functions or their arguments.

mod arg;
mod form;
mod setting;

use std::fmt;

pub use arg::{Arg, Kind};
pub use form::Form;
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

    /// Whether its rows are what one customer did, so that a GROUP BY of it is by customer.
    #[must_use]
    pub fn is_of_one_customer(&self) -> bool {
        self.family == Family::Behaviour
            && self.is_aggregate()
            && self.forms.iter().all(|form| form.ids() == 0)
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
