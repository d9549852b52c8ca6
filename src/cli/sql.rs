//! `tenure sql`

use super::options::{Common, Parameters, Voice};
use super::target::Output;
use crate::problem::Result;
use crate::report::Report;
use crate::run::Prepared;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The query
    #[arg(value_name = "QUERY")]
    query: String,
    #[command(flatten)]
    parameters: Parameters,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    pub common: Common,
}

pub(super) async fn run(args: &Args, voice: Voice) -> Result<()> {
    let given = args.parameters.given()?;
    let report = Report::ad_hoc(&args.query, &given)?;
    let target = args.output.target(1, false)?;
    let engine = args.common.engine(&args.common.config()?)?;
    let prepared = Prepared::new(&engine, &report, &given).await?;
    target.write(&report, &prepared, voice, true).await?;
    Ok(())
}
