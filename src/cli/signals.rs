//! Ends the process when the user or the system asks for it, at once and leaving nothing behind.

use std::io;
use std::sync::mpsc;
use std::thread;

use super::options::Voice;
use crate::problem::{Kind, Problem, Result};
use crate::run::abandon_all;

/// Listens to Ctrl-C and SIGTERM from now on.
///
/// A thread of its own does so: the threads that compute may be busy for long without a pause in
/// which they could be told.
pub(super) fn watch(voice: Voice) -> Result<()> {
    let cannot =
        |error: io::Error| Problem::execution(format!("cannot listen to signals: {error}"));
    let (ready, listening) = mpsc::channel();
    thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let stopped = runtime.and_then(|runtime| runtime.block_on(stopped(&ready)));
            match stopped {
                Ok(problem) => end(voice, &problem),
                // Without a listener the system's own way of ending the process holds.
                Err(error) => drop(ready.send(Err(error))),
            }
        })
        .map_err(cannot)?;
    listening.recv().unwrap_or(Ok(())).map_err(cannot)
}

/// Waits for a signal, once it has said that it listens.
async fn stopped(ready: &mpsc::Sender<io::Result<()>>) -> io::Result<Problem> {
    let mut signals = Signals::new()?;
    drop(ready.send(Ok(())));
    Ok(signals.next().await)
}

#[expect(clippy::exit, reason = "threads that compute cannot be told to return")]
fn end(voice: Voice, problem: &Problem) {
    abandon_all();
    voice.report(problem);
    std::process::exit(problem.kind().exit_code().into());
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let (interrupt, terminate) = (SignalKind::interrupt(), SignalKind::terminate());
        Ok(Self { interrupt: signal(interrupt)?, terminate: signal(terminate)? })
    }

    async fn next(&mut self) -> Problem {
        tokio::select! {
            _ = self.interrupt.recv() => Problem::new(Kind::Interrupted, "interrupted"),
            _ = self.terminate.recv() => Problem::new(Kind::Terminated, "terminated"),
        }
    }
}

#[cfg(not(unix))]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self(tokio::signal::windows::ctrl_c()?))
    }

    async fn next(&mut self) -> Problem {
        self.0.recv().await;
        Problem::new(Kind::Interrupted, "interrupted")
    }
}
