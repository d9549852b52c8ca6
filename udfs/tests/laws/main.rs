//! Every registered aggregate against the laws that `DataFusion` relies on: however the rows are
//! split, grouped, filtered, stored or slid over, the number is the same.
//!
//! The data is random, from fixed seeds; which functions there are is read from the registry. Here are
//! the laws of rows, and what all laws are written with; those of NULL, of states and of memory have
//! modules of their own.
#![expect(clippy::unwrap_used, reason = "a law that can't be set up has failed")]

mod joined;
mod memory;
mod next_event;
mod nulls;
mod sample;
mod states;
mod stored;
mod two_levels;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, UInt32Array};
use datafusion::arrow::compute::{nullif, take};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Accumulator, EmitTo, GroupsAccumulator};
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};

use sample::{Case, Sample};
use tenure_udfs::spec::Kind;

const ROWS: usize = 120;
const ROUNDS: u64 = 6;
const GROUPS: usize = 9;

/// Runs a law over random samples of every form of every function.
fn for_all(law: impl Fn(&Case, &Sample, &mut StdRng)) {
    for case in sample::cases() {
        for seed in 0..ROUNDS {
            let mut rng = StdRng::seed_from_u64(seed);
            let sample = case.sample(ROWS, &mut rng);
            law(&case, &sample, &mut rng);
        }
    }
}

/// Equal up to the last digits of a float: rounding may differ, arithmetic may not.
#[track_caller]
fn assert_same(case: &Case, left: &ScalarValue, right: &ScalarValue) {
    assert!(is_same(left, right), "{case}: {left} is not {right}");
}

fn is_same(left: &ScalarValue, right: &ScalarValue) -> bool {
    match (left, right) {
        (ScalarValue::Float64(Some(l)), ScalarValue::Float64(Some(r))) => {
            (l - r).abs() <= 1e-11 * l.abs().max(r.abs()).max(1.0)
        }
        (ScalarValue::Struct(l), ScalarValue::Struct(r)) if l.is_valid(0) && r.is_valid(0) => {
            let field = |column: &ArrayRef| ScalarValue::try_from_array(column, 0).unwrap();
            let mut fields = l.columns().iter().zip(r.columns());
            l.num_columns() == r.num_columns() && fields.all(|(l, r)| is_same(&field(l), &field(r)))
        }
        _ => left == right,
    }
}

fn ungrouped(case: &Case, sample: &Sample, rows: &[ArrayRef]) -> ScalarValue {
    let mut all = case.aggregate(sample).create_accumulator().unwrap();
    all.update_batch(rows).unwrap();
    all.evaluate().unwrap()
}

fn groups(case: &Case, sample: &Sample) -> Box<dyn GroupsAccumulator> {
    case.aggregate(sample).create_groups_accumulator().unwrap()
}

fn accumulator(case: &Case, sample: &Sample) -> Box<dyn Accumulator> {
    case.aggregate(sample).create_accumulator().unwrap()
}

fn random_groups(rng: &mut StdRng) -> Vec<usize> {
    (0..ROWS).map(|_| rng.random_range(0..GROUPS)).collect()
}

/// A filter with false and NULL in it; beneath a NULL stands what would let the row pass.
fn random_filter(rng: &mut StdRng) -> BooleanArray {
    let passes: BooleanArray = (0..ROWS).map(|_| Some(rng.random_bool(0.7))).collect();
    let unknown: BooleanArray =
        passes.iter().map(|passes| Some(passes == Some(true) && rng.random_bool(0.3))).collect();
    nullif(&passes, &unknown).unwrap().as_boolean().clone()
}

fn rows_at(args: &[ArrayRef], rows: &[usize]) -> Vec<ArrayRef> {
    let rows: UInt32Array = rows.iter().map(|&row| u32::try_from(row).unwrap()).collect();
    args.iter().map(|arg| take(arg, &rows, None).unwrap()).collect()
}

fn rows_of_group(groups: &[usize], group: usize) -> Vec<usize> {
    (0..groups.len()).filter(|&row| groups[row] == group).collect()
}

fn scalars(column: &ArrayRef) -> Vec<ScalarValue> {
    (0..column.len()).map(|row| ScalarValue::try_from_array(column, row).unwrap()).collect()
}

fn one_row(state: &[ScalarValue]) -> Vec<ArrayRef> {
    state.iter().map(|value| value.to_array().unwrap()).collect()
}

