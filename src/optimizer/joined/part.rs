//! What one thread gathers of all calls.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, RecordBatch};
use datafusion::arrow::compute::filter;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{ScalarValue, internal_err};
use datafusion::error::Result;
use datafusion::logical_expr::{Accumulator, EmitTo, GroupsAccumulator};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::aggregate::AggregateFunctionExpr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::{AggregateExec, aggregate_expressions};
use tenure_udfs::kernel::{EntityPart, Expected, KeyRange, SharedKeys, entity_part};

use super::keys::Keys;
use crate::optimizer::arguments::Arguments;
use crate::optimizer::gathering::Gathers;
use crate::optimizer::numbered::{evaluate_filter, is_sparse, range_within};

/// What one thread has gathered.
pub(super) struct Part {
    /// `None` where all rows are one group.
    keys: Option<Keys>,
    calls: Vec<Call>,
}

struct Call {
    args: Arguments,
    filter: Option<Arc<dyn PhysicalExpr>>,
    gathered: Gathered,
}

enum Gathered {
    Customers(Box<dyn EntityPart>),
    /// What any other function accumulates, whose states are small.
    Rows(Box<dyn Accumulator>),
    /// The same of several groups.
    Groups(Box<dyn GroupsAccumulator>),
}

/// How the customers of each call are found.
pub(super) struct Customers(Vec<Found>);

#[derive(Clone)]
enum Found {
    /// In a table of each thread, whatever their ids are.
    Alone,
    /// The same, with most ids in a range.
    Within(KeyRange),
    /// By numbers that all threads give them together.
    Together(Arc<SharedKeys>),
}

/// A call of an aggregate of rows.
struct Planned<'a> {
    call: &'a AggregateFunctionExpr,
    args: Vec<Arc<dyn PhysicalExpr>>,
    /// What a thread knows of customers, which is nothing yet, if it is about them.
    customers: Option<Box<dyn EntityPart>>,
}

fn calls_of(aggregate: &AggregateExec) -> Result<Vec<Planned<'_>>> {
    let keys = aggregate.group_expr().expr().len();
    let args = aggregate_expressions(aggregate.aggr_expr(), aggregate.mode(), keys)?;
    let schema = aggregate.input().schema();
    let calls = aggregate.aggr_expr().iter().zip(args).map(|(call, args)| {
        let customers = entity_part(call.fun(), &args, &schema)?.filter(|_| !call.is_distinct());
        Ok(Planned { call, args, customers })
    });
    calls.collect()
}

/// Whether it pays to join what threads gather for an aggregate: one of the calls is about customers, and what
/// any other accumulates of a group is little.
pub(super) fn pays(aggregate: &AggregateExec) -> Result<bool> {
    let in_groups = !aggregate.group_expr().expr().is_empty();
    let mut pays = false;
    for Planned { call, customers, .. } in calls_of(aggregate)? {
        if customers.is_some() {
            pays = true;
        } else if in_groups && call.state_fields()?.iter().any(|of| of.data_type().is_nested()) {
            return Ok(false);
        }
    }
    Ok(pays)
}

impl Customers {
    /// How customers are found for an aggregate.
    pub(super) fn new(aggregate: &AggregateExec) -> Result<Self> {
        let mut known: Vec<(Arc<dyn PhysicalExpr>, DataType, Found)> = vec![];
        let calls = calls_of(aggregate)?.into_iter().map(|Planned { args, customers, .. }| {
            let (Some(customers), Some(ids)) = (customers, args.first()) else {
                return Found::Alone;
            };
            // The same ids have the same numbers in all calls.
            let same =
                known.iter().find(|(of, stored, _)| of == ids && stored == customers.id_type());
            if let Some((.., found)) = same {
                return found.clone();
            }
            let found = Found::of(&*customers, ids, aggregate.input());
            known.push((Arc::clone(ids), customers.id_type().clone(), found.clone()));
            found
        });
        Ok(Self(calls.collect()))
    }
}

impl Found {
    fn of(
        customers: &dyn EntityPart,
        ids: &Arc<dyn PhysicalExpr>,
        input: &Arc<dyn ExecutionPlan>,
    ) -> Self {
        // Integers that are not known to lie far apart may have places in an array, which is faster.
        let is_scattered = !customers.id_type().is_integer() || is_sparse(ids, input);
        let keys = is_scattered.then(|| SharedKeys::new(customers.id_type())).flatten();
        match (keys, range_within(ids, input)) {
            (Some(keys), _) => Self::Together(Arc::new(keys)),
            (None, Some(range)) => Self::Within(range),
            (None, None) => Self::Alone,
        }
    }

    /// What a thread knows, which is nothing yet, of customers who are found so.
    fn by(
        &self,
        mut customers: Box<dyn EntityPart>,
        expected: Expected,
    ) -> Result<Box<dyn EntityPart>> {
        Ok(match self {
            Self::Alone => customers,
            Self::Within(range) => {
                customers.expect(*range, expected)?;
                customers
            }
            Self::Together(keys) => customers.share(keys.reader()),
        })
    }
}

