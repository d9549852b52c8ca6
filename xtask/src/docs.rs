//! `cargo xtask docs`: the reference of the functions, from what they say of themselves.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use tenure::relation::{self, RelationSpec};
use tenure_udfs::spec::{Family, Form, FunctionSpec};

/// Where the pages are, from the root of the repository.
const FOLDER: &str = "docs/functions";

/// The page of the tables that functions return.
const RELATIONS: &str = "relations";

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Compare with the pages that are there instead of writing them
    #[arg(long)]
    check: bool,
}

/// Writes a page per family and an index, or says which page is stale.
pub(crate) fn run(args: &Args) -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(FOLDER);
    let pages = pages()?;
    if args.check {
        return check(&folder, &pages);
    }
    fs::create_dir_all(&folder)?;
    for (name, text) in &pages {
        fs::write(folder.join(name), text)?;
    }
    Ok(())
}

fn check(folder: &Path, pages: &[(String, String)]) -> Result<()> {
    for (name, text) in pages {
        let there = fs::read_to_string(folder.join(name)).unwrap_or_default();
        if there != *text {
            bail!("{FOLDER}/{name} is stale: run `cargo xtask docs`");
        }
    }
    let expected: Vec<PathBuf> = pages.iter().map(|(name, _)| folder.join(name)).collect();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {FOLDER}"))? {
        let path = entry?.path();
        if !expected.contains(&path) {
            bail!("{} documents no function: remove it", path.display());
        }
    }
    Ok(())
}

/// Every page by its file name.
fn pages() -> Result<Vec<(String, String)>> {
    let mut families: Vec<Family> = tenure_udfs::specs().map(|spec| spec.family).collect();
    families.dedup();
    let mut pages = vec![("README.md".to_owned(), index(&families)?)];
    for family in families {
        pages.push((format!("{family}.md"), page(family)?));
    }
    pages.push((format!("{RELATIONS}.md"), relations()?));
    Ok(pages)
}

fn of(family: Family) -> impl Iterator<Item = &'static FunctionSpec> {
    tenure_udfs::specs().filter(move |spec| spec.family == family)
}

fn index(families: &[Family]) -> Result<String> {
    let mut text = String::from(
        "# Functions\n\n\
         Every aggregate `f` also comes as `f_state(…)`, which returns its state as a value to be\n\
         stored, and `f_merge(state)`, which returns the metric of many such states. A constant\n\
         that only shapes the result, such as a `level`, is given to `f_merge`.\n\n\
         One over customers also comes as `f_entry(…)`, with the arguments of `f`, which returns what\n\
         is known of a single customer, and `f_of_entries(customer, entry)`, with the constants of `f`\n\
         behind these, which returns the metric of customers each of whom comes once. Plans are made\n\
         of them where [memory is short](../embedding.md#customers-in-two-levels).\n\n\
         A function that ends in `_ci` returns a struct: `nps_ci(score)['low']` is a field of it.\n\n\
         | function | what it tells |\n|---|---|\n",
    );
    for family in families {
        for spec in of(*family) {
            writeln!(text, "| [`{0}`]({family}.md#{0}) | {1} |", spec.name, spec.summary)?;
        }
    }
    writeln!(text, "\n| table | its rows |\n|---|---|")?;
    for spec in relation::specs() {
        writeln!(text, "| [`{0}`]({RELATIONS}.md#{0}) | {1} |", spec.name, spec.summary)?;
    }
    Ok(text)
}

/// The page of the tables that functions return.
fn relations() -> Result<String> {
    let mut text = String::from(
        "# Tables\n\n\
         These functions stand in FROM and return a table. The first argument is `TABLE name` or a query\n\
         in parentheses; the others have names, in any order, and take expressions over its columns.\n\
         They expand into ordinary SQL when a query is planned.\n",
    );
    for spec in relation::specs() {
        relation_section(&mut text, spec)?;
    }
    Ok(text)
}

