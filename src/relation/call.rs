//! Reads the call of a relation: which table, and which expression for which argument.

use std::collections::HashMap;
use std::ops::ControlFlow;

use datafusion::common::{Diagnostic, Span as PlanSpan, plan_datafusion_err};
use datafusion::error::{DataFusionError, Result};
use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, Ident, Query, SelectItem, SetExpr, Spanned, TableFactor,
    Value, ValueWithSpan, Visit, Visitor,
};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Span, Token, TokenWithSpan};

use super::find;
use super::spec::{RelationArg, RelationSpec, Takes, Words};
use super::template::{expression, table_alias};

/// A call, ready to be filled into the template.
pub(super) struct Call {
    pub input: TableFactor,
    /// An expression for each argument.
    pub args: HashMap<&'static str, Expr>,
    /// The words among them.
    pub words: Words,
}

impl Call {
    /// Reads the arguments of a call.
    pub(super) fn read(spec: &'static RelationSpec, given: Vec<FunctionArg>) -> Result<Self> {
        let mut given = given.into_iter();
        let input = match given.next() {
            Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(input))) => table(spec, input)?,
            _ => return Err(needs_table(spec, Span::empty())),
        };
        let mut args = HashMap::new();
        for arg in given {
            let (name, value) = named(spec, arg)?;
            let known = spec.args.iter().find(|arg| arg.name.eq_ignore_ascii_case(&name.value));
            let Some(known) = known else { return Err(unknown(spec, &name)) };
            check(spec, known, &value)?;
            if args.insert(known.name, value).is_some() {
                let message = format!("{}: {} is given twice", spec.name, known.name);
                return Err(error(message, name.span));
            }
        }
        let is_given = |(name, value): (&&'static str, &Expr)| (!is_null(value)).then_some(*name);
        let given: Vec<_> = args.iter().filter_map(is_given).collect();
        if let Some([one, other]) = spec.either
            && given.contains(&one)
            && given.contains(&other)
        {
            let message = format!("{}: give either {one} or {other}, not both", spec.name);
            return Err(error(message, Span::empty()));
        }
        for arg in spec.args {
            if args.contains_key(arg.name) {
                continue;
            }
            let Some(default) = arg.default else {
                let message = format!("{}: {} is missing: {}", spec.name, arg.name, arg.doc);
                return Err(error(message, Span::empty()));
            };
            let default = expression(default)
                .map_err(|error| plan_datafusion_err!("{}: {error}", spec.name))?;
            args.insert(arg.name, default);
        }
        count_conditions(spec, &mut args)?;
        let words = args.iter().filter_map(|(name, value)| {
            let word = text(value).map(str::to_owned).or_else(|| Some(whole(value)?.to_string()));
            Some((*name, word?))
        });
        let words = Words { words: words.collect(), given };
        Ok(Self { input, args, words })
    }
}

/// Tells the template how many conditions there are, and checks what is said of single ones.
fn count_conditions(spec: &RelationSpec, args: &mut HashMap<&'static str, Expr>) -> Result<()> {
    let lists = spec.args.iter().filter(|arg| arg.takes == Takes::Conditions);
    let lists = lists.filter_map(|arg| Some((arg.name, items(args.get(arg.name)?)?.len())));
    let Some((list, count)) = lists.max_by_key(|(_, count)| *count) else { return Ok(()) };
    let relation = spec.name;
    for arg in spec.args {
        let (name, Some(value)) = (arg.name, args.get(arg.name)) else { continue };
        match arg.takes {
            Takes::Numbers => {
                let numbers = numbers(value).unwrap_or_default();
                if let Some(number) = numbers.iter().find(|number| **number > count) {
                    let message =
                        format!("{relation}: {name} has {number}, but {list} has only {count}");
                    return Err(error(message, value.span()));
                }
                // As the template finds them.
                let numbers: Vec<_> = numbers.iter().map(usize::to_string).collect();
                let numbers = Value::SingleQuotedString(numbers.join(","));
                args.insert(name, Expr::Value(numbers.into()));
            }
            Takes::Lengths if items(value).is_some_and(|lengths| lengths.len() >= count) => {
                let message = format!(
                    "{relation}: {name} has a time too many: one for each of {list} after the first \
                     makes {}",
                    count - 1
                );
                return Err(error(message, value.span()));
            }
            _ => {}
        }
    }
    let count = Value::Number(count.to_string(), false);
    args.insert("count", Expr::Value(count.into()));
    Ok(())
}

