//! Named arguments, `nps_ci(score, level => 0.9)`, put in order.

use super::settings::{lead_of, settings_of};
use super::udaf::Role;
use crate::spec::{Arg, Form, FunctionSpec, Kind, Setting};

/// Names that no form of the function has together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownArguments;

/// A call whose arguments have names.
#[derive(Debug)]
pub struct NamedCall {
    /// The form that has arguments of these names.
    pub form: &'static Form,
    /// What stands at each position of the form.
    pub order: Vec<Slot>,
}

/// What stands at a position of a call.
#[derive(Debug, Clone, Copy)]
pub enum Slot {
    /// The argument of this number.
    Given(usize),
    /// A setting that was left out, though one after it was not.
    Default(&'static Setting),
}

/// An argument of a call as a program sees it before it knows types.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// The name it was given, if any.
    pub name: Option<String>,
    /// Whether it can be nothing but a condition.
    pub is_condition: bool,
}

/// The argument of every merge.
const STATE: &[Arg] = &[Arg::id("state", "what the metric's state function returned")];

/// The arguments of every metric of entries.
const ENTRY: &[Arg] = &[
    Arg::id("customer", "who it is"),
    Arg::id("entry", "what the metric's entry function returned of them"),
];

/// Puts named arguments in order. Where several forms have the names, one is taken that has as
/// many arguments as came without a name, before one in which such an argument is a setting.
///
/// DataFusion knows a single list of names per function, which is that of the first form; a
/// program that wants the names of every form calls this before it plans.
pub fn named_call(
    spec: &'static FunctionSpec,
    role: Role,
    given: &[Given],
) -> Result<NamedCall, UnknownArguments> {
    let find = |name: &str, at: usize| match given.get(at) {
        Some(Given { name: None, .. }) => Some(at),
        _ => given.iter().position(|given| {
            given.name.as_deref().is_some_and(|given| given.eq_ignore_ascii_case(name))
        }),
    };
    let unnamed = given.iter().filter(|given| given.name.is_none()).count();
    let fits = |arg: &Arg, at: &usize| {
        !given[*at].is_condition || matches!(arg.kind, Kind::Flag | Kind::Id)
    };
    let order = |form: &'static Form| -> Option<Vec<Slot>> {
        let lead = lead_of(form, role);
        let mut order = vec![];
        for setting in lead {
            order.push(Slot::Given(find(setting.name, order.len())?));
        }
        let count = match form.args.len() {
            args if form.repeats() => args.max(unnamed.saturating_sub(lead.len())),
            args => args,
        };
        let args: Vec<&Arg> = match role {
            Role::Merge => STATE.iter().collect(),
            Role::OfEntries => ENTRY.iter().collect(),
            _ => (0..count).map(|at| form.arg(at, count)).collect::<Option<_>>()?,
        };
        for arg in args {
            let at = find(arg.name, order.len()).filter(|at| fits(arg, at))?;
            order.push(Slot::Given(at));
        }
        for setting in settings_of(form, role) {
            order.push(match find(setting.name, order.len()) {
                Some(at) => Slot::Given(at),
                None if setting.is_optional() => Slot::Default(setting),
                None => return None,
            });
        }
        while matches!(order.last(), Some(Slot::Default(_))) {
            order.pop();
        }
        let used = order.iter().filter(|slot| matches!(slot, Slot::Given(_))).count();
        (used == given.len()).then_some(order)
    };
    let call = |form: &'static Form| order(form).map(|order| NamedCall { form, order });
    let mut calls: Vec<NamedCall> = role.forms_of(spec).filter_map(call).collect();
    // A stable sort: the first form wins where nothing else decides.
    calls.sort_by_key(|call| unnamed > call.form.args.len());
    calls.into_iter().next().ok_or(UnknownArguments)
}
