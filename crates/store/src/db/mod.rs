//! The thin layer between statements and the two engines: SQLite in this process, PostgreSQL over the wire.
//!
//! A statement is one `&'static str` for both engines with parameters `$1`, `$2`, … (`expand.rs` has the two tokens where
//! they differ). Reads answer rows at once; writes go as a [`Batch`] and are durable when `commit` answers. There are no
//! interactive transactions and no mapping of rows to structs: each noun's module does that in plain code.
//!
//! What waits for PostgreSQL is in a box: else every future of the server, those over SQLite too, would have room for it.

mod batch;
mod config;
mod error;
mod expand;
mod postgres;
mod sqlite;
mod value;

use std::sync::Arc;

pub use batch::{Batch, Committed};
pub use config::{Config, PostgresConfig, Tls, TlsMode};
pub use error::StoreError;
pub use value::{Row, Value};

use expand::{Dialect, expand};
use postgres::Postgres;
use sqlite::Sqlite;

/// A handle to the database; a clone is another handle to the same one. The last one closes it.
#[derive(Debug, Clone)]
pub struct Db {
    engine: Arc<Engine>,
}

#[derive(Debug)]
enum Engine {
    Sqlite(Box<Sqlite>),
    Postgres(Postgres),
}

impl Db {
    /// Opens the database without touching its schema: `Store::open` is what a server calls.
    pub async fn open(config: &Config) -> Result<Self, StoreError> {
        let engine = match config {
            Config::Sqlite { path } => Engine::Sqlite(Box::new(Sqlite::open(path)?)),
            Config::Postgres(config) => Engine::Postgres(Postgres::open(config).await?),
        };
        Ok(Self { engine: Arc::new(engine) })
    }

    /// All rows of a SELECT that is quick by its indexes. The statement itself says its LIMIT.
    pub async fn read(&self, sql: &'static str, params: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        Value::check(&params)?;
        match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.read(sql, &params),
            Engine::Postgres(postgres) => Box::pin(postgres.read(sql, &params)).await,
        }
    }

    /// The first row of a SELECT.
    pub async fn read_one(&self, sql: &'static str, params: Vec<Value>) -> Result<Option<Row>, StoreError> {
        Ok(self.read(sql, params).await?.into_iter().next())
    }

    /// Hands out the rows of a SELECT one by one, where all of them at once would be much memory. SQLite reads on only
    /// when a row has been dealt with, so `each` must be quick; PostgreSQL's rows have come before the first is handed out.
    pub async fn read_each(
        &self,
        sql: &'static str,
        params: Vec<Value>,
        mut each: impl FnMut(&Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        Value::check(&params)?;
        match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.read_each(sql, &params, &mut each),
            Engine::Postgres(postgres) => Box::pin(postgres.read(sql, &params)).await?.iter().try_for_each(each),
        }
    }

    /// The first row of a SELECT of little that many requests repeat. SQLite answers it from memory while nothing but
    /// logs was written, which is exact: this process is the file's only writer.
    pub async fn read_kept(&self, sql: &'static str, params: Vec<Value>) -> Result<Option<Row>, StoreError> {
        Value::check(&params)?;
        debug_assert!(!batch::reads_logs(sql), "an answer that is kept reads what batches of logs write: {sql}");
        let rows = match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.read_kept(sql, &params)?,
            Engine::Postgres(postgres) => Box::pin(postgres.read(sql, &params)).await?,
        };
        Ok(rows.into_iter().next())
    }

    /// All rows of a SELECT that may look at much: kept away from the connections and threads that quick reads use.
    pub async fn scan(&self, sql: &'static str, params: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        Value::check(&params)?;
        match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.scan(sql, params).await,
            Engine::Postgres(postgres) => Box::pin(postgres.scan(sql, &params)).await,
        }
    }

    /// Runs the batch as a whole or not at all. An answer means that it is on disk. Dropping the future does not stop a
    /// batch that is already under way.
    pub async fn commit(&self, batch: Batch) -> Result<Committed, StoreError> {
        for statement in &batch.statements {
            Value::check(&statement.params)?;
        }
        if batch.is_empty() {
            return Ok(Committed::default());
        }
        match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.commit(batch).await,
            Engine::Postgres(postgres) => Box::pin(postgres.commit(batch)).await,
        }
    }

    /// Several statements in one text, without parameters, as one transaction: for migrations.
    pub(crate) async fn run_script(&self, script: &str) -> Result<(), StoreError> {
        match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.run_script(expand(script, Dialect::Sqlite).into_owned()).await,
            Engine::Postgres(postgres) => postgres.run_script(expand(script, Dialect::Postgres).into_owned()).await,
        }
    }

    /// The engine's name, for logs and health.
    pub fn engine(&self) -> &'static str {
        match &*self.engine {
            Engine::Sqlite(_) => "sqlite",
            Engine::Postgres(_) => "postgres",
        }
    }
}
