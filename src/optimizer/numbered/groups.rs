//! The groups of one partition: their numbers and what is accumulated of each.

use std::sync::Arc;

use datafusion::arrow::array::{AsArray, BooleanArray, RecordBatch};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::stats::Precision;
use datafusion::common::{ScalarValue, internal_datafusion_err};
use datafusion::error::Result;
use datafusion::logical_expr::{EmitTo, GroupsAccumulator};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::aggregate::AggregateFunctionExpr;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_plan::aggregates::{
    AggregateExec, AggregateInputMode, AggregateOutputMode, aggregate_expressions,
};
use datafusion::physical_plan::statistics::{StatisticsArgs, StatisticsContext};
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties, Statistics};
use tenure_udfs::kernel::{EVENT_GROUPS, KeyNumbers, KeyRange, is_metric};

use crate::optimizer::arguments::Arguments;
use crate::optimizer::gather::keeps_events;

/// How many rows a group must have on average for a partial aggregate to pay.
const WORTH: usize = 2;

/// The type of the key of an aggregate that has one key.
pub(in crate::optimizer) fn key_type(aggregate: &AggregateExec) -> Option<DataType> {
    let [(key, _)] = aggregate.group_expr().expr() else { return None };
    key.data_type(&aggregate.input().schema()).ok()
}

/// The range of the key of an aggregate, if all calls leave groups alone that have no rows.
pub(in crate::optimizer) fn key_range(aggregate: &AggregateExec) -> Option<KeyRange> {
    let [(key, _)] = aggregate.group_expr().expr() else { return None };
    if !aggregate.aggr_expr().iter().all(|call| leaves_gaps(call)) {
        return None;
    }
    range_within(key, aggregate.input())
}

/// The range of a key, where that is known and there are more rows than keys in it in every partition, so
/// that an array for the range is no larger than what is read.
pub(in crate::optimizer) fn range_within(
    key: &Arc<dyn PhysicalExpr>,
    input: &Arc<dyn ExecutionPlan>,
) -> Option<KeyRange> {
    let known = StatisticsContext::new().compute(input.as_ref(), &StatisticsArgs::new()).ok()?;
    let range = range_of(key, &known)?;
    let rows = *known.num_rows.get_value()?.min(&scanned_rows(input)?);
    let rows = rows / input.output_partitioning().partition_count().max(1);
    (range.len <= rows && i32::try_from(range.len).is_ok()).then_some(range)
}

/// Whether keys are known to lie so far apart that an array for them would take more than what is read: at
/// least so many places for each row.
pub(in crate::optimizer) fn is_sparse(
    key: &Arc<dyn PhysicalExpr>,
    input: &Arc<dyn ExecutionPlan>,
) -> bool {
    const PLACES: usize = 8;
    let known = StatisticsContext::new().compute(input.as_ref(), &StatisticsArgs::new());
    let bounds = known.ok().and_then(|known| bounds_of(key, &known));
    bounds.zip(scanned_rows(input)).is_some_and(|((first, last), rows)| {
        usize::try_from(last.abs_diff(first)).is_ok_and(|apart| apart / PLACES > rows)
    })
}

/// How many groups there are at most of these keys, as far as files tell.
pub(in crate::optimizer) fn most_groups(
    keys: &[(Arc<dyn PhysicalExpr>, String)],
    input: &Arc<dyn ExecutionPlan>,
) -> Option<usize> {
    let of_range = if let [(key, _)] = keys {
        let known = StatisticsContext::new().compute(input.as_ref(), &StatisticsArgs::new()).ok();
        known.and_then(|known| range_of(key, &known)).map(|range| range.len)
    } else {
        None
    };
    of_range.into_iter().chain(scanned_rows(input)).min()
}

/// The least and the greatest key.
fn bounds_of(key: &Arc<dyn PhysicalExpr>, known: &Statistics) -> Option<(i64, i64)> {
    let of_key = known.column_statistics.get(key.downcast_ref::<Column>()?.index())?;
    Some((whole(&of_key.min_value)?, whole(&of_key.max_value)?))
}

