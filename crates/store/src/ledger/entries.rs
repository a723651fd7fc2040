//! Entries of ledgers: added while they wait for their index, placed, and found again.
//!
//! Within the store an entry goes by its arrival, a number, and a ledger by its number: what is repeated in every row and
//! index is short.

use crate::db::{Batch, Row, Value};
use crate::{Store, StoreError, params};

use super::CLOSED;

/// An entry's row.
#[derive(Clone, Debug)]
pub struct EntryRow {
    /// Its number by the order in which entries came; 0 before it is in the store.
    pub arrival: i64,
    /// Its id: base64url of its leaf's hash.
    pub id: String,
    /// Its index; None while it waits for one.
    pub position: Option<i64>,
    /// The kind's number.
    pub kind: i64,
    /// The leaf's octets.
    pub leaf: Vec<u8>,
    /// What the record's commitment is salted with.
    pub salt: Vec<u8>,
    /// The record's octets; None once it was erased.
    pub record: Option<Vec<u8>>,
}

/// The columns of [`read_entry`], before what else a statement reads.
macro_rules! entry_columns {
    ($rest:literal) => {
        concat!("SELECT e.id, e.position, e.kind, e.leaf, e.salt, e.record, e.arrival", $rest)
    };
}
pub(super) use entry_columns;

/// The number of the kind of entries that are outside times.
pub(super) const TIME: i64 = 7;
/// The number of the kind of entries that are renewals of such.
const RENEWAL: i64 = 11;

/// Adds an entry that waits for its index; the batch counts only while the ledger is open.
pub fn append(batch: &mut Batch, ledger_id: &str, entry: &EntryRow) {
    batch.expect(
        "INSERT INTO ledger_entry (id, ledger, position, kind, leaf, salt, record) \
         SELECT $1, n, NULL, $3, $4, $5, $6 FROM ledger WHERE id = $2 AND closed = FALSE{key share}",
        params![entry.id.as_str(), ledger_id, entry.kind, entry.leaf.clone(), entry.salt.clone(), entry.record.clone()],
        1,
        CLOSED,
    );
}

/// Adds an entry that has its index already: one that the sequencer makes itself.
pub fn append_placed(batch: &mut Batch, ledger_id: &str, entry: &EntryRow) {
    batch.push(
        "INSERT INTO ledger_entry (id, ledger, position, kind, leaf, salt, record) \
         VALUES ($1, (SELECT n FROM ledger WHERE id = $2), $3, $4, $5, $6, $7)",
        params![
            entry.id.as_str(),
            ledger_id,
            entry.position,
            entry.kind,
            entry.leaf.clone(),
            entry.salt.clone(),
            entry.record.clone()
        ],
    );
}

/// Gives an entry its index.
pub fn place_entry(batch: &mut Batch, arrival: i64, position: i64) {
    batch.expect(
        "UPDATE ledger_entry SET position = $2 WHERE arrival = $1 AND position IS NULL",
        params![arrival, position],
        1,
        "ledger entry",
    );
}

/// Keeps a message's octets beside its entry, which is there already.
pub fn keep_body(batch: &mut Batch, entry_id: &str, octets: &[u8]) {
    batch.push(
        "INSERT INTO ledger_body (arrival, octets) SELECT arrival, $2 FROM ledger_entry WHERE id = $1",
        params![entry_id, octets.to_vec()],
    );
}

/// A message's octets, where they were kept.
pub async fn body(store: &Store, entry_id: &str) -> Result<Option<Vec<u8>>, StoreError> {
    const SQL: &str = "SELECT b.octets FROM ledger_body b JOIN ledger_entry e ON e.arrival = b.arrival WHERE e.id = $1";
    store.db().read_one(SQL, params![entry_id]).await?.map(|row| row.bytes(0).map(<[u8]>::to_vec)).transpose()
}

/// Ledgers with entries that wait for their index.
pub async fn waiting(store: &Store) -> Result<Vec<String>, StoreError> {
    const SQL: &str = "SELECT l.id FROM ledger l WHERE l.closed = FALSE AND EXISTS \
        (SELECT 1 FROM ledger_entry e WHERE e.ledger = l.n AND e.position IS NULL)";
    store.db().read(SQL, params![]).await?.iter().map(|row| row.text(0).map(str::to_owned)).collect()
}

/// How many entries wait for their index.
pub async fn count_waiting(store: &Store, ledger_id: &str) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT COUNT(*) FROM ledger_entry \
        WHERE ledger = (SELECT n FROM ledger WHERE id = $1) AND position IS NULL";
    store.db().read_one(SQL, params![ledger_id]).await?.map_or(Ok(0), |row| row.int(0))
}

/// Entries that wait, in the order of their arrival.
pub async fn pending(store: &Store, ledger_id: &str, max: i64) -> Result<Vec<EntryRow>, StoreError> {
    const SQL: &str = entry_columns!(
        " FROM ledger_entry e WHERE e.ledger = (SELECT n FROM ledger WHERE id = $1) AND e.position IS NULL \
         ORDER BY e.arrival LIMIT $2"
    );
    store.db().read(SQL, params![ledger_id, max]).await?.iter().map(read_entry).collect()
}

/// Whether anything but outside times got an index from this one on.
pub async fn has_news(store: &Store, ledger_id: &str, from: i64) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT 1 FROM ledger_entry \
        WHERE ledger = (SELECT n FROM ledger WHERE id = $1) AND position >= $2 AND kind <> $3 AND kind <> $4 \
        LIMIT 1";
    Ok(store.db().read_one(SQL, params![ledger_id, from, TIME, RENEWAL]).await?.is_some())
}

