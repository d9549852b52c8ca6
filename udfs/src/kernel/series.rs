//! Accumulators of functions whose result depends on the order of the rows: `f(value ORDER BY at)`.
//!
//! The engine hands over what the ORDER BY says of each row. That is kept as bytes which compare
//! as the rows do, so parts can be merged in any order, and stored, whatever the rows were ordered
//! by.

use std::fmt;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, LargeBinaryArray, LargeListArray,
};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, FieldRef, Float64Type};
use arrow::row::{RowConverter, SortField};
use datafusion_common::{Result, ScalarValue, exec_err};
use datafusion_expr::{Accumulator, EmitTo, GroupsAccumulator};

use super::call::{Call, state_field};
use super::column::{Column, Numbers};
use super::fold::SeriesFold;
use super::invalid::{finite, row_error};
use super::list_columns::{as_lists, list_range, list_type, read_lists};
use super::output::Output;
use super::rows::Selection;
use super::ungrouped::first_row;

const TYPES: &[DataType] = &[DataType::Float64, DataType::LargeBinary];

/// A value, and where it stands among the others.
#[derive(Debug, Clone)]
struct Point {
    key: Box<[u8]>,
    value: Option<f64>,
}

/// The points of all groups, by group number.
#[derive(Debug)]
pub(super) struct GroupedSeries<S> {
    call: Call,
    fold: S,
    groups: Vec<Vec<Point>>,
    /// How many rows came so far: their order where no other was asked for, as in windows.
    arrived: u64,
    bytes: usize,
}

impl<S: SeriesFold> GroupedSeries<S> {
    pub(super) fn new(call: Call) -> Self {
        Self { call, fold: S::default(), groups: vec![], arrived: 0, bytes: 0 }
    }

    fn grow(&mut self, groups: usize) {
        if groups > self.groups.len() {
            self.groups.resize_with(groups, Vec::new);
        }
    }

    fn push(&mut self, group: usize, point: Point) {
        self.bytes += size_of::<Point>() + point.key.len();
        self.groups[group].push(point);
    }

    fn update(
        &mut self,
        args: &[ArrayRef],
        filter: Option<&BooleanArray>,
        group_of: impl Fn(usize) -> usize,
    ) -> Result<()> {
        let (values, keys) = (Numbers::open(&args[0])?, self.keys(args)?);
        let call = self.call.clone();
        // A NULL value is a gap, not a row to be left out.
        let all = Selection::of_all(args[0].len(), filter);
        all.visit(|row| {
            let is_null = values.nulls().is_some_and(|nulls| nulls.is_null(row));
            let value = if is_null { None } else { Some(finite(0, values.get(row))?) };
            self.push(group_of(row), Point { key: keys[row].clone(), value });
            Ok(())
        })
        .map_err(|(row, why)| row_error(&call, &args[..1], row, why))
    }

    /// What the ORDER BY says of each row, as bytes.
    fn keys(&mut self, args: &[ArrayRef]) -> Result<Vec<Box<[u8]>>> {
        let first = args.len().saturating_sub(self.call.order.len());
        let columns = &args[first..];
        if columns.is_empty() {
            let first = self.arrived;
            self.arrived += args[0].len() as u64;
            return Ok((first..self.arrived).map(|row| row.to_be_bytes().into()).collect());
        }
        let fields = columns.iter().zip(&self.call.order).map(|(column, options)| {
            SortField::new_with_options(column.data_type().clone(), *options)
        });
        let rows = RowConverter::new(fields.collect())?.convert_columns(columns)?;
        Ok(rows.iter().map(|row| row.as_ref().into()).collect())
    }

    fn merge(&mut self, state: &[ArrayRef], group_of: impl Fn(usize) -> usize) -> Result<()> {
        let lists = read_lists(&self.call, state, TYPES)?;
        let [values, keys]: &[LargeListArray] = &lists else {
            return exec_err!("{}: a state without keys", self.call.spec.name);
        };
        let (points, at) = (values.values().as_primitive::<Float64Type>(), keys.values());
        let at = at.as_binary::<i64>();
        for row in (0..values.len()).filter(|&row| values.is_valid(row)) {
            for point in list_range(values, row) {
                let value = points.is_valid(point).then(|| points.value(point));
                self.push(group_of(row), Point { key: at.value(point).into(), value });
            }
        }
        Ok(())
    }

    fn take(&mut self, emit_to: EmitTo) -> Vec<Vec<Point>> {
        let taken = emit_to.take_needed(&mut self.groups);
        let bytes = taken.iter().flatten().map(|point| size_of::<Point>() + point.key.len());
        self.bytes -= bytes.sum::<usize>();
        taken
    }

    fn results(&self, groups: &mut [Vec<Point>]) -> Result<ArrayRef> {
        let result = |points: &mut Vec<Point>| {
            points.sort_by(|a, b| a.key.cmp(&b.key));
            let values: Vec<_> = points.iter().map(|point| point.value).collect();
            self.fold.finish(&values)
        };
        S::Output::column(self.call.spec.name, groups.iter_mut().map(result).collect())
    }
}

fn columns(groups: &[Vec<Point>]) -> Vec<ArrayRef> {
    let mut end = 0_i64;
    let ends = groups.iter().map(|points| {
        end = end.saturating_add_unsigned(points.len() as u64);
        end
    });
    let offsets: ScalarBuffer<i64> = std::iter::once(0).chain(ends).collect();
    let points = || groups.iter().flatten();
    let values: Float64Array = points().map(|point| point.value).collect();
    let keys: LargeBinaryArray = points().map(|point| Some(&point.key)).collect();
    as_lists(&OffsetBuffer::new(offsets), vec![Arc::new(values), Arc::new(keys)])
}

impl<S: SeriesFold> GroupsAccumulator for GroupedSeries<S> {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> Result<()> {
        self.grow(total_num_groups);
        self.update(values, opt_filter, |row| group_indices[row])
    }

    fn merge_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        total_num_groups: usize,
    ) -> Result<()> {
        self.grow(total_num_groups);
        self.merge(values, |row| group_indices[row])
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let mut groups = self.take(emit_to);
        self.results(&mut groups)
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        Ok(columns(&self.take(emit_to)))
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        opt_filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        let mut alone = Self::new(self.call.clone());
        alone.grow(values.first().map_or(0, Array::len));
        alone.update(values, opt_filter, |row| row)?;
        Ok(columns(&alone.groups))
    }

    fn size(&self) -> usize {
        self.groups.capacity() * size_of::<Vec<Point>>() + self.bytes
    }
}

/// The points of a query without GROUP BY: one series.
pub(super) struct UngroupedSeries<S>(GroupedSeries<S>);

impl<S: SeriesFold> UngroupedSeries<S> {
    pub(super) fn new(call: Call) -> Self {
        let mut all = GroupedSeries::new(call);
        all.grow(1);
        Self(all)
    }
}

impl<S: SeriesFold> fmt::Debug for UngroupedSeries<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} over a series", self.0.call.spec.name)
    }
}

impl<S: SeriesFold> Accumulator for UngroupedSeries<S> {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.0.update(values, None, |_| 0)
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.0.merge(states, |_| 0)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        first_row(&columns(&self.0.groups))
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let mut groups = self.0.groups.clone();
        ScalarValue::try_from_array(&self.0.results(&mut groups)?, 0)
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.0.size()
    }
}

/// The columns of the state of a series.
pub(super) fn state_fields() -> Vec<FieldRef> {
    let named = ["values", "keys"].iter().zip(TYPES);
    named.map(|(name, data_type)| state_field(name, list_type(data_type))).collect()
}
