//! One statement on one connection, and how the five kinds of values travel.
//!
//! PostgreSQL infers the type of each parameter when it prepares the statement; the value is encoded as that type, or
//! refused where it does not fit. Nothing is converted that SQLite would not take in the same way.

use std::error::Error;

use bytes::BytesMut;
use deadpool_postgres::ClientWrapper;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use super::super::batch::Outcome;
use super::super::{Row, StoreError, Value};
use super::refusal::refusal;

/// Why a statement did not run.
pub(super) enum Failure {
    Postgres(tokio_postgres::Error),
    Store(StoreError),
}

impl Failure {
    pub(super) fn into_error(self) -> StoreError {
        match self {
            Self::Postgres(error) => refusal(&error),
            Self::Store(error) => error,
        }
    }
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Postgres(error)
    }
}

/// Prepares a statement once for each connection, and runs it.
pub(super) async fn statement(client: &ClientWrapper, sql: &str, params: &[Value]) -> Result<Outcome, Failure> {
    let prepared = client.prepare_cached(sql).await?;
    prepared_statement(client, &prepared, params).await
}

/// Runs a prepared statement. It is sent at the first poll, which lets many travel in one round trip.
pub(super) async fn prepared_statement(
    client: &ClientWrapper,
    prepared: &tokio_postgres::Statement,
    params: &[Value],
) -> Result<Outcome, Failure> {
    let count = prepared.params().len();
    if count != params.len() {
        let what = format!("a statement of {count} parameters was given {}", params.len());
        return Err(Failure::Store(StoreError::Broken(what)));
    }
    let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|value| value as _).collect();
    if prepared.columns().is_empty() {
        let changed = client.execute(prepared, &params).await?;
        return Ok(Outcome { changed, rows: Vec::new() });
    }
    let found = client.query(prepared, &params).await?;
    let rows = found.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(Outcome { changed: rows.len() as u64, rows })
}

fn read(row: &tokio_postgres::Row) -> Result<Row, tokio_postgres::Error> {
    let columns: Result<_, _> = (0..row.len()).map(|i| row.try_get::<_, Column>(i).map(|column| column.0)).collect();
    columns.map(Row::new)
}

struct Column(Value);

impl<'a> FromSql<'a> for Column {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(match *ty {
            Type::BOOL => Value::Bool(bool::from_sql(ty, raw)?),
            Type::INT8 => Value::Int(i64::from_sql(ty, raw)?),
            Type::INT4 => Value::Int(i32::from_sql(ty, raw)?.into()),
            Type::INT2 => Value::Int(i16::from_sql(ty, raw)?.into()),
            Type::BYTEA => Value::Bytes(Vec::from_sql(ty, raw)?),
            _ => Value::Text(String::from_sql(ty, raw)?),
        }))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(Value::Null))
    }

    fn accepts(ty: &Type) -> bool {
        matches!(*ty, Type::BOOL | Type::INT8 | Type::INT4 | Type::INT2 | Type::BYTEA)
            || <String as FromSql<'_>>::accepts(ty)
    }
}

impl ToSql for Value {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        let number = match self {
            Self::Int(int) => Some(*int),
            Self::Bool(bool) => Some(i64::from(*bool)),
            _ => None,
        };
        match (self, ty, number) {
            (Self::Null, ..) => Ok(IsNull::Yes),
            (Self::Text(text), ..) if <&str as ToSql>::accepts(ty) => text.as_str().to_sql(ty, out),
            (Self::Bytes(bytes), &Type::BYTEA, _) => bytes.as_slice().to_sql(ty, out),
            (_, &Type::INT8, Some(number)) => number.to_sql(ty, out),
            (_, &Type::INT4, Some(number)) => i32::try_from(number)?.to_sql(ty, out),
            (_, &Type::INT2, Some(number)) => i16::try_from(number)?.to_sql(ty, out),
            (_, &Type::BOOL, Some(number @ (0 | 1))) => (number == 1).to_sql(ty, out),
            _ => Err(format!("it is {} where PostgreSQL inferred {ty}; CAST it in the statement", self.kind()).into()),
        }
    }

    /// Decided by the value.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