/// The table or the query that a call is about.
fn table(spec: &RelationSpec, input: Expr) -> Result<TableFactor> {
    match input {
        Expr::Subquery(query) => {
            let name = only_table(&query).unwrap_or_else(|| Ident::new("input"));
            Ok(TableFactor::Derived {
                lateral: false,
                subquery: query,
                alias: Some(table_alias(name)),
                sample: None,
            })
        }
        other => Err(needs_table(spec, other.span())),
    }
}

/// The table in `SELECT * FROM table`, so that its columns can be called by it.
fn only_table(query: &Query) -> Option<Ident> {
    let SetExpr::Select(select) = query.body.as_ref() else { return None };
    match (select.projection.as_slice(), select.from.as_slice()) {
        ([SelectItem::Wildcard(_)], [from]) if from.joins.is_empty() => match &from.relation {
            TableFactor::Table { alias: Some(alias), .. } => Some(alias.name.clone()),
            TableFactor::Table { name, .. } => name.0.last()?.as_ident().cloned(),
            _ => None,
        },
        _ => None,
    }
}

fn named(spec: &RelationSpec, arg: FunctionArg) -> Result<(Ident, Expr)> {
    match arg {
        FunctionArg::Named { name, arg: FunctionArgExpr::Expr(value), .. }
        | FunctionArg::ExprNamed {
            name: Expr::Identifier(name),
            arg: FunctionArgExpr::Expr(value),
            ..
        } => Ok((name, value)),
        other => {
            let example = spec.args.first().map_or("customer", |arg| arg.name);
            let message = format!(
                "{}: arguments behind the table have names, such as {example} => …",
                spec.name
            );
            Err(error(message, other.span()))
        }
    }
}

/// Whether a constant is what it must be. What rows hold is checked when its type is known.
fn check(spec: &RelationSpec, arg: &RelationArg, value: &Expr) -> Result<()> {
    let fits = match arg.takes {
        Takes::Word(words) => text(value).is_some_and(|word| words.contains(&word)),
        Takes::Words(words) => are_words(words, value),
        Takes::Whole { least, most } => {
            whole(value).is_some_and(|number| (least..=most).contains(&number))
        }
        Takes::Bounds => bounds(value),
        Takes::Conditions => items(value).is_some_and(|steps| !steps.is_empty()),
        Takes::Numbers => numbers(value).is_some(),
        Takes::Lengths => {
            is_null(value)
                || items(value).is_some_and(|lengths| !lengths.iter().any(mentions_columns))
        }
        Takes::Texts => items(value)
            .is_some_and(|texts| texts.iter().all(|item| text(item).is_some() || is_null(item))),
        Takes::Text => text(value).is_some() || is_null(value) && arg.default == Some("NULL"),
        Takes::Flag => {
            matches!(value, Expr::Value(ValueWithSpan { value: Value::Boolean(_), .. }))
        }
        Takes::Interval | Takes::Length { .. } | Takes::Moment if is_null(value) => {
            arg.default == Some("NULL")
        }
        Takes::Interval | Takes::Length { .. } | Takes::Moment => !mentions_columns(value),
        Takes::Anything | Takes::Time | Takes::Number | Takes::Condition => true,
    };
    if fits {
        return Ok(());
    }
    let message = format!(
        "{}: {} is {value}, but it must be {}",
        spec.name,
        arg.name,
        arg.takes.description()
    );
    Err(error(message, value.span()))
}

/// A text, if it is one that is written out.
pub(super) fn text(value: &Expr) -> Option<&str> {
    match value {
        Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(text), .. }) => Some(text),
        _ => None,
    }
}

/// One of some words, or several of them, each once.
fn are_words(words: &[&str], value: &Expr) -> bool {
    let given = items(value).unwrap_or_else(|| std::slice::from_ref(value));
    let given: Option<Vec<_>> = given.iter().map(text).collect();
    given.is_some_and(|given| {
        let is_known = |(place, word)| words.contains(word) && !given[..place].contains(word);
        !given.is_empty() && given.iter().enumerate().all(is_known)
    })
}

fn whole(value: &Expr) -> Option<u64> {
    match value {
        Expr::Value(ValueWithSpan { value: Value::Number(number, _), .. }) => number.parse().ok(),
        // A parameter of a report stands there with its type.
        Expr::Nested(inner) | Expr::Cast { expr: inner, .. } => whole(inner),
        _ => None,
    }
}

