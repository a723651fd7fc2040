//! Heads of ledgers whose time is not the operator's word alone.

use crate::db::{Batch, Row};
use crate::{Store, StoreError, params};

/// Such a head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadRow {
    /// The tree's size.
    pub size: i64,
    /// The checkpoint, with the lines of its witnesses.
    pub note: String,
    /// An authority's timestamp over its text, in DER.
    pub stamp: Option<Vec<u8>>,
    /// When the certificate of that authority ends, in milliseconds.
    pub stamp_until: Option<i64>,
    /// The newest of these times, in milliseconds.
    pub time_ms: i64,
}

/// Keeps a head; one of the same size is replaced.
pub fn put(batch: &mut Batch, ledger_id: &str, head: &HeadRow) {
    batch.push(
        "INSERT INTO ledger_head (ledger_id, size, note, stamp, stamp_until, time_ms) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (ledger_id, size) \
         DO UPDATE SET note = excluded.note, stamp = excluded.stamp, stamp_until = excluded.stamp_until, time_ms = excluded.time_ms",
        params![ledger_id, head.size, head.note.as_str(), head.stamp.clone(), head.stamp_until, head.time_ms],
    );
}

/// The newest head with a time.
pub async fn newest(store: &Store, ledger_id: &str) -> Result<Option<HeadRow>, StoreError> {
    const SQL: &str = "SELECT size, note, stamp, stamp_until, time_ms FROM ledger_head WHERE ledger_id = $1 ORDER BY size DESC LIMIT 1";
    store.db().read_one(SQL, params![ledger_id]).await?.map(|row| read(&row)).transpose()
}

/// Heads with a time that are smaller than a size, the newest first.
pub async fn before(store: &Store, ledger_id: &str, size: i64, max: i64) -> Result<Vec<HeadRow>, StoreError> {
    const SQL: &str = "SELECT size, note, stamp, stamp_until, time_ms FROM ledger_head \
        WHERE ledger_id = $1 AND size < $2 ORDER BY size DESC LIMIT $3";
    store.db().read(SQL, params![ledger_id, size, max]).await?.iter().map(read).collect()
}

/// The newest head that an authority stamped.
pub async fn newest_stamped(store: &Store, ledger_id: &str) -> Result<Option<HeadRow>, StoreError> {
    const SQL: &str = "SELECT size, note, stamp, stamp_until, time_ms FROM ledger_head \
        WHERE ledger_id = $1 AND stamp IS NOT NULL ORDER BY size DESC LIMIT 1";
    store.db().read_one(SQL, params![ledger_id]).await?.map(|row| read(&row)).transpose()
}

/// The same among so many of the newest heads, for whoever may ask often where none is stamped.
pub async fn stamped_among(store: &Store, ledger_id: &str, newest: i64) -> Result<Option<HeadRow>, StoreError> {
    const SQL: &str = "SELECT size, note, stamp, stamp_until, time_ms FROM \
        (SELECT size, note, stamp, stamp_until, time_ms FROM ledger_head WHERE ledger_id = $1 ORDER BY size DESC LIMIT $2) h \
        WHERE stamp IS NOT NULL ORDER BY size DESC LIMIT 1";
    store.db().read_one(SQL, params![ledger_id, newest]).await?.map(|row| read(&row)).transpose()
}

/// The head of a size, if it has a time.
pub async fn of_size(store: &Store, ledger_id: &str, size: i64) -> Result<Option<HeadRow>, StoreError> {
    const SQL: &str = "SELECT size, note, stamp, stamp_until, time_ms FROM ledger_head \
        WHERE ledger_id = $1 AND size = $2";
    store.db().read_one(SQL, params![ledger_id, size]).await?.map(|row| read(&row)).transpose()
}

/// The oldest head with a time that holds an index.
pub async fn first_with(store: &Store, ledger_id: &str, index: i64) -> Result<Option<HeadRow>, StoreError> {
    const SQL: &str = "SELECT size, note, stamp, stamp_until, time_ms FROM ledger_head \
        WHERE ledger_id = $1 AND size > $2 ORDER BY size LIMIT 1";
    store.db().read_one(SQL, params![ledger_id, index]).await?.map(|row| read(&row)).transpose()
}

fn read(row: &Row) -> Result<HeadRow, StoreError> {
    Ok(HeadRow {
        size: row.int(0)?,
        note: row.text(1)?.to_owned(),
        stamp: row.bytes_opt(2)?.map(<[u8]>::to_vec),
        stamp_until: row.int_opt(3)?,
        time_ms: row.int(4)?,
    })
}
