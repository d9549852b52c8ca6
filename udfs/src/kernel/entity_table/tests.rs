//! Tables that take every form, beside a map.

use std::collections::BTreeMap;

use super::*;
use crate::math::Part;

impl Part for u64 {
    const SUBTRACTS: bool = true;

    fn merge(&mut self, other: &Self) -> Result<(), Overflow> {
        *self += other;
        Ok(())
    }

    fn subtract(&mut self, other: &Self) {
        *self -= other;
    }
}

fn add(table: &mut EntityTable<u64>, rows: &[(usize, i64)]) {
    let ids: Vec<i64> = rows.iter().map(|(_, id)| *id).collect();
    let ids = IdColumn::Integers(ids.into());
    let rows: Vec<_> =
        rows.iter().enumerate().map(|(row, &(group, _))| GroupedRow { row, group }).collect();
    let mut numbers = vec![];
    for rows in rows.chunks(BATCH) {
        table.numbers(rows, &ids, &mut numbers).unwrap();
        for number in &numbers {
            *table.entry(*number) += 1;
        }
    }
}

fn counts(table: &EntityTable<u64>) -> BTreeMap<(usize, i64), u64> {
    let mut counts = BTreeMap::new();
    let visited: Result<(), ()> = table.visit(|group, id, entry| {
        let Id::Integer(id) = id else { panic!("{id:?} is no integer") };
        assert_eq!(counts.insert((group, id), *entry), None);
        Ok(())
    });
    visited.unwrap();
    counts
}

fn expected(rows: &[(usize, i64)]) -> BTreeMap<(usize, i64), u64> {
    let mut counts = BTreeMap::new();
    for row in rows {
        *counts.entry(*row).or_default() += 1;
    }
    counts
}

fn group_of(row: i64) -> usize {
    usize::try_from(row % 3).unwrap()
}

fn is_dense(table: &EntityTable<u64>) -> bool {
    matches!(table.entries, Entries::Dense(_))
}

fn has_homes(table: &EntityTable<u64>) -> bool {
    matches!(table.entries, Entries::Home(_))
}

/// Rows of customers who are in one of 40 segments, and of every tenth in a second one.
fn segments(rows: i64) -> Vec<(usize, i64)> {
    let row = |row: i64| {
        let id = row * 7919 % 30_011;
        let away = i64::from(id % 10 == 0 && row % 3 == 0);
        (usize::try_from((id / 7 + away) % 40).unwrap(), id - 12_000)
    };
    (0..rows).map(row).collect()
}

/// The same rows in parts, as they come.
fn table(rows: &[(usize, i64)]) -> EntityTable<u64> {
    let mut table = EntityTable::new();
    for rows in rows.chunks(5000) {
        add(&mut table, rows);
    }
    assert_eq!(counts(&table), expected(rows));
    table
}

#[test]
fn serial_numbers_are_places_in_an_array() {
    let ascending: Vec<_> = (0..100_000).map(|id| (0, 7_000_000 + id / 2)).collect();
    assert!(is_dense(&table(&ascending)));
    let descending: Vec<_> = ascending.iter().rev().copied().collect();
    assert!(is_dense(&table(&descending)));
    let shuffled: Vec<_> = (0..200_000).map(|row| (0, row * 7919 % 65_537)).collect();
    assert!(is_dense(&table(&shuffled)));
}

#[test]
fn an_array_is_made_before_it_is_full_if_it_is_modest() {
    let few = |range: i64| -> Vec<_> {
        (0..20_000_i64)
            .map(|row| (0, row.wrapping_mul(0x1E37_79B9_7F4A_7C15).rem_euclid(range)))
            .collect()
    };
    // 20,000 of a million customers, and of ten million.
    assert!(is_dense(&table(&few(1_000_000))));
    assert!(!is_dense(&table(&few(10_000_000))));
}

#[test]
fn a_range_that_is_expected_has_an_array_from_the_start_unless_it_is_a_large_one() {
    let range = |first, len| {
        let mut table = EntityTable::<u64>::new();
        table.expect(KeyRange { first, len }).unwrap();
        table
    };
    for (first, len) in [(0, 0), (0, 10_000_000), (i64::MAX, 2), (i64::MIN, usize::MAX)] {
        assert!(!is_dense(&range(first, len)), "{first} {len}");
    }
    // Ids within the range, beyond it, and far from it.
    for ids in [[100, 199, 150], [99, 200, 1000], [i64::MIN, 150, i64::MAX]] {
        let mut table = range(100, 100);
        assert!(is_dense(&table));
        let rows = ids.map(|id| (0, id));
        add(&mut table, &rows);
        assert_eq!(counts(&table), expected(&rows));
    }
}

#[test]
fn scattered_ids_are_hashed() {
    let scattered: Vec<_> =
        (0..50_000_i64).map(|row| (0, row.wrapping_mul(0x1E37_79B9_7F4A_7C15))).collect();
    assert!(!is_dense(&table(&scattered)));
    let extremes: Vec<_> = [i64::MIN, i64::MAX, 0, -1, i64::MIN].map(|id| (0, id)).into();
    assert!(!is_dense(&table(&extremes)));
}

