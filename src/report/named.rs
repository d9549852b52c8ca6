//! Named arguments of the metrics, `retention_rate(customers_new => n, …)`, put in order.
//!
//! DataFusion knows one list of argument names per function, but a metric has a list per form.

use std::ops::ControlFlow;

use datafusion::sql::parser::Statement as AnyStatement;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident,
    TableFactor, UnaryOperator, Value, VisitMut, VisitorMut,
};
use tenure_udfs::kernel::{Given, Role, Slot, named_call};
use tenure_udfs::spec::{Form, FunctionSpec, Kind, Setting};

use super::statements::{no_relation, place, standard_mut};
use crate::problem::{Problem, Result, Source};
use crate::relation;

/// Replaces named arguments of metrics by positional ones.
pub(super) fn order_arguments(source: &Source, statements: &mut [AnyStatement]) -> Result<()> {
    let mut orderer = Orderer { source };
    for statement in statements.iter_mut().filter_map(standard_mut) {
        if let ControlFlow::Break(problem) = statement.visit(&mut orderer) {
            return Err(problem);
        }
    }
    Ok(())
}

struct Orderer<'a> {
    source: &'a Source,
}

impl VisitorMut for Orderer<'_> {
    type Break = Problem;

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Problem> {
        if let Expr::Function(function) = expr
            && let Some((spec, role)) = metric(function)
        {
            return match order(self.source, spec, role, function) {
                Ok(()) => ControlFlow::Continue(()),
                Err(problem) => ControlFlow::Break(problem),
            };
        }
        ControlFlow::Continue(())
    }

    /// Nothing but a relation takes named arguments in the place of a table.
    fn pre_visit_table_factor(&mut self, table: &mut TableFactor) -> ControlFlow<Problem> {
        if let TableFactor::Table { name: called, args: Some(args), .. } = table
            && let Some(called) = called.0.last().and_then(|part| part.as_ident())
            && args.args.iter().any(|arg| name(arg).is_some())
            && !relation::is_relation(&called.value)
        {
            return ControlFlow::Break(no_relation(self.source, called));
        }
        ControlFlow::Continue(())
    }
}

/// The metric that is called, and for what of it.
fn metric(function: &Function) -> Option<(&'static FunctionSpec, Role)> {
    let name = function.name.0.last()?.as_ident()?.value.to_lowercase();
    tenure_udfs::specs().find_map(|spec| {
        let mut names = std::iter::once(&spec.name).chain(spec.aliases);
        let role =
            names.find_map(|known| Role::all_of(spec).find(|role| role.name_of(known) == name));
        role.map(|role| (spec, role))
    })
}

fn order(
    source: &Source,
    spec: &'static FunctionSpec,
    role: Role,
    function: &mut Function,
) -> Result<()> {
    let FunctionArguments::List(list) = &mut function.args else { return Ok(()) };
    let names: Vec<Option<&Ident>> = list.args.iter().map(name).collect();
    let Some(first) = names.iter().flatten().next() else { return Ok(()) };
    let given: Vec<Given> = list
        .args
        .iter()
        .map(|arg| Given {
            name: name(arg).map(|ident| ident.value.clone()),
            is_condition: is_condition(arg),
        })
        .collect();
    let Ok(call) = named_call(spec, role, &given) else {
        let known = || {
            let names = |form: &'static Form| {
                let settings = form.lead.iter().chain(form.settings).map(|setting| setting.name);
                form.args.iter().map(|arg| arg.name).chain(settings)
            };
            spec.forms.iter().flat_map(names)
        };
        let unknown = |ident: &&Ident| !known().any(|arg| arg.eq_ignore_ascii_case(&ident.value));
        let culprit = names.iter().flatten().copied().find(unknown).unwrap_or(first);
        let message = format!("{} has no form with these argument names", spec.name);
        return Err(Problem::sql(message)
            .at(place(source, culprit.span))
            .did_you_mean(&culprit.value, known().filter(|arg| *arg != culprit.value))
            .hint(format!("its forms are {}", spec.calls())));
    };
    let ordered = call.order.iter().enumerate().map(|(at, slot)| {
        let arg = match slot {
            Slot::Default(setting) => return default(setting),
            Slot::Given(from) => match list.args[*from].clone() {
                FunctionArg::Named { arg, .. }
                | FunctionArg::ExprNamed { arg, .. }
                | FunctionArg::Unnamed(arg) => arg,
            },
        };
        let is_named = matches!(slot, Slot::Given(from) if names[*from].is_some());
        FunctionArg::Unnamed(if is_named && is_ambiguous(spec, call.form, at) {
            as_condition(arg)
        } else {
            arg
        })
    });
    list.args = ordered.collect();
    Ok(())
}

/// The value that a setting has when it is not given, as an argument.
fn default(setting: &Setting) -> FunctionArg {
    let text = setting.default_sql().unwrap_or_default();
    let value = match text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')) {
        Some(word) => Value::SingleQuotedString(word.to_owned()),
        None => Value::Number(text, false),
    };
    FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(value.into())))
}

/// Whether a number in the place of a condition would mean another form, that of counts.
fn is_ambiguous(spec: &FunctionSpec, form: &Form, at: usize) -> bool {
    let count = form.args.len();
    let kind = |form: &Form| form.arg(at, count).map(|arg| arg.kind);
    let other = |other: &Form| other.takes(count) && kind(other) != Some(Kind::Flag);
    kind(form) == Some(Kind::Flag) && spec.forms.iter().any(other)
}

