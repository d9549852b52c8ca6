//! The constants of a call, such as `level => 0.9`: read and checked when a query is planned.

use std::ops::RangeInclusive;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, IntervalUnit, Schema, SchemaRef, TimeUnit};
use arrow::util::display::array_value_to_string;
use datafusion_common::{Result, ScalarValue, plan_err};
use datafusion_expr::ColumnarValue;
use datafusion_physical_expr_common::physical_expr::PhysicalExpr;

use super::column::whole_float;
use super::list_columns::{item_of, list_type};
use super::udaf::Role;
use crate::spec::{Domain, Form, Setting, Stage};

/// The constants that a call gave. What it left out has its default.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    given: Vec<(&'static str, Constant)>,
    /// How many conditions the call has, besides its constants, its customer and its time.
    pub conditions: usize,
}

#[derive(Debug, Clone)]
enum Constant {
    Number(f64),
    Whole(i64),
    Word(&'static str),
    Words(Vec<&'static str>),
    Numbers(Vec<u32>),
    Text(Arc<str>),
    Window(Window),
    Windows(Vec<Option<Window>>),
}

/// A length of time, as it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// Nanoseconds, counting days as 24 hours.
    Nanoseconds(u128),
    /// A number in the unit of the times.
    Ticks(u64),
}

impl Window {
    /// Whether it has no length.
    #[must_use]
    pub const fn is_nothing(self) -> bool {
        matches!(self, Self::Nanoseconds(0) | Self::Ticks(0))
    }

    /// Its length in whole units of times of this type, or why it has none.
    pub fn ticks(self, time: &DataType) -> Result<u64, String> {
        let (length, tick) = self.length(time)?;
        Ok(u64::try_from(length / tick).unwrap_or(u64::MAX))
    }

    /// Its length in units of times of this type and parts of them, or why it has none.
    pub fn units(self, time: &DataType) -> Result<f64, String> {
        let (length, tick) = self.length(time)?;
        #[expect(clippy::cast_precision_loss, reason = "a length needs no more digits")]
        let units = length as f64 / tick as f64;
        Ok(units)
    }

    /// Its length, and that of a unit of times of this type.
    fn length(self, time: &DataType) -> Result<(u128, u128), String> {
        const DAY: u128 = 86_400 * 1_000_000_000;
        let tick = match time {
            DataType::Timestamp(TimeUnit::Second, _) => 1_000_000_000,
            DataType::Timestamp(TimeUnit::Millisecond, _) => 1_000_000,
            DataType::Timestamp(TimeUnit::Microsecond, _) => 1_000,
            DataType::Timestamp(TimeUnit::Nanosecond, _) => 1,
            DataType::Date32 => DAY,
            _ => 0,
        };
        match (self, tick) {
            (Self::Ticks(ticks), 0) => Ok((ticks.into(), 1)),
            (Self::Nanoseconds(length), 1..) => Ok((length, tick)),
            (Self::Nanoseconds(_), _) => Err("the times are whole numbers, so the window must \
                                              be one, too, in the same unit"
                .to_owned()),
            (Self::Ticks(ticks), _) => {
                Err(format!("the window must be an INTERVAL, such as INTERVAL '{ticks} seconds'"))
            }
        }
    }
}

impl Settings {
    /// A number.
    #[must_use]
    pub fn number(&self, setting: &Setting) -> f64 {
        match (self.given(setting), setting.domain) {
            (Some(Constant::Number(number)), _) => *number,
            (None, Domain::Between { default: Some(number), .. }) => number,
            _ => f64::NAN,
        }
    }

    /// A whole number.
    #[must_use]
    pub fn whole(&self, setting: &Setting) -> i64 {
        match (self.given(setting), setting.domain) {
            (Some(Constant::Whole(number)), _) => *number,
            (None, Domain::Whole { default: number, .. }) => number,
            _ => 0,
        }
    }

    /// One of the words of a choice.
    #[must_use]
    pub fn word(&self, setting: &Setting) -> &'static str {
        match (self.given(setting), setting.domain) {
            (Some(Constant::Word(word)), _) => word,
            (None, Domain::Choice(words)) => words.first().copied().unwrap_or_default(),
            _ => "",
        }
    }

    /// Whether a word is among those that were given.
    #[must_use]
    pub fn has_word(&self, setting: &Setting, word: &str) -> bool {
        matches!(self.given(setting), Some(Constant::Words(words)) if words.contains(&word))
    }

    /// The numbers that were given, in any order.
    #[must_use]
    pub fn numbers(&self, setting: &Setting) -> &[u32] {
        match self.given(setting) {
            Some(Constant::Numbers(numbers)) => numbers,
            _ => &[],
        }
    }