#[test]
fn the_last_ids_there_are_have_places_too() {
    let last: Vec<_> = (0..30_000).map(|row| (0, i64::MAX - row % 10_000)).collect();
    assert!(is_dense(&table(&last)));
    let first: Vec<_> = (0..30_000).map(|row| (0, i64::MIN + row % 10_000)).collect();
    assert!(is_dense(&table(&first)));
}

#[test]
fn one_stray_id_makes_it_a_hash_table_and_nobody_is_lost() {
    let mut rows: Vec<_> = (0..20_000).map(|row| (0, row % 5000)).collect();
    rows.push((0, i64::MAX));
    rows.push((1, -1));
    assert!(!is_dense(&table(&rows)));
}

#[test]
fn groups_that_share_few_customers_do_not_get_an_array_each() {
    let rows: Vec<_> = (0..100_000).map(|id| (usize::try_from(id).unwrap(), id)).collect();
    assert!(!is_dense(&table(&rows)));
}

#[test]
fn customers_of_one_segment_have_a_home() {
    assert!(has_homes(&table(&segments(90_000))));
    let in_order: Vec<_> =
        (0..60_000).map(|row| (usize::try_from(row / 1500).unwrap(), row)).collect();
    assert!(has_homes(&table(&in_order)));
    let backwards: Vec<_> = in_order.iter().rev().copied().collect();
    assert!(has_homes(&table(&backwards)));
}

#[test]
fn rows_that_all_count_find_the_same_homes() {
    let range = KeyRange { first: -12_000, len: 32_000 };
    let mut rows = segments(90_000);
    // Ids beyond the range are found as others are, and some of a few groups that came late.
    rows.extend((0..3000).map(|row| (40 + group_of(row), 18_000 + row)));
    let mut table = EntityTable::new();
    table.expect_homes(range).unwrap();
    let (mut at_once, mut numbers) = (0, vec![]);
    for rows in rows.chunks(BATCH) {
        let (groups, ids): (Vec<usize>, Vec<i64>) = rows.iter().copied().unzip();
        if table.numbers_of(&ids, Some(&groups), &mut numbers).unwrap() {
            at_once += 1;
            for number in &numbers {
                *table.entry(*number) += 1;
            }
        } else {
            add(&mut table, rows);
        }
    }
    assert!(at_once > 80, "{at_once}");
    assert!(has_homes(&table));
    assert_eq!(counts(&table), expected(&rows));
}

#[test]
fn customers_of_every_segment_have_none() {
    let rows: Vec<_> =
        (0..200_000).map(|row| (usize::try_from(row % 61).unwrap(), row % 5003)).collect();
    assert!(!has_homes(&table(&rows)));
    // At first each is in one segment, and then in all of them.
    let one = (0..20_000).map(|row| (usize::try_from(row % 61).unwrap(), row % 5003));
    let mut changing: Vec<_> =
        one.filter(|(group, id)| i64::try_from(*group).unwrap() == *id % 61).collect();
    changing.extend(rows);
    assert!(!has_homes(&table(&changing)));
}

#[test]
fn a_stray_id_ends_all_homes_and_nobody_is_lost() {
    let mut rows = segments(90_000);
    rows.extend([(3, i64::MAX), (41, i64::MIN), (3, i64::MAX)]);
    assert!(!has_homes(&table(&rows)));
}

#[test]
fn groups_come_and_go() {
    let few: Vec<_> = (0..60_000).map(|row| (group_of(row), row * 31 % 10_007)).collect();
    for (rows, removed) in [(few, 2), (segments(90_000), 39)] {
        let mut table = table(&rows);
        assert!(is_dense(&table) || has_homes(&table));
        table.remove_first(removed);
        let kept = rows.iter().filter_map(|(group, id)| Some((group.checked_sub(removed)?, *id)));
        let mut rows: Vec<_> = kept.collect();
        assert_eq!(counts(&table), expected(&rows));
        let more: Vec<_> = (0..5000).map(|id| (4, id)).collect();
        add(&mut table, &more);
        rows.extend(more);
        assert_eq!(counts(&table), expected(&rows));
    }
}

#[test]
fn a_group_goes_on_after_those_before_it_are_gone() {
    // Groups come one after the other, and every batch ends in the middle of one. A few customers are
    // in all groups, the others in one.
    let row = |row: i64| {
        let group = row / 220;
        let id = if row % 11 == 0 { row % 5 } else { 5 + group * 100 + row % 100 };
        (usize::try_from(group).unwrap(), id)
    };
    let rows: Vec<_> = (0..132_000).map(row).collect();
    let (mut table, mut removed, mut found, mut had_homes) =
        (EntityTable::new(), 0, BTreeMap::new(), false);
    for batch in rows.chunks(8192) {
        let here: Vec<_> = batch.iter().map(|(group, id)| (group - removed, *id)).collect();
        add(&mut table, &here);
        had_homes |= has_homes(&table);
        let last = batch.last().unwrap().0;
        for ((group, id), count) in counts(&table) {
            if group + removed < last {
                assert_eq!(found.insert((group + removed, id), count), None);
            }
        }
        table.remove_first(last - removed);
        removed = last;
    }
    found.extend(
        counts(&table).into_iter().map(|((group, id), count)| ((group + removed, id), count)),
    );
    assert!(had_homes);
    assert_eq!(found, expected(&rows));
}

