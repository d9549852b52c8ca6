//! What functions collect whose result depends on the order of the rows: `f(value ORDER BY at)`.
//!
//! The engine hands over what the ORDER BY says of each row. That is kept as bytes which compare
//! as the rows do, so parts can be merged in any order, and stored, whatever the rows were ordered
//! by.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, LargeBinaryArray, LargeListArray,
};
use arrow::datatypes::{DataType, FieldRef, Float64Type};
use arrow::row::{RowConverter, SortField};
use datafusion_common::{Result, exec_err};

use super::call::{Call, state_field};
use super::collection::Collection;
use super::column::{Column, Numbers};
use super::fold::SeriesFold;
use super::invalid::{finite, row_error};
use super::list_columns::{as_lists, list_range, list_type, offsets, read_lists};
use super::output::Output;
use super::rows::Selection;

const TYPES: &[DataType] = &[DataType::Float64, DataType::LargeBinary];

/// A value, and where it stands among the others.
#[derive(Debug, Clone)]
struct Point {
    key: Box<[u8]>,
    value: Option<f64>,
}

/// The points of all groups, by group number.
#[derive(Debug)]
pub(super) struct Series<S> {
    call: Call,
    fold: S,
    groups: Vec<Vec<Point>>,
    /// How many rows came so far: their order where no other was asked for, as in windows.
    arrived: u64,
    bytes: usize,
}

impl Point {
    /// The memory it holds, in bytes.
    fn size(&self) -> usize {
        size_of::<Self>() + self.key.len()
    }
}

impl<S: SeriesFold> Series<S> {
    fn push(&mut self, group: usize, point: Point) {
        self.bytes += point.size();
        self.groups[group].push(point);
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
}

impl<S: SeriesFold> Collection for Series<S> {
    fn new(call: Call) -> Result<Self> {
        Ok(Self { call, fold: S::default(), groups: vec![], arrived: 0, bytes: 0 })
    }

    fn call(&self) -> &Call {
        &self.call
    }

    fn groups(&self) -> usize {
        self.groups.len()
    }

    fn grow(&mut self, groups: usize) {
        self.groups.resize_with(groups, Vec::new);
    }

    fn update(
        &mut self,
        args: &[ArrayRef],
        filter: Option<&BooleanArray>,
        group_of: impl Fn(usize) -> usize,
    ) -> Result<()> {
        let (values, mut keys) = (Numbers::open(&args[0])?, self.keys(args)?);
        // A NULL value is a gap, not a row to be left out.
        let all = Selection::of_all(args[0].len(), filter);
        let visited = all.visit(|row| {
            let is_null = values.nulls().is_some_and(|nulls| nulls.is_null(row));
            let value = if is_null { None } else { Some(finite(0, values.get(row))?) };
            self.push(group_of(row), Point { key: std::mem::take(&mut keys[row]), value });
            Ok(())
        });
        visited.map_err(|(row, why)| row_error(&self.call, &args[..1], row, why))
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

    fn results(&self, groups: usize) -> Result<ArrayRef> {
        let result = |points: &Vec<Point>| {
            let mut sorted: Vec<&Point> = points.iter().collect();
            // Rows that are equal in order are told apart by their value: on any number of threads
            // the same.
            let value = |point: &Point| point.value.unwrap_or(f64::NEG_INFINITY);
            sorted.sort_by(|a, b| a.key.cmp(&b.key).then(value(a).total_cmp(&value(b))));
            self.fold.finish(&sorted.iter().map(|point| point.value).collect::<Vec<_>>())
        };
        S::Output::column(self.call.spec.name, self.groups[..groups].iter().map(result).collect())
    }

    fn states(&self, groups: usize) -> Result<Vec<ArrayRef>> {
        let groups = &self.groups[..groups];
        let points = || groups.iter().flatten();
        let values: Float64Array = points().map(|point| point.value).collect();
        let keys: LargeBinaryArray = points().map(|point| Some(&point.key)).collect();
        Ok(as_lists(&offsets(groups), vec![Arc::new(values), Arc::new(keys)]))
    }

    fn remove_first(&mut self, groups: usize) {
        let removed = self.groups.drain(..groups).flatten();
        self.bytes -= removed.map(|point| point.size()).sum::<usize>();
    }

    fn size(&self) -> usize {
        self.groups.capacity() * size_of::<Vec<Point>>() + self.bytes
    }
}

/// The columns of the state of a series.
pub(super) fn state_fields() -> Vec<FieldRef> {
    let named = ["values", "keys"].iter().zip(TYPES);
    named.map(|(name, data_type)| state_field(name, list_type(data_type))).collect()
}
