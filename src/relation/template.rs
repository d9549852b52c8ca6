//! Puts a caller's expressions and table into the SQL of a relation.

use std::collections::HashMap;
use std::convert::Infallible;
use std::ops::ControlFlow;

use datafusion::common::exec_datafusion_err;
use datafusion::error::Result;
use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, ObjectName, Query, TableAlias,
    TableFactor, Value, ValueWithSpan, VisitMut, VisitorMut,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::Tokenizer;

use super::call::{is_null, items, text};
use super::macros::expansion;
use super::spec::{RelationSpec, Takes};
use super::without::without;

/// The table that a template reads.
const INPUT: &str = "input";

/// The query that a template is with these arguments, by placeholder, and this input.
pub(super) fn filled(
    template: &str,
    spec: &RelationSpec,
    args: HashMap<&'static str, Expr>,
    input: TableFactor,
) -> Result<Box<Query>> {
    let relation = spec.name;
    let mut query = parsed(template)
        .map_err(|error| exec_datafusion_err!("the template of {relation}: {error}"))?;
    if let Some([column, arg]) = spec.only_with
        && args.get(arg).is_none_or(is_null)
    {
        without(&mut query, column);
    }
    let names = rename_ctes(&mut query, relation);
    let is_list = |takes| matches!(takes, Takes::Conditions | Takes::Words(_));
    let lists = spec.args.iter().filter(|arg| is_list(arg.takes));
    let lists = lists.map(|arg| arg.name).collect();
    let mut filler = Filler { args, input: Some(input), names, lists };
    match query.visit(&mut filler) {
        ControlFlow::Continue(()) => Ok(query),
        ControlFlow::Break(never) => match never {},
    }
}

/// A template has no place in the text of the report, so its parts have no positions.
fn parsed(template: &str) -> Result<Box<Query>, ParserError> {
    let dialect = GenericDialect {};
    let tokens = Tokenizer::new(&dialect, template).tokenize()?;
    Parser::new(&dialect).with_tokens(tokens).parse_query()
}

/// An expression that a default is written as.
pub(super) fn expression(sql: &str) -> Result<Expr, ParserError> {
    let dialect = GenericDialect {};
    let tokens = Tokenizer::new(&dialect, sql).tokenize()?;
    Parser::new(&dialect).with_tokens(tokens).parse_expr()
}

/// An expression with another in the place of a placeholder.
pub(super) fn substituted(mut expr: Expr, name: &'static str, value: Expr) -> Expr {
    let args = HashMap::from([(name, value)]);
    let mut filler = Filler { args, input: None, names: HashMap::new(), lists: vec![] };
    match expr.visit(&mut filler) {
        ControlFlow::Continue(()) => expr,
        ControlFlow::Break(never) => match never {},
    }
}

/// Gives what the template names in its WITH names that no report has; the engine refuses a name
/// that a query around it has used.
fn rename_ctes(query: &mut Query, relation: &str) -> HashMap<String, Ident> {
    let ctes = query.with.iter_mut().flat_map(|with| &mut with.cte_tables);
    let renamed = ctes.map(|cte| {
        let name = cte.alias.name.value.clone();
        cte.alias.name = Ident::with_quote('"', format!("{name} of {relation}"));
        (name, cte.alias.name.clone())
    });
    renamed.collect()
}

/// What a CASE over one of the caller's words comes to: the other words need not be planned.
fn branch(case: &Expr) -> Option<Expr> {
    let Expr::Case { operand: Some(word), conditions, else_result, .. } = case else { return None };
    let word = text(word)?;
    let chosen = conditions.iter().find(|branch| text(&branch.condition) == Some(word));
    chosen.map(|branch| branch.result.clone()).or_else(|| else_result.as_deref().cloned())
}

struct Filler {
    args: HashMap<&'static str, Expr>,
    input: Option<TableFactor>,
    /// The names of the template's own tables, by what it calls them.
    names: HashMap<String, Ident>,
    /// The arguments that are lists of conditions or of words.
    lists: Vec<&'static str>,
}

impl Filler {
    /// The list that stands for an argument, if it is one.
    fn list(&self, arg: &FunctionArg) -> Option<&[Expr]> {
        let FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(value))) = arg else {
            return None;
        };
        let Value::Placeholder(name) = &value.value else { return None };
        let name = name.strip_prefix('$').filter(|name| self.lists.contains(name))?;
        items(self.args.get(name)?)
    }
}

fn unnamed(expr: Expr) -> FunctionArg {
    FunctionArg::Unnamed(FunctionArgExpr::Expr(expr))
}

impl VisitorMut for Filler {
    type Break = Infallible;

    /// Shared expressions are written out, and a list of conditions or words becomes as many arguments of
    /// the function that it is given to.
    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Infallible> {
        if let Some((text, argument)) = expansion(expr)
            && let Ok(expanded) = expression(text)
        {
            *expr = substituted(expanded, "x", argument.clone());
        }
        if let Expr::Function(function) = expr
            && let FunctionArguments::List(list) = &mut function.args
        {
            let spread = list.args.drain(..).flat_map(|arg| match self.list(&arg) {
                Some(items) => items.iter().map(|item| unnamed(item.clone())).collect(),
                None => vec![arg],
            });
            list.args = spread.collect::<Vec<_>>();
        }
        ControlFlow::Continue(())
    }

    // After its parts, so that what the caller wrote is left alone.
    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Infallible> {
        if let Expr::Value(ValueWithSpan { value: Value::Placeholder(name), .. }) = expr
            && let Some(arg) = name.strip_prefix('$').and_then(|name| self.args.get(name))
        {
            *expr = match arg {
                Expr::BinaryOp { .. } | Expr::UnaryOp { .. } | Expr::Case { .. } => {
                    Expr::Nested(Box::new(arg.clone()))
                }
                simple => simple.clone(),
            };
        }
        if let Some(branch) = branch(expr) {
            *expr = branch;
        }
        ControlFlow::Continue(())
    }

    fn post_visit_table_factor(&mut self, table: &mut TableFactor) -> ControlFlow<Infallible> {
        let TableFactor::Table { name, alias, args: None, .. } = table else {
            return ControlFlow::Continue(());
        };
        let own = name.0.last().and_then(|part| part.as_ident()).map(|ident| ident.value.clone());
        match own {
            Some(own) if own == INPUT => {
                if let Some(input) = &self.input {
                    *table = input.clone();
                }
            }
            Some(own) => {
                if let Some(renamed) = self.names.get(&own) {
                    *name = ObjectName::from(vec![renamed.clone()]);
                    // Columns keep the short name before them.
                    alias.get_or_insert_with(|| table_alias(Ident::new(own)));
                }
            }
            None => {}
        }
        ControlFlow::Continue(())
    }
}

/// `AS name`.
pub(super) fn table_alias(name: Ident) -> TableAlias {
    TableAlias { explicit: true, name, columns: vec![], at: None }
}
