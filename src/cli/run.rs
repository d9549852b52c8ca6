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
    let files = Pack::new(&config.reports).find_all(&args.reports)?;
    let given = args.parameters.given()?;
    let reports: Vec<(&str, Result<Report>)> =
        files.iter().map(|(name, path)| (name.as_str(), Report::read(name, path))).collect();
    let target = args.output.target(reports.len(), true)?;
    let engine = args.common.engine(&config)?;
    let several = reports.len() > 1;
    if several {
        known_to_any(&reports, &given)?;
    }
    let mut batch = Batch { engine, given, target, voice, several, printed: false };
    let mut failed: Vec<(&str, Problem)> = vec![];
    for (name, report) in &reports {
        let done = match report {
            Ok(report) => batch.run(report).await,
            Err(problem) => Err(problem.clone()),
        };
        let Err(problem) = done else { continue };
        // One report that fails does not keep the others from being there in the morning.
        if problem.kind() == Kind::ReaderGone || !several {
            return Err(problem);
        }
        voice.report(&problem.clone().during(name));
        failed.push((name, problem));
    }
    summary(reports.len(), &failed)
}

/// What the reports of one command have in common.
struct Batch {
    engine: Engine,
    given: Given,
    target: Target,
    voice: Voice,
    several: bool,
    /// Whether a result has been printed, from which the next one is set apart.
    printed: bool,
}

impl Batch {
    async fn run(&mut self, report: &Report) -> Result<()> {
        let start = Instant::now();
        let given = if self.several { report.own_values(&self.given) } else { self.given.clone() };
        let prepared = Prepared::new(&self.engine, report, &given).await?;
        let outcome = self.target.write(report, &prepared, self.voice, !self.printed).await?;
        self.printed = true;
        for warning in &outcome.warnings {
            self.voice.warn(&warning.clone().during(&report.name));
        }
        let rows = grouped(outcome.rows);
        let seconds = start.elapsed().as_secs_f64();
        self.voice.detail(&format!("{}: {rows} rows in {seconds:.2} s", report.name));
        Ok(())
    }
}

/// A value that no report takes is a mistake, even where several are run.
fn known_to_any(reports: &[(&str, Result<Report>)], given: &Given) -> Result<()> {
    let readable: Vec<_> = reports.iter().filter_map(|(_, report)| report.as_ref().ok()).collect();
    let known = |name: &str| readable.iter().any(|report| report.takes(name));
    let Some(unknown) = given.keys().find(|name| !known(name)) else {
        return Ok(());
    };
    let params = readable.iter().flat_map(|report| &report.header.params);
    let known = params.map(|param| param.name.as_str());
    let problem = Problem::usage(format!("no report has a parameter `{unknown}`"));
    Err(problem.did_you_mean(unknown, known))
}

fn summary(reports: usize, failed: &[(&str, Problem)]) -> Result<()> {
    let Some(worst) = failed.iter().map(|(_, problem)| problem.kind()).max() else {
        return Ok(());
    };
    let names: Vec<_> = failed.iter().map(|(name, _)| *name).collect();
    let names = names.join(", ");
    Err(Problem::new(worst, format!("{} of {reports} reports failed: {names}", failed.len())))
}
