//! What one thread gathers of all calls.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, RecordBatch};
use datafusion::arrow::compute::filter;
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::logical_expr::Accumulator;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::aggregates::{AggregateExec, aggregate_expressions};
use tenure_udfs::kernel::{EntityPart, entity_part};

use crate::optimizer::arguments::Arguments;
use crate::optimizer::gathering::Gathers;
use crate::optimizer::numbered::{evaluate_filter, range_within};

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

impl Part {
    /// What is gathered for an aggregate of all rows, which is nothing yet.
    pub(super) fn new(aggregate: &AggregateExec) -> Result<Self> {
        let args = aggregate_expressions(aggregate.aggr_expr(), aggregate.mode(), 0)?;
        let schema = aggregate.input().schema();
        let calls = aggregate.aggr_expr().iter().zip(args).zip(aggregate.filter_expr());
        let calls = calls.map(|((call, args), filter)| {
            let gathered = match entity_part(call.fun(), &args, &schema)? {
                Some(mut customers) if !call.is_distinct() => {
                    let ids = args.first().and_then(|ids| range_within(ids, aggregate.input()));
                    ids.map_or(Ok(()), |ids| customers.expect(ids))?;
                    Gathered::Customers(customers)
                }
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