#[test]
fn any_split_and_merge_order_equals_the_whole() {
    for_all(|case, sample, rng| {
        let mut rows: Vec<usize> = (0..ROWS).collect();
        rows.shuffle(rng);
        let mut whole = accumulator(case, sample);
        let mut parts: Vec<_> = rows
            .chunks(rng.random_range(1..40))
            .map(|part| {
                let mut accumulator = accumulator(case, sample);
                accumulator.update_batch(&rows_at(&sample.args, part)).unwrap();
                one_row(&accumulator.state().unwrap())
            })
            .collect();
        parts.shuffle(rng);
        // Some parts meet in a middle step first, as they do between machines.
        let middle = parts.len() / 2;
        let mut between = accumulator(case, sample);
        for (at, part) in parts.iter().enumerate() {
            let into = if at < middle { &mut between } else { &mut whole };
            into.merge_batch(part).unwrap();
        }
        whole.merge_batch(&one_row(&between.state().unwrap())).unwrap();
        assert_same(case, &whole.evaluate().unwrap(), &ungrouped(case, sample, &sample.args));
    });
}

#[test]
fn grouped_equals_ungrouped_per_group() {
    for_all(|case, sample, rng| {
        let of_row = random_groups(rng);
        let mut grouped = groups(case, sample);
        // Two batches, the second of which brings groups that the first has not seen.
        let half = ROWS / 2;
        let first: Vec<_> = sample.args.iter().map(|arg| arg.slice(0, half)).collect();
        let second: Vec<_> = sample.args.iter().map(|arg| arg.slice(half, ROWS - half)).collect();
        let seen = of_row[..half].iter().max().unwrap() + 1;
        grouped.update_batch(&first, &of_row[..half], None, seen).unwrap();
        grouped.update_batch(&second, &of_row[half..], None, GROUPS).unwrap();
        let results = scalars(&grouped.evaluate(EmitTo::All).unwrap());
        assert_eq!(results.len(), GROUPS, "{case}");
        for (group, result) in results.iter().enumerate() {
            let rows = rows_at(&sample.args, &rows_of_group(&of_row, group));
            assert_same(case, result, &ungrouped(case, sample, &rows));
        }
    });
}

#[test]
fn filter_equals_where() {
    for_all(|case, sample, rng| {
        let (of_row, passes) = (random_groups(rng), random_filter(rng));
        let mut filtered = groups(case, sample);
        filtered.update_batch(&sample.args, &of_row, Some(&passes), GROUPS).unwrap();
        let kept: Vec<usize> =
            (0..ROWS).filter(|&row| passes.is_valid(row) && passes.value(row)).collect();
        let mut chosen = groups(case, sample);
        let kept_groups: Vec<_> = kept.iter().map(|&row| of_row[row]).collect();
        chosen.update_batch(&rows_at(&sample.args, &kept), &kept_groups, None, GROUPS).unwrap();
        let results = filtered.evaluate(EmitTo::All).unwrap();
        let expected = chosen.evaluate(EmitTo::All).unwrap();
        for (left, right) in scalars(&results).iter().zip(scalars(&expected)) {
            assert_same(case, left, &right);
        }
    });
}

#[test]
fn a_filter_hides_invalid_rows() {
    for case in sample::cases() {
        let Some(sample) = case.invalid_row() else { continue };
        let hidden = BooleanArray::from(vec![false]);
        let mut filtered = groups(&case, &sample);
        filtered.update_batch(&sample.args, &[0], Some(&hidden), 1).unwrap();
        let message = filtered.update_batch(&sample.args, &[0], None, 1).unwrap_err().to_string();
        assert!(message.contains(case.spec.name) && message.contains("-1"), "{message}");
    }
}

#[test]
fn converted_rows_merge_to_what_they_update_to() {
    for_all(|case, sample, rng| {
        let (of_row, passes) = (random_groups(rng), random_filter(rng));
        let passes = rng.random_bool(0.5).then_some(passes);
        let mut updated = groups(case, sample);
        updated.update_batch(&sample.args, &of_row, passes.as_ref(), GROUPS).unwrap();
        let mut merged = groups(case, sample);
        let states = merged.convert_to_state(&sample.args, passes.as_ref()).unwrap();
        assert!(states.iter().all(|column| column.len() == ROWS), "{case}");
        merged.merge_batch(&states, &of_row, GROUPS).unwrap();
        let results = merged.evaluate(EmitTo::All).unwrap();
        let expected = updated.evaluate(EmitTo::All).unwrap();
        for (left, right) in scalars(&results).iter().zip(scalars(&expected)) {
            assert_same(case, left, &right);
        }
    });
}

