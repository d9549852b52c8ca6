//! Parameters of reports: declared types, given values, and the literals they become.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use indexmap::IndexMap;

use super::Report;
use super::period::Period;
use crate::clock::{Clock, parse_moment};
use crate::problem::{Place, Problem, Result};

/// Values from the command line: name and text, in the order in which they were given.
pub type Given = IndexMap<String, String>;

/// Every parameter of a report with the value it has in a run.
pub(super) type Values = IndexMap<String, Value>;

/// A declared parameter.
#[derive(Debug, Clone)]
pub struct Param {
    /// Its name, without the `$`.
    pub name: String,
    /// What its values are.
    pub kind: ParamType,
    /// What it is for.
    pub description: Option<String>,
    /// The value where none is given.
    pub default: Option<Value>,
    /// The only values it may have, unless empty.
    pub choices: Vec<Value>,
    /// The least value it may have.
    pub min: Option<Value>,
    /// The greatest value it may have.
    pub max: Option<Value>,
    /// Where it is declared.
    pub(super) place: Option<Place>,
}

/// The type of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamType {
    /// Text.
    String,
    /// A whole number.
    Int64,
    /// A number.
    Float64,
    /// True or false.
    Boolean,
    /// A day.
    Date,
    /// A moment.
    Timestamp,
    /// The name of a column, one of a list.
    Identifier,
}

/// The value of a parameter.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub enum Value {
    /// Text.
    String(String),
    /// A whole number.
    Int64(i64),
    /// A number.
    Float64(f64),
    /// True or false.
    Boolean(bool),
    /// A day.
    Date(NaiveDate),
    /// A moment.
    Timestamp(DateTime<Utc>),
    /// The name of a column.
    Identifier(String),
}

impl ParamType {
    /// The names of the types, as a header writes them.
    pub const NAMES: [&'static str; 7] =
        ["string", "int64", "float64", "boolean", "date", "timestamp", "identifier"];

    const ALL: [Self; 7] = [
        Self::String,
        Self::Int64,
        Self::Float64,
        Self::Boolean,
        Self::Date,
        Self::Timestamp,
        Self::Identifier,
    ];

    /// The type of this name.
    pub fn named(name: &str) -> Option<Self> {
        let at = Self::NAMES.iter().position(|known| *known == name)?;
        Some(Self::ALL[at])
    }

    /// Its name, as a header writes it.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// What a value of it is, for a sentence.
    pub fn description(self) -> &'static str {
        match self {
            Self::String => "text",
            Self::Int64 => "a whole number",
            Self::Float64 => "a number",
            Self::Boolean => "true or false",
            Self::Date => "a date such as 2025-12-31",
            Self::Timestamp => "a moment such as 2025-12-31T08:00:00Z",
            Self::Identifier => "the name of a column",
        }
    }

    /// The value that a text means, if it means one.
    pub fn parse(self, text: &str) -> Option<Value> {
        Some(match self {
            Self::String => Value::String(text.to_owned()),
            Self::Int64 => Value::Int64(text.trim().parse().ok()?),
            Self::Float64 => {
                Value::Float64(text.trim().parse().ok().filter(|value: &f64| value.is_finite())?)
            }
            Self::Boolean => Value::Boolean(text.trim().to_ascii_lowercase().parse().ok()?),
            Self::Date => Value::Date(NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d").ok()?),
            Self::Timestamp => Value::Timestamp(parse_moment(text)?),
            Self::Identifier => Value::Identifier(text.trim().to_owned()),
        })
    }

    /// Some value of the type, to plan with.
    fn any(self) -> Value {
        match self {
            Self::String => Value::String(String::new()),
            Self::Int64 => Value::Int64(1),
            Self::Float64 => Value::Float64(1.0),
            Self::Boolean => Value::Boolean(true),
            Self::Date => Value::Date(NaiveDate::default()),
            Self::Timestamp => Value::Timestamp(DateTime::UNIX_EPOCH),
            Self::Identifier => Value::Identifier(String::new()),
        }
    }
}

impl Value {
    /// The value as a user would type it.
    pub fn text(&self) -> String {
        match self {
            Self::String(text) | Self::Identifier(text) => text.clone(),
            Self::Int64(value) => value.to_string(),
            Self::Float64(value) => value.to_string(),
            Self::Boolean(value) => value.to_string(),
            Self::Date(value) => value.to_string(),
            Self::Timestamp(value) => value.to_rfc3339_opts(SecondsFormat::AutoSi, true),
        }
    }
}

impl Param {
    /// The parameter that every report has: the moment of the run.
    pub const AS_OF: &'static str = "as_of";

    /// A parameter of the narrowest type that a text can be read as.
    pub(super) fn guess(name: &str, text: &str) -> Self {
        use ParamType::{Boolean, Date, Float64, Int64, String, Timestamp};
        // A number that is not written as numbers are, such as 007 or +49, is a code.
        let plain = |text: &str| {
            let digits = text.strip_prefix('-').unwrap_or(text);
            let whole = digits.split('.').next().unwrap_or_default();
            digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
                && !whole.is_empty()
                && (whole == "0" || !whole.starts_with('0'))
        };
        let kind = [Int64, Float64, Boolean, Date, Timestamp]
            .into_iter()
            .filter(|kind| !matches!(kind, Int64 | Float64) || plain(text))
            .find(|kind| kind.parse(text).is_some())
            .unwrap_or(String);
        Self {
            name: name.to_owned(),
            kind,
            description: None,
            default: None,
            choices: vec![],
            min: None,
            max: None,
            place: None,
        }
    }

