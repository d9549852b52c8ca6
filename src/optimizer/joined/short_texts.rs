//! The numbers of short texts that come again and again, such as segments.

use datafusion::arrow::array::{Array, StringViewArray};

/// Short texts that came, and their numbers. A text of up to 12 bytes is in its view itself, so whether two
/// are the same is one comparison; nothing is read elsewhere.
pub(super) struct ShortTexts {
    pairs: Vec<Pair>,
    /// How often more may come that are not here, until looking for them is of no use.
    patience: u32,
}

/// The two places that a text may have.
#[derive(Clone, Copy, Default)]
struct Pair {
    views: [u128; 2],
    /// One more than the number; 0 where no text is.
    numbers: [u32; 2],
}

/// How many pairs there are: enough for the segments that people think of, and few enough for a cache.
const PAIRS: usize = 1 << 8;

/// The length of the longest text that is in its view.
const LONGEST: u32 = 12;

/// The number of a text that is not here.
const MISSING: usize = usize::MAX;

impl ShortTexts {
    /// No texts yet.
    pub(super) fn new() -> Self {
        Self { pairs: vec![Pair::default(); PAIRS], patience: 8 }
    }

    /// Whether texts that come are mostly here.
    pub(super) fn is_of_use(&self) -> bool {
        self.patience > 0
    }

    /// Writes the numbers of texts that are here, and returns the rows of the others.
    pub(super) fn look_up(
        &mut self,
        texts: &StringViewArray,
        numbers: &mut Vec<usize>,
    ) -> Vec<u32> {
        numbers.clear();
        numbers.extend(texts.views().iter().map(|&view| self.number(view)));
        if texts.null_count() == 0 && !numbers.contains(&MISSING) {
            return vec![];
        }
        let missing = (0..)
            .zip(&*numbers)
            .filter(|&(row, &number): &(u32, _)| number == MISSING || texts.is_null(row as usize));
        let missing: Vec<u32> = missing.map(|(row, _)| row).collect();
        if missing.len() * 2 > texts.len() {
            self.patience = self.patience.saturating_sub(1);
        }
        missing
    }

    /// The number of a text, or [`MISSING`]. Both places are looked at, so that the second does not wait for the
    /// first.
    #[inline]
    fn number(&self, view: u128) -> usize {
        let Pair { views, numbers } = &self.pairs[pair(view)];
        let at = |place: usize| if views[place] == view { numbers[place] } else { 0 };
        ((at(0) | at(1)) as usize).wrapping_sub(1)
    }

    /// Notes the number of a text, if it is a short one, instead of another one's if need be.
    pub(super) fn note(&mut self, texts: &StringViewArray, row: usize, number: usize) {
        let view = texts.views()[row];
        let (Ok(number), true) = (u32::try_from(number + 1), is_short(view)) else { return };
        if texts.is_null(row) || self.number(view) != MISSING {
            return;
        }
        let Pair { views, numbers } = &mut self.pairs[pair(view)];
        let place = usize::from(numbers[0] != 0);
        (views[place], numbers[place]) = (view, number);
    }
}

fn is_short(view: u128) -> bool {
    #[expect(clippy::cast_possible_truncation, reason = "the length is in the lowest bits")]
    let length = view as u32;
    length <= LONGEST
}

/// The pair in which a view has its place.
#[expect(
    clippy::cast_possible_truncation,
    reason = "what is cut off is in the other half, or zero"
)]
fn pair(view: u128) -> usize {
    /// The golden ratio of 64 bits, which spreads what is near each other.
    const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;
    let both_halves = (view ^ (view >> u64::BITS)) as u64;
    (both_halves.wrapping_mul(SPREAD) >> (u64::BITS - PAIRS.ilog2())) as usize
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    /// Texts of any length, the empty one and NULL, of which some come often.
    fn texts(rows: usize, distinct: usize) -> StringViewArray {
        let text = |row: usize| {
            let text = row * row % distinct;
            (text % 7 != 3).then(|| "x".repeat(text % 20) + &text.to_string()[..text.min(1)])
        };
        (0..rows).map(text).collect()
    }

    #[test]
    fn every_text_has_its_own_number() {
        for distinct in [1, 3, 40, 700, 5000] {
            let mut short = ShortTexts::new();
            let (mut known, mut numbers) = (HashMap::new(), vec![]);
            let mut rows_here = 0;
            for seed in 0..20 {
                let texts = texts(1000 + seed, distinct);
                let missing = short.look_up(&texts, &mut numbers);
                for &row in &missing {
                    let row = row as usize;
                    let new = known.len();
                    let text = texts.is_valid(row).then(|| texts.value(row).to_owned());
                    numbers[row] = *known.entry(text).or_insert(new);
                    short.note(&texts, row, numbers[row]);
                }
                for (row, text) in texts.iter().enumerate() {
                    assert_eq!(numbers[row], known[&text.map(str::to_owned)], "{text:?}");
                }
                rows_here += texts.len() - missing.len();
            }
            // Some are too long to be here.
            assert!(rows_here > 5000 || distinct > 40, "{distinct}: {rows_here}");
        }
    }

    #[test]
    fn it_is_of_no_use_where_hardly_any_text_comes_twice() {
        let mut short = ShortTexts::new();
        for batch in 0..20 {
            let texts: StringViewArray =
                (0..100).map(|row| Some(format!("{batch} {row}"))).collect();
            for row in short.look_up(&texts, &mut vec![]) {
                short.note(&texts, row as usize, row as usize);
            }
        }
        assert!(!short.is_of_use());
    }
}
