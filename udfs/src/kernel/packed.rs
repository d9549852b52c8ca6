//! Whole numbers in as few bits as the largest difference between them needs, up to half a byte, counted in the
//! largest unit that measures them all: times are kept in microseconds more often than they are taken in them.

/// How a column of numbers is packed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Packed {
    /// The least number, to which what the bits say is added.
    least: u64,
    /// In how many of these the bits count.
    unit: u32,
    /// How many numbers there are.
    len: u16,
    /// How many bytes two of them take; none where all are the same.
    width: u8,
}

/// Runs code with the width of a column as a constant, which is several times as fast.
macro_rules! with_width {
    ($width:expr, $run:ident($($arg:expr),*)) => {
        match $width {
            1 => $run::<1>($($arg),*),
            2 => $run::<2>($($arg),*),
            3 => $run::<3>($($arg),*),
            4 => $run::<4>($($arg),*),
            5 => $run::<5>($($arg),*),
            6 => $run::<6>($($arg),*),
            7 => $run::<7>($($arg),*),
            8 => $run::<8>($($arg),*),
            9 => $run::<9>($($arg),*),
            10 => $run::<10>($($arg),*),
            11 => $run::<11>($($arg),*),
            12 => $run::<12>($($arg),*),
            13 => $run::<13>($($arg),*),
            14 => $run::<14>($($arg),*),
            15 => $run::<15>($($arg),*),
            _ => $run::<16>($($arg),*),
        }
    };
}

/// The units that are tried, from the least on, each of which measures the next.
const MILLI: u32 = 1_000;
const MICRO: u32 = 1_000_000;
const NANO: u32 = 1_000_000_000;

/// How many bits of each of two numbers are in one byte.
const HALF: usize = u8::BITS as usize / 2;

impl Packed {
    /// How these numbers are to be packed, of which there are no more than 65,535.
    pub(super) fn of(numbers: impl ExactSizeIterator<Item = u64> + Clone) -> Self {
        let ends = |(least, most): (u64, u64), number: u64| (least.min(number), most.max(number));
        let (least, most) = numbers.clone().fold((u64::MAX, u64::MIN), ends);
        Self::between(least, most, numbers)
    }

    /// The same, given the least of them and the greatest.
    pub(super) fn between(
        least: u64,
        most: u64,
        numbers: impl ExactSizeIterator<Item = u64> + Clone,
    ) -> Self {
        let len = u16::try_from(numbers.len()).unwrap_or(u16::MAX);
        let differences = numbers.map(|number| number - least);
        let widest = most.saturating_sub(least);
        let unit = if widest < u64::from(MILLI) { 1 } else { unit_of(&differences) };
        let bits = (u64::BITS - (widest / u64::from(unit)).leading_zeros()) as usize;
        Self { least, unit, len, width: bits.div_ceil(HALF).to_le_bytes()[0] }
    }

    /// How many bytes they take.
    pub(super) fn bytes(&self) -> usize {
        usize::from(self.len.div_ceil(2)) * usize::from(self.width)
    }

    /// Writes the numbers behind what is there.
    pub(super) fn write(&self, numbers: impl Iterator<Item = u64>, bytes: &mut Vec<u8>) {
        let start = bytes.len();
        bytes.resize(start + self.bytes(), 0);
        if self.width > 0 {
            let differences = numbers.map(|number| number - self.least);
            let bytes = &mut bytes[start..];
            match self.unit {
                MILLI => self.put(differences.map(|number| number / u64::from(MILLI)), bytes),
                MICRO => self.put(differences.map(|number| number / u64::from(MICRO)), bytes),
                NANO => self.put(differences.map(|number| number / u64::from(NANO)), bytes),
                _ => self.put(differences, bytes),
            }
        }
    }

    fn put(&self, numbers: impl Iterator<Item = u64>, bytes: &mut [u8]) {
        with_width!(self.width, put(numbers, bytes));
    }

    /// Reads the numbers into `numbers`, instead of what was there, and returns the bytes after them.
    pub(super) fn read<'a>(&self, bytes: &'a [u8], numbers: &mut Vec<u64>) -> &'a [u8] {
        let (bytes, rest) = bytes.split_at(self.bytes());
        numbers.clear();
        if self.width == 0 {
            numbers.resize(usize::from(self.len), self.least);
        } else {
            numbers.resize(usize::from(self.len.next_multiple_of(2)), 0);
            with_width!(self.width, get(bytes, self.least, u64::from(self.unit), numbers));
            numbers.truncate(usize::from(self.len));
        }
        rest
    }
}

