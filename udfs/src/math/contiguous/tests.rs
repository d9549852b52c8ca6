//! The answers of `ClickHouse` to its own tests.

use super::{Base, Contiguous, Direction};
use crate::math::Event;

use Base::{FirstMatch, Head, LastMatch, Tail};
use Direction::{Backward, Forward};

/// The pages of test 01656, by customer.
const PAGES: [&str; 6] = ["ABCD", "BBDC", "AB", "AAABC", "ABAC", "ABABC"];

/// What stands beyond the chain of pages, which are one letter each.
fn beyond(pages: &str, direction: Direction, base: Base, chain: &str) -> Option<char> {
    let pages: Vec<char> = pages.chars().collect();
    let met = |page: &char| chain.chars().rev().fold(0, |met, c| met << 1 | u64::from(c == *page));
    let events: Vec<Event> =
        (0..).zip(&pages).map(|(time, page)| Event { time, met: met(page) }).collect();
    Contiguous { base, direction }.beyond(&events, chain.len()).map(|at| pages[at])
}

fn all(direction: Direction, base: Base, chain: &str) -> String {
    PAGES.iter().map(|pages| beyond(pages, direction, base, chain).unwrap_or('-')).collect()
}

#[test]
fn the_answers_of_clickhouse_to_its_own_tests() {
    assert_eq!(all(Forward, Head, "A"), "B-BABB");
    assert_eq!(all(Forward, Head, "AB"), "C---AA");
    assert_eq!(all(Backward, Tail, "C"), "-D-BAB");
    assert_eq!(all(Forward, FirstMatch, "BA"), "----CB");
    assert_eq!(all(Backward, FirstMatch, "BA"), "---A--");
}

#[test]
fn a_match_is_one_of_the_first_condition_not_of_the_whole_chain() {
    assert_eq!(beyond("AAABC", Forward, FirstMatch, "AB"), None);
    assert_eq!(beyond("AAABC", Forward, LastMatch, "AB"), Some('C'));
    assert_eq!(beyond("ABAC", Backward, LastMatch, "AB"), Some('A'));
}

#[test]
fn where_nothing_is_there_is_nothing_beyond() {
    for base in [Head, Tail, FirstMatch, LastMatch] {
        for direction in [Forward, Backward] {
            assert_eq!(beyond("", direction, base, "A"), None);
            assert_eq!(beyond("A", direction, base, "A"), None);
            assert_eq!(beyond("A", direction, base, "AA"), None);
        }
    }
}

/// The same from texts: what is left of the pages from the base on, once the chain is taken away.
fn reference(pages: &str, direction: Direction, base: Base, chain: &str) -> Option<char> {
    if direction == Backward {
        let turned: String = pages.chars().rev().collect();
        let base = match base {
            Head => Tail,
            Tail => Head,
            FirstMatch => LastMatch,
            LastMatch => FirstMatch,
        };
        return reference(&turned, Forward, base, chain);
    }
    let first = match base {
        Head => 0,
        Tail => pages.len().checked_sub(1)?,
        FirstMatch => pages.find(chain.chars().next()?)?,
        LastMatch => pages.rfind(chain.chars().next()?)?,
    };
    pages[first..].strip_prefix(chain)?.chars().next()
}

/// All texts of A, B and C up to this length.
fn texts(longest: usize) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut last = all.clone();
    for _ in 0..longest {
        last =
            last.iter().flat_map(|text| ["A", "B", "C"].map(|page| text.clone() + page)).collect();
        all.extend_from_slice(&last);
    }
    all
}

#[test]
fn every_short_visit_and_every_short_chain_agree_with_the_reference() {
    for pages in texts(6) {
        for chain in &texts(3)[1..] {
            for base in [Head, Tail, FirstMatch, LastMatch] {
                for direction in [Forward, Backward] {
                    let found = beyond(&pages, direction, base, chain);
                    let expected = reference(&pages, direction, base, chain);
                    assert_eq!(found, expected, "{direction:?} {base:?} {chain} in {pages}");
                }
            }
        }
    }
}
