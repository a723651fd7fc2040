//! One SQLite connection: its settings, binding by number, and the deadline that ends a runaway statement.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{ErrorCode, OpenFlags, PrepFlags, Statement, ToSql, ffi};

use super::super::batch::Outcome;
use super::super::{Row, StoreError, Value};

/// How long SQLite itself waits for a lock of another process, such as a backup tool.
const BUSY: Duration = Duration::from_secs(5);
const STATEMENTS: usize = 128;
/// Virtual machine steps between two looks at the clock; some tens of microseconds.
const STEPS: i32 = 4096;
/// Pages of the WAL before it is moved into the file: 32 MiB. Fewer, larger checkpoints cost a third less a row.
const CHECKPOINT_PAGES: i64 = 8000;
const WAL_LIMIT: i64 = 64 << 20;
/// Pages that the writer keeps: those at the ends of tables, and of indexes by chance values as many as fit.
const WRITER_CACHE_KIB: i64 = 6 * 1024;

pub(super) enum Kind {
    Writer,
    Reader,
}

#[derive(Debug)]
pub(super) struct Connection {
    sqlite: rusqlite::Connection,
    deadline: Deadline,
}

impl Connection {
    pub(super) fn open(path: &Path, kind: Kind) -> Result<Self, StoreError> {
        Self::try_open(path, kind).map_err(|error| match error {
            rusqlite::Error::SqliteFailure(failure, _) if failure.code == ErrorCode::NotADatabase => StoreError::setup(
                format!("{} is not a database of SQLite. Give another path, or move the file away", path.display()),
            ),
            error => StoreError::setup(format!("the database {} cannot be opened: {}", path.display(), refusal(error))),
        })
    }

    fn try_open(path: &Path, kind: Kind) -> rusqlite::Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut sqlite = rusqlite::Connection::open_with_flags(path, flags)?;
        sqlite.busy_timeout(BUSY)?;
        sqlite.set_prepared_statement_cache_capacity(STATEMENTS);
        // Plans don't depend on values: else SQLite plans some statements anew at every call, ten times their cost.
        sqlite.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        sqlite.pragma_update(None, "foreign_keys", true)?;
        sqlite.pragma_update(None, "temp_store", "MEMORY")?;
        sqlite.pragma_update(None, "trusted_schema", false)?;
        match kind {
            Kind::Writer => {
                sqlite.pragma_update(None, "journal_mode", "WAL")?;
                sqlite.pragma_update(None, "synchronous", "FULL")?;
                sqlite.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
                sqlite.pragma_update(None, "journal_size_limit", WAL_LIMIT)?;
                sqlite.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
            }
            Kind::Reader => {
                sqlite.pragma_update(None, "query_only", true)?;
                sqlite.pragma_update(None, "cache_size", -400)?;
            }
        }
        let deadline = Deadline::new();
        sqlite.progress_handler(STEPS, Some(deadline.watch()))?;
        Ok(Self { sqlite, deadline })
    }

    /// Runs one statement to its end, or until the deadline.
    pub(super) fn run(&self, sql: &str, params: &[Value], within: Duration) -> Result<Outcome, StoreError> {
        let mut rows = Vec::new();
        let keep = &mut |row: Row| {
            rows.push(row);
            Ok(())
        };
        let changed = self.timed(within, || self.step(sql, params, keep))?;
        Ok(Outcome { changed, rows })
    }

    /// The same, with each row handed on and not kept.
    pub(super) fn run_each(
        &self,
        sql: &str,
        params: &[Value],
        within: Duration,
        each: &mut dyn FnMut(&Row) -> Result<(), StoreError>,
    ) -> Result<u64, StoreError> {
        self.timed(within, || self.step(sql, params, &mut |row| each(&row)))
    }

    fn timed<T>(&self, within: Duration, work: impl FnOnce() -> T) -> T {
        self.deadline.set(within);
        let done = work();
        self.deadline.clear();
        done
    }

    /// A statement of the transaction itself, such as BEGIN.
    pub(super) fn control(&self, sql: &str) -> Result<(), StoreError> {
        self.sqlite.prepare_cached(sql).and_then(|mut statement| statement.raw_execute()).map_err(refusal).map(drop)
    }

    /// Several statements, without a deadline.
    pub(super) fn run_script(&self, script: &str) -> Result<(), StoreError> {
        self.sqlite.execute_batch(script).map_err(refusal)
    }

    /// False after an error that made SQLite give up the whole transaction.
    pub(super) fn in_transaction(&self) -> bool {
        !self.sqlite.is_autocommit()
    }

    fn step(
        &self,
        sql: &str,
        params: &[Value],
        each: &mut dyn FnMut(Row) -> Result<(), StoreError>,
    ) -> Result<u64, StoreError> {
        step(&mut *self.sqlite.prepare_cached(sql).map_err(refusal)?, params, each)
    }
}

/// A connection with its statements held open: found by where their texts are, and not by the texts.
pub(super) struct Prepared<'c> {
    connection: &'c Connection,
    statements: HashMap<(usize, usize), Statement<'c>>,
}

impl<'c> Prepared<'c> {
    pub(super) fn new(connection: &'c Connection) -> Self {
        Self { connection, statements: HashMap::new() }
    }

