//! Options that several commands take.

use std::io::{self, IsTerminal, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use bytesize::ByteSize;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};

use super::render;
use crate::clock::Clock;
use crate::lake::Config;
use crate::optimizer::EntityStrategy;
use crate::problem::{Kind, Problem, Result};
use crate::report::Given;
use crate::session::{Engine, Limits};

/// Where the lake is and how much of the machine a run may use.
#[derive(Debug, Args)]
pub(super) struct Common {
    /// The lake: a folder in which every Parquet file and every folder is a table
    #[arg(long, value_name = "PATH", help_heading = "Lake")]
    lake: Option<PathBuf>,
    /// One more table, a Parquet file or a folder of them; may be repeated
    #[arg(long = "table", value_name = "NAME=PATH", help_heading = "Lake")]
    tables: Vec<String>,
    /// The folder of reports
    #[arg(long = "reports", value_name = "PATH", help_heading = "Lake")]
    pack: Option<PathBuf>,
    /// The moment of the run, which `now()`, `current_date` and `$as_of` give
    #[arg(long, value_name = "TIME", help_heading = "Run")]
    as_of: Option<String>,
    /// The most memory for the state of queries, such as 4GB; beyond it they spill to disk
    #[arg(long, value_name = "SIZE", help_heading = "Run")]
    memory_limit: Option<ByteSize>,
    /// How customers are counted: auto takes a table and, where that exceeds the memory limit, two
    /// levels, which spill
    #[arg(long, value_name = "WAY", default_value = EntityStrategy::default().name())]
    #[arg(value_parser = strategies(), ignore_case = true, help_heading = "Run")]
    entity_strategy: EntityStrategy,
    /// The most threads
    #[arg(long, value_name = "N", help_heading = "Run")]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

/// Values for parameters.
#[derive(Debug, Args)]
pub(super) struct Parameters {
    /// The value of a parameter; may be repeated
    #[arg(short, long = "param", value_name = "NAME=VALUE")]
    params: Vec<String>,
}

/// How much is said, and in what colours.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Voice {
    /// Say nothing but errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Say how long each report took
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub verbose: bool,
    /// Whether messages are coloured
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: Color,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

impl Common {
    /// The most threads.
    pub(super) fn threads(&self) -> Option<NonZeroUsize> {
        self.threads.and_then(|threads| NonZeroUsize::new(threads.into()))
    }

    /// The configuration of the project, with what the command line says on top.
    pub(super) fn config(&self) -> Result<Config> {
        let mut config = Config::find(Path::new(""))?;
        if let Some(lake) = &self.lake {
            config.root = Some(lake.clone());
        }
        if let Some(pack) = &self.pack {
            config.reports.clone_from(pack);
        }
        self.tables.iter().try_for_each(|table| config.add_table(table))?;
        Ok(config)
    }

    /// The engine that reports run in.
    pub(super) fn engine(&self, config: &Config) -> Result<Engine> {
        let clock = match &self.as_of {
            Some(moment) => Clock::parse(moment).map_err(|problem| problem.during("--as-of"))?,
            None => Clock::now(),
        };
        let memory = self.memory_limit.map(|size| usize::try_from(size.as_u64()));
        let memory = memory.transpose().map_err(|_| Problem::usage("--memory-limit: too much"))?;
        let entities = self.entity_strategy;
        Engine::new(config, Limits { threads: self.threads(), memory, entities }, clock)
    }
}

/// Reads one of the ways in which customers are counted.
fn strategies() -> impl TypedValueParser<Value = EntityStrategy> {
    PossibleValuesParser::new(EntityStrategy::ALL.map(EntityStrategy::name))
        .try_map(|name| name.parse())
}

impl Parameters {
    /// The values by name.
    pub(super) fn given(&self) -> Result<Given> {
        let mut given = Given::new();
        for param in &self.params {
            let Some((name, value)) = param.split_once('=') else {
                return Err(Problem::usage(format!("`-p {param}` has no value"))
                    .hint(format!("write `-p {param}=…`")));
            };
            let name = name.trim().trim_start_matches('$');
            if given.insert(name.to_owned(), value.to_owned()).is_some() {
                return Err(Problem::usage(format!("`-p {name}=…` is given twice")));
            }
        }
        Ok(given)
    }
}

impl Voice {
    /// Tells a problem on standard error.
    pub(super) fn report(self, problem: &Problem) {
        if problem.kind() != Kind::ReaderGone {
            say(&render::error(problem, self.is_coloured()));
        }
    }

    /// Tells something that did not keep the run from going on.
    pub(super) fn warn(self, problem: &Problem) {
        if !self.quiet {
            say(&render::warning(problem, self.is_coloured()));
        }
    }

    /// Tells something worth knowing.
    pub(super) fn note(self, text: &str) {
        if !self.quiet {
            say(text);
        }
    }

    /// Tells something that only who asked for it wants to know.
    pub(super) fn detail(self, text: &str) {
        if self.verbose {
            say(text);
        }
    }

    /// Whether a line that moves makes sense.
    pub(super) fn is_live(self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    fn is_coloured(self) -> bool {
        match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                io::stderr().is_terminal()
                    && std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty())
            }
        }
    }
}

/// Nothing can be done if standard error takes nothing.
fn say(text: &str) {
    drop(writeln!(io::stderr(), "{}", text.trim_end()));
}
