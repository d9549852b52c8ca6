//! Turns an error of the engine into a problem that its reader can act on.

use datafusion::common::Diagnostic;
use datafusion::error::DataFusionError;
use tenure_udfs::Function;
use tenure_udfs::kernel::Role;

use crate::lake::Lake;
use crate::problem::{Kind, Place, Problem, Source, closest};
use crate::report::{Bound, Report, Spot};

/// What is needed to say where an error of the engine comes from.
pub(super) struct Explainer<'a> {
    source: &'a Source,
    lake: &'a Lake,
    spots: Vec<Spot>,
    views: Vec<String>,
    /// The tables of the lake that the report reads.
    tables: Vec<String>,
    /// Whether there is a file to name, which an ad-hoc query has not.
    is_file: bool,
}

impl<'a> Explainer<'a> {
    /// An explainer for errors of a report.
    pub(super) fn new(report: &'a Report, bound: &Bound, lake: &'a Lake) -> Self {
        let in_lake = |name: &&String| lake.path(name).is_some();
        Self {
            source: &report.source,
            lake,
            spots: bound.spots.clone(),
            views: bound.view_names(),
            tables: bound.tables.iter().filter(in_lake).cloned().collect(),
            is_file: !report.is_ad_hoc(),
        }
    }

    /// The problem behind an error, which names the report where it cannot point into it.
    pub(super) fn problem(&self, error: &DataFusionError) -> Problem {
        let problem = self.explain(error);
        if problem.place().is_none() && self.is_file {
            problem.during(&self.source.name)
        } else {
            problem
        }
    }

    fn explain(&self, error: &DataFusionError) -> Problem {
        let error = innermost(error);
        if let Some(problem) = as_problem(error) {
            return problem.clone();
        }
        let diagnostic = error.diagnostic();
        let place = diagnostic.and_then(|diagnostic| self.span(diagnostic));
        let root = innermost(error.find_root());
        if let Some(problem) = as_problem(root) {
            return problem.clone();
        }
        if let Some(broken) = self.broken_file(root) {
            return broken;
        }
        let message = plain_message(root);
        if let Some(problem) = self.unknown_table(&message) {
            return problem;
        }
        if let Some(problem) = unknown_column(&message) {
            return problem.at(place);
        }
        if let Some(problem) = self.unknown_field(&message) {
            return problem;
        }
        if let Some(given) = no_condition(&message) {
            return Problem::sql(format!("a condition must be BOOLEAN, not {given}"))
                .at(place)
                .hint("compare it: `flag = 1`");
        }
        let place = place.or_else(|| self.call_named_in(&message));
        let problem = Problem::new(kind(root), &message).at(place);
        let problem = match diagnostic {
            Some(diagnostic) => with_advice(problem, diagnostic),
            None => problem,
        };
        let problem = self.with_known_function(problem, &message);
        match problem.kind() {
            Kind::Budget => problem.hint("allow more with --memory-limit, or ask for less at once"),
            _ => problem,
        }
    }

    fn span(&self, diagnostic: &Diagnostic) -> Option<Place> {
        let (start, end) = diagnostic.span.map(|span| (span.start, span.end))?;
        self.source.between((start.line, start.column), (end.line, end.column))
    }

    /// Where the function is called that a message begins with, such as "nps: score is 11".
    fn call_named_in(&self, message: &str) -> Option<Place> {
        let name: String =
            message.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        let rest = &message[name.len()..];
        if name.is_empty()
            || !(rest.starts_with(':') || rest.starts_with('(') || rest.starts_with(' '))
        {
            return None;
        }
        let called = |spot: &&Spot| {
            spot.is_function && Role::ALL.iter().any(|role| role.name_of(&name) == spot.name)
        };
        self.spots.iter().find(called)?.place(self.source)
    }

