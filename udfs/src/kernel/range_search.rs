//! Which of a few ranges numbers lie in: one search per number instead of two comparisons for each range.

use arrow::array::BooleanArray;
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer};

use super::bit_square::{SIDE, transposed};

/// Numbers from the first on, up to the second without it; any number where there is none.
pub type NumberRange = (Option<i64>, Option<i64>);

/// Up to eight ranges.
#[derive(Debug)]
pub struct RangeSearch {
    ranges: usize,
    /// No number below or above these is told from them.
    least: i64,
    most: i64,
    /// Numbers are told apart by their distance from the least one without so many of its last bits.
    shift: u32,
    /// In which ranges the numbers of each such distance are.
    steps: Vec<Step>,
}

/// Numbers among which at most one range begins or ends.
#[derive(Debug, Clone, Copy)]
struct Step {
    /// Where that is.
    at: i64,
    /// The ranges of the numbers below, a bit for each.
    below: u8,
    /// Those of the others.
    from: u8,
}

/// How many steps there may be at most: more do not stay in the nearest cache.
const MOST_STEPS: u64 = 1 << 10;

impl RangeSearch {
    /// How many ranges are searched at once.
    pub const MOST_RANGES: usize = SIDE;

    /// A search for ranges; `None` if there are too many of them, or some begin and end too close to each
    /// other beside how far apart others do.
    #[must_use]
    pub fn new(ranges: &[NumberRange]) -> Option<Self> {
        if ranges.len() > Self::MOST_RANGES {
            return None;
        }
        let mut ends: Vec<i64> =
            ranges.iter().flat_map(|range| [range.0, range.1]).flatten().collect();
        ends.sort_unstable();
        ends.dedup();
        let (least, most) = (ends.first()?.checked_sub(1)?, *ends.last()?);
        let widest = most.abs_diff(least);
        let shift = u64::BITS - (widest / MOST_STEPS).leading_zeros();
        let step = |index: u64| {
            let mut here = ends.iter().filter(|end| end.abs_diff(least) >> shift == index);
            let first = least.saturating_add_unsigned(index << shift);
            match (here.next(), here.next()) {
                (None, _) => {
                    Some(Step { at: i64::MAX, below: of(ranges, first), from: of(ranges, first) })
                }
                (Some(&at), None) => {
                    Some(Step { at, below: of(ranges, at.checked_sub(1)?), from: of(ranges, at) })
                }
                _ => None,
            }
        };
        let steps = (0..=widest >> shift).map(step).collect::<Option<_>>()?;
        Some(Self { ranges: ranges.len(), least, most, shift, steps })
    }

    /// Of each range, whether each number is in it; NULL where the numbers are.
    #[must_use]
    pub fn find(&self, numbers: &[i64], nulls: Option<&NullBuffer>) -> Vec<BooleanArray> {
        let square = |numbers: &[i64]| {
            let mut square = [0; SIDE];
            for (bits, &number) in square.iter_mut().zip(numbers) {
                *bits = self.ranges_of(number);
            }
            transposed(u64::from_le_bytes(square)).to_le_bytes()
        };
        let squares: Vec<_> = numbers.chunks(SIDE).map(square).collect();
        let column = |range: usize| {
            let bits = squares.iter().map(|square| square[range]).collect();
            BooleanBuffer::new(Buffer::from_vec(bits), 0, numbers.len())
        };
        (0..self.ranges).map(|range| BooleanArray::new(column(range), nulls.cloned())).collect()
    }

    /// The ranges that a number is in, a bit for each.
    #[inline]
    fn ranges_of(&self, number: i64) -> u8 {
        let distance = number.clamp(self.least, self.most).abs_diff(self.least);
        let step = usize::try_from(distance >> self.shift).ok().and_then(|at| self.steps.get(at));
        step.map_or(0, |step| if number >= step.at { step.from } else { step.below })
    }
}

/// The ranges that a number is in, each looked at.
fn of(ranges: &[NumberRange], number: i64) -> u8 {
    let holds = |(first, end): NumberRange| {
        first.is_none_or(|first| first <= number) && end.is_none_or(|end| number < end)
    };
    let bits = ranges.iter().enumerate().filter(|(_, range)| holds(**range));
    bits.fold(0, |all, (at, _)| all | 1 << at)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each range looked at for each number.
    fn looked_at(ranges: &[NumberRange], numbers: &[i64]) -> Vec<BooleanArray> {
        let of_range = |at: usize| {
            numbers.iter().map(|&number| Some(of(ranges, number) >> at & 1 == 1)).collect()
        };
        (0..ranges.len()).map(of_range).collect()
    }

    #[test]
    fn ranges_are_found_at_their_ends_and_between() {
        let day = 86_400_000_000;
        let months =
            [0, 31, 59, 90, 120, 151, 181, 212, 243].map(|days| 1_735_689_600_000_000 + days * day);
        let by_month: Vec<_> =
            months.array_windows().map(|&[first, end]| (Some(first), Some(end))).collect();
        let overlapping =
            [(None, Some(5)), (Some(-7), None), (Some(3), Some(4)), (Some(9), Some(2))];
        let all = [(None, None), (Some(0), None)];
        let far =
            [(Some(i64::MIN + 1), Some(0)), (Some(0), Some(i64::MAX)), (None, Some(i64::MAX))];
        for ranges in [&by_month[..], &overlapping, &all, &far] {
            let search = RangeSearch::new(ranges).unwrap();
            let ends = ranges.iter().flat_map(|range| [range.0, range.1]).flatten();
            let near = ends.flat_map(|end| [end.saturating_sub(1), end, end.saturating_add(1)]);
            let mut numbers: Vec<i64> = near.chain([i64::MIN, -1, 0, 1, i64::MAX]).collect();
            let mut random = 1_i64;
            for _ in 0..10_000 {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                numbers.extend([random, months[0] + (random >> 2) % (300 * day), random >> 60]);
            }
            assert_eq!(search.find(&numbers, None), looked_at(ranges, &numbers));
        }
    }

    #[test]
    fn numbers_that_are_not_there_are_in_no_range_that_is_known() {
        let search = RangeSearch::new(&[(Some(3), None)]).unwrap();
        let nulls = NullBuffer::from(vec![true, false, true]);
        let expected = BooleanArray::from(vec![Some(true), None, Some(false)]);
        assert_eq!(search.find(&[3, 3, 2], Some(&nulls)), [expected]);
    }

    #[test]
    fn what_cannot_be_searched_is_refused() {
        assert!(RangeSearch::new(&[]).is_none());
        assert!(RangeSearch::new(&[(None, None)]).is_none());
        assert!(RangeSearch::new(&[(Some(i64::MIN), None)]).is_none());
        assert!(RangeSearch::new(&[(Some(0), None); 9]).is_none());
        // Ranges of a second in two years, told apart only by more steps than there may be.
        let close = [(Some(0), Some(1)), (Some(2), Some(63_000_000))];
        assert!(RangeSearch::new(&close).is_none());
    }
}
