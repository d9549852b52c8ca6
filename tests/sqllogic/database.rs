//! DataFusion with our functions, as the SQL test runner wants a database.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::arrow::util::display::array_value_to_string;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::physical_plan::{ExecutionPlan, collect};
use datafusion::prelude::{SessionConfig, SessionContext};
use sqllogictest::{AsyncDB, ColumnType, DBOutput};
use tenure::optimizer::{EntityOptions, EntityStrategy};

/// A way to set the engine up so that it takes another path to the same result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Configuration {
    /// As it comes.
    Default,
    /// No partial aggregates, no exchange.
    OnePartition,
    /// More partitions than the machine has cores.
    SevenPartitions,
    /// Groups, frames and states cross many batches.
    BatchesOfThree,
    /// Every row is turned into a state of its own.
    SkipPartial,
    /// Aggregates spill their states to disk.
    TinyMemory,
    /// No aggregate holds a table of customers.
    TwoLevels,
}

impl Configuration {
    /// All of them.
    pub(crate) const ALL: [Self; 7] = [
        Self::Default,
        Self::OnePartition,
        Self::SevenPartitions,
        Self::BatchesOfThree,
        Self::SkipPartial,
        Self::TinyMemory,
        Self::TwoLevels,
    ];

    /// The most memory that [`Configuration::TinyMemory`] allows, in bytes.
    const MEMORY: usize = 3 << 20;

    /// Its name, which is also a label that files can skip by.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::OnePartition => "one_partition",
            Self::SevenPartitions => "seven_partitions",
            Self::BatchesOfThree => "batches_of_three",
            Self::SkipPartial => "skip_partial",
            Self::TinyMemory => "tiny_memory",
            Self::TwoLevels => "two_levels",
        }
    }

    /// Whether plans go through our own rules. They take the place of what
    /// [`Configuration::SkipPartial`] is about.
    const fn has_rules(self) -> bool {
        !matches!(self, Self::SkipPartial)
    }

    fn session_config(self) -> SessionConfig {
        let config = SessionConfig::new();
        match self {
            Self::Default => config,
            Self::OnePartition => config.with_target_partitions(1),
            Self::SevenPartitions => config.with_target_partitions(7),
            Self::BatchesOfThree => config.with_batch_size(3),
            Self::SkipPartial => {
                let mut config = config.with_target_partitions(2).with_batch_size(2);
                let execution = &mut config.options_mut().execution;
                execution.skip_partial_aggregation_probe_rows_threshold = 1;
                execution.skip_partial_aggregation_probe_ratio_threshold = 0.0;
                config
            }
            Self::TinyMemory => {
                let mut config = config.with_target_partitions(2).with_batch_size(512);
                config.options_mut().execution.sort_spill_reservation_bytes = 64 << 10;
                config
            }
            Self::TwoLevels => {
                config.with_option_extension(EntityOptions::new(EntityStrategy::TwoLevels))
            }
        }
    }

    fn runtime(self) -> Result<Arc<RuntimeEnv>> {
        let builder = RuntimeEnvBuilder::new();
        match self {
            Self::TinyMemory => {
                builder.with_memory_pool(Arc::new(FairSpillPool::new(Self::MEMORY))).build_arc()
            }
            _ => builder.build_arc(),
        }
    }
}

/// A session of the engine.
#[derive(Clone)]
pub(crate) struct Database {
    context: SessionContext,
    /// How many times a query of this session has written state to disk.
    spills: Arc<AtomicUsize>,
}

impl Database {
    /// An empty session.
    pub(crate) fn new(configuration: Configuration) -> Result<Self> {
        let mut builder = SessionStateBuilder::new_with_default_features()
            .with_config(configuration.session_config())
            .with_runtime_env(configuration.runtime()?);
        if configuration.has_rules() {
            builder = tenure::optimizer::install(builder);
        }
        let mut state = builder.build();
        tenure_udfs::register_all(&mut state)?;
        tenure::relation::register(&mut state)?;
        Ok(Self { context: SessionContext::new_with_state(state), spills: Arc::default() })
    }

    /// How many times queries of this session have written state to disk so far.
    pub(crate) fn spills(&self) -> usize {
        self.spills.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl AsyncDB for Database {
    type Error = DataFusionError;
    type ColumnType = SqlType;

    async fn run(&mut self, sql: &str) -> Result<DBOutput<SqlType>> {
        let frame = self.context.sql(sql).await?;
        let types = frame.schema().fields().iter().map(|field| SqlType::of(field.data_type()));
        let types: Vec<_> = types.collect();
        let plan = frame.create_physical_plan().await?;
        let batches = collect(Arc::clone(&plan), self.context.task_ctx()).await?;
        self.spills.fetch_add(spills(&plan), Ordering::Relaxed);
        if types.is_empty() {
            return Ok(DBOutput::StatementComplete(0));
        }
        let rows = batches.iter().map(rows).collect::<Result<Vec<_>>>()?;
        Ok(DBOutput::Rows { types, rows: rows.concat() })
    }

    async fn shutdown(&mut self) {}

    fn engine_name(&self) -> &'static str {
        "tenure"
    }
}

fn spills(plan: &Arc<dyn ExecutionPlan>) -> usize {
    let own = plan.metrics().and_then(|metrics| metrics.spill_count()).unwrap_or_default();
    own + plan.children().into_iter().map(spills).sum::<usize>()
}

fn rows(batch: &RecordBatch) -> Result<Vec<Vec<String>>> {
    let row = |row| batch.columns().iter().map(|column| text(column, row)).collect();
    (0..batch.num_rows()).map(row).collect()
}

fn text(column: &dyn Array, row: usize) -> Result<String> {
    if column.is_null(row) {
        return Ok("NULL".to_owned());
    }
    if *column.data_type() == DataType::Float64 {
        return Ok(number(column.as_primitive::<Float64Type>().value(row)));
    }
    let text = array_value_to_string(column, row)?;
    Ok(if text.is_empty() { "(empty)".to_owned() } else { text })
}

/// Twelve decimals, without those at the end that are zeros: 40 is 40, a third is 0.333333333333.
fn number(value: f64) -> String {
    if !value.is_finite() || value.abs() >= 1e15 {
        return value.to_string();
    }
    let text = format!("{value:.12}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The letters by which test files name the types of columns, as DataFusion's own files do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SqlType {
    Boolean,
    Date,
    Integer,
    Timestamp,
    Real,
    Text,
    Other,
}

impl SqlType {
    const LETTERS: [(Self, char); 7] = [
        (Self::Boolean, 'B'),
        (Self::Date, 'D'),
        (Self::Integer, 'I'),
        (Self::Timestamp, 'P'),
        (Self::Real, 'R'),
        (Self::Text, 'T'),
        (Self::Other, '?'),
    ];

    fn of(data_type: &DataType) -> Self {
        match data_type {
            DataType::Boolean => Self::Boolean,
            DataType::Date32 | DataType::Date64 => Self::Date,
            DataType::Timestamp(_, _) => Self::Timestamp,
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Self::Text,
            _ if data_type.is_integer() => Self::Integer,
            _ if data_type.is_numeric() => Self::Real,
            _ => Self::Other,
        }
    }
}

impl ColumnType for SqlType {
    fn from_char(value: char) -> Option<Self> {
        Self::LETTERS.iter().find(|(_, letter)| *letter == value).map(|(own, _)| *own)
    }

    fn to_char(&self) -> char {
        Self::LETTERS.iter().find(|(own, _)| own == self).map_or('?', |(_, letter)| *letter)
    }
}
