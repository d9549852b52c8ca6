//! The YAML header of a report: `/*---`, YAML, `---*/`, before any SQL.

use chrono_tz::Tz;
use datafusion::sql::parser::Statement;
use indexmap::IndexMap;
use serde::Deserialize;
use serde_saphyr::{Location, Spanned};

use super::params::{Given, Param, ParamType, Value};
use super::period::{Grain, Period};
use super::statements;
use crate::problem::{Place, Problem, Result, Source};

/// What a report says of itself.
#[derive(Debug, Clone, Default)]
pub struct Header {
    /// Its title.
    pub title: Option<String>,
    /// The question it answers.
    pub description: Option<String>,
    /// Its parameters, in the order in which they are declared.
    pub params: Vec<Param>,
    /// The period that `$start` and `$end` bound, if it has one.
    pub period: Option<Period>,
    /// What must hold for its result.
    pub checks: Vec<Check>,
}

/// Something that must hold for every row of a result.
#[derive(Debug, Clone)]
pub struct Check {
    /// The check, as it is written in the header.
    pub text: String,
    /// Counts the rows of `result` that break it; its parameters are not bound.
    pub(super) query: Statement,
    /// What a row that breaks it means.
    pub severity: Severity,
    /// Where it is declared.
    pub place: Option<Place>,
}

