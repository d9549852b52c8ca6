//! Finds the form of a function that a call means, from the types of its arguments.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::compute::SortOptions;
use arrow::datatypes::{DataType, FieldRef, Fields};
use datafusion_common::{Result, internal_datafusion_err, plan_err};
use datafusion_expr::function::AccumulatorArgs;
use datafusion_expr::{Accumulator, GroupsAccumulator};

use super::Aggregate;
use super::entities::IDS;
use super::id;
use super::settings::{Settings, accepts, read_type, settings_of};
use super::udaf::Role;
use crate::spec::{Arg, Form, FunctionSpec, Kind, Setting, bracketed};

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
    /// The constants, once they are read; until then, the defaults.
    pub settings: Settings,
    /// How the rows are ordered, where that matters.
    pub order: Vec<SortOptions>,
    /// How many of the arguments are constants.
    constants: usize,
}

impl Call {
    /// The call `spec(…)` or `spec_state(…)` with arguments of these types.
    pub fn of_args(spec: &'static FunctionSpec, types: &[DataType], role: Role) -> Result<Self> {
        let fits =
            |form| constants(form, role, types, Check::Types).map(|constants| (form, constants));
        let Some((form, constants)) = spec.forms.iter().find_map(fits) else {
            return plan_err!("{}", misfit(spec, types, role));
        };
        let ids = form.ids();
        let id = match types.first() {
            Some(data_type) if ids == 1 => id::stored_type(data_type),
            Some(_) if ids > 1 => DataType::LargeBinary,
            _ => DataType::Null,
        };
        Ok(Self { spec, form, role, id, settings: Settings::default(), order: vec![], constants })
    }

    /// The call `spec_merge(state, …)` with arguments of these types.
    pub fn of_state(spec: &'static FunctionSpec, types: &[DataType]) -> Result<Self> {
        let name = spec.name;
        let Some((state, given)) = types.split_first() else {
            return plan_err!("{name}_merge takes a state that {name}_state returned");
        };
        let call = |form: &'static Form, id: DataType| Self {
            spec,
            form,
            role: Role::Merge,
            id,
            settings: Settings::default(),
            order: vec![],
            constants: given.len(),
        };
        let fits = |form: &&Form| {
            let settings = settings_of(form, Role::Merge);
            let required = settings.iter().filter(|setting| !setting.is_optional()).count();
            (required..=settings.len()).contains(&given.len())
                && settings.iter().zip(given).all(|(setting, given)| accepts(setting, given))
        };
        let mut forms = spec.forms.iter().filter(fits).peekable();
        if forms.peek().is_none() {
            let settings = settings_of(&spec.forms[0], Role::Merge);
            let settings = bracketed(&settings, typed_setting);
            return plan_err!("{name}_merge is called as {name}_merge(state{settings})");
        }
        if state.is_null() {
            return Ok(call(&spec.forms[0], DataType::LargeUtf8));
        }
        if let DataType::Struct(fields) = state {
            for form in forms {
                let call = call(form, stored_id(fields));
                if same_names(fields, &call.state_fields()) {
                    return Ok(call);
                }
            }
        }
        plan_err!("{name}_merge takes a state that {name}_state returned, not {}", readable(state))
    }

    /// The same call with its constants read.
    pub fn planned(mut self, function: &str, args: &AccumulatorArgs) -> Result<Self> {
        let settings = settings_of(self.form, self.role);
        let given = settings.get(..self.constants).unwrap_or_default();
        self.settings = Settings::read(function, given, args)?;
        self.order = args.order_bys.iter().map(|order| order.options).collect();
        Ok(self)
    }

    /// The arguments without the constants.
    pub fn row_args<'a>(&self, args: &'a [ArrayRef]) -> &'a [ArrayRef] {
        // Constants come as columns, too, behind the arguments. A form that repeats one has none.
        let count = if self.form.repeats() { args.len() } else { self.form.args.len() };
        args.get(..count).unwrap_or(args)
    }

    /// The accumulator of a query without GROUP BY.
    pub fn accumulator(&self) -> Result<Box<dyn Accumulator>> {
        Ok((self.aggregate()?.accumulator)(self.clone()))
    }

    /// The accumulator of a query with GROUP BY.
    pub fn groups_accumulator(&self) -> Result<Box<dyn GroupsAccumulator>> {
        Ok((self.aggregate()?.groups_accumulator)(self.clone()))
    }

    fn aggregate(&self) -> Result<&'static Aggregate> {
        self.form
            .kernel
            .aggregate
            .as_ref()
            .ok_or_else(|| internal_datafusion_err!("{} is no aggregate", self.spec.name))
    }

    /// The columns of its state.
    pub fn state_fields(&self) -> Vec<FieldRef> {
        self.form.kernel.aggregate.as_ref().map_or_else(Vec::new, |kernel| (kernel.state)(self))
    }

    /// The type that `f_state` returns.
    pub fn state_type(&self) -> DataType {
        DataType::Struct(self.state_fields().into())
    }

    /// The type of the result.
    pub fn output(&self) -> DataType {
        self.form.kernel.returns()
    }

    /// What the user calls the argument at `position`.
    pub fn arg_name(&self, position: usize, count: usize) -> &'static str {
        self.form.arg(position, count).map_or("argument", |arg| arg.name)
    }

    /// The argument types as the kernel takes them: an untyped NULL gets a type, a constant the
    /// type in which it is read, all else stays.
    pub fn coerced(&self, types: &[DataType]) -> Vec<DataType> {
        let rows = types.len().saturating_sub(self.constants);
        let coerced =
            types[..rows].iter().enumerate().map(|(i, data_type)| match self.form.arg(i, rows) {
                Some(arg) if data_type.is_null() => null_type(arg.kind),
                _ => data_type.clone(),
            });
        coerced.chain(self.constant_types()).collect()
    }

    /// The types in which its constants are read.
    pub fn constant_types(&self) -> impl Iterator<Item = DataType> {
        settings_of(self.form, self.role).into_iter().take(self.constants).map(read_type)
    }
}

