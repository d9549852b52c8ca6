//! What threads know of customers is the same when one hands it to another as it is, and when it makes a
//! state of it.

use std::sync::Arc;

use datafusion::arrow::array::{Array, BooleanArray};
use datafusion::arrow::datatypes::{Field, Schema};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::EmitTo;
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use tenure_udfs::kernel::{EntityPart, Expected, KeyRange, SharedKeys, entity_part};

use crate::sample::{Case, Sample};
use crate::{
    GROUPS, ROWS, assert_same, for_all, groups, random_filter, random_groups, rows_at,
    rows_of_group, scalars, ungrouped,
};

fn part(case: &Case, sample: &Sample) -> Option<Box<dyn EntityPart>> {
    let aggregate = case.aggregate(sample);
    let fields = sample.args.iter().enumerate();
    let fields =
        fields.map(|(at, arg)| Field::new(format!("arg{at}"), arg.data_type().clone(), true));
    let schema = Schema::new(fields.collect::<Vec<_>>());
    entity_part(aggregate.fun(), &aggregate.expressions(), &schema).unwrap()
}

/// Runs a law over every form of which threads hand over customers, which is every one about them.
fn for_parts(law: impl Fn(&Case, &Sample, &mut StdRng)) {
    let seen = std::cell::Cell::new(0);
    for_all(|case, sample, rng| {
        let has_part = part(case, sample).is_some();
        assert!(has_part || !case.form.kernel.has_levels(), "{case}");
        if has_part {
            seen.set(seen.get() + 1);
            law(case, sample, rng);
        }
    });
    assert!(seen.get() > 0, "there is no metric over customers");
}

#[test]
fn parts_joined_in_any_order_equal_the_whole() {
    for_parts(|case, sample, rng| {
        let filter = random_filter(rng);
        let mut rows: Vec<usize> = (0..ROWS).collect();
        rows.shuffle(rng);
        let keys = rng.random::<bool>().then(|| {
            let id_type = part(case, sample).unwrap().id_type().clone();
            Arc::new(SharedKeys::new(&id_type).unwrap())
        });
        let new_part = || {
            let part = part(case, sample).unwrap();
            match &keys {
                Some(keys) => part.share(keys.reader()),
                None => part,
            }
        };
        let parts = rows.chunks(rng.random_range(1..70)).map(|rows| {
            let mut part = new_part();
            if rng.random() {
                let first = rng.random_range(-100..100);
                let range = KeyRange { first, len: rng.random_range(0..200) };
                part.expect(range, Expected::OneGroup).unwrap();
            }
            let passes: BooleanArray =
                rows.iter().map(|&row| filter.is_valid(row).then(|| filter.value(row))).collect();
            part.update(&rows_at(&sample.args, rows), Some(&passes)).unwrap();
            part
        });
        let mut parts: Vec<_> = parts.chain([new_part()]).collect();
        while parts.len() > 1 {
            let other = parts.swap_remove(rng.random_range(0..parts.len()));
            let into = rng.random_range(0..parts.len());
            parts[into].join(other, &[0]).unwrap();
        }
        let passed: Vec<usize> =
            (0..ROWS).filter(|&row| filter.is_valid(row) && filter.value(row)).collect();
        let expected = ungrouped(case, sample, &rows_at(&sample.args, &passed));
        let joined = ScalarValue::try_from_array(&parts.remove(0).results(1).unwrap(), 0).unwrap();
        assert_same(case, &joined, &expected);
    });
}

/// What a thread knows of some groups, which it numbers as they come.
struct Thread {
    part: Box<dyn EntityPart>,
    groups: Vec<usize>,
}

impl Thread {
    /// The number here of each of these groups.
    fn numbers(&mut self, groups: &[usize]) -> Vec<usize> {
        let number = |&group: &usize| {
            let known = self.groups.iter().position(|&other| other == group);
            known.unwrap_or_else(|| {
                self.groups.push(group);
                self.groups.len() - 1
            })
        };
        groups.iter().map(number).collect()
    }
}

#[test]
fn parts_of_groups_joined_in_any_order_equal_each_group() {
    for_parts(|case, sample, rng| {
        let (of_row, filter) = (random_groups(rng), random_filter(rng));
        let mut rows: Vec<usize> = (0..ROWS).collect();
        rows.shuffle(rng);
        let keys = rng.random::<bool>().then(|| {
            let id_type = part(case, sample).unwrap().id_type().clone();
            Arc::new(SharedKeys::new(&id_type).unwrap())
        });
        let threads = rows.chunks(rng.random_range(1..70)).map(|rows| {
            let mut part = part(case, sample).unwrap();
            if rng.random() {
                let first = rng.random_range(-100..100);
                let range = KeyRange { first, len: rng.random_range(0..200) };
                part.expect(range, Expected::Groups).unwrap();
            }
            if let Some(keys) = &keys {
                part = part.share(keys.reader());
            }
            let mut thread = Thread { part, groups: vec![] };
            let groups: Vec<_> = rows.iter().map(|&row| of_row[row]).collect();
            let numbers = thread.numbers(&groups);
            let passes: BooleanArray =
                rows.iter().map(|&row| filter.is_valid(row).then(|| filter.value(row))).collect();
            let args = rows_at(&sample.args, rows);
            thread.part.update_groups(&args, &numbers, Some(&passes)).unwrap();
            thread
        });
        let mut threads: Vec<_> = threads.collect();
        while threads.len() > rng.random_range(1..4) {
            let other = threads.swap_remove(rng.random_range(0..threads.len()));
            let Some(into) = rng.random_range(0..=threads.len()).checked_sub(1) else {
                threads.push(other);
                continue;
            };
            let numbers = threads[into].numbers(&other.groups);
            threads[into].part.join(other.part, &numbers).unwrap();
        }
        // Those that are left make states, and the engine merges them.
        let mut merged = groups(case, sample);
        merged
            .update_batch(&sample.args, &of_row, Some(&[false; ROWS].to_vec().into()), GROUPS)
            .unwrap();
        let alone = threads.len() == 1;
        for thread in threads {
            let len = thread.groups.len();
            if alone {
                let results = scalars(&thread.part.results(len).unwrap());
                for (group, result) in thread.groups.into_iter().zip(results) {
                    let rows = rows_of_group(&of_row, group);
                    let passed: Vec<_> = rows
                        .into_iter()
                        .filter(|&row| filter.is_valid(row) && filter.value(row))
                        .collect();
                    let expected = ungrouped(case, sample, &rows_at(&sample.args, &passed));
                    assert_same(case, &result, &expected);
                }
                return;
            }
            let states = thread.part.states(len).unwrap();
            merged.merge_batch(&states, &thread.groups, GROUPS).unwrap();
        }
        let mut expected = groups(case, sample);
        expected.update_batch(&sample.args, &of_row, Some(&filter), GROUPS).unwrap();
        let [merged, expected] = [&mut merged, &mut expected]
            .map(|groups| scalars(&groups.evaluate(EmitTo::All).unwrap()));
        for (merged, expected) in merged.iter().zip(&expected) {
            assert_same(case, merged, expected);
        }
    });
}
