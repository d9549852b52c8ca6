//! Refuses what would be accepted and then do nothing: the engine parses clauses that it does not
//! plan, and a constant in ORDER BY orders nothing.

use std::ops::ControlFlow;

use datafusion::sql::parser::Statement as AnyStatement;
use datafusion::sql::sqlparser::ast::{
    Distinct, Expr, Function, FunctionArgumentClause, FunctionArguments, GroupByExpr,
    NamedWindowExpr, OrderByExpr, OrderByKind, Query, Select, SelectItem, Spanned, TableFactor,
    Value, Visit, Visitor, WindowSpec, WindowType,
};
use datafusion::sql::sqlparser::tokenizer::Span;

use super::Report;
use super::params::ParamType;
use super::statements::{place, standard_mut};
use crate::problem::{Problem, Result};

/// Looks at the statements of a report before its parameters are bound.
pub(super) fn lint(report: &Report, statements: &mut [AnyStatement]) -> Result<()> {
    let mut linter = Linter { report };
    for statement in statements.iter_mut().filter_map(standard_mut) {
        if let ControlFlow::Break(problem) = statement.visit(&mut linter) {
            return Err(problem);
        }
    }
    Ok(())
}

struct Linter<'a> {
    report: &'a Report,
}

type Flow = ControlFlow<Problem>;

const ORDERS: &str = "this orders all rows by one constant,";
const GROUPS: &str = "this groups all rows by one constant,";

impl Linter<'_> {
    /// Refuses a parameter that stands where a constant changes nothing.
    fn constant(&self, expr: &Expr, what: &str) -> Flow {
        match expr {
            Expr::Nested(inner) => self.constant(inner, what),
            Expr::Tuple(parts) => self.constants(parts, what),
            Expr::Rollup(sets) | Expr::Cube(sets) | Expr::GroupingSets(sets) => {
                sets.iter().try_for_each(|set| self.constants(set, what))
            }
            Expr::Value(value) => match &value.value {
                Value::Placeholder(placeholder) => self.placeholder(placeholder, value.span, what),
                _ => Flow::Continue(()),
            },
            _ => Flow::Continue(()),
        }
    }

    fn constants(&self, exprs: &[Expr], what: &str) -> Flow {
        exprs.iter().try_for_each(|expr| self.constant(expr, what))
    }

    fn placeholder(&self, placeholder: &str, span: Span, what: &str) -> Flow {
        // What is no parameter at all is refused where parameters are bound.
        let Some(name) = placeholder.strip_prefix('$') else { return Flow::Continue(()) };
        let param = self.report.header.params.iter().find(|param| param.name == name);
        if param.is_some_and(|param| param.kind == ParamType::Identifier) {
            return Flow::Continue(());
        }
        let hint = format!(
            "to choose a column, declare `{name}: {{type: identifier, enum: [a_column, another]}}`"
        );
        let problem = Problem::usage(format!("{what} the value of `{placeholder}`, not a column"));
        Flow::Break(problem.at(place(&self.report.source, span)).hint(hint))
    }

    fn order(&self, order: &[OrderByExpr]) -> Flow {
        order.iter().try_for_each(|by| self.constant(&by.expr, ORDERS))
    }

    fn window(&self, window: &WindowSpec) -> Flow {
        self.constants(&window.partition_by, GROUPS)?;
        self.order(&window.order_by)
    }

    fn call(&self, function: &Function) -> Flow {
        if let Some(WindowType::WindowSpec(window)) = &function.over {
            self.window(window)?;
        }
        let FunctionArguments::List(list) = &function.args else { return Flow::Continue(()) };
        list.clauses.iter().try_for_each(|clause| match clause {
            FunctionArgumentClause::OrderBy(order) => self.order(order),
            _ => Flow::Continue(()),
        })
    }

    /// Refuses a clause that the engine would leave out without a word.
    fn ignored(&self, is_there: bool, clause: &str, near: &impl Spanned) -> Flow {
        if !is_there {
            return Flow::Continue(());
        }
        let problem = Problem::sql(format!("{clause} is not supported"));
        Flow::Break(problem.at(place(&self.report.source, near.span())))
    }
}

impl Visitor for Linter<'_> {
    type Break = Problem;

    fn pre_visit_query(&mut self, query: &Query) -> Flow {
        if let Some(OrderByKind::Expressions(order)) =
            query.order_by.as_ref().map(|order| &order.kind)
        {
            self.order(order)?;
        }
        self.ignored(!query.locks.is_empty(), "FOR UPDATE", query)?;
        self.ignored(query.for_clause.is_some(), "a FOR clause", query)?;
        self.ignored(query.settings.is_some(), "SETTINGS", query)?;
        self.ignored(query.format_clause.is_some(), "FORMAT (use --format)", query)
    }

    fn pre_visit_select(&mut self, select: &Select) -> Flow {
        if let GroupByExpr::Expressions(groups, modifiers) = &select.group_by {
            self.constants(groups, GROUPS)?;
            let clause = "WITH after GROUP BY (write GROUP BY ROLLUP (…) or CUBE (…))";
            self.ignored(!modifiers.is_empty(), clause, &select.group_by)?;
        }
        if let Some(Distinct::On(exprs)) = &select.distinct {
            self.constants(exprs, GROUPS)?;
        }
        for item in &select.projection {
            if let SelectItem::UnnamedExpr(expr) = item {
                self.constant(expr, "without a name (`AS …`) this selects")?;
            }
        }
        for window in &select.named_window {
            if let NamedWindowExpr::WindowSpec(window) = &window.1 {
                self.window(window)?;
            }
        }
        if let Some(condition) = &select.prewhere {
            self.ignored(true, "PREWHERE (write WHERE)", condition)?;
        }
        self.ignored(!select.connect_by.is_empty(), "CONNECT BY (write WITH RECURSIVE)", select)
    }

    fn pre_visit_table_factor(&mut self, table: &TableFactor) -> Flow {
        match table {
            TableFactor::Table { with_hints, partitions, sample, index_hints, version, .. } => {
                self.ignored(sample.is_some(), "sampling a table", table)?;
                let hints = !with_hints.is_empty() || !index_hints.is_empty();
                self.ignored(hints, "a table hint", table)?;
                self.ignored(!partitions.is_empty(), "PARTITION (filter by the column)", table)?;
                self.ignored(version.is_some(), "a version of a table", table)
            }
            TableFactor::Derived { sample, .. } => {
                self.ignored(sample.is_some(), "sampling a subquery", table)
            }
            _ => Flow::Continue(()),
        }
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> Flow {
        match expr {
            Expr::Function(function) => self.call(function),
            _ => Flow::Continue(()),
        }
    }
}
