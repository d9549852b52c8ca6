//! `tenure run`

use std::time::Instant;

use super::options::{Common, Parameters, Voice};
use super::target::{Output, Target};
use crate::problem::{Kind, Problem, Result};
use crate::report::{Given, Pack, Report};
use crate::run::{Prepared, grouped};
use crate::session::Engine;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Names of reports or of folders of reports, or paths
    #[arg(value_name = "REPORT|FILE|FOLDER")]
    reports: Vec<String>,
    #[command(flatten)]
    parameters: Parameters,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    pub common: Common,
}

pub(super) async fn run(args: &Args, voice: Voice) -> Result<()> {
    let config = args.common.config()?;
    let reports = Pack::new(&config.reports).select(&args.reports)?;
    let given = args.parameters.given()?;
    known_to_any(&reports, &given)?;
    let target = args.output.target(reports.len(), true)?;
    let engine = args.common.engine(&config)?;
    let mut failed: Vec<(&Report, Problem)> = vec![];
    for report in &reports {
        if let Err(problem) = run_one(&engine, report, &given, reports.len(), &target, voice).await
        {
            // One report that fails does not keep the others from being there in the morning.
            if problem.kind() == Kind::ReaderGone || reports.len() == 1 {
                return Err(problem);
            }
            voice.report(&problem.clone().during(&report.name));
            failed.push((report, problem));
        }
    }
    summary(&reports, &failed)
}

async fn run_one(
    engine: &Engine,
    report: &Report,
    given: &Given,
    reports: usize,
    target: &Target,
    voice: Voice,
) -> Result<()> {
    let start = Instant::now();
    let own = report.knows(given, reports);
    let prepared = Prepared::new(engine, report, &own).await?;
    let outcome = target.write(report, &prepared, voice).await?;
    for warning in &outcome.warnings {
        voice.warn(warning);
    }
    let rows = grouped(outcome.rows);
    let seconds = start.elapsed().as_secs_f64();
    voice.detail(&format!("{}: {rows} rows in {seconds:.2} s", report.name));
    Ok(())
}

/// A value that no report takes is a mistake, even where several are run.
fn known_to_any(reports: &[Report], given: &Given) -> Result<()> {
    let known: Vec<&str> = reports
        .iter()
        .flat_map(|report| &report.header.params)
        .map(|param| param.name.as_str())
        .collect();
    match given.keys().find(|name| reports.len() > 1 && !known.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => {
            Err(Problem::usage(format!("no report has a parameter `{name}`"))
                .did_you_mean(name, known))
        }
    }
}

fn summary(reports: &[Report], failed: &[(&Report, Problem)]) -> Result<()> {
    let Some(worst) = failed.iter().map(|(_, problem)| problem.kind()).max() else {
        return Ok(());
    };
    let names: Vec<_> = failed.iter().map(|(report, _)| report.name.as_str()).collect();
    let message =
        format!("{} of {} reports failed: {}", failed.len(), reports.len(), names.join(", "));
    Err(Problem::new(worst, message))
}
