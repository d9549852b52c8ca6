//! `tenure list`

use super::options::Common;
use super::{columns, print};
use crate::problem::Result;
use crate::report::Pack;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Names of reports or of folders of reports, or paths
    #[arg(value_name = "REPORT|FILE|FOLDER")]
    reports: Vec<String>,
    /// List the tables of the lake instead
    #[arg(long = "tables", conflicts_with = "reports")]
    of_tables: bool,
    #[command(flatten)]
    common: Common,
}

pub(super) fn run(args: &Args) -> Result<()> {
    let config = args.common.config()?;
    if args.of_tables {
        let engine = args.common.engine(&config)?;
        let lake = engine.lake();
        let path = |name| lake.path(name).map(|path| path.display().to_string());
        return print(&columns(
            lake.table_names().map(|name| (name, path(name).unwrap_or_default())),
        ));
    }
    let reports = Pack::new(&config.reports).select(&args.reports)?;
    print(&columns(
        reports
            .iter()
            .map(|report| (report.name.as_str(), report.header.title.clone().unwrap_or_default())),
    ))
}
