//! `next_event` of thousands of customers, against the definition read word by word.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, StringArray,
};
use datafusion::arrow::datatypes::Int64Type;
use datafusion::prelude::SessionContext;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

const CUSTOMERS: i64 = 3_000;
const ROWS: usize = 20_000;
const EVENTS: [&str; 5] = ["cart", "help", "home", "pay", "é"];

/// A row of a customer whose time and event are not NULL, and whether it meets each condition.
type Row = (i64, &'static str, [bool; 3]);

/// One column after the other, of few times and events, so that there are many ties.
struct Rows {
    customers: Vec<i64>,
    times: Vec<Option<i64>>,
    events: Vec<Option<&'static str>>,
    conditions: [Vec<Option<bool>>; 3],
}

impl Rows {
    fn random(rng: &mut StdRng) -> Self {
        let mut condition = || (0..ROWS).map(|_| maybe(rng, |rng| rng.random_bool(0.5))).collect();
        let conditions = [condition(), condition(), condition()];
        Self {
            customers: (0..ROWS).map(|_| rng.random_range(0..CUSTOMERS)).collect(),
            times: (0..ROWS).map(|_| maybe(rng, |rng| rng.random_range(0..9))).collect(),
            events: (0..ROWS).map(|_| maybe(rng, |rng| EVENTS[rng.random_range(0..5)])).collect(),
            conditions,
        }
    }

    fn batch(&self) -> RecordBatch {
        let [a, b, c] = self.conditions.clone().map(|flags| {
            let flags: ArrayRef = Arc::new(BooleanArray::from(flags));
            flags
        });
        let columns: [(&str, ArrayRef); 6] = [
            ("customer", Arc::new(Int64Array::from(self.customers.clone()))),
            ("ts", Arc::new(Int64Array::from(self.times.clone()))),
            ("event", Arc::new(StringArray::from(self.events.clone()))),
            ("a", a),
            ("b", b),
            ("c", c),
        ];
        RecordBatch::try_from_iter(columns).unwrap()
    }

    fn by_customer(&self) -> BTreeMap<i64, Vec<Row>> {
        let mut customers: BTreeMap<i64, Vec<Row>> = BTreeMap::new();
        for row in 0..ROWS {
            let rows = customers.entry(self.customers[row]).or_default();
            if let (Some(time), Some(event)) = (self.times[row], self.events[row]) {
                let met = [0, 1, 2].map(|at| self.conditions[at][row] == Some(true));
                rows.push((time, event, met));
            }
        }
        customers
    }
}

fn maybe<T>(rng: &mut StdRng, value: impl Fn(&mut StdRng) -> T) -> Option<T> {
    rng.random_bool(0.9).then(|| value(rng))
}

/// Every row is tried as the base, and the rows beside it are looked at one after the other.
fn reference(rows: &[Row], direction: &str, base: &str, conditions: usize) -> Option<&'static str> {
    let asked = |met: &[bool; 3]| met[..conditions].iter().rev().copied().collect::<Vec<_>>();
    let mut rows = rows.to_vec();
    // Of the same time and event, later conditions weigh more, and those not asked for nothing.
    rows.sort_by_key(|(time, event, met)| (*time, *event, asked(met)));
    let last = rows.len().checked_sub(1)?;
    let is_first = |at: usize| !rows[..at].iter().any(|(.., met)| met[0]);
    let is_last = |at: usize| !rows[at + 1..].iter().any(|(.., met)| met[0]);
    let is_base = |at: &usize| match base {
        "head" => *at == 0,
        "tail" => *at == last,
        "first_match" => is_first(*at) && rows[*at].2[0],
        _ => is_last(*at) && rows[*at].2[0],
    };
    let at = (0..rows.len()).find(is_base)?;
    let walk: Vec<&Row> = match direction {
        "forward" => rows[at..].iter().collect(),
        _ => rows[..=at].iter().rev().collect(),
    };
    let chain = walk.get(..conditions)?;
    let meets_all = chain.iter().enumerate().all(|(condition, row)| row.2[condition]);
    let (_, event, _) = walk.get(conditions)?;
    meets_all.then_some(event)
}

#[tokio::test]
async fn next_event_of_many_customers_is_what_its_definition_says() {
    const KINDS: [(&str, &[&str]); 2] = [
        ("forward", &["head", "first_match", "last_match"]),
        ("backward", &["tail", "first_match", "last_match"]),
    ];
    let rows = Rows::random(&mut StdRng::seed_from_u64(11));
    let mut context = SessionContext::new();
    tenure_udfs::register_all(&mut context).unwrap();
    context.register_batch("rows", rows.batch()).unwrap();
    let customers = rows.by_customer();
    assert!(customers.len() > 2_900);
    for (direction, bases) in KINDS {
        for base in bases {
            for conditions in ["a", "a, b", "a, b, c"] {
                let sql = format!(
                    "SELECT customer, next_event('{direction}', '{base}', ts, event, {conditions}) \
                     FROM rows GROUP BY customer ORDER BY customer"
                );
                let count = conditions.split(", ").count();
                let expected: Vec<(i64, Option<String>)> = customers
                    .iter()
                    .map(|(customer, rows)| (*customer, reference(rows, direction, base, count)))
                    .map(|(customer, event)| (customer, event.map(str::to_owned)))
                    .collect();
                let found = expected.iter().filter(|(_, event)| event.is_some()).count();
                assert!(found > 30, "{sql}: {found}");
                let answers = answers(&context, &sql).await;
                assert_eq!(answers.len(), expected.len());
                for (answer, expected) in answers.iter().zip(&expected) {
                    let rows = &customers[&expected.0];
                    assert_eq!(answer, expected, "{sql}: {rows:?}");
                }
            }
        }
    }
}

async fn answers(context: &SessionContext, sql: &str) -> Vec<(i64, Option<String>)> {
    let batches = context.sql(sql).await.unwrap().collect().await.unwrap();
    let rows = |batch: &RecordBatch| {
        let customers = batch.column(0).as_primitive::<Int64Type>().clone();
        let events = batch.column(1).as_string::<i64>().clone();
        (0..customers.len())
            .map(|row| {
                (customers.value(row), events.is_valid(row).then(|| events.value(row).to_owned()))
            })
            .collect::<Vec<_>>()
    };
    batches.iter().flat_map(rows).collect()
}
