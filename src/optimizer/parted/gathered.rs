//! What the threads gather, and what comes of it.

use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::array::{BooleanArray, RecordBatch};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::internal_err;
use datafusion::error::Result;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::{AggregateExec, aggregate_expressions};
use tenure_udfs::kernel::{EVENT_GROUPS, KeyRange, event_parts};

use super::calls::{CallPart, CallResults, SharedCall};
use super::numbering::{AllNumbers, Numbering, Numbers, SharedNumbers};
use crate::optimizer::arguments::Arguments;
use crate::optimizer::gathering::Gathers;
use crate::optimizer::numbered::{Groups, evaluate_filter};

/// What all threads share.
pub(super) struct Whole {
    schema: SchemaRef,
    key: Arc<dyn PhysicalExpr>,
    calls: Vec<Call>,
    numbers: SharedNumbers,
    /// The groups of keys outside a range, and that of NULL, which there are seldom any of.
    others: Mutex<Groups>,
}

struct Call {
    args: Arguments,
    filter: Option<Arc<dyn PhysicalExpr>>,
    shared: SharedCall,
}

/// What one thread gathers.
pub(super) struct Part {
    whole: Arc<Whole>,
    numbers: Numbers,
    calls: Vec<CallPart>,
    of_rows: Vec<usize>,
}

/// What one thread puts out.
pub(super) struct Blocks {
    whole: Arc<Whole>,
    numbers: Arc<AllNumbers>,
    results: Vec<CallResults>,
    batch_size: usize,
    /// The block that is put out, and the places of the groups in it that had rows.
    block: usize,
    places: Vec<usize>,
    /// How many of them have been put out, and how many are at once.
    done: usize,
    step: usize,
}

/// The results of about so many events are put out at once, where they are lists: so few that what is
/// made of them finds them in a cache, and in memory that the results before them were in.
const BATCH_EVENTS: usize = 1 << 15;

impl Whole {
    /// What is gathered for an aggregate of rows, which is nothing yet.
    pub(super) fn new(aggregate: &AggregateExec, numbering: Numbering) -> Result<Self> {
        let [(key, _)] = aggregate.group_expr().expr() else {
            return internal_err!("an aggregate of one key has several");
        };
        let args = aggregate_expressions(aggregate.aggr_expr(), aggregate.mode(), 1)?;
        let input = aggregate.input().schema();
        let calls = aggregate.aggr_expr().iter().zip(args).zip(aggregate.filter_expr());
        let calls = calls.map(|((call, args), filter)| {
            let shared = match event_parts(call.fun(), &args, &input)? {
                Some(events) => SharedCall::Events(events),
                None => SharedCall::states(call),
            };
            Ok(Call { args: Arguments::new(args, &input), filter: filter.clone(), shared })
        });
        let schema = aggregate.schema();
        Ok(Self {
            numbers: SharedNumbers::new(numbering, schema.field(0).data_type())?,
            schema,
            key: Arc::clone(key),
            calls: calls.collect::<Result<_>>()?,
            others: Mutex::new(Groups::new(aggregate, KeyRange::default(), usize::MAX)?),
        })
    }