#[test]
fn customers_are_listed_by_group() {
    let serial = |scale: i64| -> Vec<_> {
        (0..9000).map(|row| (group_of(row), row % 4000 * scale)).collect()
    };
    for rows in [serial(1), serial(1 << 40), segments(90_000)] {
        let groups = rows.iter().map(|(group, _)| group + 1).max().unwrap();
        let table = table(&rows);
        let by_group = table.by_group(groups + 1);
        assert_eq!(by_group.offsets.len(), groups + 2);
        let mut listed = BTreeMap::new();
        for group in 0..=groups {
            let [from, to] =
                [group, group + 1].map(|at| usize::try_from(by_group.offsets[at]).unwrap());
            for slot in &by_group.slots[from..to] {
                let (Id::Integer(id), count) = table.get(*slot) else { panic!("no integer") };
                listed.insert((group, id), *count);
            }
        }
        assert_eq!(listed, expected(&rows));
        let first = table.by_group(2);
        assert_eq!(
            (&first.offsets, first.slots.len()),
            (&by_group.offsets[..3].to_vec(), usize::try_from(by_group.offsets[2]).unwrap(),)
        );
    }
}

#[test]
fn a_table_takes_in_another_whatever_form_they_have() {
    let dense = |from: i64| (0..9000).map(move |row| (0, from + row * 7 % 4000)).collect();
    let shapes: [Vec<_>; 6] = [
        dense(0),
        dense(2000),
        dense(-9_000_000_000),
        (0..9000).map(|row| (0, (row % 4000) << 40)).collect(),
        segments(90_000),
        vec![],
    ];
    // Each as it comes, and as it is where the range was known.
    let tables = |rows: &[(usize, i64)]| {
        let mut expecting = EntityTable::new();
        expecting.expect_homes(KeyRange { first: -12_000, len: 30_011 }).unwrap();
        assert!(has_homes(&expecting));
        add(&mut expecting, rows);
        [table(rows), expecting]
    };
    // The groups of the other are any here, even the same one.
    for groups in [|group| group, |group| (group * 7 + 3) % 50, |_| 1] {
        let numbers: Vec<_> = (0..41).map(groups).collect();
        for one in &shapes {
            for other in &shapes {
                let there: Vec<_> = other.iter().map(|&(group, id)| (groups(group), id)).collect();
                let all = expected(&[one.as_slice(), &there].concat());
                for mut table in tables(one) {
                    for others in tables(other) {
                        assert!(table.take_in(&others, &numbers).unwrap());
                        assert_eq!(counts(&others), expected(other));
                    }
                    let twice = expected(&[one.as_slice(), &there, &there].concat());
                    assert_eq!(counts(&table), twice);
                    assert_eq!(all.len(), twice.len());
                }
            }
        }
    }
}

#[test]
fn texts_are_not_taken_in() {
    let ids = IdColumn::Bytes(vec![&b"a"[..], b"b"].into());
    let mut texts = EntityTable::<u64>::new();
    let rows = [0, 1].map(|row| GroupedRow { row, group: 0 });
    texts.numbers(&rows, &ids, &mut vec![]).unwrap();
    let mut all = EntityTable::new();
    assert!(!all.take_in(&texts, &[0]).unwrap());
    assert!(counts(&all).is_empty());
    assert_eq!((texts.hashed(), all.hashed()), (2, 0));
}

#[test]
fn who_is_in_an_array_is_not_looked_for() {
    let serial: Vec<_> = (0..9000).map(|row| (0, row % 4000)).collect();
    assert_eq!(table(&serial).hashed(), 0);
    // Of the customers at home, those who are also elsewhere.
    let rows = segments(90_000);
    let homes = table(&rows);
    assert!(has_homes(&homes));
    let customers: std::collections::BTreeSet<_> = rows.iter().map(|(_, id)| id).collect();
    assert_eq!(homes.hashed(), expected(&rows).len() - customers.len());
}

#[test]
fn the_last_ids_have_no_place_beside_the_first_ones() {
    let mut table = EntityTable::<u64>::new();
    let last: Vec<i64> = (i64::MAX - 10..=i64::MAX).collect();
    let mut numbers = vec![];
    assert!(table.numbers_of(&last, None, &mut numbers).unwrap());
    assert!(!table.numbers_of(&[i64::MIN], None, &mut numbers).unwrap());
}
