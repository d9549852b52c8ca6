//! A metric as two aggregates, one on top of the other: over the rows of each customer, and over
//! customers.

use std::ops::Range;
use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion_common::Result;
use datafusion_expr::{AggregateUDF, AggregateUDFImpl};

use super::call::Call;
use super::settings::settings_of;
use super::udaf::{Metric, Role, udaf};
use crate::spec::Stage;

/// The two aggregates that are a call of a metric together.
#[derive(Debug)]
pub struct Steps {
    /// The one over rows.
    pub first: Arc<AggregateUDF>,
    /// Which arguments of the call it takes.
    pub first_args: Vec<usize>,
    /// The one over what the first returns.
    pub second: Arc<AggregateUDF>,
    /// Which arguments of the call it takes behind that.
    pub second_args: Vec<usize>,
    /// Which argument of the call tells customers apart, if it is a metric over these. The second
    /// aggregate then takes the customer first.
    pub customer: Option<usize>,
}

/// The two aggregates that a call of a function with arguments of these types is, if it can be two:
/// for a metric over customers, the entries of each and these; for any other metric of ours, the
/// state of the rows of each customer, and the merge of states.
pub fn in_two_steps(function: &AggregateUDF, types: &[DataType]) -> Result<Option<Steps>> {
    let metric = <dyn AggregateUDFImpl>::downcast_ref::<Metric>(function.inner().as_ref());
    let Some(metric) = metric.filter(|metric| metric.role == Role::Value && !metric.is_ordered())
    else {
        return Ok(None);
    };
    let call = Call::of_args(metric.spec, types, Role::Value)?;
    let constants = call.values()..types.len();
    let of = |role| Arc::new(udaf(metric.spec, role));
    if call.form.kernel.has_levels() {
        return Ok(Some(Steps {
            first: of(Role::Entry),
            first_args: (0..types.len()).collect(),
            second: of(Role::OfEntries),
            second_args: constants.collect(),
            customer: Some(0),
        }));
    }
    // There are too few pairs for a second level to be worth it.
    if call.form.ids() > 0 {
        return Ok(None);
    }
    Ok(Some(Steps {
        first: of(Role::State),
        first_args: (0..call.values()).chain(kept(&call, Role::State, constants.clone())).collect(),
        second: of(Role::Merge),
        second_args: lead_of_merge(&call).chain(kept(&call, Role::Merge, constants)).collect(),
        customer: None,
    }))
}

/// Where the constants stand that come first in a call, and behind the state in a merge.
fn lead_of_merge(call: &Call) -> impl Iterator<Item = usize> {
    let lead = call.form.lead.iter().enumerate();
    lead.filter(|(_, setting)| setting.stage != Stage::Rows).map(|(at, _)| at)
}

/// Those of the last arguments of a call that a function of a role takes as well.
fn kept(call: &Call, role: Role, last: Range<usize>) -> impl Iterator<Item = usize> {
    let wanted = settings_of(call.form, role);
    let settings = settings_of(call.form, Role::Value).into_iter().zip(last);
    settings
        .filter(move |(setting, _)| wanted.iter().any(|wanted| wanted.name == setting.name))
        .map(|(_, at)| at)
}