    /// `nps_ci(score)['lo']` and `nps_ci(score).low`: the fields of a struct.
    fn unknown_field(&self, message: &str) -> Option<Problem> {
        if message.starts_with("Dot access not supported") {
            let problem = Problem::sql("a dot does not take a field of a result");
            return Some(problem.hint("write a field as nps_ci(score)['low']"));
        }
        let name = message.strip_prefix("Field ")?.split(" not found in struct").next()?;
        let quoted = format!("'{name}'");
        let place = self.source.find(&quoted);
        let fields = tenure_udfs::specs()
            .flat_map(|spec| spec.forms)
            .flat_map(|form| form.kernel.fields())
            .map(|(field, _)| *field);
        let problem = Problem::sql(format!("there is no field `{name}`")).at(place);
        let problem = problem.did_you_mean(name, fields);
        Some(problem.hint("`tenure functions NAME` lists the fields of a function's result"))
    }

    fn unknown_table(&self, message: &str) -> Option<Problem> {
        let quoted = message.strip_prefix("table '")?.strip_suffix("' not found")?;
        let name = quoted.rsplit('.').next()?;
        let place = self
            .spots
            .iter()
            .find(|spot| !spot.is_function && spot.name == name.to_lowercase())
            .and_then(|spot| spot.place(self.source));
        let known: Vec<&str> =
            self.lake.table_names().chain(self.views.iter().map(String::as_str)).collect();
        let problem = Problem::sql(format!("there is no table `{name}`")).at(place);
        let problem = problem.did_you_mean(name, known.iter().copied());
        Some(match known.as_slice() {
            [] => problem.hint("the lake has no tables: point to it with --lake or tenure.toml"),
            _ => problem.hint("`tenure list --tables` shows the tables"),
        })
    }

    /// DataFusion suggests among all its functions; one of ours that is close is likelier meant.
    fn with_known_function(&self, problem: Problem, message: &str) -> Problem {
        let unknown = message
            .strip_prefix("Invalid function '")
            .and_then(|rest| rest.split_once('\''))
            .map(|(name, _)| name);
        let Some(name) = unknown else { return problem };
        let place = self.spots.iter().find(|spot| spot.is_function && spot.name == name);
        let place =
            place.and_then(|spot| spot.place(self.source)).or_else(|| problem.place().cloned());
        let suggestion = message.split("Did you mean '").nth(1).and_then(|s| s.split('\'').next());
        let functions = tenure_udfs::all_functions();
        let is_this = |of: &Function| matches!(of, Function::Window(_)) && of.name() == name;
        if functions.iter().any(is_this) {
            let problem = Problem::sql(format!("`{name}` needs an OVER")).at(place);
            return problem
                .hint(format!("write {name}(…) OVER (PARTITION BY customer ORDER BY ts)"));
        }
        let problem = Problem::sql(format!("there is no function `{name}`")).at(place);
        let ours = functions.iter().map(Function::name);
        match closest(name, ours).or(suggestion) {
            Some(known) => problem.hint(format!("did you mean `{known}`?")),
            None => problem,
        }
    }

    /// An error while reading says what is wrong, but not with which file.
    fn broken_file(&self, error: &DataFusionError) -> Option<Problem> {
        let reading = match error {
            DataFusionError::ParquetError(_)
            | DataFusionError::ObjectStore(_)
            | DataFusionError::IoError(_) => true,
            DataFusionError::ArrowError(..) | DataFusionError::External(_) => {
                let text = error.to_string().to_lowercase();
                text.contains("parquet") || text.contains("object store")
            }
            _ => false,
        };
        reading.then(|| self.lake.broken_file(&self.tables)).flatten()
    }

    /// The tables of the lake that the report reads.
    pub(super) fn tables(&self) -> &[String] {
        &self.tables
    }
}

/// The first of several errors, out of the layers that only add context.
fn innermost(error: &DataFusionError) -> &DataFusionError {
    match error {
        DataFusionError::Collection(errors) => errors.first().map_or(error, innermost),
        DataFusionError::Context(_, inner) => innermost(inner),
        DataFusionError::Shared(inner) => innermost(inner),
        _ => error,
    }
}

