//! Builds the DataFusion sessions that reports run in.

use std::num::NonZeroUsize;
use std::sync::Arc;

use datafusion::catalog::{CatalogProvider, MemoryCatalogProvider};
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::prelude::{SessionConfig, SessionContext};

use crate::clock::Clock;
use crate::lake::{Config, Lake, LakeSchema, VisibleFiles};
use crate::optimizer::{self, EntityOptions, EntityStrategy};
use crate::problem::{Problem, Result};
use crate::relation;

/// How much of the machine a run may use.
#[derive(Debug, Clone, Copy, Default)]
pub struct Limits {
    /// Threads, all of them if `None`.
    pub threads: Option<NonZeroUsize>,
    /// Bytes of memory for the state of queries, unlimited if `None`. Beyond it, what can spill to
    /// disk spills.
    pub memory: Option<usize>,
    /// How metrics over customers are computed within these.
    pub entities: EntityStrategy,
}

/// What every report of a run shares: the lake, the clock, memory and caches.
pub struct Engine {
    lake: Arc<Lake>,
    clock: Clock,
    config: SessionConfig,
    runtime: Arc<RuntimeEnv>,
}

impl Engine {
    /// The catalog and the schema that unqualified table names are looked up in.
    const CATALOG: &'static str = "tenure";
    const SCHEMA: &'static str = "lake";

    /// How many of the largest consumers an out-of-memory message names.
    const CONSUMERS_NAMED: NonZeroUsize = NonZeroUsize::new(3).unwrap();

    /// An engine over the lake of a configuration.
    pub fn new(config: &Config, limits: Limits, clock: Clock) -> Result<Self> {
        let runtime = runtime(limits)?;
        let session = session_config(limits);
        let reader = SessionContext::new_with_config_rt(session.clone(), Arc::clone(&runtime));
        Ok(Self { lake: Arc::new(Lake::new(config, reader)?), clock, config: session, runtime })
    }

    /// The lake that queries read.
    pub fn lake(&self) -> &Lake {
        &self.lake
    }

    /// The moment of the run.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// A session of its own for one report: its views are nobody else's.
    pub fn session(&self) -> Result<SessionContext> {
        let context = self.bare_session()?;
        let catalog = MemoryCatalogProvider::new();
        catalog
            .register_schema(Self::SCHEMA, Arc::new(LakeSchema::new(Arc::clone(&self.lake))))
            .map_err(|error| Problem::execution(error.strip_backtrace()))?;
        context.register_catalog(Self::CATALOG, Arc::new(catalog));
        Ok(context)
    }

    /// A session that knows the functions but not the lake.
    pub fn bare_session(&self) -> Result<SessionContext> {
        let builder = SessionStateBuilder::new_with_default_features()
            .with_config(self.config.clone())
            .with_runtime_env(Arc::clone(&self.runtime));
        let mut state = optimizer::install(builder).build();
        tenure_udfs::register_all(&mut state)
            .and_then(|()| relation::register(&mut state))
            .map_err(|error| Problem::execution(error.strip_backtrace()))?;
        Ok(SessionContext::new_with_state(state))
    }

    /// The state of a session with the clock of the run in it. Every plan of the run is made with
    /// such a state, so that `now()` is the same moment everywhere.
    pub fn state(&self, session: &SessionContext) -> SessionState {
        let mut state = session.state();
        state.execution_props_mut().query_execution_start_time = Some(self.clock.moment());
        state
    }
}

fn session_config(limits: Limits) -> SessionConfig {
    let mut config = SessionConfig::new()
        .with_create_default_catalog_and_schema(true)
        .with_default_catalog_and_schema(Engine::CATALOG, Engine::SCHEMA)
        .with_information_schema(true)
        .with_option_extension(EntityOptions::new(limits.entities));
    if let Some(threads) = limits.threads {
        config = config.with_target_partitions(threads.get());
    }
    let options = config.options_mut();
    // Errors point at the text that is to blame.
    options.sql_parser.collect_spans = true;
    // `now()` is a moment and not a reading of some clock on some wall.
    options.execution.time_zone = Some("+00:00".to_owned());
    // Files in plain folders below a table belong to it.
    options.execution.listing_table_ignore_subdirectory = false;
    config
}

fn runtime(limits: Limits) -> Result<Arc<RuntimeEnv>> {
    let mut builder = RuntimeEnvBuilder::new();
    if let Some(bytes) = limits.memory {
        // Every operator that can spill gets its share, so that one cannot starve the others.
        let pool = FairSpillPool::new(bytes);
        builder = builder
            .with_memory_pool(Arc::new(TrackConsumersPool::new(pool, Engine::CONSUMERS_NAMED)));
    }
    let runtime =
        builder.build_arc().map_err(|error| Problem::execution(error.strip_backtrace()))?;
    let local = ObjectStoreUrl::local_filesystem();
    runtime.register_object_store(local.as_ref(), Arc::new(VisibleFiles::default()));
    Ok(runtime)
}
