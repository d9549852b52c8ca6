//! The demo lake: two years of a made-up company, the same bytes on every run.
//!
//! `story` holds what an analyst is meant to find. `dice`, `calendar` and `lake` are the tools;
//! every other module generates the tables it is named after. Only integers are computed, so that
//! no platform's floating point can change a row.

mod calendar;
mod campaigns;
mod customers;
mod dice;
mod email;
mod goals;
mod lake;
mod loyalty;
mod orders;
mod products;
mod referrals;
mod search;
mod social;
mod story;
mod subscriptions;
mod support;
mod surveys;
mod video;
mod web;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use lake::Lake;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Folder of the lake
    #[arg(long, default_value = "data/demo")]
    out: PathBuf,
    /// Compare the folder with a fresh generation instead of writing to it
    #[arg(long)]
    check: bool,
}

pub(super) fn run(args: &Args) -> Result<()> {
    if args.check {
        return check(&args.out);
    }
    let lake = generate(&args.out)?;
    lake.summarise(&mut std::io::stdout().lock())?;
    Ok(())
}

/// Writes every table under `root`, over what is there.
fn generate(root: &Path) -> Result<Lake> {
    let mut lake = Lake::new(root);

    let mut customers = customers::sign_up();
    subscriptions::simulate(&mut customers);
    loyalty::enrol(&mut customers);
    let campaigns = campaigns::plan();
    email::build_mailing_list(&mut customers, &campaigns);
    let orders = orders::place(&customers, &campaigns);
    let sends = email::send(&customers, &campaigns, &orders);
    let tickets = support::open_tickets(&customers);
    let traffic = web::browse(&customers, &orders);

    customers::write(&mut lake, &customers)?;
    subscriptions::write(&mut lake, &customers)?;
    loyalty::write(&mut lake, &customers)?;
    orders::write(&mut lake, &orders)?;
    campaigns::write(&mut lake, &campaigns, &orders, &sends)?;
    email::write(&mut lake, &sends)?;
    support::write(&mut lake, &tickets)?;
    surveys::write(&mut lake, &surveys::ask(&customers, &orders, &tickets))?;
    web::write(&mut lake, &traffic.events)?;
    video::write(&mut lake, &video::play(&traffic.video_starts))?;
    social::write(&mut lake, &social::publish(&campaigns))?;
    search::write(&mut lake, &search::rank())?;
    referrals::write(&mut lake, &referrals::refer(&customers))?;
    goals::write(&mut lake, &goals::set(&customers))?;
    Ok(lake)
}

fn check(committed: &Path) -> Result<()> {
    let scratch = tempfile::tempdir().context("cannot create a temporary folder")?;
    let fresh = scratch.path();
    generate(fresh)?;
    let mut files = parquet_files(fresh)?;
    files.extend(parquet_files(committed)?);
    for file in files {
        if fs::read(fresh.join(&file)).ok() != fs::read(committed.join(&file)).ok() {
            bail!(
                "`{}` differs from what the generator writes; run `cargo xtask demo-data`",
                committed.join(&file).display()
            );
        }
    }
    writeln!(std::io::stderr(), "{} is up to date", committed.display())?;
    Ok(())
}

/// The Parquet files under `root`, as paths relative to it.
fn parquet_files(root: &Path) -> Result<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries =
            fs::read_dir(&folder).with_context(|| format!("cannot list `{}`", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "parquet") {
                found.insert(path.strip_prefix(root)?.to_path_buf());
            }
        }
    }
    Ok(found)
}
