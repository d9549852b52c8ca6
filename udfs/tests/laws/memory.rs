//! What is kept is what is reported, so that a limit of memory holds.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, StringArray, UInt32Array};
use datafusion::arrow::compute::take;

use crate::sample::{self, Case, Sample};
use crate::{ROWS, accumulator, for_all, groups};

#[test]
fn memory_is_reported() {
    for_all(|case, sample, _| {
        let mut grouped = groups(case, sample);
        let of_row: Vec<usize> = (0..ROWS).collect();
        let before = grouped.size();
        grouped.update_batch(&sample.args, &of_row, None, ROWS).unwrap();
        // The least that a group of any metric needs: a byte of conditions, and one of their number.
        let per_row = if case.keeps_rows() { 0 } else { 2 };
        assert!(grouped.size() >= before + per_row * ROWS, "{case}");
        if case.is_entity() {
            let customers = ROWS - sample.args[0].null_count();
            assert!(grouped.size() >= 8 * customers, "{case}");
        }
    });
}

#[test]
fn memory_of_long_ids_is_reported() {
    let ids: Vec<String> = (0..1000).map(|id| format!("{id:0>1000}")).collect();
    let ids: ArrayRef = Arc::new(StringArray::from(ids));
    for case in sample::cases().filter(Case::is_entity) {
        let rest = case.form.args[1..].iter().map(|arg| {
            take(&sample::one(arg.kind, 1), &UInt32Array::from(vec![0; 1000]), None).unwrap()
        });
        let sample = Sample { args: std::iter::once(Arc::clone(&ids)).chain(rest).collect() };
        let mut one_group = accumulator(&case, &sample);
        one_group.update_batch(&sample.args).unwrap();
        // A million bytes of ids, and at most as much again for what vectors keep in reserve.
        let size = one_group.size();
        assert!((1_000_000..3_000_000).contains(&size), "{case}: {size}");
    }
}
