//! Conditions of rows, as bits: eight rows of eight conditions at a time.

/// How many rows and conditions of bits are turned at once.
pub(super) const SIDE: usize = 8;

/// The bits of a square, a byte for each row from the least one on, with its columns as rows.
#[inline]
pub(super) fn transposed(mut bits: u64) -> u64 {
    // Squares of 1, 2 and 4 bits that lie across the diagonal change places.
    for (shift, upper) in
        [(7, 0x00AA_00AA_00AA_00AA), (14, 0x0000_CCCC_0000_CCCC), (28, 0x0000_0000_F0F0_F0F0)]
    {
        let changed = (bits ^ bits >> shift) & upper;
        bits ^= changed ^ changed << shift;
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_columns() {
        for (row, column) in (0..SIDE).flat_map(|row| (0..SIDE).map(move |column| (row, column))) {
            let (mut square, mut turned) = ([0; SIDE], [0; SIDE]);
            square[row] = 1 << column;
            turned[column] = 1 << row;
            assert_eq!(transposed(u64::from_le_bytes(square)).to_le_bytes(), turned);
        }
    }
}