fn range_of(key: &Arc<dyn PhysicalExpr>, known: &Statistics) -> Option<KeyRange> {
    let (first, last) = bounds_of(key, known)?;
    let len = usize::try_from(last.checked_sub(first)?).ok()?.checked_add(1)?;
    Some(KeyRange { first, len })
}

/// Whether groups may have numbers that others below them never get. To the engine's `sum` and its like, a group
/// of no rows has a value.
pub(in crate::optimizer) fn leaves_gaps(call: &AggregateFunctionExpr) -> bool {
    is_metric(call.fun()) || call.fun().name() == "count" && !call.is_distinct()
}

/// How many rows the only scan below a plan has. What the engine makes of them above is an estimate,
/// which can be too high by any factor where tables are joined.
pub(in crate::optimizer) fn scanned_rows(plan: &Arc<dyn ExecutionPlan>) -> Option<usize> {
    match plan.children().as_slice() {
        [] => {
            let known = StatisticsContext::new().compute(plan.as_ref(), &StatisticsArgs::new());
            known.ok()?.num_rows.get_value().copied()
        }
        [input] => scanned_rows(input),
        _ => None,
    }
}

fn whole(bound: &Precision<ScalarValue>) -> Option<i64> {
    // The least and the greatest of texts can look like whole numbers.
    let bound = bound.get_value().filter(|bound| bound.data_type().is_integer())?;
    match bound.cast_to(&DataType::Int64).ok()? {
        ScalarValue::Int64(bound) => bound,
        _ => None,
    }
}

/// Groups by one key.
pub(in crate::optimizer) struct Groups {
    schema: SchemaRef,
    key: Arc<dyn PhysicalExpr>,
    calls: Vec<CallOfGroups>,
    takes_states: bool,
    gives_states: bool,
    /// Whether it frees memory to put out some of the groups, and costs next to nothing.
    in_blocks: bool,
    crowd: usize,
    range: KeyRange,
    numbers: KeyNumbers,
    /// How many groups have been put out.
    emitted: usize,
    /// How many rows have come since the last group was put out.
    rows: usize,
    /// The number of the group of each row of a batch.
    of_rows: Vec<usize>,
}

struct CallOfGroups {
    args: Arguments,
    filter: Option<Arc<dyn PhysicalExpr>>,
    accumulator: Box<dyn GroupsAccumulator>,
}

impl Groups {
    /// The groups of an aggregate, of which there are none yet, with keys that are expected to lie
    /// in `range`; `crowd` is from how many on a partial aggregate is put out early if it does not
    /// pay.
    pub(in crate::optimizer) fn new(
        aggregate: &AggregateExec,
        range: KeyRange,
        crowd: usize,
    ) -> Result<Self> {
        let [(key, _)] = aggregate.group_expr().expr() else {
            return Err(internal_datafusion_err!("an aggregate of one key has several"));
        };
        let numbers = key_type(aggregate).and_then(|key| KeyNumbers::new(&key, range));
        let numbers =
            numbers.ok_or_else(|| internal_datafusion_err!("a key that is no integer"))?;
        let takes_states = aggregate.mode().input_mode() == AggregateInputMode::Partial;
        let gives_states = aggregate.mode().output_mode() == AggregateOutputMode::Partial;
        let args = aggregate_expressions(aggregate.aggr_expr(), aggregate.mode(), 1)?;
        let input = aggregate.input().schema();
        let calls = aggregate.aggr_expr().iter().zip(args).zip(aggregate.filter_expr());
        let calls = calls.map(|((call, args), filter)| {
            let filter = filter.as_ref().filter(|_| !takes_states).map(Arc::clone);
            let args = Arguments::new(args, &input);
            Ok(CallOfGroups { args, filter, accumulator: call.create_groups_accumulator()? })
        });
        Ok(Self {
            schema: aggregate.schema(),
            key: Arc::clone(key),
            calls: calls.collect::<Result<_>>()?,
            takes_states,
            gives_states,
            // States are put out while rows still come, when none may be left behind.
            in_blocks: !gives_states && aggregate.aggr_expr().iter().any(|call| keeps_events(call)),
            crowd,
            range,
            numbers,
            emitted: 0,
            rows: 0,
            of_rows: vec![],
        })
    }