fn relation_section(text: &mut String, spec: &RelationSpec) -> Result<()> {
    writeln!(text, "\n## {}\n\n{}\n", spec.name, spec.summary)?;
    writeln!(text, "| argument | takes | by default | what it is |\n|---|---|---|---|")?;
    for arg in spec.args {
        let default =
            arg.default.map_or_else(|| "must be given".to_owned(), |sql| format!("`{sql}`"));
        let takes = arg.takes.description();
        writeln!(text, "| `{}` | {takes} | {default} | {} |", arg.name, arg.doc)?;
    }
    writeln!(text, "\n| column | what it is |\n|---|---|")?;
    for (name, doc) in spec.columns {
        writeln!(text, "| `{name}` | {doc} |")?;
    }
    let facts = [
        ("Rules", spec.rules.to_owned()),
        ("Source", spec.source.to_owned()),
        ("See also", code_list(spec.related)),
        ("Since", spec.since.to_owned()),
    ];
    writeln!(text)?;
    for (name, fact) in facts {
        writeln!(text, "- **{name}:** {fact}")?;
    }
    writeln!(text, "\n```sql\n{};\n```", spec.example)?;
    Ok(())
}

fn page(family: Family) -> Result<String> {
    let mut text = format!("# {}\n", capitalized(family.name()));
    for spec in of(family) {
        section(&mut text, spec)?;
    }
    Ok(text)
}

fn section(text: &mut String, spec: &FunctionSpec) -> Result<()> {
    writeln!(text, "\n## {}\n\n{}\n", spec.name, spec.summary)?;
    for form in spec.forms {
        writeln!(text, "### `{}`\n", spec.call(form))?;
        if form.kernel.is_aggregate() {
            writeln!(text, "A row is {}.\n", form.rows)?;
        }
        arguments(text, form)?;
    }
    fields(text, spec)?;
    let facts = [
        ("Formula", format!("`{}`", spec.formula)),
        ("Returns", returns(spec)),
        ("NULL and zero", spec.nulls.to_owned()),
        ("Errors", spec.errors.to_owned()),
        ("Source", spec.source.to_owned()),
        ("Aliases", code_list(spec.aliases)),
        ("See also", code_list(spec.related)),
        ("Since", spec.since.to_owned()),
    ];
    for (name, fact) in facts.iter().filter(|(_, fact)| !fact.is_empty()) {
        writeln!(text, "- **{name}:** {fact}")?;
    }
    let example = &spec.example;
    writeln!(text, "\n```sql\n{}; -- {}\n```", example.sql, example.result)?;
    Ok(())
}

fn fields(text: &mut String, spec: &FunctionSpec) -> Result<()> {
    let fields = spec.forms[0].kernel.fields();
    if fields.is_empty() {
        return Ok(());
    }
    writeln!(text, "| field of the result | what it is |\n|---|---|")?;
    for (name, doc) in fields {
        writeln!(text, "| `{name}` | {doc} |")?;
    }
    writeln!(text)?;
    Ok(())
}

fn returns(spec: &FunctionSpec) -> String {
    let result =
        sql_type(&spec.forms[0].kernel.returns(&DataType::Timestamp(TimeUnit::Microsecond, None)));
    if spec.is_aggregate() { result } else { format!("{result}, for each row") }
}

fn arguments(text: &mut String, form: &Form) -> Result<()> {
    writeln!(text, "| argument | takes | what it is |\n|---|---|---|")?;
    for setting in form.lead {
        writeln!(text, "| `{}` | {} | {} |", setting.name, setting.type_name(), setting.doc)?;
    }
    for arg in form.args {
        let more = if arg.repeats { ", one or more" } else { "" };
        writeln!(text, "| `{}` | {}{more} | {} |", arg.name, arg.kind.type_name(), arg.doc)?;
    }
    for setting in form.settings {
        writeln!(text, "| `{}` | {} | {} |", setting.name, setting.type_name(), setting.doc)?;
    }
    writeln!(text)?;
    Ok(())
}

/// A type as SQL calls it.
fn sql_type(data_type: &DataType) -> String {
    match data_type {
        DataType::Float64 => "DOUBLE".to_owned(),
        DataType::Int64 => "BIGINT".to_owned(),
        DataType::LargeUtf8 => "text".to_owned(),
        DataType::Boolean => "BOOLEAN".to_owned(),
        DataType::Timestamp(..) => "TIMESTAMP".to_owned(),
        DataType::LargeList(item) => format!("list of {}", sql_type(item.data_type())),
        DataType::Struct(fields) => {
            let fields: Vec<_> = fields
                .iter()
                .map(|field| format!("{} {}", field.name(), sql_type(field.data_type())))
                .collect();
            format!("STRUCT({})", fields.join(", "))
        }
        other => other.to_string(),
    }
}

fn code_list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn capitalized(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_are_those_of_the_functions() {
        run(&Args { check: true }).unwrap();
    }
}
