//! A metric as `DataFusion` knows it.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::datatypes::{DataType, FieldRef, Schema};
use datafusion_common::{Result, internal_err, plan_err};
use datafusion_doc::{DocSection, Documentation};
use datafusion_expr::expr::Sort;
use datafusion_expr::function::{
    AccumulatorArgs, AggregateFunctionSimplification, StateFieldsArgs,
};
use datafusion_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, Expr, GroupsAccumulator, ReversedUDAF, Signature,
    Volatility,
};

use datafusion_physical_expr_common::physical_expr::PhysicalExpr;

use super::call::Call;
use super::entity_part::EntityPart;
use super::event_parts::EventParts;
use super::settings::{lead_of, settings_of};
use super::sliding::{New, Recompute};
use super::stored::{MergeOf, StateOf};
use crate::spec::{Form, FunctionSpec};

/// The functions that a metric `f` is registered as: every metric as the first three, one over
/// customers as all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// `f(…)`, the metric.
    Value,
    /// `f_state(…)`, its state as a value.
    State,
    /// `f_merge(state)`, the metric of many states.
    Merge,
    /// `f_entry(…)`, what is known of a single customer.
    Entry,
    /// `f_of_entries(customer, entry)`, the metric of many customers, each of whom comes once.
    OfEntries,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Value, Self::State, Self::Merge, Self::Entry, Self::OfEntries];

    /// Those that a metric has.
    pub fn all_of(spec: &FunctionSpec) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|role| role.forms_of(spec).next().is_some())
    }

    /// The forms of a metric that it has in this role.
    pub fn forms_of(self, spec: &FunctionSpec) -> impl Iterator<Item = &'static Form> + use<> {
        let has = move |form: &&Form| match self {
            Self::Value | Self::State | Self::Merge => true,
            Self::Entry | Self::OfEntries => form.kernel.has_levels(),
        };
        spec.forms.iter().filter(has)
    }

    /// The SQL name of a metric in this role.
    #[must_use]
    pub fn name_of(self, metric: &str) -> String {
        match self {
            Self::Value => metric.to_owned(),
            Self::State => format!("{metric}_state"),
            Self::Merge => format!("{metric}_merge"),
            Self::Entry => format!("{metric}_entry"),
            Self::OfEntries => format!("{metric}_of_entries"),
        }
    }
}

/// The function that a metric is in a role.
#[must_use]
pub fn udaf(spec: &'static FunctionSpec, role: Role) -> AggregateUDF {
    AggregateUDF::new_from_impl(Metric {
        spec,
        role,
        name: role.name_of(spec.name),
        aliases: spec.aliases.iter().map(|alias| role.name_of(alias)).collect(),
        signature: signature(spec, role),
        documentation: documentation(spec, role),
    })
}

/// Whether a function is a metric in some role. In a query with GROUP BY a metric keeps nothing of a
/// group that has had no row, whichever numbers groups have; functions of the engine may take each number below
/// the count of groups for a group that has had one.
#[must_use]
pub fn is_metric(function: &AggregateUDF) -> bool {
    <dyn AggregateUDFImpl>::downcast_ref::<Metric>(function.inner().as_ref()).is_some()
}

/// What threads gather side by side for a call in a query with GROUP BY; `None` if it is of another
/// function, or of one that cannot be worked out so.
///
/// # Errors
///
/// When the constants of the call do not go with its arguments.
pub fn event_parts(
    function: &AggregateUDF,
    args: &[Arc<dyn PhysicalExpr>],
    schema: &Schema,
) -> Result<Option<Box<dyn EventParts>>> {
    value_call(function, args, schema)?.map_or(Ok(None), Call::event_parts)
}

/// What a thread knows of customers for a call in a query without GROUP BY, which is nothing yet; `None`
/// if it is of another function, or of one that is not about customers.
///
/// # Errors
///
/// When the constants of the call do not go with its arguments.
pub fn entity_part(
    function: &AggregateUDF,
    args: &[Arc<dyn PhysicalExpr>],
    schema: &Schema,
) -> Result<Option<Box<dyn EntityPart>>> {
    value_call(function, args, schema)?.map_or(Ok(None), Call::entity_part)
}

