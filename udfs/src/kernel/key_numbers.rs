//! Numbers for the keys of a GROUP BY, in the table that customers are kept in.

use arrow::array::{Array, ArrayRef, new_null_array};
use arrow::compute::{cast, concat};
use arrow::datatypes::DataType;
use datafusion_common::{Result, resources_err};

use super::entity_table::{BATCH, EntityTable, GroupedRow};
use super::id::{Id, IdColumn, id_column, stored_type};

/// Numbers the integer keys of groups from 0, in the order in which they first come. NULL is a key
/// like any other.
///
/// Keys without large gaps between them are places in an array, so that nothing is hashed.
#[derive(Debug)]
pub struct KeyNumbers {
    key_type: DataType,
    /// Of each key, its number counted from 1; 0 has just come.
    table: EntityTable<u32>,
    /// The keys by their numbers; that of NULL is any.
    keys: Vec<i64>,
    null: Option<usize>,
    rows: Vec<GroupedRow>,
    places: Vec<u32>,
}

impl KeyNumbers {
    /// Numbers for keys of an integer type; `None` if it is another type.
    #[must_use]
    pub fn new(key_type: &DataType) -> Option<Self> {
        key_type.is_integer().then(|| Self {
            key_type: key_type.clone(),
            table: EntityTable::new(),
            keys: vec![],
            null: None,
            rows: Vec::with_capacity(BATCH),
            places: Vec::with_capacity(BATCH),
        })
    }

    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether no key has come.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Writes the number of the key of each row to `numbers`.
    ///
    /// # Errors
    ///
    /// When there are more than 2³² keys, or the column is not of the type that was planned.
    pub fn number(&mut self, keys: &ArrayRef, numbers: &mut Vec<usize>) -> Result<()> {
        let ids = IdColumn::open(std::slice::from_ref(keys), &stored_type(&self.key_type))?;
        let nulls = keys.logical_nulls().filter(|nulls| nulls.null_count() > 0);
        numbers.clear();
        if nulls.is_some() {
            numbers.resize(keys.len(), self.number_of_null());
        }
        for start in (0..keys.len()).step_by(BATCH) {
            let rows = start..keys.len().min(start + BATCH);
            let rows = rows.filter(|&row| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row)));
            self.rows.clear();
            self.rows.extend(rows.map(|row| GroupedRow { row, group: 0 }));
            self.number_batch(&ids, nulls.is_some(), numbers)?;
        }
        Ok(())
    }

    /// Numbers the rows in `self.rows`.
    fn number_batch(
        &mut self,
        ids: &IdColumn,
        has_nulls: bool,
        numbers: &mut Vec<usize>,
    ) -> Result<()> {
        let Self { table, keys, rows, places, .. } = self;
        table.numbers(rows, ids, places).or_else(|_| too_many_keys())?;
        for (row, place) in rows.iter().zip(places) {
            let number = table.entry(*place);
            if *number == 0 {
                let Id::Integer(key) = ids.get(row.row) else { return too_many_keys() };
                keys.push(key);
                *number = u32::try_from(keys.len()).or_else(|_| too_many_keys())?;
            }
            let number = *number as usize - 1;
            if has_nulls {
                numbers[row.row] = number;
            } else {
                numbers.push(number);
            }
        }
        Ok(())
    }

    fn number_of_null(&mut self) -> usize {
        *self.null.get_or_insert_with(|| {
            self.keys.push(0);
            self.keys.len() - 1
        })
    }

    /// The keys with these numbers, as a column.
    ///
    /// # Errors
    ///
    /// When the column cannot be made.
    pub fn keys(&self, numbers: std::ops::Range<usize>) -> Result<ArrayRef> {
        let column = |range: std::ops::Range<usize>| {
            let ids = self.keys[range].iter().map(|&key| Id::Integer(key));
            Ok(cast(&id_column(ids, &stored_type(&self.key_type))?, &self.key_type)?)
        };
        let Some(null) = self.null.filter(|null| numbers.contains(null)) else {
            return column(numbers);
        };
        let parts = [
            column(numbers.start..null)?,
            new_null_array(&self.key_type, 1),
            column(null + 1..numbers.end)?,
        ];
        Ok(concat(&parts.each_ref().map(AsRef::as_ref))?)
    }

    /// The memory they hold, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.table.size() + self.keys.capacity() * size_of::<i64>()
    }
}

fn too_many_keys<T>() -> Result<T> {
    resources_err!("more than 2^32 keys in one GROUP BY")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{AsArray, Int16Array, UInt64Array};
    use arrow::datatypes::{Int16Type, UInt64Type};

    use super::*;

    fn numbers(table: &mut KeyNumbers, keys: &ArrayRef) -> Vec<usize> {
        let mut numbers = vec![];
        table.number(keys, &mut numbers).unwrap();
        numbers
    }

    #[test]
    fn keys_are_numbered_as_they_come_and_null_is_one_of_them() {
        let mut table = KeyNumbers::new(&DataType::Int16).unwrap();
        let keys: ArrayRef = Arc::new(Int16Array::from(vec![Some(7), Some(-3), Some(7)]));
        assert_eq!(numbers(&mut table, &keys), [0, 1, 0]);
        let keys: ArrayRef = Arc::new(Int16Array::from(vec![Some(9), None, Some(-3), None]));
        assert_eq!(numbers(&mut table, &keys), [3, 2, 1, 2]);
        let column = |range| table.keys(range).unwrap().as_primitive::<Int16Type>().clone();
        assert_eq!(column(0..4), Int16Array::from(vec![Some(7), Some(-3), None, Some(9)]));
        assert_eq!(column(1..2), Int16Array::from(vec![-3]));
        assert_eq!(column(2..4), Int16Array::from(vec![None, Some(9)]));
        assert_eq!((table.len(), table.is_empty()), (4, false));
    }

    #[test]
    fn no_key_is_too_large_and_none_is_lost_while_the_table_changes_its_form() {
        let mut table = KeyNumbers::new(&DataType::UInt64).unwrap();
        let serial = (0..70_000_u64).map(|row| row % 30_000);
        let keys: Vec<u64> = serial.chain([u64::MAX, 0, 1 << 63]).collect();
        let given: ArrayRef = Arc::new(UInt64Array::from(keys.clone()));
        let mut all = vec![];
        for start in (0..keys.len()).step_by(9000) {
            let part = given.slice(start, (keys.len() - start).min(9000));
            all.extend(numbers(&mut table, &part));
        }
        let listed = table.keys(0..table.len()).unwrap();
        let listed = listed.as_primitive::<UInt64Type>();
        assert_eq!(listed.len(), 30_002);
        let found: Vec<u64> = all.iter().map(|&number| listed.value(number)).collect();
        assert_eq!(found, keys);
    }

    #[test]
    fn other_types_have_no_numbers() {
        assert!(KeyNumbers::new(&DataType::Utf8).is_none());
        assert!(KeyNumbers::new(&DataType::Float64).is_none());
    }
}
