//! Finds the form of a function that a call means, from the types of its arguments.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::compute::SortOptions;
use arrow::datatypes::{DataType, FieldRef, Fields, Schema};
use datafusion_common::{Result, internal_datafusion_err, plan_err};
use datafusion_expr::function::AccumulatorArgs;
use datafusion_expr::{Accumulator, GroupsAccumulator};
use datafusion_physical_expr_common::physical_expr::PhysicalExpr;

use super::Aggregate;
use super::entities::IDS;
use super::entity_part::EntityPart;
use super::event_parts::EventParts;
use super::events::{stored_events, stored_time};
use super::id;
use super::list_columns::item_of;
use super::misfit::{misfit, readable, typed_setting};
use super::settings::{Settings, accepts, lead_of, read_type, settings_of};
use super::udaf::Role;
use crate::spec::{Form, FunctionSpec, Kind, bracketed};

/// A call of a function: which one, in which form and role, with which constants.
#[derive(Debug, Clone)]
pub struct Call {
    /// The function.
    pub spec: &'static FunctionSpec,
    /// The form that fits the arguments.
    pub form: &'static Form,
    /// What is asked of the function.
    pub role: Role,
    /// The type in which customer ids are stored; `Null` where there are none.
    pub id: DataType,
    /// The type of times; `Null` where there are none.
    pub time: DataType,
    /// How many arguments there are besides constants and, if there is one, the time; of a merge,
    /// how many there can have been.
    pub conditions: usize,
    /// The constants, once they are read; until then, the defaults.
    pub settings: Settings,
    /// How the rows are ordered, where that matters.
    pub order: Vec<SortOptions>,
    /// How many of the arguments are constants that stand last.
    constants: usize,
}

impl Call {
    /// The call `spec(…)`, `spec_state(…)` or `spec_entry(…)` with arguments of these types.
    pub fn of_args(spec: &'static FunctionSpec, types: &[DataType], role: Role) -> Result<Self> {
        let fits =
            |form| constants(form, role, types, Check::Types).map(|constants| (form, constants));
        let Some((form, constants)) = role.forms_of(spec).find_map(fits) else {
            return plan_err!("{}", misfit(spec, types, role));
        };
        let ids = form.ids();
        let id = match types.first() {
            Some(data_type) if ids == 1 => id::stored_type(data_type),
            Some(_) if ids > 1 => DataType::LargeBinary,
            _ => DataType::Null,
        };
        let rows = &types[lead_of(form, role).len()..types.len() - constants];
        let time = match rows.first() {
            Some(data_type) if form.has_time() => stored_time(data_type),
            _ => DataType::Null,
        };
        let conditions = rows.len() - usize::from(form.has_time());
        Ok(Self {
            spec,
            form,
            role,
            id,
            time,
            conditions,
            settings: Settings::default(),
            order: vec![],
            constants,
        })
    }

