//! Which touches led to conversions, and how much of the credit does each have?

use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray, StructArray};
use arrow::datatypes::{DataType, Field, Fields};
use datafusion_common::Result;

use super::TIME;
use crate::kernel::{
    EventResults, Flags, Invalid, Journey, Numbers, Output, Settings, Wholes, finite, list_type,
    lists_of,
};
use crate::math::{Attribution, Conversion, Credit, Model};
use crate::spec::{Arg, Domain, Example, Family, Form, FunctionSpec, Setting, Stage};

const HALF_LIFE: Setting = Setting {
    name: "half_life",
    domain: Domain::Window,
    stage: Stage::Result,
    doc: "of 'time_decay': a touch so much earlier has half the weight",
};

const MODELS: Setting = Setting {
    name: "models",
    domain: Domain::Words(&Model::NAMES),
    stage: Stage::Result,
    doc: "who is given credit: one touch, all alike, 40 % each to the first and the last and 20 % to those \
          between them (50 % each of two), or the later the more; none for all of these models",
};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "touch_credits",
    aliases: &[],
    family: Family::Behaviour,
    summary: "What a row is credited with for the conversions that it led to.",
    formula: "a touch counts for a conversion if since <= ts of the touch <= ts of the conversion. Each model \
              gives the touches that count parts that add up to 1; conversions is the sum of the parts of a \
              row, value the sum of the parts times the value of their conversion. A conversion for which no \
              touch counts is credited to its own row",
    forms: &[Form::journey::<TouchCredits>(
        "one event, OVER (PARTITION BY customer ORDER BY ts, channel)",
        &[
            TIME,
            Arg::time(
                "since",
                "of a conversion: the time from which on touches count, such as ts - INTERVAL '30 days'",
            ),
            Arg::flag("touch", "whether it is a touch"),
            Arg::flag("conversion", "whether it is a conversion; it can be both"),
            Arg::number("value", "what the conversion is worth"),
        ],
    )
    .with(&[&HALF_LIFE, &MODELS])],
    nulls: "A row whose ts is NULL has no result. since NULL is before all touches; a condition that is NULL \
            is not met; a value that is NULL is 0. A row without credit has an empty list.",
    errors: "Rows that are not in order of ts; a value that is not finite, and values that add up to more \
             than DOUBLE holds; a since that is a whole number where ts is none, or the other way round; a half_life of months or of nothing; one that is no \
             INTERVAL while ts is a timestamp or a date, or is one while ts is a whole number.",
    source: "The rule-based models of Google Analytics until 2023. Touches of the same ts stand as OVER \
             orders them, which matters for who is first and last.",
    example: Example {
        sql: "SELECT (touch_credits(ts, ts - 30, channel IS NOT NULL, channel IS NULL, 1, 7, 'linear') \
              OVER (ORDER BY ts))[1]['conversions'] AS email \
              FROM (VALUES (1, 'email'), (2, 'search'), (3, NULL)) AS event (ts, channel) \
              ORDER BY ts LIMIT 1",
        result: "0.5",
    },
    related: &["attribution", "sessionize"],
    since: "0.1.0",
};

/// The position of the value, which can be refused.
const VALUE: usize = 4;

#[derive(Debug)]
struct TouchCredits {
    /// In the unit of the times.
    half_life: f64,
    models: Vec<Model>,
}

/// When an event was, and its since, whether it is a touch, whether a conversion, and its value.
type TimedRow = (i64, (i64, bool, bool, f64));

/// The credits of one row after the other.
#[derive(Debug, Default)]
struct CreditLists {
    /// Under how many models each row has credit.
    lengths: Vec<usize>,
    models: Vec<&'static str>,
    conversions: Vec<Option<f64>>,
    values: Vec<Option<f64>>,
}

/// The events of a partition, by what they are.
#[derive(Debug, Default)]
struct Parted {
    touches: Vec<i64>,
    touch_rows: Vec<usize>,
    conversions: Vec<Conversion>,
    conversion_rows: Vec<usize>,
}

impl Journey for TouchCredits {
    type Input = (Wholes, Flags, Flags, Numbers);
    type Results = CreditLists;

    fn with(settings: &Settings, time: &DataType) -> Result<Self, String> {
        let half_life = match settings.window(&HALF_LIFE) {
            Some(window) if !window.is_nothing() => window.units(time)?,
            _ => return Err("half_life must be longer than nothing".to_owned()),
        };
        let mut models = Model::ALL.to_vec();
        models.retain(|model| settings.has_word(&MODELS, model.name()));
        if models.is_empty() {
            models = Model::ALL.to_vec();
        }
        Ok(Self { half_life, models })
    }

    fn results(&self, events: &[TimedRow]) -> Result<CreditLists, (usize, Invalid)> {
        let parted = Parted::new(events)?;
        let Parted { touches, conversions, .. } = &parted;
        let shared = Attribution::new(touches, conversions, self.half_life);
        let credits = |model: &Model| parted.by_row(&shared, *model, events.len());
        let by_model: Vec<_> = self.models.iter().map(credits).collect();
        let mut lists = CreditLists::default();
        for row in 0..events.len() {
            let before = lists.models.len();
            for (model, credits) in self.models.iter().zip(&by_model) {
                lists.push(*model, credits[row]);
            }
            lists.lengths.push(lists.models.len() - before);
        }
        Ok(lists)
    }
}

impl Parted {
    fn new(events: &[TimedRow]) -> Result<Self, (usize, Invalid)> {
        let mut parted = Self::default();
        for (row, &(time, (since, touch, conversion, value))) in events.iter().enumerate() {
            if touch {
                parted.touches.push(time);
                parted.touch_rows.push(row);
            }
            if conversion {
                let value = finite(VALUE, value).map_err(|why| (row, why))?;
                parted.conversions.push(Conversion { time, since, value });
                parted.conversion_rows.push(row);
            }
        }
        Ok(parted)
    }

    /// The credit of each row.
    fn by_row(&self, shared: &Attribution<'_>, model: Model, rows: usize) -> Vec<Credit> {
        let mut credits = vec![Credit::default(); rows];
        for (&row, credit) in self.touch_rows.iter().zip(shared.credits(model)) {
            credits[row] = credit;
        }
        for &at in shared.unattributed() {
            let credit = &mut credits[self.conversion_rows[at]];
            *credit = credit.and(Credit::whole(&self.conversions[at]));
        }
        credits
    }
}

impl CreditLists {
    /// Adds a credit, unless it is none.
    fn push(&mut self, model: Model, credit: Credit) {
        let conversions = credit.conversions();
        if conversions > 0.0 {
            self.models.push(model.name());
            self.conversions.push(Some(conversions));
            self.values.push(Some(credit.value()));
        }
    }
}

impl EventResults for CreditLists {
    fn type_at(_: &DataType) -> DataType {
        list_type(&DataType::Struct(fields()))
    }

    fn column(self, function: &str, _: &DataType) -> Result<ArrayRef> {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from(self.models)),
            f64::column(function, self.conversions)?,
            f64::column(function, self.values)?,
        ];
        let credits = StructArray::try_new(fields(), columns, None)?;
        lists_of(self.lengths, Arc::new(credits), None)
    }
}

fn fields() -> Fields {
    Fields::from(vec![
        Field::new("model", DataType::Utf8, true),
        Field::new("conversions", DataType::Float64, true),
        Field::new("value", DataType::Float64, true),
    ])
}
