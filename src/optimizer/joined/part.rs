//! What one thread gathers of all calls.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, RecordBatch};
use datafusion::arrow::compute::filter;
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::logical_expr::Accumulator;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::{AggregateExec, aggregate_expressions};
use tenure_udfs::kernel::{EntityPart, KeyRange, SharedKeys, entity_part};

use crate::optimizer::arguments::Arguments;
use crate::optimizer::gathering::Gathers;
use crate::optimizer::numbered::{evaluate_filter, is_sparse, range_within};

/// What one thread has gathered.
pub(super) struct Part(Vec<Call>);

struct Call {
    args: Arguments,
    filter: Option<Arc<dyn PhysicalExpr>>,
    gathered: Gathered,
}

enum Gathered {
    Customers(Box<dyn EntityPart>),
    /// What any other function accumulates, whose states are small.
    Rows(Box<dyn Accumulator>),
}

/// How the customers of each call are found.
pub(super) struct Customers(Vec<Found>);

enum Found {
    /// In a table of each thread, whatever their ids are.
    Alone,
    /// The same, with most ids in a range.
    Within(KeyRange),
    /// By numbers that all threads give them together.
    Together(Arc<SharedKeys>),
}

impl Customers {
    /// How customers are found for an aggregate of all rows.
    pub(super) fn new(aggregate: &AggregateExec) -> Result<Self> {
        let args = aggregate_expressions(aggregate.aggr_expr(), aggregate.mode(), 0)?;
        let input = aggregate.input();
        let found = aggregate.aggr_expr().iter().zip(args).map(|(call, args)| {
            let customers = entity_part(call.fun(), &args, &input.schema())?;
            Ok(customers.map_or(Found::Alone, |part| Found::of(&*part, &args, input)))
        });
        Ok(Self(found.collect::<Result<_>>()?))
    }
}

impl Found {
    fn of(
        customers: &dyn EntityPart,
        args: &[Arc<dyn PhysicalExpr>],
        input: &Arc<dyn ExecutionPlan>,
    ) -> Self {
        let ids = args.first();
        // Integers that are not known to lie far apart may have places in an array, which is faster.
        let is_scattered =
            !customers.id_type().is_integer() || ids.is_some_and(|ids| is_sparse(ids, input));
        let keys = is_scattered.then(|| SharedKeys::new(customers.id_type())).flatten();
        match (keys, ids.and_then(|ids| range_within(ids, input))) {
            (Some(keys), _) => Self::Together(Arc::new(keys)),
            (None, Some(range)) => Self::Within(range),
            (None, None) => Self::Alone,
        }
    }

    /// What a thread knows, which is nothing yet, of customers who are found so.
    fn by(&self, mut customers: Box<dyn EntityPart>) -> Result<Gathered> {
        Ok(Gathered::Customers(match self {
            Self::Alone => customers,
            Self::Within(range) => {
                customers.expect(*range)?;
                customers
            }
            Self::Together(keys) => customers.share(keys.reader()),
        }))
    }
}

impl Part {
    /// What is gathered for an aggregate of all rows, which is nothing yet.
    pub(super) fn new(aggregate: &AggregateExec, customers: &Customers) -> Result<Self> {
        let args = aggregate_expressions(aggregate.aggr_expr(), aggregate.mode(), 0)?;
        let schema = aggregate.input().schema();
        let calls = aggregate.aggr_expr().iter().zip(args).zip(aggregate.filter_expr());
        let calls = calls.zip(&customers.0).map(|(((call, args), filter), found)| {
            let gathered = match entity_part(call.fun(), &args, &schema)? {
                Some(customers) if !call.is_distinct() => found.by(customers)?,
                _ => Gathered::Rows(call.create_accumulator()?),
            };
            Ok(Call { args: Arguments::new(args, &schema), filter: filter.clone(), gathered })
        });
        Ok(Self(calls.collect::<Result<_>>()?))
    }

    /// Whether any of it is about customers.
    pub(super) fn has_customers(&self) -> bool {
        self.0.iter().any(|call| matches!(call.gathered, Gathered::Customers(_)))
    }

    /// Both parts as one.
    pub(super) fn join(mut self, other: Self) -> Result<Self> {
        for (call, other) in self.0.iter_mut().zip(other.0) {
            match (&mut call.gathered, other.gathered) {
                (Gathered::Customers(all), Gathered::Customers(others)) => all.join(others)?,
                (Gathered::Rows(all), Gathered::Rows(mut others)) => {
                    let state = others.state()?;
                    let columns = state.iter().map(ScalarValue::to_array);
                    all.merge_batch(&columns.collect::<Result<Vec<_>>>()?)?;
                }
                // Which it is depends on nothing but the call.
                _ => {}
            }
        }
        Ok(self)
    }

    /// The result of each call, in columns of one row.
    pub(super) fn results(self) -> Result<Vec<ArrayRef>> {
        let results = self.0.into_iter().map(|call| match call.gathered {
            Gathered::Customers(customers) => customers.result(),
            Gathered::Rows(mut rows) => rows.evaluate()?.to_array(),
        });
        results.collect()
    }
}

impl Gathers for Part {
    fn take(&mut self, batch: &RecordBatch) -> Result<()> {
        for Call { args, filter, gathered } in &mut self.0 {
            let args = args.evaluate(batch)?;
            let filter = evaluate_filter(filter.as_ref(), batch)?;
            match gathered {
                Gathered::Customers(customers) => customers.update(&args, filter.as_ref())?,
                Gathered::Rows(rows) => rows.update_batch(&passed(args, filter.as_ref())?)?,
            }
        }
        Ok(())
    }

    fn size(&self) -> usize {
        let sizes = self.0.iter().map(|call| match &call.gathered {
            Gathered::Customers(customers) => customers.size(),
            Gathered::Rows(rows) => rows.size(),
        });
        sizes.sum()
    }
}

/// The rows that a FILTER lets through.
fn passed(args: Vec<ArrayRef>, passes: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
    let Some(passes) = passes else { return Ok(args) };
    args.iter().map(|arg| Ok(filter(arg, passes)?)).collect()
}
