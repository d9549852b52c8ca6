//! Generators of the repository's own files: `cargo xtask <command>`.

mod demo_data;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "xtask", about = "Generators of the repository's own files")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write the demo lake, or check that the committed one is up to date
    DemoData(demo_data::Args),
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::DemoData(args) => demo_data::run(&args),
    }
}
