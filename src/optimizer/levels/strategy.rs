//! What a session wants: `SET tenure.entity_strategy = 'two_levels'`.

use std::any::Any;
use std::str::FromStr;

use datafusion::common::config_err;
use datafusion::config::{ConfigEntry, ConfigExtension, ConfigOptions, ExtensionOptions};
use datafusion::error::DataFusionError;

/// How a metric over customers is computed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum EntityStrategy {
    /// As a table of customers; in two levels where memory is limited and a table does not fit in it.
    #[default]
    Auto,
    /// As a table of customers, whatever happens.
    Table,
    /// In two levels, which spill and distribute.
    TwoLevels,
}

/// The options of a session that begin with `tenure`.
#[derive(Debug, Clone, Default)]
pub struct EntityOptions {
    /// How metrics over customers are computed.
    pub entity_strategy: EntityStrategy,
}

impl EntityStrategy {
    /// Every one there is.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Table, Self::TwoLevels];

    /// What a session wants.
    pub(super) fn of(options: &ConfigOptions) -> Self {
        let own = options.extensions.get::<EntityOptions>();
        own.map_or_else(Self::default, |own| own.entity_strategy)
    }

    /// What it is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Table => "table",
            Self::TwoLevels => "two_levels",
        }
    }
}

impl FromStr for EntityStrategy {
    /// What it must be, as the end of "it …".
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|known| text.eq_ignore_ascii_case(known.name()));
        known.ok_or_else(|| {
            format!("must be one of {}, not {text}", Self::ALL.map(Self::name).join(", "))
        })
    }
}

impl EntityOptions {
    const KEY: &'static str = "entity_strategy";

    /// Those of a session in which metrics over customers are computed in this way.
    #[must_use]
    pub const fn new(entity_strategy: EntityStrategy) -> Self {
        Self { entity_strategy }
    }
}

impl ConfigExtension for EntityOptions {
    const PREFIX: &'static str = "tenure";
}

impl ExtensionOptions for EntityOptions {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }

    fn cloned(&self) -> Box<dyn ExtensionOptions> {
        Box::new(self.clone())
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), DataFusionError> {
        if key != Self::KEY {
            return config_err!("there is no option tenure.{key}, only tenure.{}", Self::KEY);
        }
        match value.parse() {
            Ok(strategy) => {
                self.entity_strategy = strategy;
                Ok(())
            }
            Err(why) => config_err!("tenure.{key} {why}"),
        }
    }

    fn entries(&self) -> Vec<ConfigEntry> {
        vec![ConfigEntry {
            key: format!("{}.{}", Self::PREFIX, Self::KEY),
            value: Some(self.entity_strategy.name().to_owned()),
            description: "How metrics over customers are computed: auto, table or two_levels",
        }]
    }
}
