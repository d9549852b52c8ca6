//! What the threads gather, and what comes of it.

use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::array::{BooleanArray, RecordBatch};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::internal_datafusion_err;
use datafusion::error::Result;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::{AggregateExec, aggregate_expressions};
use tenure_udfs::kernel::{
    BlockResults, EVENT_GROUPS, EventPart, EventParts, KeyNumbers, KeyRange, event_parts,
};

use crate::optimizer::arguments::Arguments;
use crate::optimizer::numbered::{Groups, evaluate_filter};

/// What all threads share.
pub(super) struct Whole {
    schema: SchemaRef,
    key: Arc<dyn PhysicalExpr>,
    calls: Vec<CallOfEvents>,
    range: KeyRange,
    /// The groups of keys outside the range, and that of NULL, which there are seldom any of.
    others: Mutex<Groups>,
}

struct CallOfEvents {
    args: Arguments,
    filter: Option<Arc<dyn PhysicalExpr>>,
    events: Box<dyn EventParts>,
}

/// What one thread gathers.
pub(super) struct Part {
    whole: Arc<Whole>,
    numbers: KeyNumbers,
    events: Vec<Box<dyn EventPart>>,
    of_rows: Vec<usize>,
}

/// What one thread puts out.
pub(super) struct Blocks {
    whole: Arc<Whole>,
    /// All keys of the range, of which it is known whether they came.
    numbers: Arc<KeyNumbers>,
    results: Vec<Box<dyn BlockResults>>,
}

impl Whole {
    /// The events of an aggregate, of which there are none yet; `None` if some call of it cannot be
    /// worked out in parts.
    pub(super) fn new(aggregate: &AggregateExec, range: KeyRange) -> Result<Option<Self>> {
        let [(key, _)] = aggregate.group_expr().expr() else { return Ok(None) };
        let args = aggregate_expressions(aggregate.aggr_expr(), aggregate.mode(), 1)?;
        let input = aggregate.input().schema();
        let mut calls = vec![];
        for ((call, args), filter) in
            aggregate.aggr_expr().iter().zip(args).zip(aggregate.filter_expr())
        {
            let Some(events) = event_parts(call.fun(), &args, &input)? else { return Ok(None) };
            let args = Arguments::new(args, &input);
            calls.push(CallOfEvents { args, filter: filter.clone(), events });
        }
        Ok(Some(Self {
            schema: aggregate.schema(),
            key: Arc::clone(key),
            calls,
            range,
            others: Mutex::new(Groups::new(aggregate, KeyRange::default(), usize::MAX)?),
        }))
    }

    fn numbers(&self) -> Result<KeyNumbers> {
        let key_type = self.schema.field(0).data_type();
        KeyNumbers::new(key_type, self.range)
            .ok_or_else(|| internal_datafusion_err!("keys became {key_type}"))
    }

    fn of_others<T>(&self, of: impl FnOnce(&mut Groups) -> T) -> T {
        of(&mut self.others.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How many blocks of groups the range has.
    pub(super) fn blocks(&self) -> usize {
        self.range.len.div_ceil(EVENT_GROUPS)
    }

    /// The next groups outside the range.
    pub(super) fn emit_others(&self) -> Result<Option<RecordBatch>> {
        self.of_others(Groups::emit)
    }
}

impl Part {
    /// What a thread gathers, which is nothing yet.
    pub(super) fn new(whole: &Arc<Whole>) -> Result<Self> {
        let events = whole.calls.iter().map(|call| call.events.part()).collect::<Result<_>>()?;
        let numbers = whole.numbers()?;
        Ok(Self { whole: Arc::clone(whole), numbers, events, of_rows: vec![] })
    }

    /// Takes in rows.
    pub(super) fn take(&mut self, batch: &RecordBatch) -> Result<()> {
        let key = self.whole.key.evaluate(batch)?.into_array(batch.num_rows())?;
        self.numbers.number(&key, &mut self.of_rows)?;
        let len = self.whole.range.len;
        if self.of_rows.iter().all(|&number| number < len) {
            return self.take_in_range(batch);
        }
        let inside: BooleanArray = self.of_rows.iter().map(|&number| Some(number < len)).collect();
        let outside: BooleanArray =
            self.of_rows.iter().map(|&number| Some(number >= len)).collect();
        let others = filter_record_batch(batch, &outside)?;
        self.whole.of_others(|groups| groups.take(&others))?;
        self.of_rows.retain(|&number| number < len);
        self.take_in_range(&filter_record_batch(batch, &inside)?)
    }

    fn take_in_range(&mut self, batch: &RecordBatch) -> Result<()> {
        for (call, events) in self.whole.calls.iter().zip(&mut self.events) {
            let args = call.args.evaluate(batch)?;
            let filter = evaluate_filter(call.filter.as_ref(), batch)?;
            events.update(&args, &self.of_rows, filter.as_ref())?;
        }
        Ok(())
    }

    /// The memory it holds, in bytes.
    pub(super) fn size(&self) -> usize {
        self.numbers.size() + self.events.iter().map(|events| events.size()).sum::<usize>()
    }

    /// Gives the events to the whole, and returns which keys came.
    pub(super) fn give(self) -> KeyNumbers {
        self.events.into_iter().for_each(EventPart::give);
        self.numbers
    }
}

impl Blocks {
    /// What a thread puts out, when all have given what they gathered.
    pub(super) fn new(whole: &Arc<Whole>, numbers: &Arc<KeyNumbers>) -> Result<Self> {
        let results = whole.calls.iter().map(|call| call.events.results());
        Ok(Self {
            whole: Arc::clone(whole),
            numbers: Arc::clone(numbers),
            results: results.collect::<Result<_>>()?,
        })
    }

    /// The groups of a block, with their results.
    pub(super) fn emit(&mut self, block: usize) -> Result<RecordBatch> {
        let start = block * EVENT_GROUPS;
        let groups = (self.whole.range.len - start).min(EVENT_GROUPS);
        let mut columns = vec![self.numbers.keys(start..start + groups)?];
        for results in &mut self.results {
            columns.push(results.of_block(block, groups)?);
        }
        let batch = RecordBatch::try_new(Arc::clone(&self.whole.schema), columns)?;
        match self.numbers.came(start..start + groups) {
            Some(came) => Ok(filter_record_batch(&batch, &came)?),
            None => Ok(batch),
        }
    }
}