    /// A text, empty until it is read.
    #[must_use]
    pub fn text(&self, setting: &Setting) -> &str {
        match self.given(setting) {
            Some(Constant::Text(text)) => text,
            _ => "",
        }
    }

    /// A length of time, none until it is read.
    #[must_use]
    pub fn window(&self, setting: &Setting) -> Option<Window> {
        match self.given(setting) {
            Some(Constant::Window(window)) => Some(*window),
            _ => None,
        }
    }

    /// A list of lengths of time.
    #[must_use]
    pub fn windows(&self, setting: &Setting) -> &[Option<Window>] {
        match self.given(setting) {
            Some(Constant::Windows(windows)) => windows,
            _ => &[],
        }
    }

    fn given(&self, setting: &Setting) -> Option<&Constant> {
        self.given.iter().find(|(name, _)| *name == setting.name).map(|(_, constant)| constant)
    }

    /// Reads the constants that stand first in a call and those that stand last.
    pub(super) fn read(
        function: &str,
        lead: &[&'static Setting],
        settings: &[&'static Setting],
        exprs: &[Arc<dyn PhysicalExpr>],
        schema: &Schema,
    ) -> Result<Self> {
        let first = exprs.len().saturating_sub(settings.len());
        let mut constants = vec![];
        let nothing = RecordBatch::new_empty(SchemaRef::new(schema.clone()));
        let given = lead.iter().zip(exprs).chain(settings.iter().zip(&exprs[first..]));
        for (setting, expr) in given {
            // What reads a column gives an array even of no rows, but a CASE around it may not.
            let mut parts = vec![expr];
            let mut is_constant = true;
            while let Some(part) = parts.pop() {
                let below = part.children();
                let scalar = || matches!(part.evaluate(&nothing), Ok(ColumnarValue::Scalar(_)));
                is_constant &= !below.is_empty() || scalar();
                parts.extend(below);
            }
            let value = is_constant.then(|| expr.evaluate(&nothing));
            let Some(Ok(ColumnarValue::Scalar(value))) = value else {
                return plan_err!(
                    "{function}: {} must be a constant, the same for all rows",
                    setting.name
                );
            };
            // What can be left out can be NULL, where something is given after it.
            let can_be_null = matches!(setting.domain, Domain::OptionalWindow | Domain::Windows);
            if !(value.is_null() && can_be_null) {
                constants.push((setting.name, constant(function, setting, &value)?));
            }
        }
        Ok(Self { given: constants, conditions: 0 })
    }
}

/// The settings that a function of this role takes behind its arguments.
pub(super) fn settings_of(form: &Form, role: Role) -> Vec<&'static Setting> {
    let taken = |setting: &&Setting| match role {
        Role::Value | Role::Entry | Role::OfEntries => true,
        // What must be given tells forms apart, so it must be given to a state as well.
        Role::State => setting.stage != Stage::Result || !setting.is_optional(),
        Role::Merge => setting.stage != Stage::Rows,
    };
    // The state is the first argument of a merge.
    let lead = if role == Role::Merge { form.lead } else { &[] };
    lead.iter().chain(form.settings).copied().filter(taken).collect()
}

/// The settings that a function of this role takes before its arguments.
pub(super) fn lead_of(form: &Form, role: Role) -> &'static [&'static Setting] {
    if role == Role::Merge { &[] } else { form.lead }
}

/// Whether a constant of this type can be the value of a setting.
pub(super) fn accepts(setting: &Setting, data_type: &DataType) -> bool {
    match setting.domain {
        _ if data_type.is_null() => true,
        Domain::Between { .. } | Domain::Whole { .. } => data_type.is_numeric(),
        Domain::Choice(_) | Domain::Word(_) | Domain::Words(_) | Domain::Text(_) => {
            data_type.is_string()
        }
        // A single number is one, too.
        Domain::Numbers { .. } => data_type.is_string() || data_type.is_integer(),
        Domain::Window | Domain::OptionalWindow => is_length(data_type),
        // What is no list of lengths is refused when it is read, where it can be said why.
        Domain::Windows => {
            item_of(data_type).is_some() || is_length(data_type) || data_type.is_string()
        }
    }
}

fn is_length(data_type: &DataType) -> bool {
    data_type.is_numeric() || matches!(data_type, DataType::Interval(_) | DataType::Duration(_))
}

