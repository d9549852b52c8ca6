//! `tenure list`

use super::options::Common;
use super::{columns, print};
use crate::problem::Result;
use crate::report::{Pack, Report};

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
    let files = Pack::new(&config.reports).find_all(&args.reports)?;
    // A report that cannot be read is still there; what is wrong with it stands beside it.
    let titles = files.iter().map(|(name, path)| match Report::read(name, path) {
        Ok(report) => (name.as_str(), report.header.title.unwrap_or_default()),
        Err(problem) => (name.as_str(), format!("cannot be read: {problem}")),
    });
    print(&columns(titles))
}
