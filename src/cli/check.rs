//! `tenure check`

use super::options::{Common, Parameters, Voice};
use super::print;
use crate::problem::{Problem, Result};
use crate::report::{Given, Pack, Report};
use crate::run::Prepared;
use crate::session::Engine;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Names of reports or of folders of reports, or paths; all of them if none is named
    #[arg(value_name = "REPORT|FILE|FOLDER")]
    reports: Vec<String>,
    #[command(flatten)]
    parameters: Parameters,
    #[command(flatten)]
    pub common: Common,
}

pub(super) async fn run(args: &Args, voice: Voice) -> Result<()> {
    let config = args.common.config()?;
    let given = args.parameters.given()?;
    let engine = args.common.engine(&config)?;
    let files = Pack::new(&config.reports).find_all(&args.reports)?;
    let mut worst = None;
    let mut failed = 0;
    for (name, path) in &files {
        let checked = match Report::read(name, path) {
            Ok(report) => check(&engine, &report, &given, files.len()).await,
            Err(problem) => Err(problem),
        };
        match checked {
            Ok(()) => print(&format!("ok  {name}\n"))?,
            Err(problem) => {
                voice.report(&problem);
                worst = worst.max(Some(problem.kind()));
                failed += 1;
            }
        }
    }
    match worst {
        None => Ok(()),
        Some(kind) => {
            Err(Problem::new(kind, format!("{failed} of {} reports cannot run", files.len())))
        }
    }
}

async fn check(engine: &Engine, report: &Report, given: &Given, reports: usize) -> Result<()> {
    let own = report.knows(given, reports);
    Prepared::for_check(engine, report, &own).await.map(drop)
}