    fn of_others<T>(&self, of: impl FnOnce(&mut Groups) -> T) -> T {
        of(&mut self.others.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How much work each block of so many groups is, when all threads have given what they gathered: as
    /// many groups and events as are in it.
    pub(super) fn work(&self, groups: usize) -> Vec<usize> {
        let blocks = groups.div_ceil(EVENT_GROUPS);
        let events = |block| self.calls.iter().map(move |call| call.shared.events(block));
        (0..blocks).map(|block| EVENT_GROUPS + events(block).sum::<usize>()).collect()
    }

    /// The next groups outside the range.
    pub(super) fn emit_others(&self) -> Result<Option<RecordBatch>> {
        self.of_others(Groups::emit)
    }
}

impl Part {
    /// What a thread gathers, which is nothing yet.
    pub(super) fn new(whole: &Arc<Whole>) -> Result<Self> {
        let calls = whole.calls.iter().map(|call| call.shared.part()).collect::<Result<_>>()?;
        let numbers = whole.numbers.of_thread()?;
        Ok(Self { whole: Arc::clone(whole), numbers, calls, of_rows: vec![] })
    }

    /// Takes in rows of groups that have numbers, of which there are so many.
    fn take_numbered(&mut self, batch: &RecordBatch, groups: usize) -> Result<()> {
        for (call, part) in self.whole.calls.iter().zip(&mut self.calls) {
            let args = call.args.evaluate(batch)?;
            let filter = evaluate_filter(call.filter.as_ref(), batch)?;
            part.update(&args, &self.of_rows, filter.as_ref(), groups)?;
        }
        Ok(())
    }

    /// Gives what was gathered to the whole, and returns which groups came.
    pub(super) fn give(self) -> Result<Numbers> {
        for (call, part) in self.whole.calls.iter().zip(self.calls) {
            call.shared.take(part)?;
        }
        Ok(self.numbers)
    }
}

impl Gathers for Part {
    fn take(&mut self, batch: &RecordBatch) -> Result<()> {
        let key = self.whole.key.evaluate(batch)?.into_array(batch.num_rows())?;
        let len = self.numbers.number(&key, &mut self.of_rows)?;
        if self.of_rows.iter().all(|&number| number < len) {
            return self.take_numbered(batch, len);
        }
        let inside: BooleanArray = self.of_rows.iter().map(|&number| Some(number < len)).collect();
        let outside: BooleanArray =
            self.of_rows.iter().map(|&number| Some(number >= len)).collect();
        let others = filter_record_batch(batch, &outside)?;
        self.whole.of_others(|groups| groups.take(&others))?;
        self.of_rows.retain(|&number| number < len);
        self.take_numbered(&filter_record_batch(batch, &inside)?, len)
    }

    fn size(&self) -> usize {
        self.numbers.size() + self.calls.iter().map(CallPart::size).sum::<usize>()
    }
}

impl Blocks {
    /// What a thread puts out, when all have given what they gathered, in batches of up to so many
    /// rows.
    pub(super) fn new(
        whole: &Arc<Whole>,
        numbers: &Arc<AllNumbers>,
        batch_size: usize,
    ) -> Result<Self> {
        let results = whole.calls.iter().map(|call| call.shared.results());
        Ok(Self {
            whole: Arc::clone(whole),
            numbers: Arc::clone(numbers),
            results: results.collect::<Result<_>>()?,
            batch_size,
            block: 0,
            places: vec![],
            done: 0,
            step: batch_size,
        })
    }

    /// Goes on to a block.
    pub(super) fn open(&mut self, block: usize) -> Result<()> {
        let start = block * EVENT_GROUPS;
        let groups = (self.numbers.len() - start).min(EVENT_GROUPS);
        self.places = match self.numbers.came(start..start + groups) {
            Some(came) => came.values().set_indices().collect(),
            None => (0..groups).collect(),
        };
        (self.block, self.done) = (block, 0);
        let mut events = 0;
        for results in &mut self.results {
            events = events.max(results.open(block, groups, &self.places)?);
        }
        self.step = self.batch_size;
        if self.whole.schema.fields().iter().any(|field| field.data_type().is_nested()) {
            let groups = self.places.len() * BATCH_EVENTS / events.max(1);
            self.step = self.step.min(groups).max(1);
        }
        Ok(())
    }

    /// The next groups of the block, with their results; `None` when there are no more.
    pub(super) fn emit(&mut self) -> Result<Option<RecordBatch>> {
        let Some(places) = self.places[self.done..].chunks(self.step).next() else {
            return Ok(None);
        };
        let numbers = places.iter().map(|place| self.block * EVENT_GROUPS + place);
        let mut columns = vec![self.numbers.keys(numbers)?];
        for results in &mut self.results {
            columns.push(results.of_groups(places, self.done)?);
        }
        self.done += places.len();
        Ok(Some(RecordBatch::try_new(Arc::clone(&self.whole.schema), columns)?))
    }
}
