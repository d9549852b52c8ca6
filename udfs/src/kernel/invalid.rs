//! Why a row can't be counted, and how the user is told.

use arrow::array::{Array, ArrayRef};
use arrow::util::display::array_value_to_string;
use datafusion_common::{DataFusionError, exec_datafusion_err};

use super::call::Call;
use super::column::unpack;
use super::fold::EntityFold;
use crate::math::Overflow;

/// Why a row can't be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invalid {
    /// An argument has a value that can't be meant.
    Argument {
        /// Its position among the arguments that the function reads.
        index: usize,
        /// What it must be, as the end of "it must …".
        rule: &'static str,
    },
    /// An argument lies outside a range that a constant of the call decides.
    Range {
        /// Its position among the arguments that the function reads.
        index: usize,
        /// The least it can be.
        min: i64,
        /// The most it can be.
        max: i64,
    },
    /// The counts add up to more than 64 bits hold.
    Overflow,
}

impl Invalid {
    /// The argument at `index` must do what `rule` says.
    pub const fn argument(index: usize, rule: &'static str) -> Self {
        Self::Argument { index, rule }
    }
}

impl From<Overflow> for Invalid {
    fn from(_: Overflow) -> Self {
        Self::Overflow
    }
}

/// A count as it must be: whole and not negative.
#[inline]
pub fn count(index: usize, value: i64) -> Result<u64, Invalid> {
    u64::try_from(value).map_err(|_| Invalid::argument(index, "be a whole number, 0 or more"))
}

/// A number as arithmetic needs it: neither NaN nor infinite.
#[inline]
pub fn finite(index: usize, value: f64) -> Result<f64, Invalid> {
    if value.is_finite() { Ok(value) } else { Err(Invalid::argument(index, "be a finite number")) }
}

/// A number that is neither NaN, infinite nor negative.
#[inline]
pub fn not_negative(index: usize, value: f64) -> Result<f64, Invalid> {
    if finite(index, value)? >= 0.0 {
        Ok(value)
    } else {
        Err(Invalid::argument(index, "not be negative"))
    }
}

/// The message for a row that can't be counted.
pub(super) fn row_error(
    call: &Call,
    args: &[ArrayRef],
    row: usize,
    why: Invalid,
) -> DataFusionError {
    match why {
        Invalid::Overflow => overflow(call),
        Invalid::Argument { index, rule } => argument_error(call, args, row, index, rule),
        Invalid::Range { index, min, max } => {
            let rule = format!("be a whole number from {min} to {max}");
            argument_error(call, args, row, index, &rule)
        }
    }
}

fn argument_error(
    call: &Call,
    args: &[ArrayRef],
    row: usize,
    index: usize,
    rule: &str,
) -> DataFusionError {
    let named: Vec<_> = args
        .iter()
        .enumerate()
        .map(|(i, arg)| (call.arg_name(i, args.len()), text(arg, row)))
        .collect();
    let (arg, value) = &named[index];
    let rest = if named.len() > 1 {
        let pairs: Vec<_> = named.iter().map(|(arg, v)| format!("{arg} = {v}")).collect();
        format!(" (in the row {})", pairs.join(", "))
    } else {
        String::new()
    };
    exec_datafusion_err!("{}: {arg} is {value}, but it must {rule}{rest}", call.spec.name)
}

/// Why counts cannot be put together.
pub(super) const TOO_LARGE: &str = "the counts add up to more than 64 bits can hold";

/// The message for counts that outgrow 64 bits.
pub(super) fn overflow(call: &Call) -> DataFusionError {
    exec_datafusion_err!("{}: {TOO_LARGE}", call.spec.name)
}

/// The message where what is known of a customer in two places cannot be put together.
pub(super) fn apart<E: EntityFold>(call: &Call) -> DataFusionError {
    exec_datafusion_err!("{}: {}", call.spec.name, E::APART)
}

fn text(array: &ArrayRef, row: usize) -> String {
    if array.is_null(row) {
        return "NULL".to_owned();
    }
    unpack(array)
        .and_then(|array| Ok(array_value_to_string(&array, row)?))
        .unwrap_or_else(|_| "not printable".to_owned())
}