/// What happens when a check does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The run fails, and nothing is published.
    #[default]
    Error,
    /// The run says so and goes on.
    Warn,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawHeader {
    title: Option<String>,
    description: Option<String>,
    #[serde(default)]
    params: IndexMap<String, Spanned<RawParam>>,
    period: Option<RawPeriod>,
    grain: Option<Spanned<Vec<String>>>,
    #[serde(default)]
    checks: Vec<Spanned<RawCheck>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPeriod {
    grain: Grain,
    timezone: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawParam {
    #[serde(rename = "type")]
    kind: Spanned<String>,
    description: Option<String>,
    default: Option<Spanned<String>>,
    #[serde(rename = "enum", default)]
    choices: Vec<Spanned<String>>,
    min: Option<Spanned<String>>,
    max: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCheck {
    not_null: Option<String>,
    assert: Option<String>,
    #[serde(default)]
    severity: Severity,
}

/// The YAML in a text, and where to find its lines in the whole.
struct Yaml<'a> {
    source: &'a Source,
    text: &'a str,
    first_line: usize,
}

impl Header {
    /// The header of a report, which may be absent.
    pub fn of(source: &Source) -> Result<Self> {
        let Some(yaml) = Yaml::find(source)? else { return Ok(Self::default()) };
        if yaml.text.trim().is_empty() {
            return Ok(Self::default());
        }
        let raw: RawHeader =
            serde_saphyr::from_str(yaml.text).map_err(|error| yaml.problem(&error))?;
        let params = raw.params.into_iter().map(|(name, param)| yaml.param(name, param));
        let grain = raw.grain.iter().map(|grain| yaml.grain(grain));
        let checks = grain.chain(raw.checks.iter().map(|check| yaml.check(check)));
        Ok(Self {
            title: raw.title,
            description: raw.description,
            params: params.collect::<Result<_>>()?,
            period: raw.period.map(|period| yaml.period(&period)).transpose()?,
            checks: checks.collect::<Result<_>>()?,
        })
    }

    /// The header that an ad-hoc query would have: a parameter for every value that is given, of
    /// the type that the value looks like.
    pub fn ad_hoc(given: &Given) -> Self {
        let params = given.iter().map(|(name, text)| Param::guess(name, text)).collect();
        Self { params, ..Self::default() }
    }
}

impl<'a> Yaml<'a> {
    const OPEN: &'static str = "/*---";
    const CLOSE: &'static str = "---*/";

    fn find(source: &'a Source) -> Result<Option<Self>> {
        let text = source.text.as_ref();
        let body = without_line_comments(text);
        let line = |rest: &str| 1 + text[..text.len() - rest.len()].matches('\n').count();
        let Some(rest) = body.strip_prefix(Self::OPEN) else {
            return Self::misplaced(source, body, line(body)).map_or(Ok(None), Err);
        };
        let Some((yaml, _)) = rest.split_once(Self::CLOSE) else {
            return Err(Problem::usage("the header has no end")
                .at(source.place(line(body), 1, Self::OPEN.len()))
                .hint(format!("close it with {}", Self::CLOSE)));
        };
        // To SQL the header is a comment, which would end here.
        if let Some(at) = yaml.find("*/").or_else(|| yaml.find("/*")) {
            return Err(Problem::usage("a header cannot hold `/*` or `*/`").at(source.place(
                line(&rest[at..]),
                1,
                1,
            )));
        }
        Ok(Some(Self { source, text: yaml, first_line: line(body) }))
    }

    /// A comment that was probably meant to be the header, which it would silently not be.
    fn misplaced(source: &Source, body: &str, line: usize) -> Option<Problem> {
        let almost =
            body.strip_prefix("/*").is_some_and(|rest| rest.trim_start().starts_with("--"));
        let later = body.lines().position(|line| line.trim_start().starts_with(Self::OPEN));
        let (message, line) = match later {
            Some(at) => ("the header must come before any SQL", line + at),
            None if almost => ("this looks like a header but is not one", line),
            None => return None,
        };
        let hint =
            format!("a header opens with `{}` and closes with `{}`", Self::OPEN, Self::CLOSE);
        Some(Problem::usage(message).at(source.place(line, 1, Self::OPEN.len())).hint(hint))
    }

    fn place(&self, location: Location, length: usize) -> Option<Place> {
        let at = |number: u64| usize::try_from(number).unwrap_or_default();
        let line = at(location.line());
        // What stands on the line of the opening mark stands behind it.
        let shift = if line == 1 { Self::OPEN.len() } else { 0 };
        let line = if line == 0 { 0 } else { line + self.first_line - 1 };
        self.source.place(line, at(location.column()) + shift, length)
    }

    fn problem(&self, error: &serde_saphyr::Error) -> Problem {
        let location = error.location().unwrap_or(Location::UNKNOWN);
        if let serde_saphyr::Error::SerdeUnknownField { field, expected, .. } =
            error.without_snippet()
        {
            let keys = expected.join(", ");
            return Problem::usage(format!("the header has no key `{field}`"))
                .at(self.place(location, field.len()))
                .did_you_mean(field, expected.iter().copied())
                .hint(format!("the keys here are {keys}"));
        }
        let message = error.without_snippet().to_string();
        let message = message.lines().next().unwrap_or_default();
        // The message ends in the position within the YAML, which is not that within the file.
        let message = message.split(" at line ").next().unwrap_or_default();
        let message = message.strip_prefix("error: ").unwrap_or(message);
        Problem::usage(format!("the header is not valid: {message}")).at(self.place(location, 1))
    }

    fn param(&self, name: String, raw: Spanned<RawParam>) -> Result<Param> {
        let place = self.name_place(&name, raw.referenced);
        let raw = raw.value;
        if name == Param::AS_OF || Period::NAMES.contains(&name.as_str()) {
            return Err(Problem::usage(format!("`{name}` cannot be declared")).at(place).hint(
                "`$as_of` is always there; `period: {grain: month}` gives `$start` and `$end`",
            ));
        }
        let kind = ParamType::named(&raw.kind.value).ok_or_else(|| {
            let given = &raw.kind.value;
            Problem::usage(format!("`{given}` is not a type of parameter"))
                .at(self.place(raw.kind.referenced, given.len()))
                .did_you_mean(given, ParamType::NAMES)
                .hint(format!("the types are {}", ParamType::NAMES.join(", ")))
        })?;
        let value = |raw: &Spanned<String>| {
            let text = &raw.value;
            kind.parse(text).ok_or_else(|| {
                Problem::usage(format!("`{text}` is not {}", kind.description()))
                    .at(self.place(raw.referenced, text.len()))
            })
        };
        let optional = |raw: &Option<Spanned<String>>| raw.as_ref().map(value).transpose();
        let choices = raw.choices.iter().map(value).collect::<Result<Vec<Value>>>()?;
        if kind == ParamType::Identifier && choices.is_empty() {
            return Err(Problem::usage(format!("`{name}` can name any column"))
                .at(place)
                .hint("list the columns it may name: `enum: [segment, country]`"));
        }
        let param = Param {
            name,
            kind,
            description: raw.description,
            default: optional(&raw.default)?,
            choices,
            min: optional(&raw.min)?,
            max: optional(&raw.max)?,
            place,
        };
        if let (Some(default), Some(raw)) = (&param.default, &raw.default) {
            let place = self.place(raw.referenced, raw.value.len());
            param.accepts(default).map_err(|problem| problem.at(place))?;
        }
        Ok(param)
    }

    fn period(&self, raw: &RawPeriod) -> Result<Period> {
        let timezone = match &raw.timezone {
            None => Tz::UTC,
            Some(name) => name.value.parse().map_err(|_| {
                let known = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
                Problem::usage(format!("`{}` is not a time zone", name.value))
                    .at(self.place(name.referenced, name.value.len()))
                    .did_you_mean(&name.value, known)
                    .hint("write a name such as Europe/Berlin")
            })?,
        };
        Ok(Period { grain: raw.grain, timezone })
    }

    /// The columns that tell the rows of the result apart: no two rows may agree in all of them.
    fn grain(&self, raw: &Spanned<Vec<String>>) -> Result<Check> {
        let columns: Vec<_> = raw.value.iter().map(|name| quoted(name)).collect();
        let columns = columns.join(", ");
        let query = format!(
            "SELECT CAST(coalesce(sum(n), 0) AS BIGINT) FROM \
             (SELECT count(*) AS n FROM result GROUP BY {columns} HAVING count(*) > 1)"
        );
        Ok(Check {
            text: format!("grain: [{}]", raw.value.join(", ")),
            query: statements::of_check(&query)?,
            severity: Severity::Error,
            place: self.place(raw.referenced, 1),
        })
    }

    fn check(&self, raw: &Spanned<RawCheck>) -> Result<Check> {
        let place = self.place(raw.referenced, 1);
        let (text, broken) = match (&raw.value.not_null, &raw.value.assert) {
            (Some(column), None) => {
                (format!("not_null: {column}"), Ok(format!("{} IS NULL", quoted(column))))
            }
            (None, Some(condition)) => (
                format!("assert: {condition}"),
                // A condition that is NULL is not known to hold.
                statements::condition(condition)
                    .map(|condition| format!("({condition}) IS NOT TRUE")),
            ),
            _ => {
                return Err(Problem::usage("a check is either `not_null` or `assert`").at(place));
            }
        };
        let query = broken
            .and_then(|broken| {
                statements::of_check(&format!("SELECT count(*) FROM result WHERE {broken}"))
            })
            .map_err(|problem| {
                Problem::usage(format!("the check `{text}` is not a condition"))
                    .at(place.clone())
                    .hint(problem.message())
            })?;
        Ok(Check { text, query, severity: raw.value.severity, place })
    }

    /// Where a parameter's name stands: before its declaration, on the same line or above it.
    fn name_place(&self, name: &str, declared: Location) -> Option<Place> {
        let line = usize::try_from(declared.line()).unwrap_or_default();
        let above = self.text.lines().take(line).collect::<Vec<_>>();
        let found = above.iter().enumerate().rev().find_map(|(at, text)| {
            let column = text.find(&format!("{name}:"))?;
            Some((at, text[..column].chars().count()))
        });
        match found {
            Some((at, column)) => self.source.place(at + self.first_line, column + 1, name.len()),
            None => self.place(declared, 1),
        }
    }
}

/// A column by its exact name.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text from its first line that is not empty and no `--` comment.
fn without_line_comments(text: &str) -> &str {
    let mut rest = text.trim_start();
    while rest.starts_with("--") {
        rest = rest.split_once('\n').map_or("", |(_, rest)| rest).trim_start();
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> Problem {
        Header::of(&Source::new("r.sql", text)).unwrap_err()
    }

    fn position(problem: &Problem) -> (usize, usize) {
        problem.place().map(|place| (place.line, place.column)).unwrap()
    }

    #[test]
    fn a_report_needs_no_header() {
        let header = Header::of(&Source::new("r.sql", "SELECT 1 /*--- not: a header ---*/"));
        assert!(header.unwrap().params.is_empty());
    }

    #[test]
    fn an_unknown_key_is_pointed_at() {
        let problem = problem("\n/*---\ntitle: NPS\nparms: {}\n---*/\nSELECT 1");
        assert_eq!(position(&problem), (4, 1));
        assert_eq!(problem.hints()[0], "did you mean `params`?");
    }

    #[test]
    fn a_wrong_default_is_pointed_at() {
        let problem =
            problem("/*---\nparams:\n  n: {type: int64, default: many}\n---*/\nSELECT $n");
        assert_eq!(position(&problem), (3, 29));
        assert_eq!(problem.message(), "`many` is not a whole number");
    }

    #[test]
    fn a_default_outside_its_own_enum_is_refused() {
        let problem = problem(
            "/*---\nparams:\n  plan: {type: string, enum: [basic, pro], default: prof}\n---*/\nSELECT 1",
        );
        assert_eq!(problem.hints()[0], "did you mean `pro`?");
    }

    #[test]
    fn an_open_header_is_refused() {
        assert_eq!(position(&problem("/*---\ntitle: x\nSELECT 1")), (1, 1));
    }
}
