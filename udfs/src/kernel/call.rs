//! Finds the form of a function that a call means, from the types of its arguments.

use std::sync::Arc;

use arrow::datatypes::{DataType, FieldRef, Fields};
use datafusion_common::{Result, plan_err};

use super::entities::CUSTOMERS;
use super::ids;
use crate::spec::{Arg, Form, FunctionSpec, Kind};

/// A call of a function: which one, in which form, with which type of customer id.
#[derive(Debug, Clone)]
pub struct Call {
    /// The function.
    pub spec: &'static FunctionSpec,
    /// The form that fits the arguments.
    pub form: &'static Form,
    /// The type in which customer ids are stored; `Null` where there are none.
    pub id: DataType,
}

/// Names that no form of the function has together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownArguments;

/// A call whose arguments have names.
#[derive(Debug)]
pub struct NamedCall {
    /// The form that has arguments of these names.
    pub form: &'static Form,
    /// Per position of the form, which argument of the call stands there.
    pub order: Vec<usize>,
}

impl Call {
    /// The call `spec(…)` with arguments of these types.
    pub fn of_args(spec: &'static FunctionSpec, types: &[DataType]) -> Result<Self> {
        let fits = |form: &&Form| {
            form.takes(types.len())
                && types.iter().enumerate().all(|(i, data_type)| {
                    form.arg(i, types.len()).is_some_and(|arg| accepts(arg.kind, data_type))
                })
        };
        let Some(form) = spec.forms.iter().find(fits) else {
            return plan_err!("{}", misfit(spec, types));
        };
        let id = match (form.args.first(), types.first()) {
            (Some(arg), Some(data_type)) if arg.kind == Kind::Id => ids::stored_type(data_type),
            _ => DataType::Null,
        };
        Ok(Self { spec, form, id })
    }

    /// The call `spec_merge(state)` with a state of this type.
    pub fn of_state(spec: &'static FunctionSpec, state: &DataType) -> Result<Self> {
        if state.is_null() {
            return Ok(Self { spec, form: &spec.forms[0], id: DataType::LargeUtf8 });
        }
        if let DataType::Struct(given) = state {
            for form in spec.forms {
                let call = Self { spec, form, id: stored_id(given) };
                if same_names(given, &call.state_fields()) {
                    return Ok(call);
                }
            }
        }
        plan_err!(
            "{0}_merge takes a state that {0}_state returned, not {1}",
            spec.name,
            readable(state)
        )
    }

    /// The columns of its state.
    pub fn state_fields(&self) -> Vec<FieldRef> {
        (self.form.kernel.state)(self)
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

    /// The argument types as the kernel takes them: an untyped NULL gets a type, all else stays.
    pub fn coerced(&self, types: &[DataType]) -> Vec<DataType> {
        let coerced =
            types.iter().enumerate().map(|(i, data_type)| match self.form.arg(i, types.len()) {
                Some(arg) if data_type.is_null() => null_type(arg.kind),
                _ => data_type.clone(),
            });
        coerced.collect()
    }
}

/// Puts named arguments in order. `names` holds, per argument of the call, the name it was given,
/// if any.
///
/// DataFusion knows a single list of names per function, which is that of the first form; a
/// program that wants the names of every form calls this before it plans.
pub fn named_call(
    spec: &'static FunctionSpec,
    names: &[Option<String>],
) -> Result<NamedCall, UnknownArguments> {
    let order = |form: &Form| -> Option<Vec<usize>> {
        let position = |arg: &Arg, at: usize| match names.get(at) {
            Some(None) => Some(at),
            _ => names.iter().position(|name| {
                name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(arg.name))
            }),
        };
        let found: Option<Vec<_>> =
            form.args.iter().enumerate().map(|(at, arg)| position(arg, at)).collect();
        found.filter(|found| found.len() == names.len())
    };
    let call = |form: &'static Form| order(form).map(|order| NamedCall { form, order });
    spec.forms.iter().find_map(call).ok_or(UnknownArguments)
}

fn same_names(given: &Fields, fields: &[FieldRef]) -> bool {
    given.len() == fields.len()
        && fields.iter().all(|field| given.iter().any(|other| other.name() == field.name()))
}

/// The type of the customer ids in a stored state, if it has any.
fn stored_id(state: &Fields) -> DataType {
    let customers = state.iter().find(|field| field.name() == CUSTOMERS);
    match customers.map(|field| field.data_type()) {
        Some(
            DataType::List(item)
            | DataType::LargeList(item)
            | DataType::ListView(item)
            | DataType::LargeListView(item)
            | DataType::FixedSizeList(item, _),
        ) => ids::stored_type(item.data_type()),
        _ => DataType::Null,
    }
}

fn accepts(kind: Kind, data_type: &DataType) -> bool {
    let data_type = match data_type {
        DataType::Dictionary(_, values) => values,
        other => other,
    };
    match kind {
        _ if data_type.is_null() => true,
        Kind::Flag => *data_type == DataType::Boolean,
        Kind::Whole | Kind::Number => data_type.is_numeric(),
        Kind::Id => !data_type.is_nested(),
    }
}

fn null_type(kind: Kind) -> DataType {
    match kind {
        Kind::Flag => DataType::Boolean,
        Kind::Whole => DataType::Int64,
        Kind::Number => DataType::Float64,
        Kind::Id => DataType::LargeUtf8,
    }
}

/// Says which argument doesn't fit, or, where several forms come close, what the forms are.
fn misfit(spec: &FunctionSpec, types: &[DataType]) -> String {
    let name = spec.name;
    let near: Vec<&Form> = spec.forms.iter().filter(|form| form.takes(types.len())).collect();
    let [form] = near.as_slice() else {
        let given: Vec<_> = types.iter().map(readable).collect();
        let forms: Vec<_> = spec.forms.iter().map(|form| typed_call(spec, form)).collect();
        return format!("{name}({}) is not one of: {}", given.join(", "), forms.join(", "));
    };
    let wrong = types.iter().enumerate().find_map(|(i, data_type)| {
        let arg = form.arg(i, types.len())?;
        (!accepts(arg.kind, data_type)).then_some((arg, data_type))
    });
    let wrong = match wrong {
        Some((arg, data_type)) if arg.kind == Kind::Flag && data_type.is_numeric() => format!(
            "{name}: {arg} must be BOOLEAN, not {given}; write a condition, such as {arg} = 1",
            arg = arg.name,
            given = readable(data_type)
        ),
        Some((arg, data_type)) => format!(
            "{name}: {} must be {}, not {}",
            arg.name,
            arg.kind.description(),
            readable(data_type)
        ),
        None => format!("{name} is called as {}", typed_call(spec, form)),
    };
    if spec.forms.len() == 1 {
        return wrong;
    }
    format!("{wrong} (the forms are {})", spec.calls())
}

fn typed_call(spec: &FunctionSpec, form: &Form) -> String {
    let args: Vec<_> = form
        .args
        .iter()
        .map(|arg| {
            let more = if arg.repeats { ", …" } else { "" };
            format!("{} {}{more}", arg.name, arg.kind.type_name())
        })
        .collect();
    format!("{}({})", spec.name, args.join(", "))
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
