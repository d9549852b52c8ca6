//! Customers who come one after another, as in files that are sorted by them: no more than one of them
//! has to be known at a time, and no table is needed.

mod events;
mod exec;
mod sequence;

use std::sync::Arc;

use datafusion::config::ConfigOptions;
use datafusion::datasource::source::DataSourceExec;
use datafusion::error::Result;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode};
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::execution_plan::{ChildrenPropertiesMode, ReplaceChildrenOptions};
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::joins::{HashJoinExec, PartitionMode};
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;
use datafusion::physical_plan::{
    ExecutionPlan, ExecutionPlanProperties, InputOrderMode, Partitioning,
};

use super::exec::EntityAggregateExec;
use super::steps::Levels;
use crate::optimizer::numbered::most_groups;
use crate::optimizer::{files_of, replaced};
use exec::WholeCustomersExec;
use sequence::in_sequence;

pub(super) use events::stream_events;

/// Has customers who come one after another counted as they come, where a table of them might not fit
/// into memory.
#[derive(Debug)]
pub(in super::super) struct StreamCustomers;

/// More than an entry of a table takes as a rule, in all the tables that there are of it at once.
const ENTRY: usize = 128;

/// How many orders of files are tried at most.
const MOST_ORDERS: usize = 16;

impl PhysicalOptimizerRule for StreamCustomers {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        replaced(plan, |plan| {
            let choice = plan.downcast_ref::<EntityAggregateExec>();
            let Some(choice) = choice.filter(|choice| choice.has_table()) else { return Ok(None) };
            let Some(customers) = Customers::below(choice.two_levels()) else { return Ok(None) };
            let most = customers.most();
            // A table relies on nothing that files say of themselves.
            if most.is_some_and(|most| most.saturating_mul(ENTRY) <= choice.memory()) {
                return Ok(None);
            }
            let streamed = customers.streamed(choice.two_levels())?;
            Ok(streamed.map(|streamed| Arc::new(choice.streaming(streamed))))
        })
    }

    fn name(&self) -> &'static str {
        "stream_customers"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// The aggregate by customer of a plan in two levels.
struct Customers<'a> {
    /// The one that puts out customers, and the one that takes rows.
    last: &'a AggregateExec,
    first: &'a AggregateExec,
    /// What is below both, and below an exchange of rows.
    rows: &'a Arc<dyn ExecutionPlan>,
    /// Whether it is enough that some keys are in order, if the customer is among them.
    some_keys: bool,
}

impl<'a> Customers<'a> {
    /// That of a plan.
    fn below(plan: &'a Arc<dyn ExecutionPlan>) -> Option<Self> {
        let aggregate = plan.downcast_ref::<AggregateExec>();
        let Some(last) = aggregate.filter(|aggregate| is_first_level(aggregate)) else {
            let [input] = plan.children().try_into().ok()?;
            return Self::below(input);
        };
        let mut first = last;
        let mut rows = below_exchange(last.input());
        if matches!(last.mode(), AggregateMode::Final | AggregateMode::FinalPartitioned) {
            first = rows.downcast_ref()?;
            rows = first.input();
        }
        Some(Self { last, first, rows, some_keys: true })
    }

    /// How many entries a table of them has at most.
    fn most(&self) -> Option<usize> {
        most_groups(self.first.group_expr().expr(), self.rows)
    }