/// The same condition, which can be nothing but one: whoever names the argument of a form means
/// that form, whatever the type of the value.
fn as_condition(arg: FunctionArgExpr) -> FunctionArgExpr {
    let FunctionArgExpr::Expr(expr) = arg else { return arg };
    let always = Expr::Value(Value::Boolean(true).into());
    FunctionArgExpr::Expr(Expr::BinaryOp {
        left: Box::new(Expr::Nested(Box::new(expr))),
        op: BinaryOperator::And,
        right: Box::new(always),
    })
}

/// Whether an argument can be nothing but a condition, as its operator shows.
fn is_condition(arg: &FunctionArg) -> bool {
    let (FunctionArg::Named { arg, .. }
    | FunctionArg::ExprNamed { arg, .. }
    | FunctionArg::Unnamed(arg)) = arg;
    let FunctionArgExpr::Expr(expr) = arg else { return false };
    match expr {
        Expr::Nested(inner) => {
            is_condition(&FunctionArg::Unnamed(FunctionArgExpr::Expr(inner.as_ref().clone())))
        }
        Expr::BinaryOp { op, .. } => matches!(
            op,
            BinaryOperator::Eq
                | BinaryOperator::NotEq
                | BinaryOperator::Lt
                | BinaryOperator::LtEq
                | BinaryOperator::Gt
                | BinaryOperator::GtEq
                | BinaryOperator::And
                | BinaryOperator::Or
        ),
        Expr::IsNull(_)
        | Expr::IsNotNull(_)
        | Expr::IsTrue(_)
        | Expr::IsFalse(_)
        | Expr::InList { .. }
        | Expr::Between { .. }
        | Expr::Like { .. }
        | Expr::Exists { .. }
        | Expr::UnaryOp { op: UnaryOperator::Not, .. } => true,
        Expr::Value(value) => matches!(value.value, Value::Boolean(_)),
        _ => false,
    }
}

fn name(arg: &FunctionArg) -> Option<&Ident> {
    match arg {
        FunctionArg::Named { name, .. }
        | FunctionArg::ExprNamed { name: Expr::Identifier(name), .. } => Some(name),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::clock::Clock;
    use crate::problem::{Problem, Source};
    use crate::report::{Given, Report};

    fn bound(sql: &str) -> Result<String, Problem> {
        let report = Report::parse("r", Source::new("r.sql", sql))?;
        Ok(report.bind(&Given::new(), Clock::now())?.result.to_string())
    }

    #[test]
    fn names_of_any_form_are_put_in_order() {
        let sql = "SELECT retention_rate(customers_new => n, customers_at_start => s, \
                   customers_at_end => e), retention_rate(active_after => b, active_before => a)";
        let ordered = "SELECT retention_rate(s, e, n), retention_rate(a, b)";
        assert_eq!(bound(sql).unwrap(), ordered);
    }

    #[test]
    fn a_misspelt_relation_is_pointed_at_whatever_its_table_looks_like() {
        let error = bound("SELECT * FROM sesions(orders, customer => id)").unwrap_err();
        assert_eq!(error.place().unwrap().column, 15);
        assert_eq!(error.message(), "there is no relation `sesions`");
        assert!(bound("SELECT * FROM generate_series(1, 3)").is_ok());
    }

    #[test]
    fn settings_are_named_in_the_form_that_the_arguments_mean() {
        let sql = "SELECT proportion_ci(100, 1000, method => 'wald'), nps_ci(s, 0.9), \
                   csat_ci(s >= 4, level => 0.9), csat_ci(s, level => 0.9), \
                   churn_rate_ci(a, b, level => 0.9), nps_ci_merge(s, method => 'wald')";
        let ordered = "SELECT proportion_ci(100, 1000, 0.95, 'wald'), nps_ci(s, 0.9), \
                       csat_ci(s >= 4, 0.9), csat_ci(s, 5, 0.9), \
                       churn_rate_ci(a, b, 0.9), nps_ci_merge(s, 0.95, 'wald')";
        assert_eq!(bound(sql).unwrap(), ordered);
    }

    #[test]
    fn a_setting_may_follow_any_number_of_conditions() {
        let sql = "SELECT window_funnel(60, at, a, b, c, mode => 'strict_order'), \
                   window_funnel(window => 60, ts => at, condition => a, mode => 'strict_once'), \
                   window_funnel_merge(s, 60, mode => 'strict_once'), \
                   funnel_steps(60, at, a, b, c, step_windows => [30, NULL]), \
                   funnel_steps(60, at, a, b, c, step_windows => [30, NULL], optional => '2')";
        let ordered = "SELECT window_funnel(60, at, a, b, c, 'strict_order'), \
                       window_funnel(60, at, a, 'strict_once'), \
                       window_funnel_merge(s, 60, 'strict_once'), \
                       funnel_steps(60, at, a, b, c, '', '', [30, NULL]), \
                       funnel_steps(60, at, a, b, c, '', '2', [30, NULL])";
        assert_eq!(bound(sql).unwrap(), ordered);
    }

    #[test]
    fn a_named_condition_is_a_condition() {
        let sql = "SELECT churn_rate(active_after => b, active_before => a), churn_rate(a, b)";
        let ordered = "SELECT churn_rate((a) AND true, (b) AND true), churn_rate(a, b)";
        assert_eq!(bound(sql).unwrap(), ordered);
    }

    #[test]
    fn positional_arguments_come_first_and_stay() {
        let sql = "SELECT retention_rate(s, customers_new => n, customers_at_end => e)";
        assert_eq!(bound(sql).unwrap(), "SELECT retention_rate(s, e, n)");
    }

    #[test]
    fn a_wrong_name_is_pointed_at() {
        let problem =
            bound("SELECT nps(promoters => a, passive => b, detractors => c)").unwrap_err();
        assert_eq!(problem.hints()[0], "did you mean `passives`?");
        assert_eq!(problem.place().map(|place| place.column), Some(28));
    }
}
