//! A store of its own for each server: a file in the build's folder, or a schema in PostgreSQL.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use store::db::Config;
use store::{KeySource, MasterKey, Store};

/// The two engines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// In this process.
    Sqlite,
    /// Where `COUNTERSIGN_TEST_PG` says.
    Postgres,
}

/// An empty database; it goes with its last server.
#[derive(Debug)]
pub struct Place {
    /// How it is reached.
    pub config: Config,
    directory: PathBuf,
}

static NEXT: AtomicU32 = AtomicU32::new(0);

impl Place {
    /// An empty database; `None` where there is no such engine.
    pub fn new(engine: Engine) -> Option<Self> {
        Self::named(engine, &format!("wire_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)))
    }

    /// The database of a name, which another process may have made; `None` where there is no such engine.
    pub fn named(engine: Engine, name: &str) -> Option<Self> {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tmp").join(name);
        std::fs::create_dir_all(&directory).expect("a directory");
        let config = match engine {
            Engine::Sqlite => Config::Sqlite { path: directory.join("store.db") },
            Engine::Postgres => {
                let url = std::env::var_os("COUNTERSIGN_TEST_PG")?.into_string().expect("a URL");
                let mut config = Config::parse_url(&url).expect("a URL of PostgreSQL");
                if let Config::Postgres(config) = &mut config {
                    config.schema = Some(name.to_owned());
                    name.clone_into(&mut config.application_name);
                    config.pool_max = 6;
                }
                config
            }
        };
        Some(Self { config, directory })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.directory.file_name().and_then(|name| name.to_str()).expect("a name")
    }

    /// Where a node remembers the heads of ledgers.
    pub fn heads(&self) -> PathBuf {
        self.directory.join("heads")
    }

    /// Opens the store as a node does.
    pub async fn open(&self, config: &Config) -> Store {
        let key = KeySource::Given(MasterKey::from_bytes(&[7; 32]).expect("a key"));
        Store::open(config, &key).await.expect("opens")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Config::Postgres(config) = &self.config {
            drop_schema(config);
        }
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

/// Drops the schema on a thread of its own, since a destructor can't wait.
fn drop_schema(config: &store::db::PostgresConfig) {
    let (config, schema) = (config.clone(), config.schema.clone().unwrap_or_default());
    let dropping = std::thread::spawn(move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        runtime.block_on(async {
            let Ok(db) = store::Db::open(&Config::Postgres(Box::new(config))).await else { return };
            let mut batch = store::Batch::new();
            batch.push(format!("DROP SCHEMA {schema} CASCADE").leak(), Vec::new());
            let _ = db.commit(batch).await;
        });
    });
    let _ = dropping.join();
}
