//! The only code that implements `DataFusion`'s traits.
//!
//! A metric is a [`Fold`] (what a row adds, what comes out) over a [`State`] (how two parts
//! merge). From these the kernel derives everything `DataFusion` asks for: the accumulator of an
//! ungrouped query, the vectorised one of a grouped query, sliding window frames, the columns that
//! partial aggregates exchange, and the functions `f_state` and `f_merge` over stored states. A
//! metric about customers from raw events is an [`EntityFold`].

mod call;
mod column;
mod entities;
mod entity_table;
mod fold;
mod grouped;
mod ids;
mod invalid;
mod rows;
mod sliding;
mod state;
mod stored;
mod udaf;
mod ungrouped;

use arrow::datatypes::{DataType, FieldRef};
use datafusion_expr::{Accumulator, GroupsAccumulator};

pub use call::{Call, NamedCall, UnknownArguments, named_call};
pub use column::{Flags, Numbers, Wholes};
pub use fold::{EntityFold, Fold, Output};
pub use invalid::{Invalid, count, finite};
pub use rows::{CountsPer, CountsPerRow};
pub use state::State;
pub use udaf::{Role, udaf};

use crate::math::Part;

/// The code of one form of a function, with its types erased.
#[derive(Debug)]
pub struct Kernel {
    output: fn() -> DataType,
    state: fn(&Call) -> Vec<FieldRef>,
    accumulator: fn(Call) -> Box<dyn Accumulator>,
    groups_accumulator: fn(Call) -> Box<dyn GroupsAccumulator>,
    retracts: bool,
}

impl Kernel {
    /// The type that the function returns in this form.
    #[must_use]
    pub fn returns(&self) -> DataType {
        (self.output)()
    }

    /// The kernel of a metric over rows.
    #[must_use]
    pub const fn rows<F: Fold>() -> Self {
        Self {
            output: F::Output::data_type,
            state: |_| grouped::state_fields::<F>(),
            accumulator: |call| Box::new(ungrouped::UngroupedFold::<F>::new(call)),
            groups_accumulator: |call| Box::new(grouped::GroupedFold::<F>::new(call)),
            retracts: <F::State as Part>::SUBTRACTS,
        }
    }

    /// The kernel of a metric over customers.
    #[must_use]
    pub const fn entities<E: EntityFold>() -> Self {
        Self {
            output: E::Output::data_type,
            state: entities::state_fields::<E>,
            accumulator: |call| Box::new(entities::UngroupedEntities::<E>::new(call)),
            groups_accumulator: |call| Box::new(entities::GroupedEntities::<E>::new(call)),
            retracts: false,
        }
    }
}
