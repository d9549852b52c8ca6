//! The constants of a call, such as `level => 0.9`: read and checked when a query is planned.

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, SchemaRef};
use datafusion_common::{Result, ScalarValue, plan_err};
use datafusion_expr::ColumnarValue;
use datafusion_expr::function::AccumulatorArgs;

use super::column::whole_float;
use super::udaf::Role;
use crate::spec::{Domain, Form, Setting, Stage};

/// The constants that a call gave. What it left out has its default.
#[derive(Debug, Clone, Default)]
pub struct Settings(Vec<(&'static str, Constant)>);

#[derive(Debug, Clone, Copy)]
enum Constant {
    Number(f64),
    Whole(i64),
    Word(&'static str),
}

impl Settings {
    /// A number.
    #[must_use]
    pub fn number(&self, setting: &Setting) -> f64 {
        match (self.given(setting), setting.domain) {
            (Some(Constant::Number(number)), _)
            | (None, Domain::Between { default: Some(number), .. }) => number,
            _ => f64::NAN,
        }
    }

    /// A whole number.
    #[must_use]
    pub fn whole(&self, setting: &Setting) -> i64 {
        match (self.given(setting), setting.domain) {
            (Some(Constant::Whole(number)), _) | (None, Domain::Whole { default: number, .. }) => {
                number
            }
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

    fn given(&self, setting: &Setting) -> Option<Constant> {
        self.0.iter().find(|(name, _)| *name == setting.name).map(|(_, constant)| *constant)
    }

    /// Reads the constants that stand last in a call, as many as there are `settings`.
    pub(super) fn read(
        function: &str,
        settings: &[&'static Setting],
        args: &AccumulatorArgs,
    ) -> Result<Self> {
        let first = args.exprs.len().saturating_sub(settings.len());
        let mut constants = vec![];
        let nothing = RecordBatch::new_empty(SchemaRef::new(args.schema.clone()));
        for (setting, expr) in settings.iter().zip(&args.exprs[first..]) {
            // What reads a column gives an array even of no rows, but a CASE around it may not.
            let mut parts = vec![expr];
            let mut is_constant = true;
            while let Some(part) = parts.pop() {
                let below = part.children();
                let leaf = || matches!(part.evaluate(&nothing), Ok(ColumnarValue::Scalar(_)));
                is_constant &= !below.is_empty() || leaf();
                parts.extend(below);
            }
            let value = is_constant.then(|| expr.evaluate(&nothing));
            let Some(Ok(ColumnarValue::Scalar(value))) = value else {
                return plan_err!(
                    "{function}: {} must be a constant, the same for all rows",
                    setting.name
                );
            };
            constants.push((setting.name, constant(function, setting, &value)?));
        }
        Ok(Self(constants))
    }
}

/// The settings that a function of this role takes.
pub(super) fn settings_of(form: &Form, role: Role) -> Vec<&'static Setting> {
    let taken = |setting: &&Setting| match role {
        Role::Value => true,
        // What must be given tells forms apart, so it must be given to a state as well.
        Role::State => setting.stage == Stage::Rows || !setting.is_optional(),
        Role::Merge => setting.stage == Stage::Result,
    };
    form.settings.iter().copied().filter(taken).collect()
}

/// Whether a constant of this type can be the value of a setting.
pub(super) fn accepts(setting: &Setting, data_type: &DataType) -> bool {
    match setting.domain {
        _ if data_type.is_null() => true,
        Domain::Between { .. } | Domain::Whole { .. } => data_type.is_numeric(),
        Domain::Choice(_) => data_type.is_string(),
    }
}

/// The type in which the value of a setting is read.
pub(super) fn read_type(setting: &Setting) -> DataType {
    match setting.domain {
        // A number with decimals for a whole one must be refused, not rounded.
        Domain::Between { .. } | Domain::Whole { .. } => DataType::Float64,
        Domain::Choice(_) => DataType::Utf8,
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
        (Domain::Choice(words), ScalarValue::Utf8(Some(given))) => {
            let known = words.iter().find(|word| word.eq_ignore_ascii_case(given));
            known.map(|word| Constant::Word(word))
        }
        _ => None,
    };
    let given = match value {
        ScalarValue::Utf8(Some(text)) => format!("'{text}'"),
        other => other.to_string(),
    };
    match read {
        Some(constant) => Ok(constant),
        None => {
            plan_err!("{function}: {} is {given}, but it must {}", setting.name, setting.rule())
        }
    }
}