/// Finds an entry in any of a realm's ledgers, open or closed, with that ledger's id.
pub async fn entry(store: &Store, realm_id: &str, id: &str) -> Result<Option<(String, EntryRow)>, StoreError> {
    const SQL: &str = entry_columns!(
        ", l.id FROM ledger_entry e JOIN ledger l ON l.n = e.ledger WHERE e.id = $2 AND l.realm_id = $1"
    );
    let read = |row: Row| Ok((row.text(7)?.to_owned(), read_entry(&row)?));
    store.db().read_one(SQL, params![realm_id, id]).await?.map(read).transpose()
}

/// An entry's leaf, and what it takes to find the way from it to its ledger's head.
#[derive(Clone, Debug)]
pub struct LeafRow {
    /// Its ledger's id.
    pub ledger_id: String,
    /// Its index; None while it waits for one.
    pub position: Option<i64>,
    /// The kind's number.
    pub kind: i64,
    /// The leaf's octets.
    pub leaf: Vec<u8>,
    /// How many entries of its ledger have their index.
    pub size: i64,
    /// That ledger's newest checkpoint.
    pub checkpoint: String,
}

/// Finds an entry's leaf in any of a realm's ledgers, open or closed.
pub async fn leaf(store: &Store, realm_id: &str, id: &str) -> Result<Option<LeafRow>, StoreError> {
    const SQL: &str = "SELECT l.id, e.position, e.kind, e.leaf, l.size, l.checkpoint \
        FROM ledger_entry e JOIN ledger l ON l.n = e.ledger WHERE e.id = $2 AND l.realm_id = $1";
    let read = |row: Row| {
        Ok(LeafRow {
            ledger_id: row.text(0)?.to_owned(),
            position: row.int_opt(1)?,
            kind: row.int(2)?,
            leaf: row.bytes(3)?.to_vec(),
            size: row.int(4)?,
            checkpoint: row.text(5)?.to_owned(),
        })
    };
    store.db().read_one(SQL, params![realm_id, id]).await?.map(read).transpose()
}

/// Finds entries of a ledger that have their index, in the order of the indexes.
pub async fn placed(store: &Store, ledger_id: &str, ids: &[String]) -> Result<Vec<EntryRow>, StoreError> {
    const SQL: &str = entry_columns!(
        " FROM ledger_entry e WHERE e.id {in:$2} AND +e.ledger = (SELECT n FROM ledger WHERE id = $1) \
         AND e.position IS NOT NULL ORDER BY +e.position"
    );
    let ids = Value::list(ids.iter().map(String::as_str));
    store.db().read(SQL, params![ledger_id, ids]).await?.iter().map(read_entry).collect()
}

/// Entries by their indexes, from one up to before another.
pub async fn entries(store: &Store, ledger_id: &str, from: i64, to: i64) -> Result<Vec<EntryRow>, StoreError> {
    const SQL: &str = entry_columns!(
        " FROM ledger_entry e WHERE e.ledger = (SELECT n FROM ledger WHERE id = $1) \
         AND e.position >= $2 AND e.position < $3 ORDER BY e.position"
    );
    store.db().read(SQL, params![ledger_id, from, to]).await?.iter().map(read_entry).collect()
}

/// The last entries of a kind other than messages before an index, the newest first.
pub async fn last_of_kind(
    store: &Store,
    ledger_id: &str,
    kind: i64,
    before: i64,
    max: i64,
) -> Result<Vec<EntryRow>, StoreError> {
    const SQL: &str = entry_columns!(
        " FROM ledger_entry e WHERE e.ledger = (SELECT n FROM ledger WHERE id = $1) \
         AND e.kind = $2 AND e.kind > 1 AND e.position < $3 ORDER BY e.position DESC LIMIT $4"
    );
    store.db().scan(SQL, params![ledger_id, kind, before, max]).await?.iter().map(read_entry).collect()
}

/// The first entries of a kind other than messages from an index on.
pub async fn first_of_kind(
    store: &Store,
    ledger_id: &str,
    kind: i64,
    from: i64,
    max: i64,
) -> Result<Vec<EntryRow>, StoreError> {
    const SQL: &str = entry_columns!(
        " FROM ledger_entry e WHERE e.ledger = (SELECT n FROM ledger WHERE id = $1) \
         AND e.kind = $2 AND e.kind > 1 AND e.position >= $3 ORDER BY e.position LIMIT $4"
    );
    store.db().scan(SQL, params![ledger_id, kind, from, max]).await?.iter().map(read_entry).collect()
}

/// The record of the newest entry of a kind other than messages, whether it has its index or waits for it.
pub async fn newest_of_kind(store: &Store, ledger_id: &str, kind: i64) -> Result<Option<Vec<u8>>, StoreError> {
    const SQL: &str = "SELECT record FROM ledger_entry WHERE ledger = (SELECT n FROM ledger WHERE id = $1) \
        AND kind = $2 AND kind > 1 ORDER BY arrival DESC LIMIT 1";
    let row = store.db().read_one(SQL, params![ledger_id, kind]).await?;
    Ok(row.map(|row| row.bytes_opt(0).map(|record| record.map(<[u8]>::to_vec))).transpose()?.flatten())
}

pub(super) fn read_entry(row: &Row) -> Result<EntryRow, StoreError> {
    Ok(EntryRow {
        id: row.text(0)?.to_owned(),
        position: row.int_opt(1)?,
        kind: row.int(2)?,
        leaf: row.bytes(3)?.to_vec(),
        salt: row.bytes(4)?.to_vec(),
        record: row.bytes_opt(5)?.map(<[u8]>::to_vec),
        arrival: row.int(6)?,
    })
}
