//! The arguments of a call for the rows of a batch. Conditions that are ranges of one column, such as
//! the months of `retention`, are found together by a search.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, RecordBatch};
use datafusion::arrow::buffer::ScalarBuffer;
use datafusion::arrow::datatypes::Schema;
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{BinaryExpr, Column, Literal};
use tenure_udfs::kernel::{NumberRange, RangeSearch};

/// The arguments of a call.
pub(super) struct Arguments {
    args: Vec<Argument>,
    searches: Vec<ColumnSearch>,
}

enum Argument {
    /// What is evaluated by itself.
    Alone(Arc<dyn PhysicalExpr>),
    /// One of the ranges of a search.
    Range { search: usize, at: usize },
}

struct ColumnSearch {
    column: Column,
    search: RangeSearch,
}

/// Fewer ranges of a column than these are as fast to compare.
const FEW: usize = 3;

impl Arguments {
    /// Arguments over rows of a schema.
    pub(super) fn new(args: Vec<Arc<dyn PhysicalExpr>>, schema: &Schema) -> Self {
        let ranges: Vec<_> = args.iter().map(|arg| range_of(arg, schema)).collect();
        let mut all =
            Self { args: args.into_iter().map(Argument::Alone).collect(), searches: vec![] };
        let mut columns: Vec<&Column> = vec![];
        for (column, _) in ranges.iter().flatten() {
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        for column in columns {
            let of_column = ranges.iter().enumerate().filter_map(|(arg, range)| {
                range.as_ref().filter(|range| range.0 == *column).map(|range| (arg, range.1))
            });
            let of_column: Vec<_> = of_column.collect();
            for some in of_column.chunks(RangeSearch::MOST_RANGES) {
                all.search(column, some);
            }
        }
        all
    }

    /// Has these arguments, which are ranges of a column, found by one search, if that pays.
    fn search(&mut self, column: &Column, ranges: &[(usize, NumberRange)]) {
        let bounds: Vec<_> = ranges.iter().map(|(_, range)| *range).collect();
        if ranges.len() < FEW {
            return;
        }
        let Some(search) = RangeSearch::new(&bounds) else { return };
        for (at, (arg, _)) in ranges.iter().enumerate() {
            self.args[*arg] = Argument::Range { search: self.searches.len(), at };
        }
        self.searches.push(ColumnSearch { column: column.clone(), search });
    }

    /// Their values.
    pub(super) fn evaluate(&self, batch: &RecordBatch) -> Result<Vec<ArrayRef>> {
        let found = self.searches.iter().map(|search| search.find(batch));
        let found = found.collect::<Result<Vec<_>>>()?;
        let value = |arg: &Argument| match arg {
            Argument::Alone(arg) => arg.evaluate(batch)?.into_array(batch.num_rows()),
            Argument::Range { search, at } => Ok(ArrayRef::clone(&found[*search][*at])),
        };
        self.args.iter().map(value).collect()
    }
}

impl ColumnSearch {
    fn find(&self, batch: &RecordBatch) -> Result<Vec<ArrayRef>> {
        let column = self.column.evaluate(batch)?.into_array(batch.num_rows())?;
        let data = column.to_data();
        let numbers: ScalarBuffer<i64> =
            ScalarBuffer::new(data.buffers()[0].clone(), data.offset(), data.len());
        let found = self.search.find(&numbers, column.nulls()).into_iter();
        Ok(found.map(|found| Arc::new(found) as ArrayRef).collect())
    }
}

/// The column of 64-bit numbers, or times, of which a condition is a range, and the range.
fn range_of(condition: &Arc<dyn PhysicalExpr>, schema: &Schema) -> Option<(Column, NumberRange)> {
    let condition = condition.downcast_ref::<BinaryExpr>()?;
    if *condition.op() == Operator::And {
        let (column, (first, end)) = range_of(condition.left(), schema)?;
        let (other, (other_first, other_end)) = range_of(condition.right(), schema)?;
        let end = end.into_iter().chain(other_end).min();
        return (column == other).then_some((column, (first.max(other_first), end)));
    }
    let column = condition.left().downcast_ref::<Column>()?;
    let literal = condition.right().downcast_ref::<Literal>()?.value();
    if column.data_type(schema).ok()? != literal.data_type() {
        return None;
    }
    let number = whole(literal)?;
    let range = match condition.op() {
        Operator::GtEq => (Some(number), None),
        Operator::Gt => (Some(number.checked_add(1)?), None),
        Operator::Lt => (None, Some(number)),
        Operator::LtEq => (None, Some(number.checked_add(1)?)),
        Operator::Eq => (Some(number), Some(number.checked_add(1)?)),
        _ => return None,
    };
    Some((column.clone(), range))
}

/// The number that a literal of 64 bits is.
fn whole(literal: &ScalarValue) -> Option<i64> {
    match literal {
        ScalarValue::Int64(number)
        | ScalarValue::TimestampSecond(number, _)
        | ScalarValue::TimestampMillisecond(number, _)
        | ScalarValue::TimestampMicrosecond(number, _)
        | ScalarValue::TimestampNanosecond(number, _) => *number,
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{AsArray, Int64Array, TimestampMillisecondArray};
    use datafusion::logical_expr::{Expr, col, lit};
    use datafusion::prelude::SessionContext;

    use super::*;

    /// How many searches there are for conditions of `id` and `at`; they have the values that the
    /// conditions themselves have.
    fn searches(conditions: &[Expr]) -> usize {
        let at = TimestampMillisecondArray::from(vec![Some(0), Some(5), None, Some(-1), Some(9)]);
        let id = Int64Array::from(vec![Some(i64::MIN), None, Some(7), Some(8), Some(i64::MAX)]);
        let columns = [("id", Arc::new(id) as ArrayRef), ("at", Arc::new(at) as ArrayRef)];
        // Slices begin somewhere in their buffers.
        let batch = RecordBatch::try_from_iter(columns).unwrap().slice(1, 4);
        let session = SessionContext::new();
        let schema = batch.schema().as_ref().clone().try_into().unwrap();
        let physical = |condition: &Expr| session.create_physical_expr(condition.clone(), &schema);
        let conditions: Vec<_> = conditions.iter().map(|of| physical(of).unwrap()).collect();
        let args = Arguments::new(conditions.clone(), &batch.schema());
        for (condition, found) in conditions.iter().zip(args.evaluate(&batch).unwrap()) {
            let expected = condition.evaluate(&batch).unwrap().into_array(4).unwrap();
            assert_eq!(found.as_boolean(), expected.as_boolean(), "{condition}");
        }
        args.searches.len()
    }

    fn at(milliseconds: i64) -> Expr {
        lit(ScalarValue::TimestampMillisecond(Some(milliseconds), None))
    }

    #[test]
    fn ranges_of_a_column_are_found_together() {
        let (id, time) = (|| col("id"), || col("at"));
        let times =
            [time().gt_eq(at(0)), time().gt(at(5)).and(time().lt_eq(at(9))), time().eq(at(-1))];
        assert_eq!(searches(&times), 1);
        assert_eq!(searches(&times[..2]), 0);
        let ids = [
            id().lt(lit(8_i64)),
            id().gt_eq(lit(7_i64)).and(id().lt(lit(8_i64))).and(id().gt(lit(0_i64))),
            id().lt_eq(lit(0_i64)),
        ];
        assert_eq!(searches(&ids), 1);
        let others = [(id() % lit(2_i64)).eq(lit(0_i64)), time().is_null()];
        assert_eq!(searches(&[&times[..1], &ids, &others, &times[1..]].concat()), 2);
        assert_eq!(searches(&vec![id().eq(lit(7_i64)); 20]), 3);
    }

    #[test]
    fn what_is_no_range_is_compared() {
        let id = || col("id");
        let others = [
            id().not_eq(lit(7_i64)),
            id().lt(lit(7_i64)).or(id().gt(lit(8_i64))),
            id().lt_eq(lit(i64::MAX)),
            id().lt(lit(ScalarValue::Int64(None))),
        ];
        assert_eq!(searches(&others), 0);
    }
}
