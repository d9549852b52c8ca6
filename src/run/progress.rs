//! Says on standard error how far a long run has come.

use std::sync::Arc;
use std::time::Duration;

use datafusion::physical_plan::ExecutionPlan;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::plan::Planned;

/// A line on the terminal that appears once a run has taken a while.
#[derive(Debug, Clone)]
pub struct Progress {
    line: ProgressBar,
}

impl Progress {
    /// How long a run may take before it has to say something.
    const PATIENCE: Duration = Duration::from_secs(2);

    /// Progress that nobody sees.
    pub fn hidden() -> Self {
        Self { line: ProgressBar::hidden() }
    }

    /// Progress on standard error, which only shows if that is a terminal.
    pub fn on_terminal() -> Self {
        let line = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template("{spinner} {prefix}: {msg} [{elapsed}]");
        line.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        Self { line }
    }

    /// Begins to report on a plan, in the background, until the returned guard is dropped.
    pub fn watch(&self, name: &str, planned: &Planned) -> Watch {
        self.line.set_prefix(name.to_owned());
        let (line, plan) = (self.line.clone(), planned.physical());
        Watch(tokio::spawn(async move {
            tokio::time::sleep(Self::PATIENCE).await;
            line.set_draw_target(ProgressDrawTarget::stderr());
            loop {
                line.set_message(format!("{} rows read", grouped(rows_read(&plan))));
                line.tick();
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }))
    }

    /// Takes the line away.
    pub fn finish(&self) {
        self.line.finish_and_clear();
    }
}

/// Reports in the background for as long as it lives.
pub struct Watch(tokio::task::JoinHandle<()>);

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The rows that the scans of a plan have produced so far.
fn rows_read(plan: &Arc<dyn ExecutionPlan>) -> usize {
    let children = plan.children();
    if children.is_empty() {
        return plan.metrics().and_then(|metrics| metrics.output_rows()).unwrap_or_default();
    }
    children.into_iter().map(rows_read).sum()
}

/// A number with its thousands set apart.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(
            ["1", "999", "1,000", "1,234,567"],
            [1, 999, 1000, 1_234_567].map(grouped).each_ref().map(String::as_str)
        );
    }
}
