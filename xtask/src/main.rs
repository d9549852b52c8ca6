//! Generators of the repository's own files: `cargo xtask <command>`.

mod demo_data;
mod docs;

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
    /// Write the reference of the functions, or check that it is up to date
    Docs(docs::Args),
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::DemoData(args) => demo_data::run(&args),
        Command::Docs(args) => docs::run(&args),
    }
}
