//! What each column of an aggregate is made of: something of each customer, and something of these.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::DFSchema;
use datafusion::error::Result;
use datafusion::functions_aggregate::average::avg_udaf;
use datafusion::functions_aggregate::count::count_udaf;
use datafusion::functions_aggregate::min_max::{max_udaf, min_udaf};
use datafusion::functions_aggregate::sum::sum_udaf;
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::{Aggregate, AggregateUDF, Expr, ExprSchemable, cast, lit, when};
use tenure_udfs::kernel::{Steps, in_two_steps};

use super::rewrite::{bare, column};

/// The columns of both aggregates, and what the result is made of.
#[derive(Debug)]
pub(super) struct Levels {
    /// Who the customers are.
    pub(super) customer: Expr,
    /// Whether one of the keys of the aggregate tells that.
    pub(super) is_key: bool,
    /// What is computed of the rows of each.
    pub(super) first: Vec<Expr>,
    /// What is computed of these.
    pub(super) second: Vec<Expr>,
    /// The columns of the aggregate in which all this began, besides its keys.
    pub(super) results: Vec<Expr>,
}

impl Levels {
    /// The column that tells customers apart, where none of the keys does.
    pub(super) const CUSTOMER: &'static str = "customer";

    /// The column of the key at this position.
    pub(super) fn key(at: usize) -> String {
        format!("key_{at}")
    }

    /// The column of what is computed of each customer, at this position.
    fn part(at: usize) -> String {
        format!("part_{at}")
    }

    /// Whether a column is one of these, in a plan that is known to be of two levels.
    pub(super) fn is_part(column: &str) -> bool {
        column == Self::part(0)
    }

    /// Those of an aggregate of which each column can be computed in this way, if one of them is a
    /// metric over customers and all such metrics are over the same.
    pub(super) fn of(aggregate: &Aggregate) -> Result<Option<Self>> {
        let schema = aggregate.input.schema();
        let mut calls = vec![];
        for expr in &aggregate.aggr_expr {
            let Expr::AggregateFunction(call) = bare(expr) else { return Ok(None) };
            if !is_plain(&call) {
                return Ok(None);
            }
            let types = call.params.args.iter().map(|arg| arg.get_type(schema));
            let steps = in_two_steps(&call.func, &types.collect::<Result<Vec<_>>>()?)?;
            calls.push((call, steps));
        }
        let customers = calls.iter().filter_map(|(call, steps)| {
            steps.as_ref().and_then(|steps| call.params.args.get(steps.customer?)).map(bare)
        });
        let mut customers: Vec<Expr> = customers.collect();
        customers.dedup();
        let Ok([customer]) = <[Expr; 1]>::try_from(customers) else { return Ok(None) };
        let key = aggregate.group_expr.iter().position(|key| bare(key) == customer);
        let mut builder = Builder {
            customer: column(&key.map_or_else(|| Self::CUSTOMER.to_owned(), Self::key)),
            first: vec![],
            second: vec![],
        };
        let results: Option<Vec<Expr>> =
            calls.into_iter().map(|(call, steps)| builder.result(call, steps, schema)).collect();
        let Builder { first, second, .. } = builder;
        let is_key = key.is_some();
        Ok(results.map(|results| Self { customer, is_key, first, second, results }))
    }
}

/// Whether a call does no more than put rows together, and the same each time.
fn is_plain(call: &AggregateFunction) -> bool {
    let params = &call.params;
    !params.distinct
        && params.order_by.is_empty()
        && params.null_treatment.is_none()
        && !params.args.iter().chain(params.filter.as_deref()).any(Expr::is_volatile)
}

struct Builder {
    /// The column that tells customers apart.
    customer: Expr,
    first: Vec<Expr>,
    second: Vec<Expr>,
}

impl Builder {
    /// The result of a call, of columns of the second aggregate.
    fn result(
        &mut self,
        call: AggregateFunction,
        steps: Option<Steps>,
        schema: &DFSchema,
    ) -> Option<Expr> {
        match steps {
            Some(steps) => self.metric(&call, &steps),
            None => self.of_the_engine(call, schema),
        }
    }

    fn metric(&mut self, call: &AggregateFunction, steps: &Steps) -> Option<Expr> {
        let args = |at: &[usize]| -> Vec<Expr> {
            at.iter().filter_map(|&at| call.params.args.get(at)).cloned().collect()
        };
        let mut first = call.clone();
        first.func = Arc::clone(&steps.first);
        first.params.args = args(&steps.first_args);
        let constants = args(&steps.second_args);
        // One that is none is refused when the call is planned as it is.
        if constants.iter().any(|constant| !constant.column_refs().is_empty()) {
            return None;
        }
        let customer = steps.customer.map(|_| self.customer.clone());
        Some(self.through(Expr::AggregateFunction(first), |part| {
            steps.second.call(customer.into_iter().chain([part]).chain(constants).collect())
        }))
    }

    fn of_the_engine(&mut self, call: AggregateFunction, schema: &DFSchema) -> Option<Expr> {
        let is = |function: Arc<AggregateUDF>| *call.func == *function;
        let of_parts = |function: Arc<AggregateUDF>| move |part| function.call(vec![part]);
        let again = Arc::clone(&call.func);
        if is(sum_udaf()) || is(min_udaf()) || is(max_udaf()) {
            return Some(self.through(Expr::AggregateFunction(call), of_parts(again)));
        }
        if is(count_udaf()) {
            let count = self.through(Expr::AggregateFunction(call), of_parts(sum_udaf()));
            // Of no customers there is no sum.
            return when(count.clone().is_not_null(), count).otherwise(lit(0_i64)).ok();
        }
        let [arg] = call.params.args.as_slice() else { return None };
        if is(avg_udaf()) && arg.get_type(schema).ok()? == DataType::Float64 {
            let of = |func| Expr::AggregateFunction(AggregateFunction { func, ..call.clone() });
            let sum = self.through(of(sum_udaf()), of_parts(sum_udaf()));
            let count = self.through(of(count_udaf()), of_parts(sum_udaf()));
            return Some(sum / cast(count, DataType::Float64));
        }
        None
    }

    /// Computes something of each customer and something of these, whose column it returns.
    fn through(&mut self, first: Expr, second: impl FnOnce(Expr) -> Expr) -> Expr {
        let (part, whole) = (Levels::part(self.first.len()), format!("whole_{}", self.first.len()));
        self.first.push(first.alias(&part));
        // The names differ, as rules of the engine take columns of one name for one column.
        self.second.push(second(column(&part)).alias(&whole));
        column(&whole)
    }
}
