//! What NULL does, and what no rows give.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, BooleanArray, Int8Array};
use datafusion::arrow::buffer::{BooleanBuffer, NullBuffer};
use datafusion::arrow::compute::kernels::zip::zip;
use datafusion::arrow::compute::{cast, filter};
use datafusion::logical_expr::EmitTo;
use tenure_udfs::spec::Family;

use crate::{ROWS, accumulator, assert_same, for_all, groups, ungrouped};

#[test]
fn nothing_gives_null() {
    for_all(|case, sample, _| {
        // A level, a count of sequences and a list of answers are what they are of no rows, too.
        if case.spec.family == Family::Behaviour {
            return;
        }
        let mut none = accumulator(case, sample);
        assert!(none.evaluate().unwrap().is_null(), "{case}: no rows");
        let nulls: Vec<_> = sample
            .args
            .iter()
            .map(|arg| arrow::array::new_null_array(arg.data_type(), 5))
            .collect();
        none.update_batch(&nulls).unwrap();
        assert!(none.evaluate().unwrap().is_null(), "{case}: only NULL rows");
        let mut grouped = groups(case, sample);
        grouped.update_batch(&nulls, &[0; 5], None, 3).unwrap();
        let results = grouped.evaluate(EmitTo::All).unwrap();
        assert_eq!((results.len(), results.null_count()), (3, 3), "{case}: empty groups");
    });
}

#[test]
fn a_row_with_a_null_is_not_counted() {
    for_all(|case, sample, _| {
        // Beside a customer id, a NULL is a condition not met or an amount of nothing.
        let required = &sample.args[..case.required()];
        let complete: BooleanArray =
            (0..ROWS).map(|row| Some(required.iter().all(|arg| arg.is_valid(row)))).collect();
        let rows: Vec<_> = sample.args.iter().map(|arg| filter(arg, &complete).unwrap()).collect();
        let expected = ungrouped(case, sample, &rows);
        assert_same(case, &ungrouped(case, sample, &sample.args), &expected);
    });
}

#[test]
fn beside_what_is_required_a_null_is_nothing() {
    for_all(|case, sample, _| {
        if !case.takes_nulls() {
            return;
        }
        let mut explicit = sample.args[..case.required()].to_vec();
        for arg in &sample.args[case.required()..] {
            let nothing: ArrayRef = Arc::new(Int8Array::from(vec![0; ROWS]));
            let nothing = cast(&nothing, arg.data_type()).unwrap();
            let known = BooleanArray::new(
                arg.logical_nulls()
                    .map_or_else(|| BooleanBuffer::new_set(ROWS), NullBuffer::into_inner),
                None,
            );
            explicit.push(zip(&known, arg, &nothing).unwrap());
        }
        let expected = ungrouped(case, sample, &explicit);
        assert_same(case, &ungrouped(case, sample, &sample.args), &expected);
    });
}
