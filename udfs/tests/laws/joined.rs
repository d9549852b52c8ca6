//! What threads know of customers is the same when one hands it to another as it is.

use std::sync::Arc;

use datafusion::arrow::array::{Array, BooleanArray};
use datafusion::arrow::datatypes::{Field, Schema};
use datafusion::common::ScalarValue;
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use tenure_udfs::kernel::{EntityPart, KeyRange, SharedKeys, entity_part};

use crate::sample::{Case, Sample};
use crate::{ROWS, assert_same, for_all, random_filter, rows_at, ungrouped};

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
                part.expect(KeyRange { first, len: rng.random_range(0..200) }).unwrap();
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
            parts[into].join(other).unwrap();
        }
        let passed: Vec<usize> =
            (0..ROWS).filter(|&row| filter.is_valid(row) && filter.value(row)).collect();
        let expected = ungrouped(case, sample, &rows_at(&sample.args, &passed));
        let joined = ScalarValue::try_from_array(&parts.remove(0).result().unwrap(), 0).unwrap();
        assert_same(case, &joined, &expected);
    });
}