#[test]
fn emitting_the_first_groups_repeatedly_equals_emitting_all() {
    for_all(|case, sample, rng| {
        let of_row = random_groups(rng);
        let filled = || {
            let mut grouped = groups(case, sample);
            grouped.update_batch(&sample.args, &of_row, None, GROUPS).unwrap();
            grouped
        };
        let expected = scalars(&filled().evaluate(EmitTo::All).unwrap());
        let step = rng.random_range(1..4);
        let (mut by_value, mut by_state, mut again) = (filled(), filled(), groups(case, sample));
        let (mut values, mut emitted) = (vec![], 0);
        while emitted < GROUPS {
            let first = EmitTo::First(step.min(GROUPS - emitted));
            values.extend(scalars(&by_value.evaluate(first).unwrap()));
            let state = by_state.state(first).unwrap();
            let numbers: Vec<_> = (emitted..emitted + state[0].len()).collect();
            again.merge_batch(&state, &numbers, GROUPS).unwrap();
            emitted += state[0].len();
        }
        let restored = scalars(&again.evaluate(EmitTo::All).unwrap());
        assert_eq!(values.len(), GROUPS, "{case}");
        for ((value, restored), expected) in values.iter().zip(&restored).zip(&expected) {
            assert_same(case, value, expected);
            assert_same(case, restored, expected);
        }
    });
}

#[test]
fn groups_keep_their_numbers_between_emissions() {
    for_all(|case, sample, rng| {
        let of_row = random_groups(rng);
        let mut grouped = groups(case, sample);
        grouped.update_batch(&sample.args, &of_row, None, GROUPS).unwrap();
        grouped.evaluate(EmitTo::First(2)).unwrap();
        grouped.update_batch(&sample.args, &of_row, None, GROUPS).unwrap();
        let results = scalars(&grouped.evaluate(EmitTo::All).unwrap());
        for (group, result) in results.iter().enumerate() {
            let mut rows = rows_of_group(&of_row, group);
            rows.extend(rows_of_group(&of_row, group + 2));
            assert_same(case, result, &ungrouped(case, sample, &rows_at(&sample.args, &rows)));
        }
    });
}

#[test]
fn a_sliding_frame_equals_recomputing() {
    for_all(|case, sample, rng| {
        let mut sliding = case.aggregate(sample).create_sliding_accumulator().unwrap();
        assert!(sliding.supports_retract_batch(), "{case}");
        let (mut start, mut end) = (0, 0);
        while end < ROWS {
            let to = (end + rng.random_range(0..9)).min(ROWS);
            let from = (start + rng.random_range(0..9)).min(to);
            let slice = |from: usize, to: usize| -> Vec<ArrayRef> {
                sample.args.iter().map(|arg| arg.slice(from, to - from)).collect()
            };
            sliding.update_batch(&slice(end, to)).unwrap();
            sliding.retract_batch(&slice(start, from)).unwrap();
            (start, end) = (from, to);
            let expected = ungrouped(case, sample, &slice(start, end));
            assert_same(case, &sliding.evaluate().unwrap(), &expected);
            // The result is asked for more than once in cumulative windows.
            assert_same(case, &sliding.evaluate().unwrap(), &expected);
        }
    });
}

#[test]
fn every_kind_of_argument_is_drawn() {
    let kinds: Vec<Kind> = sample::cases()
        .flat_map(|case| case.form.args.iter().map(|arg| arg.kind).collect::<Vec<_>>())
        .collect();
    let all = [Kind::Flag, Kind::Whole, Kind::Number, Kind::Text, Kind::Id, Kind::Day, Kind::Time];
    for kind in all {
        assert!(kinds.contains(&kind), "{kind:?}");
    }
}

#[tokio::test]
async fn every_example_gives_its_result() {
    let mut context = datafusion::prelude::SessionContext::new();
    tenure_udfs::register_all(&mut context).unwrap();
    for spec in tenure_udfs::specs() {
        let frame = context.sql(spec.example.sql).await.unwrap();
        let batches = frame.collect().await.unwrap();
        let result = arrow::util::display::array_value_to_string(batches[0].column(0), 0).unwrap();
        // Examples tell ten digits or more of a number.
        let same = match (result.parse::<f64>(), spec.example.result.parse::<f64>()) {
            (Ok(result), Ok(told)) => (result - told).abs() <= 1e-9 * told.abs(),
            _ => result == spec.example.result,
        };
        assert!(same, "{} gives {result}, not {}", spec.example.sql, spec.example.result);
    }
}