impl Part {
    /// What is gathered for an aggregate, which is nothing yet.
    pub(super) fn new(aggregate: &AggregateExec, customers: &Customers) -> Result<Self> {
        let keys = Keys::new(aggregate)?;
        let expected = if keys.is_some() { Expected::Groups } else { Expected::OneGroup };
        let schema = aggregate.input().schema();
        let calls = calls_of(aggregate)?.into_iter().zip(aggregate.filter_expr());
        let calls = calls.zip(&customers.0).map(|((planned, filter), found)| {
            let Planned { call, args, customers } = planned;
            let gathered = match (customers, expected) {
                (Some(customers), _) => Gathered::Customers(found.by(customers, expected)?),
                (None, Expected::Groups) => Gathered::Groups(call.create_groups_accumulator()?),
                (None, Expected::OneGroup) => Gathered::Rows(call.create_accumulator()?),
            };
            Ok(Call { args: Arguments::new(args, &schema), filter: filter.clone(), gathered })
        });
        let calls = calls.collect::<Result<_>>()?;
        Ok(Self { keys, calls })
    }

    /// How many groups there are.
    pub(super) fn groups(&self) -> usize {
        self.keys.as_ref().map_or(1, Keys::len)
    }

    /// How many groups, and customers of each, there are that another part would have to look for.
    pub(super) fn hashed(&self) -> usize {
        let customers = self.calls.iter().map(|call| match &call.gathered {
            Gathered::Customers(customers) => customers.hashed(),
            _ => 0,
        });
        customers.sum::<usize>() + self.groups()
    }

    /// Both parts as one.
    pub(super) fn join(mut self, other: Self) -> Result<Self> {
        let numbers = match (&mut self.keys, other.keys) {
            (Some(keys), Some(others)) => keys.take_in(others)?,
            _ => vec![0],
        };
        let groups = self.groups();
        for (call, other) in self.calls.iter_mut().zip(other.calls) {
            match (&mut call.gathered, other.gathered) {
                (Gathered::Customers(all), Gathered::Customers(others)) => {
                    all.join(others, &numbers)?;
                }
                (Gathered::Rows(all), Gathered::Rows(others)) => {
                    all.merge_batch(&state_of(others)?)?;
                }
                (Gathered::Groups(all), Gathered::Groups(mut others)) => {
                    all.merge_batch(&others.state(EmitTo::All)?, &numbers, groups)?;
                }
                // Which it is depends on nothing but the call.
                _ => {}
            }
        }
        Ok(self)
    }

    /// The keys of all groups, and the result of each call, in columns.
    pub(super) fn results(self) -> Result<Vec<ArrayRef>> {
        self.columns(|gathered, groups| {
            Ok(vec![match gathered {
                Gathered::Customers(customers) => customers.results(groups)?,
                Gathered::Rows(mut rows) => rows.evaluate()?.to_array()?,
                Gathered::Groups(mut of_groups) => of_groups.evaluate(EmitTo::All)?,
            }])
        })
    }

    /// The keys of all groups, and the states of each call, in columns.
    pub(super) fn states(self) -> Result<Vec<ArrayRef>> {
        self.columns(|gathered, groups| match gathered {
            Gathered::Customers(customers) => customers.states(groups),
            Gathered::Rows(rows) => state_of(rows),
            Gathered::Groups(mut of_groups) => of_groups.state(EmitTo::All),
        })
    }

    fn columns(
        self,
        of_call: impl Fn(Gathered, usize) -> Result<Vec<ArrayRef>>,
    ) -> Result<Vec<ArrayRef>> {
        let groups = self.groups();
        let mut columns = self.keys.map_or(Ok(vec![]), Keys::columns)?;
        for call in self.calls {
            columns.extend(of_call(call.gathered, groups)?);
        }
        Ok(columns)
    }
}

impl Gathers for Part {
    fn take(&mut self, batch: &RecordBatch) -> Result<()> {
        let of_rows = self.keys.as_mut().map(|keys| keys.number(batch)).transpose()?;
        for call in &mut self.calls {
            call.take(batch, of_rows)?;
        }
        Ok(())
    }

    fn size(&self) -> usize {
        let sizes = self.calls.iter().map(|call| match &call.gathered {
            Gathered::Customers(customers) => customers.size(),
            Gathered::Rows(rows) => rows.size(),
            Gathered::Groups(groups) => groups.size(),
        });
        self.keys.as_ref().map_or(0, Keys::size) + sizes.sum::<usize>()
    }
}

impl Call {
    /// Takes in rows, with the numbers of their groups and how many groups there are, if there are several.
    fn take(&mut self, batch: &RecordBatch, groups: Option<(&[usize], usize)>) -> Result<()> {
        let args = self.args.evaluate(batch)?;
        let filter = evaluate_filter(self.filter.as_ref(), batch)?;
        match (&mut self.gathered, groups) {
            (Gathered::Customers(customers), None) => customers.update(&args, filter.as_ref()),
            (Gathered::Customers(customers), Some((of_rows, _))) => {
                customers.update_groups(&args, of_rows, filter.as_ref())
            }
            (Gathered::Rows(rows), _) => rows.update_batch(&passed(args, filter.as_ref())?),
            (Gathered::Groups(all), Some((of_rows, groups))) => {
                all.update_batch(&args, of_rows, filter.as_ref(), groups)
            }
            (Gathered::Groups(_), None) => internal_err!("rows of no group"),
        }
    }
}

/// The state of an accumulator of all rows, in columns of one row.
fn state_of(mut rows: Box<dyn Accumulator>) -> Result<Vec<ArrayRef>> {
    rows.state()?.iter().map(ScalarValue::to_array).collect()
}

/// The rows that a FILTER lets through.
fn passed(args: Vec<ArrayRef>, passes: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
    let Some(passes) = passes else { return Ok(args) };
    args.iter().map(|arg| Ok(filter(arg, passes)?)).collect()
}
