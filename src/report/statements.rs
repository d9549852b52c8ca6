//! The statements of a report: which ones may stand in it, and where things are in them.

use std::ops::ControlFlow;

use datafusion::sql::parser::{DFParserBuilder, Statement as AnyStatement};
use datafusion::sql::resolve::resolve_table_references;
use datafusion::sql::sqlparser::ast::{Expr, Ident, ObjectName, Statement, Visit, Visitor};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{Span, Token, TokenWithSpan, Tokenizer};

use crate::problem::{Place, Problem, Result, Source};
use crate::relation;

/// A name in a statement that an error may be about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// The name, in lower case.
    pub name: String,
    /// Whether it is called as a function; if not, it is read as a table.
    pub is_function: bool,
    span: Span,
}

impl Spot {
    /// Where it stands.
    pub fn place(&self, source: &Source) -> Option<Place> {
        place(source, self.span)
    }
}

/// The statements of a report: views, and last the query whose rows are the result.
pub(super) fn of_report(source: &Source) -> Result<Vec<AnyStatement>> {
    let parsed = parse(source)?;
    let last = parsed.len() - 1;
    let checked = parsed.into_iter().enumerate().map(|(at, (statement, start))| {
        match refusal(&statement, at == last) {
            None => Ok(statement),
            Some(why) => Err(Problem::sql(why).at(place(source, start))),
        }
    });
    checked.collect()
}

/// Why a statement can't stand in a report, if it can't.
fn refusal(statement: &AnyStatement, last: bool) -> Option<&'static str> {
    match statement {
        AnyStatement::Statement(statement) => match **statement {
            Statement::Query(_) if last => None,
            Statement::Query(_) => Some("only the last statement of a report may be a query"),
            Statement::CreateView(ref view) if view.materialized => {
                Some("a report cannot keep a materialized view")
            }
            Statement::CreateView(_) if last => {
                Some("the last statement of a report must be a query")
            }
            Statement::CreateView(_) => None,
            _ => Some("a report only reads: it may create views and select"),
        },
        AnyStatement::CopyTo(_) => Some("a report only reads: use -o to write its result"),
        AnyStatement::CreateExternalTable(_) => {
            Some("a report only reads the lake: name other tables in tenure.toml or with --table")
        }
        AnyStatement::Explain(_) | AnyStatement::Reset(_) => {
            Some("a report only reads: it may create views and select")
        }
    }
}

/// The one condition in the text of a check, as the parser understands it.
pub(super) fn condition(text: &str) -> Result<Expr> {
    let source = Source::new("the check", text);
    let invalid = |error: ParserError| syntax_error(&source, &error.to_string());
    let mut parser = Parser::new(&GenericDialect {}).try_with_sql(text).map_err(invalid)?;
    let condition = parser.parse_expr().map_err(invalid)?;
    parser.expect_token(&Token::EOF).map_err(invalid)?;
    Ok(condition)
}

/// The one query in the text of a check.
pub(super) fn of_check(query: &str) -> Result<AnyStatement> {
    let source = Source::new("the check", query);
    let mut parsed = parse(&source)?;
    match parsed.pop() {
        Some((statement, _)) if parsed.is_empty() && refusal(&statement, true).is_none() => {
            Ok(statement)
        }
        _ => Err(Problem::usage("a check is one condition on the columns of the result")),
    }
}

/// The one statement of an ad-hoc query, which may also explain, describe or show.
pub(super) fn of_query(source: &Source) -> Result<Vec<AnyStatement>> {
    let mut parsed = parse(source)?;
    if parsed.len() > 1 {
        let second = parsed[1].1;
        return Err(Problem::sql("one query at a time").at(place(source, second)));
    }
    let (statement, start) = parsed.remove(0);
    let refused = || {
        Problem::sql("only queries are allowed: SELECT, EXPLAIN, DESCRIBE and SHOW")
            .at(place(source, start))
    };
    if reads(&statement) { Ok(vec![statement]) } else { Err(refused()) }
}

/// Whether a statement of an ad-hoc query does nothing but read.
fn reads(statement: &AnyStatement) -> bool {
    match statement {
        AnyStatement::Statement(statement) => matches!(
            **statement,
            Statement::Query(_)
                | Statement::ExplainTable { .. }
                | Statement::ShowTables { .. }
                | Statement::ShowColumns { .. }
                | Statement::ShowVariable { .. }
                | Statement::ShowFunctions { .. }
        ),
        AnyStatement::Explain(explain) => reads(&explain.statement),
        _ => false,
    }
}

/// The standard SQL in a statement, if there is any.
pub(super) fn standard_mut(statement: &mut AnyStatement) -> Option<&mut Statement> {
    match statement {
        AnyStatement::Statement(statement) => Some(statement),
        AnyStatement::Explain(explain) => standard_mut(&mut explain.statement),
        _ => None,
    }
}

/// Where a span of the parser lies.
pub(super) fn place(source: &Source, span: Span) -> Option<Place> {
    let (start, end) = (span.start, span.end);
    source.between((start.line, start.column), (end.line, end.column))
}

/// Every function and table that the statements name.
pub(super) fn spots(statements: &mut [AnyStatement]) -> Vec<Spot> {
    let mut names = Names(vec![]);
    for statement in statements.iter_mut().filter_map(standard_mut) {
        // The visitor never breaks off.
        if statement.visit(&mut names).is_break() {
            break;
        }
    }
    names.0
}

/// The tables and views that the statements read, in lower case; what a WITH names is none.
pub(super) fn tables(statements: &[AnyStatement]) -> Result<Vec<String>> {
    let mut tables = vec![];
    for statement in statements {
        let (read, _) = resolve_table_references(statement, true)
            .map_err(|error| Problem::sql(error.strip_backtrace()))?;
        tables.extend(read.iter().map(|table| table.table().to_lowercase()));
    }
    tables.sort();
    tables.dedup();
    Ok(tables)
}