/// Numbers from 2 on, as a text or as one number.
fn numbers(value: &Expr) -> Option<Vec<usize>> {
    let number = |text: &str| text.trim().parse().ok().filter(|number| *number >= 2);
    match text(value) {
        Some(text) if text.trim().is_empty() => Some(vec![]),
        Some(text) => text.split(',').map(number).collect(),
        None => Some(vec![number(&whole(value)?.to_string())?]),
    }
}

/// The items of a list.
pub(super) fn items(value: &Expr) -> Option<&[Expr]> {
    match value {
        Expr::Array(array) => Some(&array.elem),
        _ => None,
    }
}

fn bounds(value: &Expr) -> bool {
    let Some(items) = items(value) else { return false };
    let numbers: Option<Vec<u64>> = items.iter().map(whole).collect();
    numbers.is_some_and(|numbers| {
        let last = numbers.last().copied().unwrap_or_default();
        numbers.len() > 1 && last <= 10_000 && numbers.is_sorted_by(|a, b| a < b)
    })
}

pub(super) fn is_null(value: &Expr) -> bool {
    matches!(value, Expr::Value(ValueWithSpan { value: Value::Null, .. }))
}

fn mentions_columns(value: &Expr) -> bool {
    struct Columns;

    impl Visitor for Columns {
        type Break = ();

        fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
            match expr {
                Expr::Identifier(_) | Expr::CompoundIdentifier(_) => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            }
        }
    }

    value.visit(&mut Columns).is_break()
}

fn needs_table(spec: &RelationSpec, span: Span) -> DataFusionError {
    let name = spec.name;
    let message = format!(
        "{name}: the first argument must be a table or a query, such as {name}(TABLE orders, …) \
         or {name}((SELECT … FROM orders), …)"
    );
    error(message, span)
}

fn unknown(spec: &RelationSpec, name: &Ident) -> DataFusionError {
    let args: Vec<_> = spec.args.iter().map(|arg| arg.name).collect();
    let message = format!("{} has no argument {name}; it has {}", spec.name, args.join(", "));
    error(message, name.span)
}

/// An error that points at what is wrong.
pub(super) fn error(message: String, span: Span) -> DataFusionError {
    let place = PlanSpan::try_from_sqlparser_span(span);
    let diagnostic = Diagnostic::new_error(message.clone(), place);
    DataFusionError::Plan(message).with_diagnostic(diagnostic)
}

/// Writes `relation(TABLE name` as `relation((SELECT * FROM name)`, which parsers take for an
/// argument. Every token keeps its position. What is called so and is no relation is returned instead.
pub(crate) fn name_tables(tokens: Vec<TokenWithSpan>) -> Result<Vec<TokenWithSpan>, Ident> {
    let mut written: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let span = token.span;
        let called = is_word(&token, "TABLE").then(|| called_with(&written)).flatten();
        let Some(called) = called else {
            written.push(token);
            continue;
        };
        if find(&called.value).is_none() {
            return Err(called);
        }
        let select = [Token::LParen, word("SELECT"), Token::Mul, word("FROM")];
        written.extend(select.map(|token| TokenWithSpan { token, span }));
        while let Some(part) = tokens.next_if(|token| {
            matches!(token.token, Token::Whitespace(_) | Token::Word(_) | Token::Period)
        }) {
            written.push(part);
        }
        written.push(TokenWithSpan { token: Token::RParen, span });
    }
    Ok(written)
}

/// What is called, if what was read ends in a name and a parenthesis. After a word of SQL, such as `EXISTS`, the
/// table would be a query.
fn called_with(tokens: &[TokenWithSpan]) -> Option<Ident> {
    let mut back = tokens.iter().rev().filter(|t| !matches!(t.token, Token::Whitespace(_)));
    let is_call = back.next()?.token == Token::LParen;
    let name = back.next().filter(|_| is_call)?;
    let Token::Word(word) = &name.token else { return None };
    let is_name = word.keyword == Keyword::NoKeyword || find(&word.value).is_some();
    is_name.then(|| word.clone().into_ident(name.span))
}

fn is_word(token: &TokenWithSpan, text: &str) -> bool {
    match &token.token {
        Token::Word(word) => word.quote_style.is_none() && word.value.eq_ignore_ascii_case(text),
        _ => false,
    }
}

fn word(text: &str) -> Token {
    Token::make_word(text, None)
}
