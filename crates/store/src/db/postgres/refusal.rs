//! PostgreSQL's errors in the store's words.
//!
//! DETAIL is never shown, and of the classes 22 and 23 (data, constraints) not the message either: both quote values.

use std::error::Error as _;
use std::io;

use deadpool_postgres::PoolError;
use tokio_postgres::Error;
use tokio_postgres::error::{DbError, SqlState};

use super::super::StoreError;
use super::super::config::PostgresConfig;

pub(super) fn refusal(error: &Error) -> StoreError {
    let Some(db) = error.as_db_error() else {
        let cause = error.source().map(|source| format!(": {source}")).unwrap_or_default();
        return match is_lost(error) {
            true => StoreError::unavailable("the connection to PostgreSQL was lost"),
            false => StoreError::broken(format!("PostgreSQL: {error}{cause}")),
        };
    };
    let constraint = || db.constraint().or(db.table()).unwrap_or("unnamed").to_owned();
    match db.code() {
        &SqlState::UNIQUE_VIOLATION => StoreError::Conflict { constraint: constraint() },
        // Two nodes that make a table at once: IF NOT EXISTS looks before it leaps.
        &SqlState::DUPLICATE_OBJECT | &SqlState::DUPLICATE_TABLE => StoreError::Conflict { constraint: constraint() },
        &SqlState::FOREIGN_KEY_VIOLATION => StoreError::Reference { constraint: constraint() },
        &SqlState::DISK_FULL => StoreError::DiskFull,
        &SqlState::READ_ONLY_SQL_TRANSACTION => StoreError::ReadOnly,
        &SqlState::QUERY_CANCELED => StoreError::unavailable("a statement took too long"),
        &SqlState::LOCK_NOT_AVAILABLE => StoreError::unavailable("a row stayed locked too long"),
        code if is_temporary(code) => StoreError::unavailable(db.message()),
        code if matches!(code.code().get(..2), Some("22" | "23")) => {
            StoreError::broken(format!("PostgreSQL {} ({})", code.code(), constraint()))
        }
        code => StoreError::broken(format!("PostgreSQL {}: {}", code.code(), db.message())),
    }
}

/// The transaction was undone because of others and may be given again as it is.
pub(super) fn is_serialization(error: &Error) -> bool {
    error
        .code()
        .is_some_and(|code| matches!(*code, SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED))
}

/// The connection is gone, or about to go with the server.
pub(super) fn is_lost(error: &Error) -> bool {
    match error.as_db_error().map(DbError::code) {
        Some(code) => is_server_end(code),
        None => error.is_closed() || error.source().is_some_and(|source| source.is::<io::Error>()),
    }
}

fn is_server_end(code: &SqlState) -> bool {
    let ending = [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN, SqlState::CANNOT_CONNECT_NOW];
    ending.contains(code) || code.code().starts_with("08")
}

fn is_temporary(code: &SqlState) -> bool {
    is_server_end(code) || matches!(code.code().get(..2), Some("40" | "53"))
}

/// Why no connection was to be had while serving.
pub(super) fn pool_refusal(error: &PoolError) -> StoreError {
    match error {
        PoolError::Timeout(_) => StoreError::unavailable("no connection to PostgreSQL became free in time"),
        PoolError::Backend(error) | PoolError::PostCreateHook(deadpool_postgres::HookError::Backend(error)) => {
            StoreError::unavailable(format!("PostgreSQL cannot be reached: {}", reason(error)))
        }
        other => StoreError::unavailable(format!("no connection to PostgreSQL: {other}")),
    }
}

/// Why the first connection failed, with the place that was tried.
pub(super) fn connect_refusal(error: &PoolError, config: &PostgresConfig) -> StoreError {
    let place = config.place();
    match error {
        PoolError::Timeout(_) => StoreError::unavailable(format!("PostgreSQL at {place} does not answer")),
        PoolError::Backend(error) | PoolError::PostCreateHook(deadpool_postgres::HookError::Backend(error)) => {
            let what = format!("PostgreSQL at {place} cannot be used: {}", reason(error));
            match error.as_db_error().map(DbError::code) {
                Some(code) if !is_temporary(code) => StoreError::Setup(what),
                None if is_tls(error) => StoreError::Setup(what),
                _ => StoreError::Unavailable(what),
            }
        }
        other => StoreError::setup(format!("PostgreSQL at {place} cannot be used: {other}")),
    }
}

/// The certificate of one side did not please the other.
fn is_tls(error: &Error) -> bool {
    let io = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    io.and_then(io::Error::get_ref).is_some_and(|inner| inner.is::<rustls::Error>())
}

/// No statement ran yet, so that nothing here can quote a parameter.
fn reason(error: &Error) -> String {
    match (error.as_db_error(), error.source()) {
        (Some(db), _) => db.message().to_owned(),
        (None, Some(source)) => format!("{error}: {source}"),
        (None, None) => error.to_string(),
    }
}
