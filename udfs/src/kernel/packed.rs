//! Whole numbers in as few bytes as the largest difference between them needs, counted in the largest unit
//! that measures them all: times are kept in microseconds more often than they are taken in them.

/// How a column of numbers is packed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Packed {
    /// The least number, to which what the bytes say is added.
    least: u64,
    /// In how many of these the bytes count.
    unit: u32,
    /// How many numbers there are.
    len: u16,
    /// How many bytes each takes; none where all are the same.
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
            _ => $run::<8>($($arg),*),
        }
    };
}

/// The units that are tried, from the least on, each of which measures the next.
const MILLI: u32 = 1_000;
const MICRO: u32 = 1_000_000;
const NANO: u32 = 1_000_000_000;

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
        let bits = u64::BITS - (widest / u64::from(unit)).leading_zeros();
        Self { least, unit, len, width: bits.div_ceil(u8::BITS).to_le_bytes()[0] }
    }

    /// How many bytes they take.
    pub(super) fn bytes(&self) -> usize {
        usize::from(self.len) * usize::from(self.width)
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
        numbers.clear();
        let (bytes, rest) = bytes.split_at(self.bytes());
        if self.width == 0 {
            numbers.resize(usize::from(self.len), self.least);
        } else {
            with_width!(self.width, get(bytes, self.least, u64::from(self.unit), numbers));
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

fn put<const WIDTH: usize>(numbers: impl Iterator<Item = u64>, bytes: &mut [u8]) {
    for (bytes, number) in bytes.as_chunks_mut::<WIDTH>().0.iter_mut().zip(numbers) {
        bytes.copy_from_slice(&number.to_le_bytes()[..WIDTH]);
    }
}

fn get<const WIDTH: usize>(bytes: &[u8], least: u64, unit: u64, numbers: &mut Vec<u64>) {
    numbers.extend(bytes.as_chunks::<WIDTH>().0.iter().map(|bytes| {
        let mut number = [0; size_of::<u64>()];
        number[..WIDTH].copy_from_slice(bytes);
        least + u64::from_le_bytes(number) * unit
    }));
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
    fn numbers_take_the_bytes_of_the_largest_difference() {
        for (width, most) in [(0, 0), (1, 255), (2, 256), (5, 1 << 39), (8, u64::MAX - 7)] {
            let numbers = [7, 7 + most, 7 + most / 2];
            let mut bytes = vec![1];
            let packed = packed(&numbers, &mut bytes);
            assert_eq!((packed.bytes(), bytes.len()), (3 * width, 1 + 3 * width), "{most}");
            bytes.push(2);
            let mut read = vec![3];
            assert_eq!(packed.read(&bytes[1..], &mut read), [2]);
            assert_eq!(read, numbers);
        }
    }

    #[test]
    fn numbers_are_counted_in_a_unit_that_measures_them_all() {
        // From any number on; the bytes that a billion (30 bits) takes in units, by hand.
        for (unit, width) in [(1, 4), (7, 4), (1_000, 3), (1_000_000, 2), (1_000_000_000, 1)] {
            let numbers = [1_000_000_000, 0, 0, unit, 5 * unit].map(|number| number + 12_345);
            let mut bytes = vec![];
            let packed = packed(&numbers, &mut bytes);
            assert_eq!(bytes.len(), numbers.len() * width, "{unit}");
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
