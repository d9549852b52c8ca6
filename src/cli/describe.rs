//! `tenure describe`

use datafusion::arrow::datatypes::DataType;

use super::options::{Common, Parameters};
use super::{columns, print};
use crate::problem::Result;
use crate::report::{Pack, Param, Report, Value};
use crate::run::Prepared;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Names of reports or of folders of reports, or paths
    #[arg(value_name = "REPORT", required = true)]
    reports: Vec<String>,
    #[command(flatten)]
    parameters: Parameters,
    #[command(flatten)]
    pub common: Common,
}

pub(super) async fn run(args: &Args) -> Result<()> {
    let config = args.common.config()?;
    let given = args.parameters.given()?;
    let engine = args.common.engine(&config)?;
    for report in Pack::new(&config.reports).select(&args.reports)? {
        let prepared = Prepared::for_check(&engine, &report, &given).await?;
        print(&description(&report, &prepared))?;
    }
    Ok(())
}

fn description(report: &Report, prepared: &Prepared<'_>) -> String {
    let mut text = format!("{}\n", report.name);
    for line in report.header.title.iter().chain(&report.header.description) {
        text += &["  ", &line.trim_end().replace('\n', "\n  "), "\n"].concat();
    }
    let params = &report.header.params;
    text += &section("parameters", params.iter().map(|p| (p.name.as_str(), about(p))));
    let period = report.header.period.iter();
    text += &section(
        "period",
        period.map(|p| (p.grain.name(), format!("last complete, in {}", p.timezone.name()))),
    );
    let tables = prepared.tables();
    text += &section("tables", tables.iter().map(|table| (table.as_str(), String::new())));
    let schema = prepared.planned().schema();
    let fields = schema.fields().iter();
    text += &section("columns", fields.map(|f| (f.name().as_str(), sql_type(f.data_type()))));
    let checks = report.header.checks.iter();
    text + &section("checks", checks.map(|check| (check.text.as_str(), String::new())))
}

fn section<'a>(title: &str, rows: impl Iterator<Item = (&'a str, String)>) -> String {
    let body = columns(rows);
    if body.is_empty() { String::new() } else { format!("{title}\n{body}") }
}

fn about(param: &Param) -> String {
    let mut parts = vec![param.kind.name().to_owned()];
    let list = |values: &[Value]| values.iter().map(Value::text).collect::<Vec<_>>().join(", ");
    match &param.default {
        Some(default) => parts.push(format!("default {}", default.text())),
        None => parts.push("required".to_owned()),
    }
    if !param.choices.is_empty() {
        parts.push(format!("one of {}", list(&param.choices)));
    }
    if let Some(min) = &param.min {
        parts.push(format!("at least {}", min.text()));
    }
    if let Some(max) = &param.max {
        parts.push(format!("at most {}", max.text()));
    }
    let description = param.description.as_deref().map(|text| format!("  {text}"));
    parts.join(", ") + &description.unwrap_or_default()
}

/// A type as SQL calls it.
fn sql_type(data_type: &DataType) -> String {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "VARCHAR".to_owned(),
        DataType::Boolean => "BOOLEAN".to_owned(),
        DataType::Int8 => "TINYINT".to_owned(),
        DataType::Int16 => "SMALLINT".to_owned(),
        DataType::Int32 => "INTEGER".to_owned(),
        DataType::Int64 => "BIGINT".to_owned(),
        DataType::Float32 => "REAL".to_owned(),
        DataType::Float64 => "DOUBLE".to_owned(),
        DataType::Date32 | DataType::Date64 => "DATE".to_owned(),
        DataType::Timestamp(_, None) => "TIMESTAMP".to_owned(),
        DataType::Timestamp(_, Some(_)) => "TIMESTAMP WITH TIME ZONE".to_owned(),
        DataType::Decimal128(precision, scale) => format!("DECIMAL({precision}, {scale})"),
        DataType::Dictionary(_, values) => sql_type(values),
        other => other.to_string(),
    }
}