    /// The call `spec_merge(state, …)` with arguments of these types.
    pub fn of_state(spec: &'static FunctionSpec, types: &[DataType]) -> Result<Self> {
        let name = spec.name;
        let Some((state, given)) = types.split_first() else {
            return plan_err!("{name}_merge takes a state that {name}_state returned");
        };
        let call = |form: &'static Form, id: DataType, (time, conditions)| Self {
            spec,
            form,
            role: Role::Merge,
            id,
            time,
            conditions,
            settings: Settings::default(),
            order: vec![],
            constants: given.len(),
        };
        let fits = |form: &&Form| takes_constants(form, Role::Merge, given);
        let mut forms = spec.forms.iter().filter(fits).peekable();
        if forms.peek().is_none() {
            let settings = settings_of(&spec.forms[0], Role::Merge);
            let settings = bracketed(&settings, typed_setting);
            return plan_err!("{name}_merge is called as {name}_merge(state{settings})");
        }
        if state.is_null() {
            let time = if spec.forms[0].has_time() { DataType::Int64 } else { DataType::Null };
            return Ok(call(&spec.forms[0], DataType::LargeUtf8, (time, 0)));
        }
        if let DataType::Struct(fields) = state {
            for form in forms {
                let call = call(form, stored_id(fields), stored_events(fields));
                if same_names(fields, &call.state_fields()) {
                    return Ok(call);
                }
            }
        }
        plan_err!("{name}_merge takes a state that {name}_state returned, not {}", readable(state))
    }

    /// The call `spec_of_entries(customer, entry, …)` with arguments of these types.
    pub fn of_entries(spec: &'static FunctionSpec, types: &[DataType]) -> Result<Self> {
        let form = match types {
            [_, DataType::Struct(fields), given @ ..] => {
                let fits = |form: &&Form| {
                    let entry = form.kernel.levels.as_ref().map(|levels| (levels.entry_type)());
                    matches!(entry, Some(DataType::Struct(entry)) if same_names(fields, &entry))
                        && takes_constants(form, Role::OfEntries, given)
                };
                spec.forms.iter().find(fits)
            }
            _ => None,
        };
        let Some(form) = form else {
            return plan_err!(
                "{0}_of_entries takes a customer, what {0}_entry returned, and the constants of {0}",
                spec.name
            );
        };
        Ok(Self {
            spec,
            form,
            role: Role::OfEntries,
            id: id::stored_type(&types[0]),
            time: DataType::Null,
            conditions: 2,
            settings: Settings::default(),
            order: vec![],
            constants: types.len() - 2,
        })
    }

    /// The same call with its constants read.
    pub fn planned(mut self, function: &str, args: &AccumulatorArgs) -> Result<Self> {
        self.order = args.order_bys.iter().map(|order| order.options).collect();
        self.with_constants(function, args.exprs, args.schema)
    }

    /// The same call with its constants read from its arguments.
    pub fn with_constants(
        mut self,
        function: &str,
        exprs: &[Arc<dyn PhysicalExpr>],
        schema: &Schema,
    ) -> Result<Self> {
        let settings = settings_of(self.form, self.role);
        let given = settings.get(..self.constants).unwrap_or_default();
        let lead = lead_of(self.form, self.role);
        self.settings = Settings::read(function, lead, given, exprs, schema)?;
        self.settings.conditions = self.conditions.saturating_sub(self.form.ids());
        Ok(self)
    }

    /// The arguments without the constants.
    pub fn row_args<'a>(&self, args: &'a [ArrayRef]) -> &'a [ArrayRef] {
        // Constants come as columns, too, before and behind the arguments, and behind these comes
        // what the rows are ordered by.
        let first = lead_of(self.form, self.role).len();
        let count = self.conditions + usize::from(self.form.has_time());
        args.get(first..first + count).unwrap_or(args)
    }

    /// The accumulator of a query without GROUP BY.
    pub fn accumulator(&self) -> Result<Box<dyn Accumulator>> {
        (self.aggregate()?.accumulator)(self.clone())
    }

    /// The accumulator of a query with GROUP BY.
    pub fn groups_accumulator(&self) -> Result<Box<dyn GroupsAccumulator>> {
        (self.aggregate()?.groups_accumulator)(self.clone())
    }

    /// What threads gather side by side in a query with GROUP BY, if they can.
    pub fn event_parts(self) -> Result<Option<Box<dyn EventParts>>> {
        self.aggregate()?.event_parts.map(|parts| parts(self)).transpose()
    }

    /// What a thread knows of customers in a query without GROUP BY, if it can be handed to another.
    pub fn entity_part(self) -> Result<Option<Box<dyn EntityPart>>> {
        self.aggregate()?.entity_part.map(|part| part(self)).transpose()
    }

    fn aggregate(&self) -> Result<&'static Aggregate> {
        let kernel = &self.form.kernel;
        let levels = kernel.levels.as_ref();
        let aggregate = match self.role {
            Role::Value | Role::State | Role::Merge => kernel.aggregate.as_ref(),
            Role::Entry => levels.map(|levels| &levels.entry),
            Role::OfEntries => levels.map(|levels| &levels.of_entries),
        };
        aggregate.ok_or_else(|| internal_datafusion_err!("{} is no aggregate", self.spec.name))
    }

    /// The columns of its state.
    pub fn state_fields(&self) -> Vec<FieldRef> {
        self.aggregate().map_or_else(|_| vec![], |aggregate| (aggregate.state)(self))
    }

    /// The type that `f_state` returns.
    pub fn state_type(&self) -> DataType {
        DataType::Struct(self.state_fields().into())
    }

    /// The type of the metric.
    pub fn output(&self) -> DataType {
        self.form.kernel.returns(&self.time)
    }

    /// How many of its arguments, which come first, are no constants.
    pub fn values(&self) -> usize {
        lead_of(self.form, self.role).len() + self.conditions + usize::from(self.form.has_time())
    }

    /// What the user calls the argument at `position`.
    pub fn arg_name(&self, position: usize, count: usize) -> &'static str {
        self.form.arg(position, count).map_or("argument", |arg| arg.name)
    }

    /// The argument types as the kernel takes them: an untyped NULL gets a type, a constant the
    /// type in which it is read, all else stays.
    pub fn coerced(&self, types: &[DataType]) -> Vec<DataType> {
        let lead = lead_of(self.form, self.role);
        let (first, rest) = types.split_at(lead.len());
        let (args, last) = rest.split_at(rest.len().saturating_sub(self.constants));
        let coerced =
            args.iter().enumerate().map(|(i, data_type)| match self.form.arg(i, args.len()) {
                Some(arg) if data_type.is_null() => null_type(arg.kind),
                _ => data_type.clone(),
            });
        let first = lead.iter().zip(first).map(|(setting, given)| read_type(setting, given));
        first.chain(coerced).chain(self.constant_types(last)).collect()
    }

    /// The types in which its constants are read that stand last and were given as `types`.
    pub fn constant_types(&self, types: &[DataType]) -> impl Iterator<Item = DataType> {
        let settings = settings_of(self.form, self.role).into_iter();
        settings.zip(types).map(|(setting, given)| read_type(setting, given))
    }
}

