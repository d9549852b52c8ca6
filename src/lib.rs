//! Customer metrics in plain SQL over Parquet lakes.
//!
//! A [`report::Report`] is a SQL file with typed parameters. A [`session::Engine`] knows the lake
//! it reads and the moment it is run at. [`run::Prepared`] plans the one with the other, executes
//! it, and writes the result in one of the [`output::Format`]s. What goes wrong on the way is a
//! [`problem::Problem`], which says what, where and what to do.

pub mod cli;
pub mod clock;
pub mod lake;
pub mod optimizer;
pub mod output;
pub mod problem;
pub mod relation;
pub mod report;
pub mod run;
pub mod session;