    /// As [`Connection::run`].
    pub(super) fn run(&mut self, sql: &'static str, params: &[Value], within: Duration) -> Result<Outcome, StoreError> {
        let key = (sql.as_ptr() as usize, sql.len());
        if self.statements.len() >= STATEMENTS && !self.statements.contains_key(&key) {
            self.statements.clear();
        }
        let statement = match self.statements.entry(key) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let flags = PrepFlags::SQLITE_PREPARE_PERSISTENT;
                place.insert(self.connection.sqlite.prepare_with_flags(sql, flags).map_err(refusal)?)
            }
        };
        let mut rows = Vec::new();
        let keep = &mut |row: Row| {
            rows.push(row);
            Ok(())
        };
        let changed = self.connection.timed(within, || step(statement, params, keep));
        // What was bound is kept no longer than it is needed.
        statement.clear_bindings();
        Ok(Outcome { changed: changed?, rows })
    }
}

/// Runs a statement: how many rows were changed, or handed to `each`.
fn step(
    statement: &mut Statement<'_>,
    params: &[Value],
    each: &mut dyn FnMut(Row) -> Result<(), StoreError>,
) -> Result<u64, StoreError> {
    bind(statement, params)?;
    let width = statement.column_count();
    if width == 0 {
        return Ok(statement.raw_execute().map_err(refusal)? as u64);
    }
    let mut count = 0;
    let mut found = statement.raw_query();
    while let Some(row) = found.next().map_err(refusal)? {
        let column = |i| row.get_ref(i).map_err(refusal).and_then(|value| read(i, value));
        each(Row::new((0..width).map(column).collect::<Result<_, _>>()?))?;
        count += 1;
    }
    Ok(count)
}

/// Binds parameters by their numbers (`?3`, as the text was expanded).
fn bind(statement: &mut Statement<'_>, params: &[Value]) -> Result<(), StoreError> {
    let count = statement.parameter_count();
    if count != params.len() {
        return Err(StoreError::broken(format!("a statement of {count} parameters was given {}", params.len())));
    }
    for (place, value) in (1..).zip(params) {
        statement.raw_bind_parameter(place, value).map_err(refusal)?;
    }
    Ok(())
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Bool(bool) => ValueRef::Integer(i64::from(*bool)),
            Self::Int(int) => ValueRef::Integer(*int),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

fn read(i: usize, value: ValueRef<'_>) -> Result<Value, StoreError> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(int) => Value::Int(int),
        ValueRef::Text(text) => {
            let text = std::str::from_utf8(text).map_err(|_| StoreError::broken(format!("column {i} is not UTF-8")))?;
            Value::Text(text.to_owned())
        }
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
        ValueRef::Real(_) => return Err(StoreError::broken(format!("column {i} is a floating-point number"))),
    })
}

/// SQLite's errors in the store's words. Its messages name tables, columns and SQL, never parameters.
fn refusal(error: rusqlite::Error) -> StoreError {
    let (failure, message) = match &error {
        rusqlite::Error::SqliteFailure(failure, message) => (failure, message.clone().unwrap_or_default()),
        rusqlite::Error::SqlInputError { error, msg, sql, .. } => (error, format!("{msg} in {sql}")),
        other => return StoreError::broken(format!("SQLite: {other}")),
    };
    let constraint = || message.split_once(": ").map_or(message.as_str(), |(_, names)| names).to_owned();
    match (failure.code, failure.extended_code) {
        (_, ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID) => {
            StoreError::Conflict { constraint: constraint() }
        }
        (_, ffi::SQLITE_CONSTRAINT_FOREIGNKEY) => StoreError::Reference { constraint: constraint() },
        (ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _) => {
            StoreError::unavailable("another process holds the database")
        }
        (ErrorCode::OperationInterrupted, _) => StoreError::unavailable("a statement took too long"),
        (ErrorCode::DiskFull, _) => StoreError::DiskFull,
        (ErrorCode::ReadOnly, _) => StoreError::ReadOnly,
        _ => StoreError::broken(format!("SQLite {}: {message}", failure.extended_code)),
    }
}

/// When the running statement must end, shared with SQLite's progress handler; 0 is never.
#[derive(Debug)]
struct Deadline {
    start: Instant,
    millis: Arc<AtomicU64>,
}

impl Deadline {
    fn new() -> Self {
        Self { start: Instant::now(), millis: Arc::default() }
    }

    fn set(&self, within: Duration) {
        let end = self.start.elapsed() + within;
        self.millis.store(end.as_millis() as u64, Ordering::Relaxed);
    }

    fn clear(&self) {
        self.millis.store(0, Ordering::Relaxed);
    }

    fn watch(&self) -> impl FnMut() -> bool + Send + 'static {
        let (start, millis) = (self.start, Arc::clone(&self.millis));
        move || {
            let end = millis.load(Ordering::Relaxed);
            end != 0 && start.elapsed().as_millis() as u64 > end
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use super::{Connection, Kind};
    use crate::db::StoreError;

    #[test]
    fn a_runaway_statement_ends_and_the_next_one_runs() {
        let connection = Connection::open(Path::new(":memory:"), Kind::Reader).unwrap();
        let endless = "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c";
        let error = connection.run(endless, &[], Duration::from_millis(20)).unwrap_err();
        assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
        assert_eq!(connection.run("SELECT 1", &[], Duration::from_secs(5)).unwrap().changed, 1);
    }
}