    /// Takes in rows, or states.
    pub(in crate::optimizer) fn take(&mut self, batch: &RecordBatch) -> Result<()> {
        let key = self.key.evaluate(batch)?.into_array(batch.num_rows())?;
        self.numbers.number(&key, &mut self.of_rows)?;
        self.rows += batch.num_rows();
        let groups = self.numbers.len();
        for call in &mut self.calls {
            let args = call.args.evaluate(batch)?;
            if self.takes_states {
                call.accumulator.merge_batch(&args, &self.of_rows, groups)?;
            } else {
                let filter = evaluate_filter(call.filter.as_ref(), batch)?;
                call.accumulator.update_batch(&args, &self.of_rows, filter.as_ref(), groups)?;
            }
        }
        Ok(())
    }

    /// Whether it is of no use to gather more rows before they are exchanged.
    pub(in crate::optimizer) fn is_useless(&self) -> bool {
        let groups = self.numbers.count();
        self.gives_states && groups > self.crowd && self.rows < WORTH * groups
    }

    /// Puts out groups with their results or states; `None` when there are no more.
    pub(in crate::optimizer) fn emit(&mut self) -> Result<Option<RecordBatch>> {
        while self.numbers.count() > 0 {
            let batch = self.emit_block()?;
            if batch.num_rows() > 0 {
                return Ok(Some(batch));
            }
        }
        Ok(None)
    }

    /// Puts out the next block of groups, without those of whom there was no row.
    fn emit_block(&mut self) -> Result<RecordBatch> {
        let rest = self.numbers.len() - self.emitted;
        let (emit_to, groups) = if self.in_blocks && rest > EVENT_GROUPS {
            (EmitTo::First(EVENT_GROUPS), EVENT_GROUPS)
        } else {
            (EmitTo::All, rest)
        };
        let block = self.emitted..self.emitted + groups;
        let mut columns = vec![self.numbers.keys(block.clone())?];
        for call in &mut self.calls {
            if self.gives_states {
                columns.extend(call.accumulator.state(emit_to)?);
            } else {
                columns.push(call.accumulator.evaluate(emit_to)?);
            }
        }
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns)?;
        let batch = match self.numbers.came(block) {
            Some(came) => filter_record_batch(&batch, &came)?,
            None => batch,
        };
        self.emitted += groups;
        if groups == rest {
            self.begin_anew()?;
        }
        Ok(batch)
    }

    fn begin_anew(&mut self) -> Result<()> {
        let key_type = self.schema.field(0).data_type();
        self.numbers = KeyNumbers::new(key_type, self.range)
            .ok_or_else(|| internal_datafusion_err!("keys became {key_type}"))?;
        (self.emitted, self.rows) = (0, 0);
        Ok(())
    }

    /// The memory they hold, in bytes.
    pub(in crate::optimizer) fn size(&self) -> usize {
        let accumulated = self.calls.iter().map(|call| call.accumulator.size());
        self.numbers.size() + accumulated.sum::<usize>()
    }
}

/// Which rows of a batch a FILTER lets through, if there is one.
pub(in crate::optimizer) fn evaluate_filter(
    filter: Option<&Arc<dyn PhysicalExpr>>,
    batch: &RecordBatch,
) -> Result<Option<BooleanArray>> {
    let Some(filter) = filter else { return Ok(None) };
    let passed = filter.evaluate(batch)?.into_array(batch.num_rows())?;
    Ok(Some(passed.as_boolean().clone()))
}

/// A batch in slices of the size that the session asks for.
pub(in crate::optimizer) fn in_slices(
    batch: &RecordBatch,
    size: usize,
) -> impl Iterator<Item = RecordBatch> {
    let rows = batch.num_rows();
    (0..rows).step_by(size).map(move |start| batch.slice(start, size.min(rows - start)))
}
