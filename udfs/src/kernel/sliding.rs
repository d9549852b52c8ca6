//! Sliding window frames for states from which nothing can be taken out again.

use std::collections::VecDeque;
use std::fmt;

use arrow::array::{Array, ArrayRef};
use arrow::compute::concat;
use datafusion_common::{Result, ScalarValue, internal_err};
use datafusion_expr::Accumulator;

/// Makes an empty accumulator.
pub(super) type New = Box<dyn Fn() -> Result<Box<dyn Accumulator>> + Send + Sync>;

/// Keeps the rows of the frame and computes each result from them afresh.
pub(super) struct Recompute {
    new: New,
    /// The frame, in the order in which rows came; frames only move forward.
    frame: VecDeque<Vec<ArrayRef>>,
    /// What the rows of the frame take up. They are slices of a partition that the engine holds.
    bytes: usize,
}

impl Recompute {
    pub(super) fn new(new: New) -> Self {
        Self { new, frame: VecDeque::new(), bytes: 0 }
    }

    fn of_frame(&mut self) -> Result<Box<dyn Accumulator>> {
        self.join()?;
        let mut whole = (self.new)()?;
        self.frame.iter().try_for_each(|rows| whole.update_batch(rows))?;
        Ok(whole)
    }

    /// Puts the frame into one batch: rows come one by one, and a call for each would cost far
    /// more than the row itself.
    fn join(&mut self) -> Result<()> {
        let Some(first) = self.frame.front().filter(|_| self.frame.len() > 1) else {
            return Ok(());
        };
        let columns = (0..first.len()).map(|column| {
            let parts: Vec<&dyn Array> =
                self.frame.iter().map(|rows| rows[column].as_ref()).collect();
            concat(&parts)
        });
        let joined: Vec<ArrayRef> = columns.collect::<Result<_, _>>()?;
        self.bytes = bytes(&joined);
        self.frame = VecDeque::from([joined]);
        Ok(())
    }
}

impl fmt::Debug for Recompute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a frame of {} batches", self.frame.len())
    }
}

impl Accumulator for Recompute {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        if rows(values) > 0 {
            self.bytes += bytes(values);
            self.frame.push_back(values.to_vec());
        }
        Ok(())
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let mut leaving = rows(values);
        while leaving > 0 {
            let Some(first) = self.frame.front_mut() else {
                return internal_err!("more rows left a window frame than had entered it");
            };
            let here = rows(first);
            self.bytes -= bytes(first);
            if here <= leaving {
                self.frame.pop_front();
            } else {
                for column in first.iter_mut() {
                    *column = column.slice(leaving, here - leaving);
                }
                self.bytes += bytes(first);
            }
            leaving -= here.min(leaving);
        }
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.of_frame()?.evaluate()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        self.of_frame()?.state()
    }

    fn merge_batch(&mut self, _: &[ArrayRef]) -> Result<()> {
        internal_err!("a window frame is never merged")
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.bytes
    }
}

fn rows(values: &[ArrayRef]) -> usize {
    values.first().map_or(0, Array::len)
}

/// The size of the rows alone, without what else their buffers hold.
fn bytes(values: &[ArrayRef]) -> usize {
    let sizes = values.iter().map(|array| array.to_data().get_slice_memory_size());
    sizes.map(Result::unwrap_or_default).sum()
}
