//! Constants of a call, such as `level => 0.9`: what they may be, and when they matter.

/// A constant that says how a function computes, read when a query is planned.
#[derive(Debug)]
pub struct Setting {
    /// Its name, usable as `name => value`.
    pub name: &'static str,
    /// What it may be.
    pub domain: Domain,
    /// When it matters.
    pub stage: Stage,
    /// What it means, with its unit.
    pub doc: &'static str,
}

/// What a setting may be. One without a default must be given.
#[derive(Debug, Clone, Copy)]
pub enum Domain {
    /// A number strictly between two bounds.
    Between {
        /// What it is when it is not given.
        default: Option<f64>,
        /// The bound that it must exceed.
        above: f64,
        /// The bound that it must not reach.
        below: f64,
    },
    /// A whole number from one bound to another.
    Whole {
        /// What it is when it is not given.
        default: i64,
        /// The least it can be.
        min: i64,
        /// The most it can be.
        max: i64,
    },
    /// One of some words, the first of which is the default.
    Choice(&'static [&'static str]),
    /// One of some words, which must be given.
    Word(&'static [&'static str]),
    /// Any of some words, separated by commas; by default none.
    Words(&'static [&'static str]),
    /// Any whole numbers from one bound to another, separated by commas; by default none.
    Numbers {
        /// The least that one can be.
        min: u32,
        /// The most that one can be.
        max: u32,
    },
    /// A length of time, which must be given.
    Window,
    /// A length of time; by default none.
    OptionalWindow,
    /// A list of lengths of time, NULL for none; by default no list.
    Windows,
    /// A text of a syntax of its own, which must be given.
    Text(&'static str),
}

/// When a setting matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// While rows are read: states of different settings must not be merged.
    Rows,
    /// When the result is computed from the state: stored states serve any.
    Result,
    /// In both.
    Both,
}

impl Setting {
    /// Whether it can be left out.
    #[must_use]
    pub const fn is_optional(&self) -> bool {
        !matches!(
            self.domain,
            Domain::Between { default: None, .. }
                | Domain::Word(_)
                | Domain::Window
                | Domain::Text(_)
        )
    }

    /// Its default as SQL, if it has one.
    #[must_use]
    pub fn default_sql(&self) -> Option<String> {
        match self.domain {
            Domain::Between { default, .. } => default.map(|number| number.to_string()),
            Domain::Whole { default, .. } => Some(default.to_string()),
            Domain::Choice(words) => words.first().map(|word| format!("'{word}'")),
            Domain::Words(_) | Domain::Numbers { .. } => Some("''".to_owned()),
            Domain::OptionalWindow | Domain::Windows => Some("NULL".to_owned()),
            Domain::Word(_) | Domain::Window | Domain::Text(_) => None,
        }
    }

    /// What it must be, as the end of "it must …".
    #[must_use]
    pub fn rule(&self) -> String {
        match self.domain {
            Domain::Between { above, below, .. } => {
                format!("be a number between {above} and {below}, both excluded")
            }
            Domain::Whole { min, max, .. } => format!("be a whole number from {min} to {max}"),
            Domain::Choice(words) | Domain::Word(words) => format!("be one of {}", quoted(words)),
            Domain::Words(words) => {
                format!("be one or more of {}, separated by commas", quoted(words))
            }
            Domain::Numbers { min, max } => {
                format!("be one or more whole numbers from {min} to {max}, separated by commas")
            }
            Domain::Windows => {
                "be a list such as [INTERVAL '1 hour', NULL], of INTERVALs of days or \
                                less, 0 or longer; for times that are whole numbers, of whole \
                                numbers of the same unit, such as [60, NULL]"
                    .to_owned()
            }
            Domain::Window | Domain::OptionalWindow => {
                "be an INTERVAL of days or less, 0 or longer; for times that are \
                               whole numbers, a whole number of the same unit"
                    .to_owned()
            }
            Domain::Text(what) => format!("be {what}"),
        }
    }

    /// How a signature writes its type.
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        match self.domain {
            Domain::Between { .. } => "constant number",
            Domain::Whole { .. } => "constant whole number",
            Domain::Choice(_)
            | Domain::Word(_)
            | Domain::Words(_)
            | Domain::Numbers { .. }
            | Domain::Text(_) => "constant text",
            Domain::Windows => "constant list of intervals or whole numbers",
            Domain::Window | Domain::OptionalWindow => "constant interval or whole number",
        }
    }
}

fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(", ")
}

/// Settings as they stand behind arguments, those that can be left out in brackets.
pub(crate) fn bracketed(settings: &[&Setting], text: impl Fn(&Setting) -> String) -> String {
    let mut list = String::new();
    let mut open = 0;
    for setting in settings {
        if setting.is_optional() {
            list += " [";
            open += 1;
        }
        list += ", ";
        list += &text(setting);
    }
    list + &"]".repeat(open)
}
