//! The only code that implements `DataFusion`'s traits.
//!
//! A metric is a [`Fold`] (what a row adds, what comes out) over a [`State`] (how two parts
//! merge). From these the kernel derives everything `DataFusion` asks for: the accumulator of an
//! ungrouped query, the vectorised one of a grouped query, sliding window frames, the columns that
//! partial aggregates exchange, and the functions `f_state` and `f_merge` over stored states. A
//! metric about customers from raw events is an [`EntityFold`], and also comes as `f_entry` and
//! `f_of_entries`, which need no table of customers. One that needs every row until the end is a
//! [`ListFold`], one of what happened in order an [`EventFold`], or a [`LabelledFold`] if it tells
//! what that was, one of an ordered series a [`SeriesFold`], and a function of a single row a
//! [`Formula`], or [`Ordered`] or a [`Journey`] if it needs the rows around it.

mod bit_square;
mod call;
mod collection;
mod column;
mod dense_table;
mod entities;
mod entity_part;
mod entity_table;
mod event_parts;
mod event_range;
mod event_sorter;
mod event_table;
mod events;
mod fold;
mod formula;
mod grouped;
mod hashed_table;
mod home_table;
mod id;
mod invalid;
mod key_numbers;
mod labelled;
mod levels;
mod list_columns;
mod lists;
mod misfit;
mod named;
mod output;
mod packed;
mod range_search;
mod rows;
mod series;
mod settings;
mod shared_entities;
mod shared_keys;
mod sliding;
mod state;
mod steps;
mod stored;
mod tally;
mod udaf;
mod ungrouped;
mod window;

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, FieldRef};
use datafusion_common::{Result, internal_err};
use datafusion_expr::{Accumulator, GroupsAccumulator};

use collection::{Collection, Grouped, Ungrouped};
use entities::Entities;
use entity_part::part_of;
use event_parts::SharedEvents;
use events::Events;
use labelled::LabelledEvents;
use levels::{Entries, Tallies};
use lists::Lists;
use series::Series;

pub use call::Call;
pub use column::{Days, Flags, Numbers, Wholes};
pub use entity_part::{EntityPart, Expected};
pub use event_parts::{BlockResults, EventPart, EventParts};
pub use event_table::EVENT_GROUPS;
pub(crate) use events::{as_times, times_or_null};
pub use fold::{
    EntityFold, EventFold, Fold, Formula, LabelledFold, ListFold, SeriesFold, ShortFold,
};
pub use formula::udf;
pub use id::Id;
pub use invalid::{Invalid, count, finite, not_negative};
pub use key_numbers::{KeyNumbers, KeyRange, is_numbered};
pub use labelled::LABELLED_CONDITIONS;
pub(crate) use list_columns::list_type;
pub use named::{Given, NamedCall, Slot, UnknownArguments, named_call};
pub(crate) use output::lists_of;
pub use output::{EventResults, Output, TimeLists};
pub use range_search::{NumberRange, RangeSearch};
pub use rows::{AllFlags, Columns, CountsPer, CountsPerRow};
pub use settings::{Settings, Window};
pub use shared_keys::{KeyReader, NumberedKeys, SharedKeys};
pub use state::{State, Stored, StoredBits};
pub use steps::{Steps, in_two_steps};
pub use tally::{Counts, Tally};
pub use udaf::{Role, entity_part, event_parts, is_metric, udaf};
pub use window::{Journey, Ordered, udwf};

use crate::math::Part;

/// The code of one form of a function, with its types erased.
#[derive(Debug)]
pub struct Kernel {
    output: fn(&DataType) -> DataType,
    fields: &'static [(&'static str, &'static str)],
    aggregate: Option<Aggregate>,
    levels: Option<Levels>,
    formula: Option<RowFunction>,
    window: Option<RowFunction>,
}

/// The code of a function of one row, or of rows in order: the results for the rows of a batch, or of
/// a partition.
type RowFunction = fn(&Call, &[ArrayRef]) -> Result<ArrayRef>;

/// Makes what threads gather events of a call in.
type NewParts = fn(Call) -> Result<Box<dyn EventParts>>;

/// Makes what a thread knows of customers.
type NewPart = fn(Call) -> Result<Box<dyn EntityPart>>;

/// The code of an aggregate.
#[derive(Debug)]
struct Aggregate {
    state: fn(&Call) -> Vec<FieldRef>,
    accumulator: fn(Call) -> Result<Box<dyn Accumulator>>,
    groups_accumulator: fn(Call) -> Result<Box<dyn GroupsAccumulator>>,
    retracts: bool,
    /// Whether the result depends on the order of the rows.
    ordered: bool,
    /// Whether a state is every event, in ranges of [`EVENT_GROUPS`] groups.
    keeps_events: bool,
    /// How threads gather events side by side.
    event_parts: Option<NewParts>,
    /// What a thread knows of customers, so that another can take it in.
    entity_part: Option<NewPart>,
}