struct Names(Vec<Spot>);

impl Names {
    fn note(&mut self, name: &ObjectName, is_function: bool) {
        let last = name.0.last().and_then(|part| part.as_ident());
        let name = last.map(|ident| ident.value.to_lowercase()).unwrap_or_default();
        let span = last.map_or_else(Span::empty, |ident| ident.span);
        self.0.push(Spot { name, is_function, span });
    }
}

impl Visitor for Names {
    type Break = ();

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<()> {
        let last = relation.0.last().and_then(|part| part.as_ident());
        let is_function = last.is_some_and(|name| relation::is_relation(&name.value));
        self.note(relation, is_function);
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if let Expr::Function(function) = expr {
            self.note(&function.name, true);
        }
        ControlFlow::Continue(())
    }
}

/// Parses a text; every statement comes with where it starts.
fn parse(source: &Source) -> Result<Vec<(AnyStatement, Span)>> {
    let dialect = GenericDialect {};
    let tokens =
        Tokenizer::new(&dialect, &source.text).tokenize_with_location().map_err(|error| {
            syntax_error(source, &ParserError::TokenizerError(error.to_string()).to_string())
        })?;
    let starts = statement_starts(&tokens);
    let tokens = relation::name_tables(tokens).map_err(|called| no_relation(source, &called))?;
    let statements = DFParserBuilder::new(tokens)
        .with_dialect(&dialect)
        .build()
        .and_then(|mut parser| parser.parse_statements())
        .map_err(|error| syntax_error(source, &error.to_string()))?;
    if statements.is_empty() {
        return Err(Problem::sql(format!("{} has no statement", source.name)));
    }
    let nowhere = std::iter::repeat(Span::empty());
    Ok(statements.into_iter().zip(starts.into_iter().chain(nowhere)).collect())
}

/// A name that is called as a relation is, and is none.
pub(super) fn no_relation(source: &Source, called: &Ident) -> Problem {
    Problem::sql(format!("there is no relation `{}`", called.value))
        .at(place(source, called.span))
        .did_you_mean(&called.value, relation::specs().map(|spec| spec.name))
        .hint("`tenure functions` lists those that take a TABLE")
}

/// The first token of each statement.
fn statement_starts(tokens: &[TokenWithSpan]) -> Vec<Span> {
    let mut starts = vec![];
    let mut between = true;
    for token in tokens {
        match token.token {
            Token::Whitespace(_) | Token::EOF => {}
            Token::SemiColon => between = true,
            _ => {
                if between {
                    starts.push(token.span);
                }
                between = false;
            }
        }
    }
    starts
}

/// Takes the position out of the parser's message, which ends in "at Line: 3, Column: 8".
pub(super) fn syntax_error(source: &Source, message: &str) -> Problem {
    let message = message.lines().next().unwrap_or_default();
    let message = ["SQL error: ", "ParserError(\"", "TokenizerError(\"", "sql parser error: "]
        .iter()
        .fold(message, |rest, prefix| rest.strip_prefix(prefix).unwrap_or(rest));
    let message = message.trim_end_matches("\")");
    let (message, position) = message.rsplit_once(" at Line: ").unwrap_or((message, ""));
    let position: Vec<usize> =
        position.split(", Column: ").filter_map(|number| number.trim().parse().ok()).collect();
    let place = match position[..] {
        [line, column] => source.place(line, column, word_length(source, line, column)),
        _ => None,
    };
    Problem::sql(format!("syntax error: {}", message.replace("\\\"", "\""))).at(place)
}

/// How long the word at a position is, for it to be marked whole.
fn word_length(source: &Source, line: usize, column: usize) -> usize {
    let line = source.text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    let rest = line.chars().skip(column.saturating_sub(1));
    rest.take_while(|c| c.is_alphanumeric() || *c == '_').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(sql: &str) -> (String, usize) {
        let problem = of_report(&Source::new("r.sql", sql)).unwrap_err();
        (problem.message().to_owned(), problem.place().map_or(0, |place| place.line))
    }

    #[test]
    fn writing_is_refused_where_it_stands() {
        let (message, line) = refused("CREATE VIEW v AS SELECT 1;\nCOPY v TO 'x.csv'");
        assert!(message.contains("-o"), "{message}");
        assert_eq!(line, 2);
        for sql in ["INSERT INTO t VALUES (1)", "DROP TABLE t", "SET a = 1", "DELETE FROM t"] {
            assert_eq!(refused(sql).1, 1, "{sql}");
        }
    }

    #[test]
    fn a_table_goes_to_a_relation() {
        let of = |sql: &str| of_query(&Source::new("q.sql", sql));
        assert!(of("SELECT * FROM Sessions (TABLE orders, customer => id, time => at)").is_ok());
        let error = of("SELECT *\nFROM sesions(TABLE orders, customer => id)").unwrap_err();
        let place = error.place().unwrap();
        assert_eq!((place.line, place.column, place.length), (2, 6, 7), "{error}");
        assert_eq!(error.message(), "there is no relation `sesions`");
        assert_eq!(error.hints()[0], "did you mean `sessions`?");
        // A word of SQL calls nothing.
        let error = of("SELECT 1 WHERE EXISTS (TABLE orders)").unwrap_err().to_string();
        assert!(!error.contains("relation"), "{error}");
    }

    #[test]
    fn a_syntax_error_is_where_the_parser_stopped() {
        let problem = of_report(&Source::new("r.sql", "SELECT 1\nFORM t")).unwrap_err();
        let place = problem.place().unwrap();
        assert_eq!((place.line, place.column, place.length), (2, 6, 1), "{problem}");
    }
}
