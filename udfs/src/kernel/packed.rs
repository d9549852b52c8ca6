//! Whole numbers in as few bytes as the largest difference between them needs.

/// How a column of numbers is packed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Packed {
    /// How many numbers there are.
    len: usize,
    /// How many bytes each takes; none where all are the same.
    width: usize,
    /// The least number, to which what the bytes say is added.
    least: u64,
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

impl Packed {
    /// How these numbers are to be packed.
    pub(super) fn of(numbers: impl ExactSizeIterator<Item = u64>) -> Self {
        let len = numbers.len();
        let ends = |(least, most): (u64, u64), number: u64| (least.min(number), most.max(number));
        let (least, most) = numbers.fold((u64::MAX, 0), ends);
        let bits = u64::BITS - most.saturating_sub(least).leading_zeros();
        Self { len, width: bits.div_ceil(u8::BITS) as usize, least }
    }

    /// How many bytes they take.
    pub(super) fn bytes(&self) -> usize {
        self.len * self.width
    }

    /// Writes the numbers behind what is there.
    pub(super) fn write(&self, numbers: impl Iterator<Item = u64>, bytes: &mut Vec<u8>) {
        let start = bytes.len();
        bytes.resize(start + self.bytes(), 0);
        if self.width > 0 {
            let differences = numbers.map(|number| number - self.least);
            with_width!(self.width, put(differences, &mut bytes[start..]));
        }
    }

    /// Reads the numbers into `numbers`, instead of what was there, and returns the bytes after them.
    pub(super) fn read<'a>(&self, bytes: &'a [u8], numbers: &mut Vec<u64>) -> &'a [u8] {
        numbers.clear();
        let (bytes, rest) = bytes.split_at(self.bytes());
        if self.width == 0 {
            numbers.resize(self.len, self.least);
        } else {
            with_width!(self.width, get(bytes, self.least, numbers));
        }
        rest
    }
}

fn put<const WIDTH: usize>(numbers: impl Iterator<Item = u64>, bytes: &mut [u8]) {
    for (bytes, number) in bytes.as_chunks_mut::<WIDTH>().0.iter_mut().zip(numbers) {
        bytes.copy_from_slice(&number.to_le_bytes()[..WIDTH]);
    }
}

fn get<const WIDTH: usize>(bytes: &[u8], least: u64, numbers: &mut Vec<u64>) {
    numbers.extend(bytes.as_chunks::<WIDTH>().0.iter().map(|bytes| {
        let mut number = [0; size_of::<u64>()];
        number[..WIDTH].copy_from_slice(bytes);
        least + u64::from_le_bytes(number)
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
