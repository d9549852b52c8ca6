//! What a function says of itself. Registration, documentation, `tenure functions` and the tests
//! all read these declarations; nothing else lists functions or their arguments.

use std::fmt;

use crate::kernel::Kernel;

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
    /// The arguments, in order.
    pub args: &'static [Arg],
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
    /// What tells customers apart. Any type but a nested one.
    Id,
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
            Self::Id => "an id, of any type but a nested one",
        }
    }

    /// How a signature writes it.
    #[must_use]
    pub const fn type_name(self) -> &'static str {
        match self {
            Self::Flag => "BOOLEAN",
            Self::Whole => "whole number",
            Self::Number => "number",
            Self::Id => "id",
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

    /// A customer.
    #[must_use]
    pub const fn id(name: &'static str, doc: &'static str) -> Self {
        Self::new(name, Kind::Id, doc)
    }

    /// The same argument, allowed several times in a row.
    #[must_use]
    pub const fn repeated(mut self) -> Self {
        self.repeats = true;
        self
    }
}

impl Form {
    /// The argument that stands at `position` in a call with `count` arguments.
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

    /// Whether a call may have this many arguments.
    #[must_use]
    pub fn takes(&self, count: usize) -> bool {
        count == self.args.len()
            || count > self.args.len() && self.args.iter().any(|arg| arg.repeats)
    }
}

impl FunctionSpec {
    /// A form as a call, for example `churn_rate(active_before, active_after)`.
    #[must_use]
    pub fn call(&self, form: &Form) -> String {
        let args: Vec<_> = form
            .args
            .iter()
            .map(|arg| format!("{}{}", arg.name, if arg.repeats { ", …" } else { "" }))
            .collect();
        format!("{}({})", self.name, args.join(", "))
    }

    /// All forms as calls, joined for a sentence.
    #[must_use]
    pub fn calls(&self) -> String {
        let calls: Vec<_> = self.forms.iter().map(|form| self.call(form)).collect();
        calls.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use crate::engagement;

    #[test]
    fn a_repeated_argument_takes_up_the_middle() {
        let form = engagement::FUNCTIONS
            .iter()
            .flat_map(|spec| spec.forms)
            .find(|form| form.takes(4))
            .unwrap();
        let names: Vec<_> = (0..4).map(|i| form.arg(i, 4).unwrap().name).collect();
        assert_eq!(names, ["interactions", "interactions", "interactions", "audience"]);
    }
}
