//! The groups of one thread: their keys, which are numbered as they come.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, RecordBatch, UInt32Array, new_empty_array,
};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::{DataType, Schema};
use datafusion::error::Result;
use datafusion::logical_expr::EmitTo;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::aggregates::group_values::{GroupValues, new_group_values};
use datafusion::physical_plan::aggregates::order::GroupOrdering;

use super::short_texts::ShortTexts;

/// Keys that one thread numbers.
pub(super) struct Keys {
    exprs: Vec<Arc<dyn PhysicalExpr>>,
    types: Vec<DataType>,
    values: Box<dyn GroupValues>,
    /// Where there is one key, a text.
    texts: ShortTexts,
    of_rows: Vec<usize>,
}

impl Keys {
    /// The keys of an aggregate, of which there are none yet; `None` if all rows are one group.
    pub(super) fn new(aggregate: &AggregateExec) -> Result<Option<Self>> {
        let exprs = aggregate.group_expr().expr().iter().map(|(key, _)| Arc::clone(key));
        let exprs: Vec<_> = exprs.collect();
        if exprs.is_empty() {
            return Ok(None);
        }
        let schema = Schema::new(aggregate.schema().fields()[..exprs.len()].to_vec());
        let types = schema.fields().iter().map(|field| field.data_type().clone()).collect();
        let values = new_group_values(Arc::new(schema), &GroupOrdering::None)?;
        Ok(Some(Self { exprs, types, values, texts: ShortTexts::new(), of_rows: vec![] }))
    }

    /// The numbers of the groups of rows, and how many groups there are.
    pub(super) fn number(&mut self, batch: &RecordBatch) -> Result<(&[usize], usize)> {
        let columns =
            self.exprs.iter().map(|key| key.evaluate(batch)?.into_array(batch.num_rows()));
        let columns = columns.collect::<Result<Vec<_>>>()?;
        match columns.as_slice() {
            [key] if self.texts.is_of_use() && key.data_type() == &DataType::Utf8View => {
                self.number_texts(key)?;
            }
            _ => self.values.intern(&columns, &mut self.of_rows)?,
        }
        Ok((&self.of_rows, self.values.len()))
    }

    /// Writes the numbers of texts, most of which have come before.
    fn number_texts(&mut self, key: &ArrayRef) -> Result<()> {
        let missing = self.texts.look_up(key.as_string_view(), &mut self.of_rows);
        if missing.is_empty() {
            return Ok(());
        }
        let rows = UInt32Array::from(missing);
        let others = take(key, &rows, None)?;
        let mut numbers = vec![];
        self.values.intern(std::slice::from_ref(&others), &mut numbers)?;
        for ((at, &row), number) in rows.values().iter().enumerate().zip(numbers) {
            self.of_rows[row as usize] = number;
            self.texts.note(others.as_string_view(), at, number);
        }
        Ok(())
    }

    /// Takes in the groups of another thread, and returns their numbers here.
    pub(super) fn take_in(&mut self, other: Self) -> Result<Vec<usize>> {
        let mut numbers = vec![];
        self.values.intern(&other.columns()?, &mut numbers)?;
        Ok(numbers)
    }

    /// How many groups there are.
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// The keys in the order of their numbers.
    pub(super) fn columns(mut self) -> Result<Vec<ArrayRef>> {
        if self.values.is_empty() {
            // Not all of the engine's have nothing to put out before something came.
            return Ok(self.types.iter().map(new_empty_array).collect());
        }
        self.values.emit(EmitTo::All)
    }

    /// The memory they hold, in bytes.
    pub(super) fn size(&self) -> usize {
        self.values.size() + self.of_rows.capacity() * size_of::<usize>()
    }
}