    /// Whether the parameter may have this value.
    pub fn accepts(&self, value: &Value) -> Result<()> {
        let refuse = |why: String| Problem::usage(format!("{}: {why}", self.name));
        if !self.choices.is_empty() && !self.choices.contains(value) {
            let choices: Vec<String> = self.choices.iter().map(Value::text).collect();
            return Err(refuse(format!("`{}` is not one of its values", value.text()))
                .did_you_mean(&value.text(), choices.iter().map(String::as_str))
                .hint(format!("it may be {}", choices.join(", "))));
        }
        if let Some(min) = self.min.as_ref().filter(|min| value < *min) {
            return Err(refuse(format!("{} is less than {}", value.text(), min.text())));
        }
        if let Some(max) = self.max.as_ref().filter(|max| value > *max) {
            return Err(refuse(format!("{} is more than {}", value.text(), max.text())));
        }
        Ok(())
    }

    /// Reads a value for it from the command line.
    fn read(&self, text: &str) -> Result<Value> {
        let value = self.kind.parse(text).ok_or_else(|| {
            Problem::usage(format!("{}: `{text}` is not {}", self.name, self.kind.description()))
                .at(self.place.clone())
        })?;
        self.accepts(&value).map_err(|problem| problem.at(self.place.clone()))?;
        Ok(value)
    }
}

/// The value of every parameter: given, or by default.
pub(super) fn resolve(report: &Report, given: &Given, clock: Clock) -> Result<Values> {
    values(report, given, clock, |param| {
        let flag = format!("give it with `-p {}=…`", param.name);
        Err(Problem::usage(format!("{} needs a value for `{}`", report.name, param.name))
            .at(param.place.clone())
            .hint(format!("{flag}, {}", param.kind.description())))
    })
}

/// The value of every parameter, with made-up ones where none is given.
pub(super) fn resolve_or_invent(report: &Report, given: &Given, clock: Clock) -> Result<Values> {
    values(report, given, clock, |param| {
        let first = param.choices.first().or(param.min.as_ref()).cloned();
        Ok(first.unwrap_or_else(|| param.kind.any()))
    })
}

fn values(
    report: &Report,
    given: &Given,
    clock: Clock,
    missing: impl Fn(&Param) -> Result<Value>,
) -> Result<Values> {
    if given.contains_key(Param::AS_OF) {
        return Err(Problem::usage("`as_of` is the moment of the run").hint("set it with --as-of"));
    }
    let params = &report.header.params;
    let bounds: &[&str] =
        if report.header.period.is_some() { &[Period::START, Period::END] } else { &[] };
    let known: Vec<&str> =
        params.iter().map(|param| param.name.as_str()).chain(bounds.iter().copied()).collect();
    if let Some(unknown) = given.keys().find(|name| !known.contains(&name.as_str())) {
        let takes = match known.as_slice() {
            [] => "it takes none".to_owned(),
            known => format!("it takes {}", known.join(", ")),
        };
        return Err(Problem::usage(format!("{} has no parameter `{unknown}`", report.name))
            .did_you_mean(unknown, known)
            .hint(takes));
    }
    let mut values = Values::new();
    for param in params {
        let value = match (given.get(&param.name), &param.default) {
            (Some(text), _) => param.read(text)?,
            (None, Some(default)) => default.clone(),
            (None, None) => missing(param)?,
        };
        values.insert(param.name.clone(), value);
    }
    if let Some(period) = report.header.period {
        let (start, end) = bounds_of(period, given, clock)?;
        values.insert(Period::START.to_owned(), Value::Timestamp(start));
        values.insert(Period::END.to_owned(), Value::Timestamp(end));
        values.insert(Period::START_DATE.to_owned(), Value::Date(period.day(start)));
        values.insert(Period::END_DATE.to_owned(), Value::Date(period.day(end)));
    }
    values.insert(Param::AS_OF.to_owned(), Value::Timestamp(clock.moment()));
    Ok(values)
}

/// The period that is asked for: both bounds as given, or the last one that was complete.
fn bounds_of(
    period: Period,
    given: &Given,
    clock: Clock,
) -> Result<(DateTime<Utc>, DateTime<Utc>)> {
    let bound = |name: &str| {
        let text = given.get(name)?;
        Some(match ParamType::Date.parse(text) {
            // A day begins at midnight where the report is at home.
            Some(Value::Date(day)) => Ok(period.midnight(day)),
            _ => parse_moment(text).ok_or_else(|| {
                Problem::usage(format!("{name}: `{text}` is neither a date nor a moment"))
            }),
        })
    };
    match (bound(Period::START).transpose()?, bound(Period::END).transpose()?) {
        (None, None) => Ok(period.last_complete(clock)),
        (Some(start), Some(end)) if start < end => Ok((start, end)),
        (Some(_), Some(_)) => Err(Problem::usage("the period ends before it starts")),
        _ => Err(Problem::usage("a period needs both `-p start=…` and `-p end=…`")
            .hint("the end is the first day that no longer belongs to it")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_its_name() {
        for kind in ParamType::ALL {
            assert_eq!(ParamType::named(kind.name()), Some(kind));
        }
    }

    #[test]
    fn text_is_read_as_what_it_looks_like() {
        let kind = |text| Param::guess("x", text).kind;
        assert_eq!(kind("7"), ParamType::Int64);
        assert_eq!(kind("7.5"), ParamType::Float64);
        assert_eq!(kind("2025-12-31"), ParamType::Date);
        assert_eq!(kind("2025-12-31T08:00:00Z"), ParamType::Timestamp);
        assert_eq!(kind("2025-02-29"), ParamType::String);
        for code in ["nan", "007", "+49", "1e5", "1.", "."] {
            let expected = if code == "1." { ParamType::Float64 } else { ParamType::String };
            assert_eq!(kind(code), expected, "{code}");
        }
    }
}