/// The call of a metric itself; `None` if it is of another function, or of one around a metric.
fn value_call(
    function: &AggregateUDF,
    args: &[Arc<dyn PhysicalExpr>],
    schema: &Schema,
) -> Result<Option<Call>> {
    let metric = <dyn AggregateUDFImpl>::downcast_ref::<Metric>(function.inner().as_ref());
    let Some(metric) = metric.filter(|metric| metric.role == Role::Value) else {
        return Ok(None);
    };
    let types = args.iter().map(|arg| arg.data_type(schema)).collect::<Result<Vec<_>>>()?;
    metric.call(&types)?.with_constants(&metric.name, args, schema).map(Some)
}

#[derive(Debug)]
pub(super) struct Metric {
    pub(super) spec: &'static FunctionSpec,
    pub(super) role: Role,
    name: String,
    aliases: Vec<String>,
    signature: Signature,
    documentation: Documentation,
}

impl PartialEq for Metric {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Metric {}

impl Hash for Metric {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl Metric {
    fn call(&self, types: &[DataType]) -> Result<Call> {
        match self.role {
            Role::Value | Role::State | Role::Entry => Call::of_args(self.spec, types, self.role),
            Role::Merge => Call::of_state(self.spec, types),
            Role::OfEntries => Call::of_entries(self.spec, types),
        }
    }

    fn call_of_fields(&self, fields: &[FieldRef]) -> Result<Call> {
        let types: Vec<_> = fields.iter().map(|field| field.data_type().clone()).collect();
        self.call(&types)
    }

    /// DISTINCT would drop equal rows, which are different people; that is never meant.
    fn refuse_distinct(&self, distinct: bool) -> Result<()> {
        if !distinct {
            return Ok(());
        }
        plan_err!(
            "{}(DISTINCT …) is not supported: it would count equal rows once, though each row \
             is one person or event. To count customers once, use a form that takes a customer \
             id; to drop duplicates, select them away first",
            self.name
        )
    }

    /// Whether its result depends on the order of the rows. Stored states know their order.
    pub(super) fn is_ordered(&self) -> bool {
        self.role != Role::Merge && self.spec.forms[0].kernel.is_ordered()
    }

    fn refuse_any_order(&self, order: &[Sort]) -> Result<()> {
        if !order.is_empty() || !self.is_ordered() {
            return Ok(());
        }
        let name = &self.name;
        let arg = self.spec.forms[0].args[0].name;
        plan_err!("{name} needs an order, such as {name}({arg} ORDER BY month)")
    }

    fn plan(&self, args: &AccumulatorArgs) -> Result<Call> {
        self.refuse_distinct(args.is_distinct)?;
        let name = match self.role {
            Role::Value | Role::State | Role::Merge => &self.name,
            // These are called in the place of the metric, and a message is about that.
            Role::Entry | Role::OfEntries => self.spec.name,
        };
        self.call_of_fields(args.expr_fields)?.planned(name, args)
    }
}

fn ungrouped(call: Call) -> Result<Box<dyn Accumulator>> {
    let inner = call.accumulator()?;
    Ok(match call.role {
        Role::Value | Role::Entry | Role::OfEntries => inner,
        Role::State => Box::new(StateOf::new(&call, inner)),
        Role::Merge => Box::new(MergeOf::new(call, inner)),
    })
}

impl AggregateUDFImpl for Metric {
    fn name(&self) -> &str {
        &self.name
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        let call = self.call(arg_types)?;
        Ok(match (self.role, arg_types) {
            (Role::OfEntries, [id, entry, constants @ ..]) => {
                let first = [id.clone(), entry.clone()].into_iter();
                first.chain(call.constant_types(constants)).collect()
            }
            (Role::Merge, [state, constants @ ..]) => {
                let state = if state.is_null() { call.state_type() } else { state.clone() };
                std::iter::once(state).chain(call.constant_types(constants)).collect()
            }
            _ => call.coerced(arg_types),
        })
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        let call = self.call(arg_types)?;
        Ok(match self.role {
            Role::Value | Role::Merge | Role::OfEntries => call.output(),
            // What is known of a customer has the same fields as a value and as a state.
            Role::State | Role::Entry => call.state_type(),
        })
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let fields = self.call_of_fields(args.input_fields)?.state_fields();
        let named = fields.into_iter().map(|field| {
            let name = format_state_name(args.name, field.name());
            field.as_ref().clone().with_name(name).into()
        });
        Ok(named.collect())
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        ungrouped(self.plan(&args)?)
    }

    fn create_sliding_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let call = self.plan(&args)?;
        if call.form.kernel.retracts() && self.role != Role::Merge {
            return ungrouped(call);
        }
        let new: New = Box::new(move || ungrouped(call.clone()));
        Ok(Box::new(Recompute::new(new)))
    }

