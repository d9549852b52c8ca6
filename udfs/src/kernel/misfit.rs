//! What a call is told whose arguments fit no form of the function.

use arrow::datatypes::DataType;

use super::call::{Check, accepts_value, constants};
use super::settings::{accepts, lead_of, settings_of};
use super::udaf::Role;
use crate::spec::{Arg, Form, FunctionSpec, Kind, Setting, bracketed};

/// Says which argument doesn't fit, or, where several forms come close, what the forms are.
pub(super) fn misfit(spec: &FunctionSpec, types: &[DataType], role: Role) -> String {
    let name = role.name_of(spec.name);
    let mut near: Vec<(&Form, usize)> = role
        .forms_of(spec)
        .filter_map(|form| Some((form, constants(form, role, types, Check::Count)?)))
        .collect();
    // Forms that differ only in how many arguments they take are one to the reader.
    let call = |form: &Form| typed_call(spec, form, role);
    near.dedup_by(|(form, _), (other, _)| call(form) == call(other));
    let [(form, constants)] = near.as_slice() else {
        let given: Vec<_> = types.iter().map(readable).collect();
        let forms: Vec<_> = role.forms_of(spec).map(|form| typed_call(spec, form, role)).collect();
        return format!("{name}({}) is not one of: {}", given.join(", "), forms.join(", "));
    };
    let lead = lead_of(form, role);
    let (first, rest) = types.split_at(lead.len());
    let (args, last) = rest.split_at(rest.len() - constants);
    let wrong_arg = args.iter().enumerate().find_map(|(i, data_type)| {
        let arg = form.arg(i, args.len())?;
        (!accepts_value(arg.kind, data_type)).then(|| misfit_of(arg, data_type))
    });
    let settings = settings_of(form, role);
    let mut given = lead.iter().zip(first).chain(settings.iter().zip(last));
    let wrong_setting = given.find_map(|(setting, data_type)| {
        let message =
            format!("{} must {}, not {}", setting.name, setting.rule(), readable(data_type));
        (!accepts(setting, data_type)).then_some(message)
    });
    let wrong = match wrong_arg.or(wrong_setting) {
        Some(wrong) => format!("{name}: {wrong}"),
        None => format!("{name} is called as {}", typed_call(spec, form, role)),
    };
    if role.forms_of(spec).all(|other| call(other) == call(form)) {
        return wrong;
    }
    format!("{wrong} (the forms are {})", spec.calls())
}

/// A form as a call that tells the type of every argument.
fn typed_call(spec: &FunctionSpec, form: &Form, role: Role) -> String {
    let lead = lead_of(form, role).iter().map(|setting| typed_setting(setting));
    let arg = |arg: &Arg| {
        let more = if arg.repeats { ", …" } else { "" };
        format!("{} {}{more}", arg.name, arg.kind.type_name())
    };
    let args: Vec<_> = lead.chain(form.args.iter().map(arg)).collect();
    let settings = bracketed(&settings_of(form, role), typed_setting);
    format!("{}({}{settings}{})", role.name_of(spec.name), args.join(", "), form.order())
}

pub(super) fn typed_setting(setting: &Setting) -> String {
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

pub(super) fn readable(data_type: &DataType) -> String {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "text".to_owned(),
        DataType::Boolean => "BOOLEAN".to_owned(),
        DataType::Dictionary(_, values) => readable(values),
        other => other.to_string(),
    }
}
