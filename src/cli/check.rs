//! `tenure check`

use super::options::{Common, Parameters, Voice};
use super::print;
use crate::problem::{Kind, Problem, Result};
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
    let several = files.len() > 1;
    let mut failed: Vec<Kind> = vec![];
    for (name, path) in &files {
        let checked = match Report::read(name, path) {
            Ok(report) => check(&engine, &report, &given, several).await,
            Err(problem) => Err(problem),
        };
        match checked {
            Ok(()) if voice.quiet => {}
            Ok(()) => print(&format!("ok  {name}\n"))?,
            Err(problem) => {
                voice.report(&problem);
                failed.push(problem.kind());
            }
        }
    }
    match failed.iter().max() {
        None => Ok(()),
        Some(worst) => {
            let of_all = format!("{} of {} reports cannot run", failed.len(), files.len());
            Err(Problem::new(*worst, of_all))
        }
    }
}

async fn check(engine: &Engine, report: &Report, given: &Given, several: bool) -> Result<()> {
    let given = if several { report.own_values(given) } else { given.clone() };
    Prepared::for_check(engine, report, &given).await.map(drop)
}
