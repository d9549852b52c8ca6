//! What a relation says of itself.

/// A relation as its user sees it.
#[derive(Debug)]
pub struct RelationSpec {
    /// The SQL name, in lower case.
    pub name: &'static str,
    /// What its rows are, in one sentence.
    pub summary: &'static str,
    /// The arguments behind the table, all of them by name.
    pub args: &'static [RelationArg],
    /// The columns of the result, each with what it means.
    pub columns: &'static [(&'static str, &'static str)],
    /// What NULL, ties and the borders of periods do.
    pub rules: &'static str,
    /// Where the definition comes from, and where others differ.
    pub source: &'static str,
    /// A query that needs no table; its result is in the test of the relation.
    pub example: &'static str,
    /// Two arguments of which a call can have one.
    pub either: Option<[&'static str; 2]>,
    /// The column that is there only where an argument is given, and the argument.
    pub only_with: Option<[&'static str; 2]>,
    /// The SQL that it stands for, chosen by the words that were given.
    pub template: fn(&Words) -> &'static str,
    /// Functions and relations to look at beside this one.
    pub related: &'static [&'static str],
    /// The first version that had it.
    pub since: &'static str,
}

/// An argument of a relation.
#[derive(Debug)]
pub struct RelationArg {
    /// Its name.
    pub name: &'static str,
    /// What it may be.
    pub takes: Takes,
    /// What it is when it is not given, as SQL; without one it must be given.
    pub default: Option<&'static str>,
    /// What it means, with its unit.
    pub doc: &'static str,
}

/// What an argument may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Any expression over the columns of the table.
    Anything,
    /// A timestamp or a date of each row.
    Time,
    /// A number of each row.
    Number,
    /// A condition on each row.
    Condition,
    /// One of some words.
    Word(&'static [&'static str]),
    /// One of some words, or a list of several of them.
    Words(&'static [&'static str]),
    /// A whole number within two bounds.
    Whole {
        /// The least it can be.
        least: u64,
        /// The most it can be.
        most: u64,
    },
    /// A list of whole numbers, each greater than the one before it.
    Bounds,
    /// A list of conditions on each row. How many there are is the placeholder `$count`.
    Conditions,
    /// Numbers of those conditions that are not the first, in a text.
    Numbers,
    /// A list of lengths of time without months, the same for all rows: one at most for each of those
    /// conditions that is not the first.
    Lengths,
    /// A list of texts.
    Texts,
    /// A text, the same for all rows.
    Text,
    /// A length of time, the same for all rows.
    Interval,
    /// A length of time without months, the same for all rows; and whether it can be nothing.
    Length {
        /// Whether it can be nothing.
        zero: bool,
    },
    /// A point in time, the same for all rows.
    Moment,
    /// True or false, the same for all rows.
    Flag,
}

/// The words that a call gave, by argument, and which arguments it gave at all.
#[derive(Debug, Default)]
pub struct Words {
    pub(super) words: Vec<(&'static str, String)>,
    pub(super) given: Vec<&'static str>,
}

impl Words {
    /// Whether the call gave this argument.
    #[must_use]
    pub fn gave(&self, arg: &str) -> bool {
        self.given.contains(&arg)
    }

    /// The word that was given for an argument, or its default.
    #[must_use]
    pub fn get(&self, arg: &str) -> &str {
        let found = self.words.iter().find(|(name, _)| *name == arg);
        found.map_or("", |(_, word)| word.as_str())
    }
}

impl Takes {
    /// What it must be, as the end of "it must be …".
    #[must_use]
    pub fn description(self) -> String {
        match self {
            Self::Anything => "an expression over the columns of the table".to_owned(),
            Self::Time => "a timestamp or a date".to_owned(),
            Self::Number => "a number".to_owned(),
            Self::Condition => "BOOLEAN".to_owned(),
            Self::Word(words) => one_of(words),
            Self::Words(words) => format!("{}, or a list of several, each once", one_of(words)),
            Self::Whole { least, most } => format!("a whole number from {least} to {most}"),
            Self::Bounds => "a list of at least two whole numbers, each greater than the one \
                             before, such as [0, 1, 7, 30]"
                .to_owned(),
            Self::Conditions => {
                "a list of conditions, such as [page = 'cart', page = 'thanks']".to_owned()
            }
            Self::Numbers => {
                "one or more whole numbers from 2 on, separated by commas, such as '2, 4'"
                    .to_owned()
            }
            Self::Lengths => "a list of INTERVALs of days or less, each or NULL, such as \
                              [INTERVAL '1 hour', NULL]"
                .to_owned(),
            Self::Texts => "a list of texts, such as ['cart', 'thanks']".to_owned(),
            Self::Text => "a text".to_owned(),
            Self::Interval => "an INTERVAL, such as INTERVAL '30 days'".to_owned(),
            Self::Length { zero: true } => {
                "an INTERVAL of days or less, such as INTERVAL '30 minutes'".to_owned()
            }
            Self::Length { zero: false } => {
                "an INTERVAL of days or less that is not nothing, such as INTERVAL '30 minutes'"
                    .to_owned()
            }
            Self::Moment => "a point in time, such as TIMESTAMP '2025-01-01'".to_owned(),
            Self::Flag => "true or false".to_owned(),
        }
    }

    /// Whether it is the same for all rows.
    #[must_use]
    pub const fn is_constant(self) -> bool {
        !matches!(
            self,
            Self::Anything | Self::Time | Self::Number | Self::Condition | Self::Conditions
        )
    }
}

impl RelationSpec {
    /// How it is called, for a reader.
    #[must_use]
    pub fn call(&self) -> String {
        let args = self.args.iter().map(|arg| match arg.default {
            None => format!(", {} => …", arg.name),
            Some(_) => format!(" [, {} => …]", arg.name),
        });
        format!("{}(TABLE …{})", self.name, args.collect::<String>())
    }
}

fn one_of(words: &[&str]) -> String {
    let words: Vec<_> = words.iter().map(|word| format!("'{word}'")).collect();
    format!("one of {}", words.join(", "))
}
