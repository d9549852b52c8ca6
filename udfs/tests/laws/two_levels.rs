//! A metric over customers in two levels is what it is as a table of customers.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, BooleanArray, Float64Array};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{EmitTo, GroupsAccumulator};
use datafusion::physical_expr::aggregate::AggregateFunctionExpr;
use rand::Rng;
use rand::rngs::StdRng;
use tenure_udfs::spec::Kind;

use crate::sample::{self, Case, Sample};
use crate::{
    GROUPS, ROWS, assert_same, for_all, groups, random_filter, random_groups, rows_at, scalars,
};

/// Runs a law over every form over customers.
fn for_levels(law: impl Fn(&Case, &Sample, &mut StdRng)) {
    let seen = std::cell::Cell::new(0);
    for_all(|case, sample, rng| {
        if case.form.kernel.has_levels() {
            seen.set(seen.get() + 1);
            law(case, sample, rng);
        }
    });
    assert!(seen.get() > 0, "there is no metric over customers");
}

/// The groups of an aggregate by group and customer: which each row belongs to, and which group and
/// which row each of them began with.
fn by_customer(of_row: &[usize], ids: &ArrayRef) -> (Vec<usize>, Vec<usize>, Vec<usize>) {
    let mut numbers: HashMap<(usize, ScalarValue), usize> = HashMap::new();
    let (mut group, mut first_row) = (vec![], vec![]);
    let number = |row: usize| {
        let id = ScalarValue::try_from_array(ids, row).unwrap();
        *numbers.entry((of_row[row], id)).or_insert_with(|| {
            group.push(of_row[row]);
            first_row.push(row);
            group.len() - 1
        })
    };
    let numbers = (0..of_row.len()).map(number).collect();
    (numbers, group, first_row)
}

/// An aggregate that is done as the engine does it: in parts, one of which turns each row into a
/// state, and all of which are put together.
fn in_parts(
    aggregate: &AggregateFunctionExpr,
    args: &[ArrayRef],
    of_row: &[usize],
    filter: Option<&BooleanArray>,
    groups: usize,
    cut: usize,
) -> ArrayRef {
    let new = || aggregate.create_groups_accumulator().unwrap();
    let rows = of_row.len();
    let slice = |from: usize, to: usize| -> Vec<ArrayRef> {
        args.iter().map(|arg| arg.slice(from, to - from)).collect()
    };
    let passes = |from: usize, to: usize| filter.map(|filter| filter.slice(from, to - from));
    let mut first = new();
    first.update_batch(&slice(0, cut), &of_row[..cut], passes(0, cut).as_ref(), groups).unwrap();
    let mut whole = new();
    let all: Vec<usize> = (0..groups).collect();
    // The groups come in two goes, as they do when a state is put out early.
    let early = groups / 2;
    let state = first.state(EmitTo::First(early)).unwrap();
    whole.merge_batch(&state, &all[..early], groups).unwrap();
    let state = first.state(EmitTo::All).unwrap();
    whole.merge_batch(&state, &all[early..], groups).unwrap();
    let state = new().convert_to_state(&slice(cut, rows), passes(cut, rows).as_ref()).unwrap();
    whole.merge_batch(&state, &of_row[cut..], groups).unwrap();
    whole.evaluate(EmitTo::All).unwrap()
}

fn as_table(case: &Case, sample: &Sample, of_row: &[usize], filter: &BooleanArray) -> ArrayRef {
    let mut table: Box<dyn GroupsAccumulator> = groups(case, sample);
    table.update_batch(&sample.args, of_row, Some(filter), GROUPS).unwrap();
    table.evaluate(EmitTo::All).unwrap()
}

#[test]
fn customers_counted_at_once_equal_a_table_of_them() {
    for_levels(|case, sample, rng| {
        let (of_row, filter) = (random_groups(rng), random_filter(rng));
        let expected = as_table(case, sample, &of_row, &filter);
        let (numbers, group, first_row) = by_customer(&of_row, &sample.args[0]);
        let cut = rng.random_range(0..ROWS);
        let entry = case.entry_aggregate(sample);
        let entries = in_parts(&entry, &sample.args, &numbers, Some(&filter), group.len(), cut);
        let ids = Arc::clone(&rows_at(&sample.args[..1], &first_row)[0]);
        let types = vec![ids.data_type().clone(), entries.data_type().clone()];
        let metric = case.of_entries(types);
        let cut = rng.random_range(0..group.len());
        let results = in_parts(&metric, &[ids, entries], &group, None, GROUPS, cut);
        assert_eq!(results.data_type(), expected.data_type(), "{case}");
        for (left, right) in scalars(&results).iter().zip(&scalars(&expected)) {
            assert_same(case, left, right);
        }
    });
}

#[test]
fn a_customer_none_of_whose_rows_counts_is_nobody() {
    for_levels(|case, sample, _| {
        let nothing = BooleanArray::from(vec![false; ROWS]);
        let mut entry = case.entry_aggregate(sample).create_groups_accumulator().unwrap();
        entry.update_batch(&sample.args, &[0; ROWS], Some(&nothing), 1).unwrap();
        let entries = entry.evaluate(EmitTo::All).unwrap();
        assert_eq!(entries.null_count(), 1, "{case}");
        let ids = sample.args[0].slice(0, 1);
        let metric = case.of_entries(vec![ids.data_type().clone(), entries.data_type().clone()]);
        let mut metric = metric.create_accumulator().unwrap();
        metric.update_batch(&[ids, entries]).unwrap();
        assert!(metric.evaluate().unwrap().is_null(), "{case}");
    });
}

#[test]
fn an_amount_that_is_no_number_is_refused_with_the_same_words() {
    let mut refused = 0;
    for_levels_of_one_row(|case, mut row| {
        let Some(at) = case.form.args.iter().position(|arg| arg.kind == Kind::Number) else {
            return;
        };
        row.args[at] = Arc::new(Float64Array::from(vec![f64::NAN]));
        let message = |aggregate: AggregateFunctionExpr| {
            let mut accumulator = aggregate.create_accumulator().unwrap();
            accumulator.update_batch(&row.args).unwrap_err().to_string()
        };
        assert_eq!(message(case.entry_aggregate(&row)), message(case.aggregate(&row)));
        refused += 1;
    });
    assert!(refused > 0, "no metric over customers takes numbers");
}

/// Hands over every form over customers with a row that it accepts.
fn for_levels_of_one_row(mut law: impl FnMut(&Case, Sample)) {
    for case in sample::cases().filter(|case| case.form.kernel.has_levels()) {
        let args = case.form.args.iter().map(|arg| sample::one(arg.kind, 1));
        law(&case, Sample { args: args.collect() });
    }
}
