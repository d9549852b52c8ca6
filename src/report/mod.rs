//! A report: one SQL file, with an optional YAML header in its leading comment.

mod bind;
mod header;
mod lint;
mod named;
mod pack;
mod params;
mod period;
mod statements;

use std::path::Path;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast;

pub use header::{Check, Header, Severity};
pub use pack::{Pack, name_of};
pub use params::{Given, Param, ParamType, Value};
pub use period::{Grain, Period};
pub use statements::Spot;

use crate::clock::Clock;
use crate::problem::{Problem, Result, Source};

/// A report as it was read, with nothing bound yet.
#[derive(Debug, Clone)]
pub struct Report {
    /// Its path below the folder of reports, without `.sql`.
    pub name: String,
    /// Its text.
    pub source: Source,
    /// What its header says.
    pub header: Header,
    statements: Vec<Statement>,
}

/// A report with its parameters in place: what is planned and executed.
#[derive(Debug, Clone)]
pub struct Bound {
    /// Views that the last statement reads, in the order in which they are made.
    pub views: Vec<Statement>,
    /// The statement whose rows are the result.
    pub result: Statement,
    /// For each check of the header, the query that counts the rows of `result` that break it.
    pub checks: Vec<Statement>,
    /// The tables and views it reads.
    pub tables: Vec<String>,
    /// The functions it calls and the tables it reads, by where they stand.
    pub spots: Vec<Spot>,
}

impl Bound {
    /// The names of its views.
    pub fn view_names(&self) -> Vec<String> {
        let names = self.views.iter().filter_map(|view| match view {
            Statement::Statement(view) => match view.as_ref() {
                ast::Statement::CreateView(view) => Some(view.name.to_string()),
                _ => None,
            },
            _ => None,
        });
        names.collect()
    }
}

impl Report {
    /// What an ad-hoc query is called.
    const AD_HOC: &'static str = "the query";

    /// Reads the report in a file.
    pub fn read(name: &str, path: &Path) -> Result<Self> {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| Problem::usage(format!("cannot read {shown}: {error}")))?;
        // Editors on Windows put a mark at the beginning that SQL does not know.
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        Self::parse(name, Source::new(shown, text))
    }

    /// Whether it is a query from the command line and no file.
    pub fn is_ad_hoc(&self) -> bool {
        self.source.name.as_ref() == Self::AD_HOC
    }

    /// Reads the report in a text.
    pub fn parse(name: &str, source: Source) -> Result<Self> {
        let header = Header::of(&source)?;
        let statements = statements::of_report(&source)?;
        Ok(Self { name: name.to_owned(), source, header, statements })
    }

    /// Reads a query from the command line, which may also explain or describe. Its parameters
    /// are those that are given, with the types their values look like.
    pub fn ad_hoc(sql: &str, given: &Given) -> Result<Self> {
        let source = Source::new(Self::AD_HOC, sql);
        let statements = statements::of_query(&source)?;
        let header = Header::ad_hoc(given);
        Ok(Self { name: "query".to_owned(), source, header, statements })
    }

    /// Whether a value can be given for this name.
    pub fn takes(&self, name: &str) -> bool {
        self.header.params.iter().any(|param| param.name == name)
            || self.header.period.is_some() && [Period::START, Period::END].contains(&name)
    }

    /// Those of the given values that this report takes.
    pub fn own_values(&self, given: &Given) -> Given {
        let own = given.iter().filter(|(name, _)| self.takes(name));
        own.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// Puts the given values and the defaults in the place of the parameters.
    pub fn bind(&self, given: &Given, clock: Clock) -> Result<Bound> {
        let values = params::resolve(self, given, clock)?;
        self.bind_values(&values)
    }

    /// Puts a value of the right type in the place of every parameter that has none, so that the
    /// report can be planned without being run.
    pub fn bind_for_check(&self, given: &Given, clock: Clock) -> Result<Bound> {
        let values = params::resolve_or_invent(self, given, clock)?;
        self.bind_values(&values)
    }

    fn bind_values(&self, values: &params::Values) -> Result<Bound> {
        let mut statements = self.statements.clone();
        let mut checks: Vec<_> =
            self.header.checks.iter().map(|check| check.query.clone()).collect();
        lint::lint(self, &mut statements)?;
        bind::bind(self, &mut statements, &mut checks, values)?;
        named::order_arguments(&self.source, &mut statements)?;
        let spots = statements::spots(&mut statements);
        let tables = statements::tables(&statements)?;
        let result = statements.pop();
        let result = result.ok_or_else(|| Problem::sql("the report has no statement"))?;
        Ok(Bound { views: statements, result, checks, spots, tables })
    }
}
