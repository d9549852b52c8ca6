//! Two characteristics of the same cases, counted in a table.

use std::collections::BTreeMap;

use super::distribution::chi_squared_tail;
use super::{Overflow, Sum};

/// How often each pair of values occurred.
#[derive(Debug, Clone, Default)]
pub struct Contingency {
    // Sorted, so that sums come out the same whatever order the pairs came in.
    cells: BTreeMap<(Vec<u8>, Vec<u8>), u64>,
    n: u64,
}

/// How far a table is from one in which the two characteristics have nothing to do with each
/// other.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Association {
    /// Chi squared.
    pub statistic: f64,
    /// Degrees of freedom.
    pub df: u64,
    /// How likely so uneven a table would be by chance.
    pub p_value: Option<f64>,
    /// The strength of the association, 0 to 1.
    pub cramers_v: Option<f64>,
    /// The smallest count that chance alone would lead to expect.
    pub smallest_expected: f64,
    /// Cases.
    pub n: u64,
}

impl Contingency {
    /// Counts cases with this pair of values.
    pub fn add(&mut self, a: &[u8], b: &[u8], cases: u64) -> Result<(), Overflow> {
        self.n = self.n.checked_add(cases).ok_or(Overflow)?;
        *self.cells.entry((a.to_vec(), b.to_vec())).or_default() += cases;
        Ok(())
    }

    /// Pearson's chi squared test, without Yates' correction. `None` of no cases.
    #[must_use]
    pub fn association(&self) -> Option<Association> {
        let mut rows: BTreeMap<&[u8], u64> = BTreeMap::new();
        let mut columns: BTreeMap<&[u8], u64> = BTreeMap::new();
        for ((a, b), cases) in &self.cells {
            *rows.entry(a).or_default() += cases;
            *columns.entry(b).or_default() += cases;
        }
        let least_row = *rows.values().min()? as f64;
        let least_column = *columns.values().min()? as f64;
        let all = self.n as f64;
        let mut statistic = Sum::default();
        // What the empty cells add is what they were expected to hold: all but the others' part.
        statistic.add(all);
        for ((a, b), cases) in &self.cells {
            let of_both = rows.get(a.as_slice()).zip(columns.get(b.as_slice()));
            let expected = of_both.map_or(0.0, |(a, b)| *a as f64 * (*b as f64 / all));
            let distance = *cases as f64 - expected;
            statistic.add(distance * distance / expected);
            statistic.add(-expected);
        }
        let statistic = statistic.value().max(0.0);
        let (free_rows, free_columns) = (rows.len() as u64 - 1, columns.len() as u64 - 1);
        let df = free_rows * free_columns;
        let smaller = free_rows.min(free_columns) as f64;
        Some(Association {
            statistic,
            df,
            p_value: (df > 0).then(|| chi_squared_tail(statistic, df as f64)).flatten(),
            cramers_v: (df > 0).then(|| (statistic / (all * smaller)).sqrt().min(1.0)),
            smallest_expected: least_row * least_column / all,
            n: self.n,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Expected values: SciPy 1.17, chi2_contingency([[10, 20, 30], [6, 9, 17]]), a textbook table.
    #[test]
    fn chi_squared_is_that_of_scipy() {
        let mut table = Contingency::default();
        for (a, row) in [(b"a", [10, 20, 30]), (b"b", [6, 9, 17])] {
            for (b, cases) in [b"x", b"y", b"z"].into_iter().zip(row) {
                table.add(a, b, cases).unwrap();
            }
        }
        let association = table.association().unwrap();
        assert!((association.statistic - 0.271_574_651_504_035_04).abs() < 1e-12);
        assert_eq!((association.df, association.n), (2, 92));
        assert!((association.p_value.unwrap() - 0.873_028_283_380_073).abs() < 1e-12);
        assert!((association.smallest_expected - 5.565_217_391_304_348).abs() < 1e-12);
    }

    #[test]
    fn a_single_value_tests_nothing() {
        let mut table = Contingency::default();
        assert_eq!(table.association(), None);
        table.add(b"a", b"x", 3).unwrap();
        table.add(b"a", b"y", 4).unwrap();
        let association = table.association().unwrap();
        assert_eq!((association.df, association.p_value, association.cramers_v), (0, None, None));
    }

    #[test]
    fn perfect_agreement_has_full_strength() {
        let mut table = Contingency::default();
        table.add(b"a", b"x", 5).unwrap();
        table.add(b"b", b"y", 5).unwrap();
        assert_eq!(table.association().unwrap().cramers_v, Some(1.0));
    }
}
