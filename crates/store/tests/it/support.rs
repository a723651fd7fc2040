//! An empty database for each test on each engine.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use store::db::{Config, PostgresConfig};
use store::{Batch, Committed, Db, StoreError, Value};

/// A directory of its own and a database in it, or a schema of its own; both go when the test ends well.
pub(crate) struct Place {
    pub(crate) directory: PathBuf,
    pub(crate) config: Config,
}

static NEXT: AtomicU32 = AtomicU32::new(0);

impl Place {
    pub(crate) fn sqlite() -> Self {
        let (name, directory) = fresh();
        Self { config: Config::Sqlite { path: directory.join(name).with_extension("db") }, directory }
    }

    /// `None` where no PostgreSQL is given.
    pub(crate) fn postgres() -> Option<Self> {
        let url = std::env::var_os("COUNTERSIGN_TEST_PG")?.into_string().expect("a URL");
        let Config::Postgres(mut config) = Config::parse_url(&url).expect("a URL of PostgreSQL") else {
            panic!("COUNTERSIGN_TEST_PG is a URL of PostgreSQL");
        };
        let (name, directory) = fresh();
        config.schema = Some(name.clone());
        config.application_name = name;
        config.pool_max = 8;
        Some(Self { config: Config::Postgres(config), directory })
    }

    pub(crate) async fn open(&self) -> Db {
        Db::open(&self.config).await.expect("opens")
    }

    pub(crate) fn postgres_config(&mut self) -> &mut PostgresConfig {
        match &mut self.config {
            Config::Postgres(config) => config,
            Config::Sqlite { .. } => panic!("not PostgreSQL"),
        }
    }

    /// Leaves nothing behind. A failed test leaves all.
    pub(crate) async fn remove(self) {
        if let Config::Postgres(config) = &self.config {
            let schema = config.schema.as_deref().expect("a schema");
            let db = self.open().await;
            write(&db, format!("DROP SCHEMA {schema} CASCADE").leak(), vec![]).await.expect("drops");
        }
        let _ = std::fs::remove_dir_all(self.directory);
    }
}

fn fresh() -> (String, PathBuf) {
    let name = format!("it_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(&name);
    (name, directory)
}

/// Empty places on all engines there are.
pub(crate) fn places() -> Vec<Place> {
    [Some(Place::sqlite()), Place::postgres()].into_iter().flatten().collect()
}

/// Runs a case on an empty database of each engine.
pub(crate) async fn each(case: impl AsyncFn(&Db)) {
    for place in places() {
        let db = place.open().await;
        case(&db).await;
        drop(db);
        place.remove().await;
    }
}

/// Commits one statement.
pub(crate) async fn write(db: &Db, sql: &'static str, params: Vec<Value>) -> Result<Committed, StoreError> {
    let mut batch = Batch::new();
    batch.push(sql, params);
    db.commit(batch).await
}

/// Makes the table that most cases use.
pub(crate) async fn make_table(db: &Db) {
    let sql = "CREATE TABLE thing (id TEXT {C} PRIMARY KEY, n BIGINT, flag BOOLEAN, raw BYTEA)";
    write(db, sql, vec![]).await.expect("makes the table");
}

/// The ids in the table, in order.
pub(crate) async fn ids(db: &Db) -> Vec<String> {
    let rows = db.read("SELECT id FROM thing ORDER BY id", vec![]).await.expect("reads");
    rows.iter().map(|row| row.text(0).expect("text").to_owned()).collect()
}
