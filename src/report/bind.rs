//! Puts typed literals in the place of `$parameters`.

use std::collections::HashSet;
use std::ops::ControlFlow;

use chrono::SecondsFormat;
use datafusion::sql::parser::Statement as AnyStatement;
use datafusion::sql::sqlparser::ast::{
    self, DataType, Expr, Ident, TimezoneInfo, TypedString, UnaryOperator, ValueWithSpan, VisitMut,
    VisitorMut,
};
use datafusion::sql::sqlparser::tokenizer::Span;

use super::Report;
use super::params::{Value, Values};
use super::period::Period;
use super::statements::{place, standard_mut};
use crate::problem::{Problem, Result};

/// Replaces every placeholder in the statements and in the checks' queries.
pub(super) fn bind(
    report: &Report,
    statements: &mut [AnyStatement],
    checks: &mut [AnyStatement],
    values: &Values,
) -> Result<()> {
    let mut binder = Binder { report, values, used: HashSet::new() };
    for statement in statements.iter_mut().filter_map(standard_mut) {
        if let ControlFlow::Break(problem) = statement.visit(&mut binder) {
            return Err(problem);
        }
    }
    for (query, check) in checks.iter_mut().filter_map(standard_mut).zip(&report.header.checks) {
        if let ControlFlow::Break(problem) = query.visit(&mut binder) {
            // Positions in a check's own query mean nothing in the file.
            return Err(problem.at(check.place.clone()));
        }
    }
    if report.header.period.is_some() {
        let either = [(Period::START, Period::START_DATE), (Period::END, Period::END_DATE)];
        for (moment, day) in either {
            if !binder.used.contains(moment) && !binder.used.contains(day) {
                return Err(Problem::usage(format!("the report has a period but no `${moment}`"))
                    .hint("filter by it: `at >= $start AND at < $end`")
                    .hint("a column of days: `day >= $start_date AND day < $end_date`"));
            }
        }
    }
    let params = &report.header.params;
    match params.iter().find(|param| !binder.used.contains(param.name.as_str())) {
        None => Ok(()),
        Some(unused) => Err(Problem::usage(format!("`${}` is never used", unused.name))
            .at(unused.place.clone())
            .hint("use it in the SQL or take it out of the header")),
    }
}

struct Binder<'a> {
    report: &'a Report,
    values: &'a Values,
    used: HashSet<String>,
}

impl Binder<'_> {
    /// The expression that stands for a placeholder.
    fn replacement(&mut self, placeholder: &str, span: Span) -> Result<Expr> {
        let source = &self.report.source;
        let here = place(source, span);
        let Some(name) = placeholder.strip_prefix('$').filter(|name| !is_number(name)) else {
            return Err(Problem::sql(format!("`{placeholder}` is not a parameter"))
                .at(here)
                .hint("parameters are written `$name`"));
        };
        let Some(value) = self.values.get(name) else {
            let known = self.values.keys().map(String::as_str);
            return Err(Problem::usage(format!("the parameter `${name}` is not declared"))
                .at(here)
                .did_you_mean(name, known)
                .hint(self.how_to_declare(name)));
        };
        self.used.insert(name.to_owned());
        Ok(literal(value, span))
    }

    /// The column in `table.$column`, which the parser takes for a name.
    fn bind_qualified(&mut self, parts: &mut [Ident]) -> Result<()> {
        for part in parts.iter_mut().filter(|part| part.quote_style.is_none()) {
            if !part.value.starts_with('$') {
                continue;
            }
            match self.replacement(&part.value, part.span)? {
                Expr::Identifier(column) => *part = column,
                _ => {
                    return Err(Problem::usage(format!("`{}` does not name a column", part.value))
                        .at(place(&self.report.source, part.span))
                        .hint("only a parameter of type identifier can"));
                }
            }
        }
        Ok(())
    }

    fn how_to_declare(&self, name: &str) -> String {
        if self.report.is_ad_hoc() {
            format!("give it with `-p {name}=…`")
        } else {
            format!("declare it in the header: `params: {{{name}: {{type: string}}}}`")
        }
    }
}

impl VisitorMut for Binder<'_> {
    type Break = Problem;

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Problem> {
        let bound = match expr {
            Expr::Value(ValueWithSpan { value: ast::Value::Placeholder(name), span }) => {
                self.replacement(&name.clone(), *span).map(|replacement| *expr = replacement)
            }
            Expr::CompoundIdentifier(parts) => self.bind_qualified(parts),
            _ => Ok(()),
        };
        match bound {
            Ok(()) => ControlFlow::Continue(()),
            Err(problem) => ControlFlow::Break(problem),
        }
    }

    /// A placeholder that is no expression, such as a path or an option.
    fn pre_visit_value(&mut self, value: &mut ValueWithSpan) -> ControlFlow<Problem> {
        match &value.value {
            ast::Value::Placeholder(name) => ControlFlow::Break(
                Problem::usage(format!("`{name}` cannot stand here"))
                    .at(place(&self.report.source, value.span))
                    .hint("parameters stand for values, where an expression may stand"),
            ),
            _ => ControlFlow::Continue(()),
        }
    }
}

fn is_number(name: &str) -> bool {
    name.is_empty() || name.bytes().all(|byte| byte.is_ascii_digit())
}

fn literal(value: &Value, span: Span) -> Expr {
    let plain = |value: ast::Value| Expr::Value(value.with_span(span));
    let text = |text: String| ast::Value::SingleQuotedString(text);
    let typed = |data_type: DataType, value: String| {
        let value = text(value).with_span(span);
        Expr::TypedString(TypedString { data_type, value, uses_odbc_syntax: false })
    };
    match value {
        Value::String(value) => plain(text(value.clone())),
        Value::Boolean(value) => plain(ast::Value::Boolean(*value)),
        Value::Int64(value) => signed(value.unsigned_abs().to_string(), *value < 0, span),
        // An exponent keeps a whole number such as 2 a floating-point literal.
        Value::Float64(value) => {
            signed(format!("{:e}", value.abs()), value.is_sign_negative(), span)
        }
        Value::Date(value) => typed(DataType::Date, value.to_string()),
        Value::Timestamp(value) => typed(
            DataType::Timestamp(None, TimezoneInfo::WithTimeZone),
            value.to_rfc3339_opts(SecondsFormat::AutoSi, true),
        ),
        Value::Identifier(name) => {
            Expr::Identifier(Ident::with_quote_and_span('"', span, name.clone()))
        }
    }
}

fn signed(digits: String, negative: bool, span: Span) -> Expr {
    let number = Expr::Value(ast::Value::Number(digits, false).with_span(span));
    if negative {
        Expr::Nested(Box::new(Expr::UnaryOp { op: UnaryOperator::Minus, expr: Box::new(number) }))
    } else {
        number
    }
}