impl Form {
    /// How many arguments, which come first, tell customers apart.
    pub(crate) fn ids(&self) -> usize {
        self.args.iter().take_while(|arg| arg.kind == Kind::Id).count()
    }

    /// Whether its first argument is a time.
    pub(super) fn has_time(&self) -> bool {
        self.args.first().is_some_and(|arg| arg.kind == Kind::Time)
    }

    /// How many arguments, which come first, must not be NULL in a row about a customer.
    pub(super) fn required(&self) -> usize {
        self.args.iter().take_while(|arg| matches!(arg.kind, Kind::Id | Kind::Day)).count()
    }
}

/// Whether a call that has a single value, or a customer and one, may have these constants.
fn takes_constants(form: &Form, role: Role, given: &[DataType]) -> bool {
    let settings = settings_of(form, role);
    let required = settings.iter().filter(|setting| !setting.is_optional()).count();
    (required..=settings.len()).contains(&given.len())
        && settings.iter().zip(given).all(|(setting, given)| accepts(setting, given))
}

/// What of the arguments of a call decides whether a form fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    /// How many there are.
    Count,
    /// How many there are, and their types.
    Types,
}

/// How many constants a call of this form with arguments of these types has, if there is such a
/// call.
pub(super) fn constants(
    form: &Form,
    role: Role,
    types: &[DataType],
    check: Check,
) -> Option<usize> {
    let lead = lead_of(form, role);
    let settings = settings_of(form, role);
    let required = settings.iter().filter(|setting| !setting.is_optional()).count();
    let (first, types) = types.split_at_checked(lead.len())?;
    let lead_fits = || lead.iter().zip(first).all(|(setting, given)| accepts(setting, given));
    if check == Check::Types && !lead_fits() {
        return None;
    }
    (required..=settings.len()).find(|&constants| {
        let Some(rows) = types.len().checked_sub(constants) else { return false };
        let (args, given) = types.split_at(rows);
        let fits = |(i, data_type): (usize, &DataType)| {
            form.arg(i, rows).is_some_and(|arg| accepts_value(arg.kind, data_type))
        };
        form.takes(rows)
            && (check == Check::Count
                || args.iter().enumerate().all(fits)
                    && settings.iter().zip(given).all(|(setting, given)| accepts(setting, given)))
    })
}

fn same_names(given: &Fields, fields: &[FieldRef]) -> bool {
    given.len() == fields.len()
        && fields.iter().all(|field| given.iter().any(|other| other.name() == field.name()))
}

/// The type of the ids in a stored state, if it has any.
fn stored_id(state: &Fields) -> DataType {
    item_type(state, IDS).map_or(DataType::Null, id::stored_type)
}

/// The type of the items of a list in a stored state.
pub(super) fn item_type<'a>(state: &'a Fields, list: &str) -> Option<&'a DataType> {
    let list = state.iter().find(|field| field.name() == list)?;
    item_of(list.data_type())
}

pub(super) fn accepts_value(kind: Kind, data_type: &DataType) -> bool {
    let data_type = match data_type {
        DataType::Dictionary(_, values) => values,
        other => other,
    };
    match kind {
        _ if data_type.is_null() => true,
        Kind::Flag => *data_type == DataType::Boolean,
        Kind::Whole | Kind::Number => data_type.is_numeric(),
        Kind::Text => data_type.is_string(),
        Kind::Id => !data_type.is_nested(),
        Kind::Day => is_day(data_type),
        Kind::Time => data_type.is_integer() || is_day(data_type),
    }
}

fn is_day(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Date32 | DataType::Date64 | DataType::Timestamp(_, _))
}

fn null_type(kind: Kind) -> DataType {
    match kind {
        Kind::Flag => DataType::Boolean,
        Kind::Whole | Kind::Time => DataType::Int64,
        Kind::Number => DataType::Float64,
        Kind::Text | Kind::Id => DataType::LargeUtf8,
        Kind::Day => DataType::Date32,
    }
}

/// A struct field of a state, by the names that stored states show.
pub(super) fn state_field(name: &str, data_type: DataType) -> FieldRef {
    Arc::new(arrow::datatypes::Field::new(name, data_type, true))
}