/// The largest unit that measures all numbers.
fn unit_of(numbers: &(impl Iterator<Item = u64> + Clone)) -> u32 {
    if !numbers.clone().all(|number| number.is_multiple_of(MILLI.into())) {
        1
    } else if !numbers.clone().all(|number| number.is_multiple_of(MICRO.into())) {
        MILLI
    } else if !numbers.clone().all(|number| number.is_multiple_of(NANO.into())) {
        MICRO
    } else {
        NANO
    }
}

fn put<const WIDTH: usize>(mut numbers: impl Iterator<Item = u64>, bytes: &mut [u8]) {
    for bytes in bytes.as_chunks_mut::<WIDTH>().0 {
        let [first, second] = [numbers.next(), numbers.next()].map(Option::unwrap_or_default);
        let both = u128::from(first) | u128::from(second) << (HALF * WIDTH);
        bytes.copy_from_slice(&both.to_le_bytes()[..WIDTH]);
    }
}

fn get<const WIDTH: usize>(bytes: &[u8], least: u64, unit: u64, numbers: &mut [u64]) {
    let bits = HALF * WIDTH;
    let mask = u64::MAX >> (u64::BITS as usize - bits);
    let number = |bits: u128| {
        #[expect(clippy::cast_possible_truncation, reason = "the other number is cut off")]
        let bits = bits as u64;
        least + (bits & mask) * unit
    };
    let pairs = numbers.as_chunks_mut::<2>().0;
    for (pair, bytes) in pairs.iter_mut().zip(bytes.as_chunks::<WIDTH>().0) {
        let mut both = [0; size_of::<u128>()];
        both[..WIDTH].copy_from_slice(bytes);
        let both = u128::from_le_bytes(both);
        *pair = [number(both), number(both >> bits)];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(numbers: &[u64], bytes: &mut Vec<u8>) -> Packed {
        let packed = Packed::of(numbers.iter().copied());
        packed.write(numbers.iter().copied(), bytes);
        packed
    }

    #[test]
    fn numbers_take_the_half_bytes_of_the_largest_difference() {
        for (half_bytes, most) in [
            (0, 0),
            (1, 1),
            (1, 15),
            (2, 16),
            (2, 255),
            (3, 256),
            (15, 1 << 57),
            (16, u64::MAX - 7),
        ] {
            // Two numbers side by side, and the third one beside nothing.
            let numbers = [7, 7 + most, 7 + most / 2];
            let mut bytes = vec![1];
            let packed = packed(&numbers, &mut bytes);
            assert_eq!(
                (packed.bytes(), bytes.len()),
                (2 * half_bytes, 1 + 2 * half_bytes),
                "{most}"
            );
            bytes.push(2);
            let mut read = vec![3];
            assert_eq!(packed.read(&bytes[1..], &mut read), [2]);
            assert_eq!(read, numbers);
        }
    }

    #[test]
    fn numbers_are_counted_in_a_unit_that_measures_them_all() {
        // From any number on; the half bytes that a billion (30 bits) takes in units, by hand.
        for (unit, half_bytes) in [(1, 8), (7, 8), (1_000, 5), (1_000_000, 3), (1_000_000_000, 1)] {
            let numbers = [1_000_000_000, 0, 0, unit, 5 * unit, unit].map(|number| number + 12_345);
            let mut bytes = vec![];
            let packed = packed(&numbers, &mut bytes);
            assert_eq!(packed.bytes(), numbers.len() * half_bytes / 2, "{unit}");
            let mut read = vec![];
            packed.read(&bytes, &mut read);
            assert_eq!(read, numbers, "{unit}");
        }
    }

    #[test]
    fn every_width_comes_back() {
        for bits in 0..u64::BITS {
            let numbers: Vec<u64> = (0..100).map(|at| at + ((at % 2) << bits)).collect();
            let (mut bytes, mut read) = (vec![], vec![]);
            packed(&numbers, &mut bytes).read(&bytes, &mut read);
            assert_eq!(read, numbers, "{bits}");
        }
    }

    #[test]
    fn no_numbers_take_no_bytes() {
        let (mut bytes, mut read) = (vec![], vec![1]);
        packed(&[], &mut bytes).read(&bytes, &mut read);
        assert_eq!((bytes, read), (vec![], vec![]));
    }
}