    /// A plan above the aggregate with one that keeps no customer but the last one.
    fn streamed(&self, plan: &Arc<dyn ExecutionPlan>) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        if plan.downcast_ref::<AggregateExec>().is_some_and(|of| std::ptr::eq(of, self.last)) {
            return self.aggregate();
        }
        let [input] = plan.children()[..] else { return Ok(None) };
        let Some(input) = self.streamed(input)? else { return Ok(None) };
        // There is little left, and to keep it in order some partitions would wait for others.
        if let Some(exchange) = plan.downcast_ref::<RepartitionExec>() {
            let exchange = RepartitionExec::try_new(input, exchange.partitioning().clone())?;
            return Ok(Some(Arc::new(exchange)));
        }
        with_input(plan, vec![input]).map(Some)
    }

    /// The aggregate over rows of which each partition has whole customers.
    fn aggregate(&self) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        for nth in 0..MOST_ORDERS {
            let Some(rows) = in_sequence_by(self.rows, nth)? else { return Ok(None) };
            if let Some(customer) = self.told_apart_by(&self.over(Arc::clone(&rows))?)? {
                return self.over_whole(rows, customer);
            }
        }
        Ok(None)
    }

    /// The aggregate over rows that are sorted by what customers are told apart by.
    fn over_whole(
        &self,
        rows: Arc<dyn ExecutionPlan>,
        customer: Vec<Arc<dyn PhysicalExpr>>,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let partitions = rows.output_partitioning().partition_count();
        let rows = match partitions {
            1 => rows,
            _ => Arc::new(WholeCustomersExec::new(rows, customer)),
        };
        let aggregate = self.over(rows)?;
        if aggregate.schema() != self.last.schema() {
            return Ok(None);
        }
        let aggregate = Arc::new(aggregate);
        if partitions > 1 && self.last.properties().output_partitioning().partition_count() == 1 {
            return Ok(Some(Arc::new(CoalescePartitionsExec::new(aggregate))));
        }
        Ok(Some(aggregate))
    }

    fn over(&self, rows: Arc<dyn ExecutionPlan>) -> Result<AggregateExec> {
        let mode = match rows.output_partitioning().partition_count() {
            1 => AggregateMode::Single,
            _ => AggregateMode::SinglePartitioned,
        };
        AggregateExec::try_new(
            mode,
            self.first.group_expr().clone(),
            self.first.aggr_expr().to_vec(),
            self.first.filter_expr().to_vec(),
            rows,
            self.first.input_schema(),
        )
    }

    /// By what the customers of an aggregate are told apart of whom only one is kept at a time, if so.
    fn told_apart_by(
        &self,
        aggregate: &AggregateExec,
    ) -> Result<Option<Vec<Arc<dyn PhysicalExpr>>>> {
        let keys = aggregate.group_expr().expr();
        let keys: Vec<_> = match aggregate.input_order_mode() {
            InputOrderMode::Linear => return Ok(None),
            InputOrderMode::Sorted => keys.iter().collect(),
            InputOrderMode::PartiallySorted(of) => of.iter().map(|&at| &keys[at]).collect(),
        };
        let is_sorted = matches!(aggregate.input_order_mode(), InputOrderMode::Sorted);
        let is_enough = self.some_keys && keys.iter().any(|(_, name)| name == Levels::CUSTOMER);
        if !is_sorted && !is_enough {
            return Ok(None);
        }
        let schema = aggregate.input().schema();
        for (key, _) in &keys {
            // Of these, one group may have two orders: 0.0 and -0.0.
            if key.data_type(&schema)?.is_floating() {
                return Ok(None);
            }
        }
        Ok(Some(keys.into_iter().map(|(key, _)| Arc::clone(key)).collect()))
    }
}

/// Whether an aggregate computes something of each customer.
fn is_first_level(aggregate: &AggregateExec) -> bool {
    aggregate.aggr_expr().first().is_some_and(|call| Levels::is_part(call.name()))
}

/// What is below the operators that only put rows into other partitions, all of them.
fn below_exchange(plan: &Arc<dyn ExecutionPlan>) -> &Arc<dyn ExecutionPlan> {
    match plan.children()[..] {
        [input]
            if plan.fetch().is_none()
                && (plan.is::<RepartitionExec>()
                    || plan.is::<CoalescePartitionsExec>()
                    || plan.is::<SortPreservingMergeExec>()) =>
        {
            below_exchange(input)
        }
        _ => plan,
    }
}

/// A plan whose rows are sorted in the nth way in which files are, if those of one partition follow
/// those of the one before; or `None` where there are no more.
fn in_sequence_by(
    plan: &Arc<dyn ExecutionPlan>,
    nth: usize,
) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    if let Some(exchange) = plan.downcast_ref::<RepartitionExec>() {
        let deals = matches!(exchange.partitioning(), Partitioning::RoundRobinBatch(_));
        // What was not dealt out yet is sorted.
        return if deals { in_sequence_by(exchange.input(), nth) } else { Ok(None) };
    }
    if let Some(files) = files_of(plan) {
        let files = in_sequence(files, nth).map(Arc::new);
        return Ok(files.map(|files| Arc::new(DataSourceExec::new(files)) as _));
    }
    let is_one = plan.output_partitioning().partition_count() == 1;
    if is_one && (plan.is::<SortExec>() || plan.children().is_empty()) {
        return Ok(Some(Arc::clone(plan)));
    }
    if !keeps_partitions(plan) {
        return Ok(None);
    }
    let mut children: Vec<_> = plan.children().into_iter().cloned().collect();
    let mut ordered = children.iter_mut().zip(plan.maintains_input_order());
    let Some((input, _)) = ordered.find(|(_, is_kept)| *is_kept) else { return Ok(None) };
    let Some(other) = in_sequence_by(input, nth)? else { return Ok(None) };
    *input = other;
    with_input(plan, children).map(Some)
}

/// Whether each partition of an operator is made of the same one of the input whose order it keeps.
fn keeps_partitions(plan: &Arc<dyn ExecutionPlan>) -> bool {
    let join = plan.downcast_ref::<HashJoinExec>();
    plan.is::<FilterExec>()
        || plan.is::<ProjectionExec>()
        || plan.is::<CooperativeExec>()
        || join.is_some_and(|join| *join.partition_mode() == PartitionMode::CollectLeft)
}

fn with_input(
    plan: &Arc<dyn ExecutionPlan>,
    children: Vec<Arc<dyn ExecutionPlan>>,
) -> Result<Arc<dyn ExecutionPlan>> {
    let recompute = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute);
    Arc::clone(plan).replace_children(children, recompute)
}