/// The code of a metric over customers in two levels.
#[derive(Debug)]
struct Levels {
    /// What is known of one customer.
    entry: Aggregate,
    /// The type of that.
    entry_type: fn() -> DataType,
    /// The metric of many of these.
    of_entries: Aggregate,
}

impl Kernel {
    /// The type that the function returns in this form, of times of type `time`.
    #[must_use]
    pub fn returns(&self, time: &DataType) -> DataType {
        (self.output)(time)
    }

    /// The fields of the struct that it returns, each with what it means; none of a plain value.
    #[must_use]
    pub const fn fields(&self) -> &'static [(&'static str, &'static str)] {
        self.fields
    }

    /// Whether it puts many rows together, as opposed to a function of one row.
    #[must_use]
    pub const fn is_aggregate(&self) -> bool {
        self.aggregate.is_some()
    }

    /// Whether the result depends on the order of the rows, which the call must then say.
    #[must_use]
    pub fn is_ordered(&self) -> bool {
        self.aggregate.as_ref().is_some_and(|aggregate| aggregate.ordered)
    }

    /// Whether a state is every event. Results then come at next to no cost for [`EVENT_GROUPS`]
    /// groups at a time.
    #[must_use]
    pub(crate) fn keeps_events(&self) -> bool {
        self.aggregate.as_ref().is_some_and(|aggregate| aggregate.keeps_events)
    }

    /// Whether it is a metric over customers that can do without a table of them, where what is known
    /// of each comes from an aggregate of its own.
    #[must_use]
    pub const fn has_levels(&self) -> bool {
        self.levels.is_some()
    }

    const fn of_aggregate<R: EventResults>(aggregate: Aggregate) -> Self {
        Self { aggregate: Some(aggregate), ..Self::of_rows::<R>() }
    }

    /// The kernel of a metric over rows.
    #[must_use]
    pub const fn rows<F: Fold>() -> Self {
        Self::of_aggregate::<Vec<Option<F::Output>>>(Aggregate {
            state: |_| grouped::state_fields::<F>(),
            accumulator: |call| Ok(Box::new(ungrouped::UngroupedFold::<F>::new(call))),
            groups_accumulator: |call| Ok(Box::new(grouped::GroupedFold::<F>::new(call))),
            retracts: <F::State as Part>::SUBTRACTS,
            ordered: false,
            keeps_events: false,
            event_parts: None,
            entity_part: None,
        })
    }

    /// The kernel of a metric over customers.
    #[must_use]
    pub const fn entities<E: EntityFold<Tally: Tally>>() -> Self {
        let levels = Levels {
            entry: Aggregate::of_collection::<Entries<E>>(levels::entry_state::<E>),
            entry_type: levels::entry_type::<E>,
            of_entries: Aggregate::of_collection::<Tallies<E>>(levels::tally_state::<E>),
        };
        Self { levels: Some(levels), ..Self::pairs::<E>() }
    }

    /// The kernel of a metric over pairs of ids, of which there are never too many for a table.
    #[must_use]
    pub const fn pairs<E: EntityFold>() -> Self {
        Self::of_aggregate::<Vec<Option<E::Output>>>(Aggregate {
            entity_part: Some(part_of::<E>),
            ..Aggregate::of_collection::<Entities<E>>(entities::state_fields::<E>)
        })
    }

    /// The kernel of a metric over customers, of which less is kept in a call for which that is enough.
    #[must_use]
    pub const fn entities_or_short<E: EntityFold<Tally: Tally>, S: ShortFold>() -> Self {
        let aggregate = Aggregate {
            accumulator: |call| {
                if is_short::<S>(&call) {
                    ungrouped_of::<Entities<S>>(call)
                } else {
                    ungrouped_of::<Entities<E>>(call)
                }
            },
            groups_accumulator: |call| {
                if is_short::<S>(&call) {
                    grouped_of::<Entities<S>>(call)
                } else {
                    grouped_of::<Entities<E>>(call)
                }
            },
            entity_part: Some(|call| {
                if is_short::<S>(&call) { part_of::<S>(call) } else { part_of::<E>(call) }
            }),
            ..Aggregate::of_collection::<Entities<E>>(entities::state_fields::<E>)
        };
        Self { aggregate: Some(aggregate), ..Self::entities::<E>() }
    }

    /// The kernel of a metric that needs every row until the end.
    #[must_use]
    pub const fn lists<L: ListFold>() -> Self {
        let state = |_: &Call| lists::state_fields::<L>();
        Self::of_aggregate::<Vec<Option<L::Output>>>(Aggregate::of_collection::<Lists<L>>(state))
    }

    /// The kernel of a metric of what happened in order.
    #[must_use]
    pub const fn events<E: EventFold>() -> Self {
        Self::of_aggregate::<E::Results>(Aggregate {
            state: events::state_fields,
            accumulator: |call| {
                if events::is_narrow(&call) {
                    ungrouped_of::<Events<E, u8>>(call)
                } else {
                    ungrouped_of::<Events<E, u64>>(call)
                }
            },
            groups_accumulator: |call| {
                if events::is_narrow(&call) {
                    grouped_of::<Events<E, u8>>(call)
                } else {
                    grouped_of::<Events<E, u64>>(call)
                }
            },
            retracts: false,
            ordered: false,
            keeps_events: true,
            event_parts: Some(|call| {
                Ok(if events::is_narrow(&call) {
                    Box::new(SharedEvents::<E, u8>::new(call)?)
                } else {
                    Box::new(SharedEvents::<E, u64>::new(call)?)
                })
            }),
            entity_part: None,
        })
    }

    /// The kernel of a metric that tells what happened beside something else.
    #[must_use]
    pub const fn labelled<E: LabelledFold>() -> Self {
        Self::of_aggregate::<Vec<Option<String>>>(Aggregate {
            keeps_events: true,
            ..Aggregate::of_collection::<LabelledEvents<E>>(labelled::state_fields)
        })
    }

    /// The kernel of a function of a series.
    #[must_use]
    pub const fn series<S: SeriesFold>() -> Self {
        Self::of_aggregate::<Vec<Option<S::Output>>>(Aggregate {
            ordered: true,
            ..Aggregate::of_collection::<Series<S>>(|_| series::state_fields())
        })
    }

    /// The kernel of a function of one row.
    #[must_use]
    pub const fn formula<F: Formula>() -> Self {
        let results = Self::of_rows::<Vec<Option<F::Output>>>();
        Self { formula: Some(formula::results::<F>), ..results }
    }

    /// The kernel of a function of rows in order, each of which has a result.
    #[must_use]
    pub const fn ordered<O: Ordered>() -> Self {
        let results = Self::of_rows::<Vec<Option<O::Output>>>();
        Self { window: Some(window::results::<O>), ..results }
    }

    /// The kernel of a function of rows in order, of which each result needs all.
    #[must_use]
    pub const fn journey<J: Journey>() -> Self {
        Self { window: Some(window::results_of_all::<J>), ..Self::of_rows::<J::Results>() }
    }

    const fn of_rows<R: EventResults>() -> Self {
        Self {
            output: R::type_at,
            fields: R::FIELDS,
            aggregate: None,
            levels: None,
            formula: None,
            window: None,
        }
    }

    /// Whether it is a function of rows in order, which OVER says.
    #[must_use]
    pub const fn is_window(&self) -> bool {
        self.window.is_some()
    }

    fn retracts(&self) -> bool {
        self.aggregate.as_ref().is_some_and(|aggregate| aggregate.retracts)
    }

    /// The results for the rows of a batch, or of a partition.
    fn results(&self, call: &Call, args: &[ArrayRef]) -> Result<ArrayRef> {
        let Some(function) = self.formula.or(self.window) else {
            return internal_err!("{} puts many rows together", call.spec.name);
        };
        function(call, args)
    }
}

/// Whether the short form is enough for a call. A state may be asked anything later.
fn is_short<S: ShortFold>(call: &Call) -> bool {
    call.role == Role::Value && S::is_enough(&call.settings)
}

impl Aggregate {
    /// The code of one whose state grows with the rows, whatever is collected of them.
    const fn of_collection<C: Collection>(state: fn(&Call) -> Vec<FieldRef>) -> Self {
        Self {
            state,
            accumulator: ungrouped_of::<C>,
            groups_accumulator: grouped_of::<C>,
            retracts: false,
            ordered: false,
            keeps_events: false,
            event_parts: None,
            entity_part: None,
        }
    }
}

fn ungrouped_of<C: Collection>(call: Call) -> Result<Box<dyn Accumulator>> {
    Ok(Box::new(Ungrouped::<C>::new(call)?))
}

fn grouped_of<C: Collection>(call: Call) -> Result<Box<dyn GroupsAccumulator>> {
    Ok(Box::new(Grouped::<C>::new(call)?))
}
