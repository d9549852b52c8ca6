//! What went wrong, told to the person who has to fix it: what, where, and what to do.

use std::fmt;
use std::sync::Arc;

use datafusion::error::DataFusionError;

/// The result of anything that can fail in front of a user.
pub type Result<T, E = Problem> = std::result::Result<T, E>;

/// Something that a user has to know of and can do something about.
#[derive(Debug, Clone)]
pub struct Problem(Box<Details>);

#[derive(Debug, Clone)]
struct Details {
    kind: Kind,
    message: String,
    place: Option<Place>,
    hints: Vec<String>,
}

/// Whose problem it is. Each kind has its exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A check of a report did not hold.
    Check,
    /// The command line, the configuration or a report's header.
    Usage,
    /// The SQL of a report.
    Sql,
    /// Reading, computing or writing.
    Execution,
    /// More memory or time than was allowed.
    Budget,
    /// The user pressed Ctrl-C.
    Interrupted,
    /// The system asked the process to end.
    Terminated,
    /// Whoever read the output has gone away, as `head` does.
    ReaderGone,
}

/// A text that a problem can point into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// How the user knows it, such as a path.
    pub name: Arc<str>,
    /// All of it.
    pub text: Arc<str>,
}

/// A stretch of text on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The text it lies in.
    pub source: Source,
    /// The line, from 1.
    pub line: usize,
    /// The first character, from 1.
    pub column: usize,
    /// How many characters; at least 1.
    pub length: usize,
}

impl Kind {
    /// The exit code of a command that ends with this kind of problem.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Check => 1,
            Self::Usage => 2,
            Self::Sql => 3,
            Self::Execution => 4,
            Self::Budget => 5,
            Self::Interrupted => 130,
            // What a shell reports for a program that SIGTERM has ended.
            Self::Terminated => 143,
            // What a shell reports for a program that a closed pipe has ended.
            Self::ReaderGone => 141,
        }
    }
}

impl Problem {
    /// A problem of a kind.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self(Box::new(Details { kind, message: message.into(), place: None, hints: vec![] }))
    }

    /// A problem with the command line, the configuration or a header.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// A problem with a report's SQL.
    pub fn sql(message: impl Into<String>) -> Self {
        Self::new(Kind::Sql, message)
    }

    /// A problem with reading, computing or writing.
    pub fn execution(message: impl Into<String>) -> Self {
        Self::new(Kind::Execution, message)
    }

    /// Points at the text that is to blame.
    #[must_use]
    pub fn at(mut self, place: impl Into<Option<Place>>) -> Self {
        self.0.place = place.into();
        self
    }

    /// Says what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hints.push(hint.into());
        self
    }

    /// Says which of the known names was probably meant, if one is close.
    #[must_use]
    pub fn did_you_mean<'a>(self, given: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        match closest(given, known) {
            Some(name) => self.hint(format!("did you mean `{name}`?")),
            None => self,
        }
    }

    /// Says what was being done.
    #[must_use]
    pub fn during(mut self, what: impl fmt::Display) -> Self {
        self.0.message = format!("{what}: {}", self.0.message);
        self
    }

    /// Whose problem it is.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// What went wrong, in one sentence.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The text that is to blame, if any is.
    pub fn place(&self) -> Option<&Place> {
        self.0.place.as_ref()
    }

    /// What to do about it.
    pub fn hints(&self) -> &[String] {
        &self.0.hints
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Problem {}

/// Lets a problem travel through DataFusion and come out as it was.
impl From<Problem> for DataFusionError {
    fn from(problem: Problem) -> Self {
        Self::External(Box::new(problem))
    }
}

impl Source {
    /// A text with the name the user knows it by.
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), text: text.into() }
    }

    /// What lies between two positions, each a line and a column from 1: on one line the whole, on
    /// several its first character.
    pub fn between(&self, start: (u64, u64), end: (u64, u64)) -> Option<Place> {
        let at = |number: u64| usize::try_from(number).unwrap_or_default();
        let length = if start.0 == end.0 { end.1.saturating_sub(start.1) } else { 1 };
        self.place(at(start.0), at(start.1), at(length))
    }

    /// Where a piece of text stands, if it stands in one place only.
    pub fn find(&self, text: &str) -> Option<Place> {
        let mut found = self.text.match_indices(text);
        let (at, _) = found.next().filter(|_| found.next().is_none())?;
        let before = &self.text[..at];
        let line = before.matches('\n').count() + 1;
        let column = before.lines().last().filter(|_| !before.ends_with('\n'));
        let column = column.map_or(0, |line| line.chars().count()) + 1;
        self.place(line, column, text.chars().count())
    }

    /// A stretch of it. A line or column of 0 means nowhere in particular.
    pub fn place(&self, line: usize, column: usize, length: usize) -> Option<Place> {
        let place = Place { source: self.clone(), line, column, length: length.max(1) };
        (line > 0 && column > 0).then_some(place)
    }
}

/// The known name that is most like the given one, if any is like it at all.
pub fn closest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let given = given.to_lowercase();
    known
        .into_iter()
        .map(|name| (strsim::normalized_damerau_levenshtein(&given, &name.to_lowercase()), name))
        .filter(|(likeness, _)| *likeness >= 0.6)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_is_recognised_and_nonsense_is_not() {
        let known = ["nps", "churn_rate", "retention_rate"];
        assert_eq!(closest("churnrate", known), Some("churn_rate"));
        assert_eq!(closest("nsp", ["now", "nps"]), Some("nps"));
        assert_eq!(closest("Retention_Rat", known), Some("retention_rate"));
        assert_eq!(closest("median", known), None);
    }
}