fn as_problem(error: &DataFusionError) -> Option<&Problem> {
    match error {
        DataFusionError::External(inner) => inner.downcast_ref(),
        DataFusionError::Diagnostic(_, inner) => as_problem(inner),
        _ => None,
    }
}

fn kind(error: &DataFusionError) -> Kind {
    match error {
        DataFusionError::ResourcesExhausted(_) => Kind::Budget,
        DataFusionError::SQL(..)
        | DataFusionError::Plan(_)
        | DataFusionError::SchemaError(..)
        | DataFusionError::NotImplemented(_)
        | DataFusionError::Configuration(_) => Kind::Sql,
        // What a function says of its argument types arrives as an execution error of planning.
        DataFusionError::Execution(message) if message.contains(COERCION) => Kind::Sql,
        _ => Kind::Execution,
    }
}

const COERCION: &str = "user-defined coercion failed with: ";

/// The message without the names of engine layers.
pub(super) fn plain_message(error: &DataFusionError) -> String {
    let whole = error.strip_backtrace();
    let mut message = whole.as_str();
    if let Some((_, after)) = message.split_once(COERCION) {
        message = after.split(" No function matches").next().unwrap_or(after);
    }
    let layers = [
        "Error during planning: ",
        "Execution error: ",
        "Schema error: ",
        "SQL error: ",
        "External error: ",
        "Arrow error: ",
        "Compute error: ",
        "type_coercion\ncaused by\n",
        "This feature is not implemented: ",
        "Resources exhausted: ",
    ];
    while let Some(rest) = layers.iter().find_map(|layer| message.strip_prefix(layer)) {
        message = rest;
    }
    message.trim().trim_end_matches('.').to_owned()
}

/// The type of what stands where a condition should, such as a flag of 0 and 1.
fn no_condition(message: &str) -> Option<&str> {
    let types =
        message.strip_prefix("Cannot infer common argument type for logical boolean operation ")?;
    types.split(" AND ").flat_map(|side| side.split(" OR ")).find(|side| *side != "Boolean")
}

/// An unknown column, which DataFusion explains in two lines.
pub(super) fn unknown_column(message: &str) -> Option<Problem> {
    let rest = message.strip_prefix("No field named ")?;
    // The name ends the first sentence, and may have dots of its own.
    let name = rest.lines().next()?.split(". ").next()?.trim_end_matches('.');
    let problem = Problem::sql(format!("there is no column `{}`", name.replace('"', "")));
    let suggestion = rest.split("Did you mean '").nth(1).and_then(|rest| rest.split('\'').next());
    let problem = match suggestion {
        Some(known) => problem.hint(format!("did you mean `{known}`?")),
        None => problem,
    };
    let known = rest.split("Valid fields are ").nth(1).and_then(|rest| rest.lines().next());
    Some(match known {
        Some(known) => problem.hint(format!("the columns are {}", known.trim_end_matches('.'))),
        None => problem,
    })
}

fn with_advice(problem: Problem, diagnostic: &Diagnostic) -> Problem {
    let notes = diagnostic.notes.iter().map(|note| &note.message);
    let helps = diagnostic.helps.iter().map(|help| &help.message);
    notes.chain(helps).fold(problem, |problem, advice| problem.hint(advice.clone()))
}

#[cfg(test)]
mod tests {
    use datafusion::common::{exec_datafusion_err, plan_datafusion_err};

    use super::*;

    #[test]
    fn layers_of_the_engine_are_taken_off() {
        let inner = plan_datafusion_err!("nps: score must be a whole number, not text");
        let error = exec_datafusion_err!(
            "Function 'nps' user-defined coercion failed with: {} No function matches the given",
            inner.strip_backtrace()
        );
        assert_eq!(plain_message(&error), "nps: score must be a whole number, not text");
        assert_eq!(kind(&error), Kind::Sql);
    }
}