/// The type in which the value of a setting of this type is read.
pub(super) fn read_type(setting: &Setting, given: &DataType) -> DataType {
    match setting.domain {
        // A number with decimals for a whole one must be refused, not rounded.
        Domain::Between { .. } | Domain::Whole { .. } => DataType::Float64,
        Domain::Choice(_)
        | Domain::Word(_)
        | Domain::Words(_)
        | Domain::Numbers { .. }
        | Domain::Text(_) => DataType::Utf8,
        Domain::Window | Domain::OptionalWindow => length_type(given),
        Domain::Windows => match item_of(given) {
            Some(item) if item.is_null() || is_length(item) => list_type(&length_type(item)),
            None if given.is_null() => list_type(&length_type(given)),
            _ => given.clone(),
        },
    }
}

/// The type in which a length of time is read.
fn length_type(given: &DataType) -> DataType {
    match given {
        given if given.is_integer() => DataType::Int64,
        given if given.is_numeric() => DataType::Float64,
        _ => DataType::Interval(IntervalUnit::MonthDayNano),
    }
}

fn constant(function: &str, setting: &Setting, value: &ScalarValue) -> Result<Constant> {
    let read = match (setting.domain, value) {
        (Domain::Between { above, below, .. }, ScalarValue::Float64(Some(number))) => {
            (*number > above && *number < below).then_some(Constant::Number(*number))
        }
        (Domain::Whole { min, max, .. }, ScalarValue::Float64(Some(number))) => {
            Some(whole_float(*number))
                .filter(|whole| (min..=max).contains(whole))
                .map(Constant::Whole)
        }
        (Domain::Choice(words) | Domain::Word(words), ScalarValue::Utf8(Some(given))) => {
            let known = words.iter().find(|word| word.eq_ignore_ascii_case(given));
            known.map(|word| Constant::Word(word))
        }
        (Domain::Words(known), ScalarValue::Utf8(Some(given))) => {
            words(known, given).map(Constant::Words)
        }
        (Domain::Numbers { min, max }, ScalarValue::Utf8(Some(given))) => {
            numbers(min..=max, given).map(Constant::Numbers)
        }
        (Domain::Text(_), ScalarValue::Utf8(Some(given))) => {
            Some(Constant::Text(given.as_str().into()))
        }
        (Domain::Window | Domain::OptionalWindow, value) => window(value).map(Constant::Window),
        (Domain::Windows, ScalarValue::LargeList(list)) => {
            windows(&list.value(0)).map(Constant::Windows)
        }
        _ => None,
    };
    let given = match value {
        ScalarValue::Utf8(Some(text)) => format!("'{text}'"),
        value if value.is_null() => "NULL".to_owned(),
        ScalarValue::IntervalMonthDayNano(_) => {
            format!("INTERVAL '{}'", array_value_to_string(&value.to_array()?, 0)?)
        }
        other => other.to_string(),
    };
    match read {
        Some(constant) => Ok(constant),
        None => {
            plan_err!("{function}: {} is {given}, but it must {}", setting.name, setting.rule())
        }
    }
}

fn words(known: &[&'static str], given: &str) -> Option<Vec<&'static str>> {
    let given = given.split(',').map(str::trim).filter(|word| !word.is_empty());
    let find = |given: &str| known.iter().find(|word| word.eq_ignore_ascii_case(given)).copied();
    given.map(find).collect()
}

fn numbers(range: RangeInclusive<u32>, given: &str) -> Option<Vec<u32>> {
    let given = given.split(',').map(str::trim).filter(|number| !number.is_empty());
    let number = |given: &str| given.parse().ok().filter(|number| range.contains(number));
    given.map(number).collect()
}

fn windows(items: &ArrayRef) -> Option<Vec<Option<Window>>> {
    let read = |at| {
        let value = ScalarValue::try_from_array(items, at).ok()?;
        if value.is_null() { Some(None) } else { window(&value).map(Some) }
    };
    (0..items.len()).map(read).collect()
}

/// A length of time that has one: months differ.
fn window(value: &ScalarValue) -> Option<Window> {
    match value {
        ScalarValue::IntervalMonthDayNano(Some(interval)) if interval.months == 0 => {
            const DAY: i128 = 86_400 * 1_000_000_000;
            let length = i128::from(interval.days) * DAY + i128::from(interval.nanoseconds);
            u128::try_from(length).ok().map(Window::Nanoseconds)
        }
        ScalarValue::Int64(Some(ticks)) => u64::try_from(*ticks).ok().map(Window::Ticks),
        ScalarValue::Float64(Some(ticks)) => {
            u64::try_from(whole_float(*ticks)).ok().map(Window::Ticks)
        }
        _ => None,
    }
}
