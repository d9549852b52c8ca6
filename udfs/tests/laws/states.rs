//! A state is columns that can be stored, and states that were stored are as good as rows.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::array::{Array, BooleanArray, StructArray, UInt32Array};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::DataType;
use datafusion::logical_expr::EmitTo;
use rand::Rng;

use crate::{
    GROUPS, ROWS, accumulator, assert_same, for_all, groups, one_row, random_groups, rows_at,
    scalars, ungrouped,
};

#[test]
fn a_state_out_and_in_again_equals_itself() {
    for_all(|case, sample, _| {
        let mut first = accumulator(case, sample);
        first.update_batch(&sample.args).unwrap();
        let state = first.state().unwrap();
        let mut second = accumulator(case, sample);
        second.merge_batch(&one_row(&state)).unwrap();
        assert_eq!(second.state().unwrap(), state, "{case}");
    });
}

#[test]
fn a_state_is_what_it_declares_and_can_travel() {
    for_all(|case, sample, _| {
        let declared = case.aggregate(sample).state_fields().unwrap();
        let mut grouped = groups(case, sample);
        grouped.update_batch(&sample.args, &[0; ROWS], None, 1).unwrap();
        let state = grouped.state(EmitTo::All).unwrap();
        assert_eq!(declared.len(), state.len(), "{case}");
        for (field, column) in declared.iter().zip(&state) {
            assert_eq!(field.data_type(), column.data_type(), "{case}");
            assert!(travels(field.data_type()), "{case}: {}", field.data_type());
        }
    });
}

fn travels(data_type: &DataType) -> bool {
    match data_type {
        DataType::LargeList(item) => travels(item.data_type()),
        other => {
            other.is_primitive()
                || matches!(other, DataType::Boolean | DataType::LargeUtf8 | DataType::LargeBinary)
        }
    }
}

#[test]
fn a_state_has_a_name_for_every_column() {
    for_all(|case, sample, _| {
        let fields = case.aggregate(sample).state_fields().unwrap();
        let names: HashSet<_> = fields.iter().map(|field| field.name()).collect();
        assert_eq!(names.len(), fields.len(), "{case}");
        let mut accumulator = accumulator(case, sample);
        assert_eq!(accumulator.state().unwrap().len(), fields.len(), "{case}");
    });
}

#[test]
fn merged_states_equal_the_metric() {
    for_all(|case, sample, rng| {
        let of_row = random_groups(rng);
        let mut states = case.state_aggregate(sample).create_groups_accumulator().unwrap();
        states.update_batch(&sample.args, &of_row, None, GROUPS).unwrap();
        let stored = states.evaluate(EmitTo::All).unwrap();
        // A table of states may have gaps; they must not change the result.
        let order: UInt32Array =
            (0..u32::try_from(GROUPS).unwrap()).map(Some).chain([None]).collect();
        let stored = take(&stored, &order, None).unwrap();
        let mut merged = case.merge_aggregate(stored.data_type()).create_accumulator().unwrap();
        merged.update_batch(&[Arc::clone(&stored)]).unwrap();
        let expected = ungrouped(case, sample, &sample.args);
        assert_same(case, &merged.evaluate().unwrap(), &expected);
        assert_eq!(stored.as_any().downcast_ref::<StructArray>().unwrap().null_count(), 1);
    });
}

#[test]
fn stored_states_are_grouped_and_filtered_like_rows() {
    for_all(|case, sample, rng| {
        let mut states = case.state_aggregate(sample).create_groups_accumulator().unwrap();
        let of_row = random_groups(rng);
        states.update_batch(&sample.args, &of_row, None, GROUPS).unwrap();
        let stored = states.evaluate(EmitTo::All).unwrap();
        // A part of a batch, as the engine hands out: its buffers hold more than its rows.
        let (first, count) = (2, GROUPS - 3);
        let part = stored.slice(first, count);
        let to: Vec<usize> = (0..count).map(|_| rng.random_range(0..3)).collect();
        let passes: BooleanArray =
            (0..count).map(|_| [Some(true), Some(false), None][rng.random_range(0..3)]).collect();
        let chosen = |at: usize| passes.is_valid(at) && passes.value(at);
        let grouped =
            || case.merge_aggregate(stored.data_type()).create_groups_accumulator().unwrap();
        let mut updated = grouped();
        updated.update_batch(&[Arc::clone(&part)], &to, Some(&passes), 3).unwrap();
        let mut converted = grouped();
        let parts = converted.convert_to_state(&[part], Some(&passes)).unwrap();
        converted.merge_batch(&parts, &to, 3).unwrap();
        let updated = scalars(&updated.evaluate(EmitTo::All).unwrap());
        let converted = scalars(&converted.evaluate(EmitTo::All).unwrap());
        for group in 0..3 {
            let rows: Vec<usize> = (0..ROWS)
                .filter(|&row| {
                    let at = of_row[row].wrapping_sub(first);
                    at < count && to[at] == group && chosen(at)
                })
                .collect();
            let expected = ungrouped(case, sample, &rows_at(&sample.args, &rows));
            let of_none = !(0..count).any(|at| to[at] == group && chosen(at));
            if of_none && updated[group].is_null() && converted[group].is_null() {
                // Only states can tell how long a list of nothing is.
                continue;
            }
            assert_same(case, &updated[group], &expected);
            assert_same(case, &converted[group], &expected);
        }
    });
}
