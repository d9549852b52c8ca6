//! The command as its users meet it: the real binary, its output and its exit codes.
#![expect(clippy::unwrap_used, reason = "what cannot be set up has failed")]

#[path = "cli/project.rs"]
mod project;

#[path = "cli/errors.rs"]
mod errors;
#[path = "cli/lake.rs"]
mod lake;
#[path = "cli/parameters.rs"]
mod parameters;
#[path = "cli/publish.rs"]
mod publish;
#[path = "cli/verbs.rs"]
mod verbs;
