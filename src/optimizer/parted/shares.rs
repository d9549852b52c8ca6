//! Which partition puts out which blocks of groups: about as much work for each, and the same in every run.

use std::cmp::Reverse;

/// The blocks of each partition, in their order, given how much work each block is.
pub(super) fn shares(work: &[usize], partitions: usize) -> Vec<Vec<usize>> {
    let mut heaviest_first: Vec<usize> = (0..work.len()).collect();
    heaviest_first.sort_by_key(|&block| Reverse(work[block]));
    let mut shares = vec![(0, vec![]); partitions];
    for block in heaviest_first {
        if let Some((total, blocks)) = shares.iter_mut().min_by_key(|(total, _)| *total) {
            *total += work[block];
            blocks.push(block);
        }
    }
    let in_order = |mut blocks: Vec<usize>| {
        blocks.sort_unstable();
        blocks
    };
    shares.into_iter().map(|(_, blocks)| in_order(blocks)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_heavy_block_is_as_much_as_many_light_ones() {
        // By hand: 4 and 3 go beside 9, and the ones to where less is.
        assert_eq!(shares(&[1, 9, 1, 3, 4], 2), [vec![1], vec![0, 2, 3, 4]]);
        assert_eq!(shares(&[2, 2, 2, 2, 2], 2), [vec![0, 2, 4], vec![1, 3]]);
    }

    #[test]
    fn every_block_has_one_partition() {
        let work: Vec<usize> = (0..100).map(|block| block * 37 % 41).collect();
        for partitions in [1, 3, 7, 200] {
            let mut all = shares(&work, partitions).concat();
            all.sort_unstable();
            assert_eq!(all, (0..100).collect::<Vec<_>>());
        }
        assert_eq!(shares(&[], 2), [vec![], vec![]] as [Vec<usize>; 2]);
    }
}