impl Form {
    /// How many arguments, which come first, tell customers apart.
    pub(super) fn ids(&self) -> usize {
        self.args.iter().take_while(|arg| arg.kind == Kind::Id).count()
    }

    /// How many arguments, which come first, must not be NULL in a row about a customer.
    pub(super) fn required(&self) -> usize {
        self.args.iter().take_while(|arg| matches!(arg.kind, Kind::Id | Kind::Day)).count()
    }
}

/// What of the arguments of a call decides whether a form fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Check {
    /// How many there are.
    Count,
    /// How many there are, and their types.
    Types,
}

/// How many constants a call of this form with arguments of these types has, if there is such a
/// call.
fn constants(form: &Form, role: Role, types: &[DataType], check: Check) -> Option<usize> {
    let settings = settings_of(form, role);
    let required = settings.iter().filter(|setting| !setting.is_optional()).count();
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
    let ids = state.iter().find(|field| field.name() == IDS);
    match ids.map(|field| field.data_type()) {
        Some(
            DataType::List(item)
            | DataType::LargeList(item)
            | DataType::ListView(item)
            | DataType::LargeListView(item)
            | DataType::FixedSizeList(item, _),
        ) => id::stored_type(item.data_type()),
        _ => DataType::Null,
    }
}

fn accepts_value(kind: Kind, data_type: &DataType) -> bool {
    let data_type = match data_type {
        DataType::Dictionary(_, values) => values,
        other => other,
    };
    match kind {
        _ if data_type.is_null() => true,
        Kind::Flag => *data_type == DataType::Boolean,
        Kind::Whole | Kind::Number => data_type.is_numeric(),
        Kind::Id => !data_type.is_nested(),
        Kind::Day => {
            matches!(data_type, DataType::Date32 | DataType::Date64 | DataType::Timestamp(_, _))
        }
    }
}

fn null_type(kind: Kind) -> DataType {
    match kind {
        Kind::Flag => DataType::Boolean,
        Kind::Whole => DataType::Int64,
        Kind::Number => DataType::Float64,
        Kind::Id => DataType::LargeUtf8,
        Kind::Day => DataType::Date32,
    }
}

/// Says which argument doesn't fit, or, where several forms come close, what the forms are.
fn misfit(spec: &FunctionSpec, types: &[DataType], role: Role) -> String {
    let name = role.name_of(spec.name);
    let near: Vec<(&Form, usize)> = spec
        .forms
        .iter()
        .filter_map(|form| Some((form, constants(form, role, types, Check::Count)?)))
        .collect();
    let [(form, constants)] = near.as_slice() else {
        let given: Vec<_> = types.iter().map(readable).collect();
        let forms: Vec<_> = spec.forms.iter().map(|form| typed_call(spec, form, role)).collect();
        return format!("{name}({}) is not one of: {}", given.join(", "), forms.join(", "));
    };
    let rows = types.len() - constants;
    let wrong_arg = types[..rows].iter().enumerate().find_map(|(i, data_type)| {
        let arg = form.arg(i, rows)?;
        (!accepts_value(arg.kind, data_type)).then(|| misfit_of(arg, data_type))
    });
    let settings = settings_of(form, role);
    let mut given = settings.iter().zip(&types[rows..]);
    let wrong_setting = given.find_map(|(setting, data_type)| {
        let message =
            format!("{} must {}, not {}", setting.name, setting.rule(), readable(data_type));
        (!accepts(setting, data_type)).then_some(message)
    });
    let wrong = match wrong_arg.or(wrong_setting) {
        Some(wrong) => format!("{name}: {wrong}"),
        None => format!("{name} is called as {}", typed_call(spec, form, role)),
    };
    if spec.forms.len() == 1 {
        return wrong;
    }
    format!("{wrong} (the forms are {})", spec.calls())
}

/// A form as a call that tells the type of every argument.
fn typed_call(spec: &FunctionSpec, form: &Form, role: Role) -> String {
    let args: Vec<_> = form
        .args
        .iter()
        .map(|arg| {
            let more = if arg.repeats { ", …" } else { "" };
            format!("{} {}{more}", arg.name, arg.kind.type_name())
        })
        .collect();
    let settings = bracketed(&settings_of(form, role), typed_setting);
    format!("{}({}{settings}{})", role.name_of(spec.name), args.join(", "), form.order())
}

fn typed_setting(setting: &Setting) -> String {
    format!("{} {}", setting.name, setting.type_name())
}

fn misfit_of(arg: &Arg, given: &DataType) -> String {
    let (name, given_name) = (arg.name, readable(given));
    if arg.kind == Kind::Flag && given.is_numeric() {
        return format!(
            "{name} must be BOOLEAN, not {given_name}; write a condition, such as {name} = 1"
        );
    }
    if arg.kind == Kind::Flag && given_name == "text" {
        return format!(
            "{name} must be BOOLEAN, not text; write a condition, such as {name} = 'yes'"
        );
    }
    format!("{name} must be {}, not {given_name}", arg.kind.description())
}

fn readable(data_type: &DataType) -> String {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "text".to_owned(),
        DataType::Boolean => "BOOLEAN".to_owned(),
        DataType::Dictionary(_, values) => readable(values),
        other => other.to_string(),
    }
}

/// A struct field of a state, by the names that stored states show.
pub(super) fn state_field(name: &str, data_type: DataType) -> FieldRef {
    Arc::new(arrow::datatypes::Field::new(name, data_type, true))
}
