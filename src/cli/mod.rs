//! The command line: one file per command, no metric logic.
//!
//! Data goes to standard output and everything else to standard error.

mod check;
mod describe;
mod functions;
mod list;
mod options;
mod render;
mod run;
mod signals;
mod sql;
mod target;

use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::output::failed;
use crate::problem::{Problem, Result};
use options::Voice;

/// Customer metrics in plain SQL over Parquet lakes.
#[derive(Debug, Parser)]
#[command(name = "tenure", version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    voice: Voice,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run reports: by name, by folder or by path; all of them if none is named
    Run(run::Args),
    /// Run one query
    Sql(sql::Args),
    /// List the reports, or the tables of the lake
    List(list::Args),
    /// Show what a report takes, reads and returns
    Describe(describe::Args),
    /// Check reports without reading any data
    Check(check::Args),
    /// Show the metrics that SQL can call
    Functions(functions::Args),
}

/// Runs the command that the process was started with.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match execute(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            cli.voice.report(&problem);
            ExitCode::from(problem.kind().exit_code())
        }
    }
}

fn execute(cli: &Cli) -> Result<()> {
    let voice = cli.voice;
    match &cli.command {
        Command::Run(args) => wait_for(args.common.threads(), voice, run::run(args, voice)),
        Command::Sql(args) => wait_for(args.common.threads(), voice, sql::run(args, voice)),
        Command::List(args) => list::run(args),
        Command::Describe(args) => wait_for(args.common.threads(), voice, describe::run(args)),
        Command::Check(args) => wait_for(args.common.threads(), voice, check::run(args, voice)),
        Command::Functions(args) => functions::run(args),
    }
}

/// Runs a command to its end.
fn wait_for(
    threads: Option<NonZeroUsize>,
    voice: Voice,
    command: impl Future<Output = Result<()>>,
) -> Result<()> {
    // What does not fit into memory lies in many files, and most systems allow more of them than a
    // process begins with. One that refuses has its reasons.
    let _refused = rlimit::increase_nofile_limit(rlimit::INFINITY);
    signals::watch(voice)?;
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    if let Some(threads) = threads {
        builder.worker_threads(threads.get());
    }
    let runtime = builder
        .enable_all()
        .build()
        .map_err(|error| Problem::execution(format!("cannot start threads: {error}")))?;
    let done = runtime.block_on(command);
    // Threads that are still busy after an error are not waited for.
    runtime.shutdown_background();
    done
}

/// Writes a command's answer to standard output.
fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| failed(&error))
}

/// Lines of two columns, the first as wide as its widest entry.
fn columns<'a>(rows: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let rows: Vec<_> = rows.into_iter().collect();
    let width = rows.iter().map(|(first, _)| first.chars().count()).max().unwrap_or_default();
    let lines = rows
        .iter()
        .map(|(first, second)| format!("  {first:width$}  {second}").trim_end().to_owned() + "\n");
    lines.collect()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Cli;

    #[test]
    fn no_two_options_share_a_name() {
        Cli::command().debug_assert();
    }
}
