//! Labels of events: each text is kept once, and events hold its number.

use std::hash::BuildHasher;

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};

/// Texts, numbered in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Labels {
    texts: Texts,
    numbers: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

/// Texts, one after the other.
#[derive(Debug, Default)]
struct Texts {
    bytes: String,
    /// Where each text ends in `bytes`.
    ends: Vec<usize>,
}

impl Labels {
    /// The number of a text, or none where there are more texts than numbers.
    pub(super) fn number(&mut self, text: &str) -> Option<u32> {
        let Self { texts, numbers, hasher } = self;
        let is_same = |number: &u32| texts.get(*number) == text;
        let hash = |number: &u32| hasher.hash_one(texts.get(*number));
        match numbers.entry(hasher.hash_one(text), is_same, hash) {
            Entry::Occupied(known) => Some(*known.get()),
            Entry::Vacant(place) => {
                let number = u32::try_from(texts.ends.len()).ok()?;
                place.insert(number);
                texts.push(text);
                Some(number)
            }
        }
    }

    /// The text that has this number.
    pub(super) fn get(&self, number: u32) -> &str {
        self.texts.get(number)
    }

    /// The memory it holds, in bytes.
    pub(super) fn size(&self) -> usize {
        let texts = self.texts.bytes.capacity() + self.texts.ends.capacity() * size_of::<usize>();
        texts + self.numbers.allocation_size()
    }
}

impl Texts {
    fn push(&mut self, text: &str) {
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len());
    }

    fn get(&self, number: u32) -> &str {
        let number = number as usize;
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start..self.ends[number]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_have_one_number() {
        let mut labels = Labels::default();
        let numbers = ["cart", "", "cärt", "cart", ""].map(|text| labels.number(text).unwrap());
        assert_eq!(numbers, [0, 1, 2, 0, 1]);
        assert_eq!([0, 1, 2].map(|number| labels.get(number)), ["cart", "", "cärt"]);
    }

    #[test]
    fn texts_keep_their_numbers_as_more_come() {
        let mut labels = Labels::default();
        let texts: Vec<String> = (0..10_000).map(|text| format!("/product/{text}")).collect();
        let first: Vec<_> = texts.iter().map(|text| labels.number(text).unwrap()).collect();
        let again: Vec<_> = texts.iter().rev().map(|text| labels.number(text).unwrap()).collect();
        assert!(first.iter().eq(again.iter().rev()));
        assert!(first.iter().zip(&texts).all(|(&number, text)| labels.get(number) == text));
        assert!(labels.size() >= texts.iter().map(String::len).sum());
    }
}