    fn groups_accumulator_supported(&self, _: AccumulatorArgs) -> bool {
        true
    }

    fn create_groups_accumulator(
        &self,
        args: AccumulatorArgs,
    ) -> Result<Box<dyn GroupsAccumulator>> {
        let call = self.plan(&args)?;
        let inner = call.groups_accumulator()?;
        Ok(match self.role {
            Role::Value | Role::Entry | Role::OfEntries => inner,
            Role::State => Box::new(StateOf::new(&call, inner)),
            Role::Merge => Box::new(MergeOf::new(call, inner)),
        })
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        // Rows need not be sorted, but what they are ordered by must come with them.
        if self.is_ordered() {
            AggregateOrderSensitivity::Beneficial
        } else {
            AggregateOrderSensitivity::Insensitive
        }
    }

    fn with_beneficial_ordering(
        self: Arc<Self>,
        _: bool,
    ) -> Result<Option<Arc<dyn AggregateUDFImpl>>> {
        // Whether the rows come sorted changes nothing: parts are put in order at the end.
        Ok(Some(self))
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        if self.is_ordered() { ReversedUDAF::NotSupported } else { ReversedUDAF::Identical }
    }

    /// Nothing is simplified: this is the one place that sees ORDER BY, and DISTINCT before the optimizer
    /// rewrites a lone `f(DISTINCT x)` to a plain call over deduplicated rows.
    fn simplify(&self) -> Option<AggregateFunctionSimplification> {
        Some(Box::new(|function, _| {
            let metric =
                <dyn AggregateUDFImpl>::downcast_ref::<Self>(function.func.inner().as_ref());
            match metric {
                Some(metric) => {
                    metric.refuse_distinct(function.params.distinct)?;
                    metric.refuse_any_order(&function.params.order_by)?;
                }
                None => return internal_err!("{} is not a metric", function.func.name()),
            }
            Ok(Expr::AggregateFunction(function))
        }))
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}

pub(super) fn signature(spec: &FunctionSpec, role: Role) -> Signature {
    let signature = Signature::user_defined(Volatility::Immutable);
    let form = role.forms_of(spec).next().unwrap_or(&spec.forms[0]);
    let args: Vec<_> = match role {
        Role::Merge => vec!["state"],
        Role::OfEntries => vec!["customer", "entry"],
        Role::Value | Role::State | Role::Entry => {
            let lead = lead_of(form, role).iter().map(|setting| setting.name);
            lead.chain(form.args.iter().map(|arg| arg.name)).collect()
        }
    };
    let settings = settings_of(form, role).into_iter().map(|setting| setting.name);
    let names = args.into_iter().chain(settings).map(str::to_owned).collect();
    // Names can only be refused for signatures of a fixed arity, which this is not.
    signature.clone().with_parameter_names(names).unwrap_or(signature)
}

pub(super) fn documentation(spec: &FunctionSpec, role: Role) -> Documentation {
    let section = DocSection { include: true, label: spec.family.name(), description: None };
    let calls = role.forms_of(spec).map(|form| spec.call(form));
    let (description, calls): (_, Vec<String>) = match role {
        Role::Value => (format!("{} {}", spec.summary, spec.nulls), calls.collect()),
        Role::State => (
            format!("The state of `{}` as a value, to be stored and merged later.", spec.name),
            calls.map(|call| call.replacen('(', "_state(", 1)).collect(),
        ),
        Role::Merge => (
            format!("`{name}` of many states that `{name}_state` returned.", name = spec.name),
            vec![format!("{}_merge(state)", spec.name)],
        ),
        Role::Entry => (
            format!("What `{}` has to know of a single customer.", spec.name),
            calls.map(|call| call.replacen('(', "_entry(", 1)).collect(),
        ),
        Role::OfEntries => (
            format!(
                "`{name}` of many customers, each of whom comes once, with what `{name}_entry` returned.",
                name = spec.name
            ),
            vec![format!("{}_of_entries(customer, entry)", spec.name)],
        ),
    };
    let mut calls = calls.into_iter();
    let first = calls.next().unwrap_or_default();
    let mut builder = Documentation::builder(section, description, first);
    for call in calls {
        builder = builder.with_alternative_syntax(call);
    }
    if role == Role::Value {
        builder = builder.with_sql_example(spec.example.sql);
        for arg in spec.forms.iter().flat_map(|form: &Form| form.args) {
            builder = builder.with_argument(arg.name, arg.doc);
        }
    }
    builder.build()
}
