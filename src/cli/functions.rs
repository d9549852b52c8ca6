//! `tenure functions`

use tenure_udfs::spec::{Form, FunctionSpec, Setting};

use super::{columns, print};
use crate::problem::{Problem, Result};
use crate::relation::{self, RelationSpec};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The function to explain; without one, all are listed
    name: Option<String>,
}

pub(super) fn run(args: &Args) -> Result<()> {
    let Some(name) = &args.name else {
        let functions = tenure_udfs::specs().map(|spec| (spec.name, spec.summary.to_owned()));
        let tables = relation::specs().map(|spec| (spec.name, spec.summary.to_owned()));
        return print(&columns(functions.chain(tables)));
    };
    let wanted = name.to_lowercase();
    if let Some(spec) = relation::specs().find(|spec| spec.name == wanted) {
        return print(&table_page(spec));
    }
    let roles = ["_state", "_merge", "_of_entries", "_entry"];
    let wanted = roles.iter().find_map(|role| wanted.strip_suffix(role)).unwrap_or(&wanted);
    let found =
        tenure_udfs::specs().find(|spec| spec.name == wanted || spec.aliases.contains(&wanted));
    let Some(spec) = found else {
        let tables = relation::specs().map(|spec| spec.name);
        let known = tenure_udfs::specs().map(|spec| spec.name).chain(tables);
        return Err(Problem::usage(format!("there is no function `{name}`"))
            .did_you_mean(wanted, known)
            .hint("`tenure functions` lists them"));
    };
    print(&page(spec))
}

/// The page of a table that a function returns.
fn table_page(spec: &RelationSpec) -> String {
    let args = spec.args.iter().map(|arg| {
        let default = arg.default.map_or(String::new(), |sql| format!(" (by default {sql})"));
        (arg.name, format!("{}{default}: {}", arg.takes.description(), arg.doc))
    });
    let facts = [
        ("rules", spec.rules.to_owned()),
        ("source", spec.source.to_owned()),
        ("see also", spec.related.join(", ")),
        ("since", spec.since.to_owned()),
        ("example", spec.example.to_owned()),
    ];
    let fields = spec.columns.iter().map(|(name, doc)| (*name, (*doc).to_owned()));
    let head = format!("{}\n  {}\n\nFROM {}\n", spec.name, spec.summary, spec.call());
    [
        head,
        columns(args),
        "\nits columns\n".to_owned(),
        columns(fields),
        "\n".to_owned(),
        columns(facts),
    ]
    .concat()
}

fn page(spec: &FunctionSpec) -> String {
    let mut text = format!("{}\n  {}\n", spec.name, spec.summary);
    for form in spec.forms {
        text += &["\n", &spec.call(form), "\n  ", &rows(form), "\n", &arguments(form)].concat();
    }
    let fields = spec.forms[0].kernel.fields();
    if !fields.is_empty() {
        let field = format!("{}(…)['{}']", spec.name, fields[0].0);
        text += &["\nreturns a struct, of which ", &field, " is a field\n"].concat();
        text += &columns(fields.iter().map(|(name, doc)| (*name, (*doc).to_owned())));
    }
    let states = if spec.is_aggregate() {
        format!("{0}_state(…), {0}_merge(state)", spec.name)
    } else {
        String::new()
    };
    let entries = if spec.has_levels() {
        format!("{0}_entry(…) of each customer, {0}_of_entries(customer, entry)", spec.name)
    } else {
        String::new()
    };
    let facts = [
        ("formula", spec.formula.to_owned()),
        ("NULL and zero", spec.nulls.to_owned()),
        ("errors", spec.errors.to_owned()),
        ("source", spec.source.to_owned()),
        ("aliases", spec.aliases.join(", ")),
        ("see also", spec.related.join(", ")),
        ("states", states),
        ("two levels", entries),
        ("since", spec.since.to_owned()),
        ("example", format!("{} gives {}", spec.example.sql, spec.example.result)),
    ];
    text + "\n" + &columns(facts.into_iter().filter(|(_, fact)| !fact.is_empty()))
}

fn rows(form: &Form) -> String {
    if form.kernel.is_aggregate() {
        format!("a row is {}", form.rows)
    } else {
        "each row has its own result".to_owned()
    }
}

fn arguments(form: &Form) -> String {
    let args = form.args.iter().map(|arg| {
        let more = if arg.repeats { ", one or more" } else { "" };
        (arg.name, format!("{}{more}: {}", arg.kind.type_name(), arg.doc))
    });
    let constant =
        |setting: &&Setting| (setting.name, format!("{}: {}", setting.type_name(), setting.doc));
    let lead = form.lead.iter().map(constant);
    columns(lead.chain(args).chain(form.settings.iter().map(constant)))
}
