//! A template without one of its columns, so that who does not ask for a breakdown does not pay for it.

use std::convert::Infallible;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, GroupByExpr, Query, Select, SelectItem, VisitMut, VisitorMut, WindowType,
};

/// Takes a column out of a query and all queries in it: it is not selected, nothing is grouped or
/// partitioned by it.
pub(super) fn without(query: &mut Query, column: &str) {
    match query.visit(&mut Remover { column }) {
        ControlFlow::Continue(()) => {}
        ControlFlow::Break(never) => match never {},
    }
}

struct Remover<'a> {
    column: &'a str,
}

impl Remover<'_> {
    fn is_selected_by(&self, item: &SelectItem) -> bool {
        match item {
            SelectItem::UnnamedExpr(expr) => self.is(expr),
            SelectItem::ExprWithAlias { alias, .. } => alias.value == self.column,
            _ => false,
        }
    }

    fn is(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Identifier(name) => name.value == self.column,
            Expr::CompoundIdentifier(path) => {
                path.last().is_some_and(|name| name.value == self.column)
            }
            _ => false,
        }
    }
}

impl VisitorMut for Remover<'_> {
    type Break = Infallible;

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<Infallible> {
        select.projection.retain(|item| !self.is_selected_by(item));
        if let GroupByExpr::Expressions(keys, _) = &mut select.group_by {
            keys.retain(|key| !self.is(key));
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Infallible> {
        if let Expr::Function(function) = expr
            && let Some(WindowType::WindowSpec(window)) = &mut function.over
        {
            window.partition_by.retain(|key| !self.is(key));
        }
        ControlFlow::Continue(())
    }
}
