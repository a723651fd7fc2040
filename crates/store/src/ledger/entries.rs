//! Entries of ledgers: added while they wait for their index, placed, and found again.
//!
//! Within the store an entry goes by its arrival, a number, and a ledger by its number: what is repeated in every row and
//! index is short. An entry's row stays as it is when it gets its index: its place is a row of its own.

use std::collections::HashSet;

use crate::db::{Batch, Row, Value};
use crate::{Store, StoreError, params};

use super::{CALLED_FOR, CLOSED, LedgerRow, words};

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

/// The columns of [`read_entry`], of an entry `e` and its record `r`, before what else a statement reads: of one that has
/// its place `p`, or of one that waits for it.
macro_rules! entry_columns {
    (placed $rest:literal) => {
        concat!("SELECT e.id, p.position, e.kind, e.leaf, e.salt, r.record, e.arrival", $rest)
    };
    (waiting $rest:literal) => {
        concat!("SELECT e.id, NULL, e.kind, e.leaf, e.salt, r.record, e.arrival", $rest)
    };
}
pub(super) use entry_columns;

/// The number of the kind of entries that are outside times.
pub(super) const TIME: i64 = 7;
/// The number of the kind of entries that are renewals of such.
const RENEWAL: i64 = 11;

/// Adds an entry that waits for its index, with the message's octets where they are kept; the batch counts only while the
/// ledger is open.
pub fn append(batch: &mut Batch, ledger_id: &str, entry: &EntryRow, body: Option<&[u8]>) {
    let id = words::own_octets(&entry.id);
    let word = words::of_id(&id);
    batch.expect(
        "INSERT INTO ledger_entry (ledger, kind, id, leaf, salt) \
         SELECT n, $2, $3, $4, $5 FROM ledger WHERE id = $1 AND closed = FALSE{key share}",
        params![ledger_id, entry.kind, id, entry.leaf.clone(), entry.salt.clone()],
        1,
        CLOSED,
    );
    keep(batch, entry, body);
    batch.push(
        "INSERT INTO ledger_waiting (ledger, arrival, kind, word) \
         SELECT n, {last:ledger_entry.arrival}, $2, $3 FROM ledger WHERE id = $1",
        params![ledger_id, entry.kind, word],
    );
}

/// Adds an entry that has its index already: one that the sequencer makes itself.
pub fn append_placed(batch: &mut Batch, ledger: &LedgerRow, entry: &EntryRow) {
    let id = words::own_octets(&entry.id);
    let word = words::of_id(&id);
    batch.push(
        "INSERT INTO ledger_entry (ledger, kind, id, leaf, salt) VALUES ($1, $2, $3, $4, $5)",
        params![ledger.n, entry.kind, id, entry.leaf.clone(), entry.salt.clone()],
    );
    keep(batch, entry, None);
    batch.push(
        "INSERT INTO ledger_place (ledger, position, arrival, kind, word) VALUES ($1, $2, {last:ledger_entry.arrival}, $3, $4)",
        params![ledger.n, entry.position, entry.kind, word],
    );
}

fn keep(batch: &mut Batch, entry: &EntryRow, body: Option<&[u8]>) {
    batch.push(
        "INSERT INTO ledger_record (arrival, record, body) VALUES ({last:ledger_entry.arrival}, $1, $2)",
        params![entry.record.clone().unwrap_or_default(), body.map(<[u8]>::to_vec)],
    );
}

/// Gives entries that wait their indexes, from one on: by the order of their arrival. The batch counts only where all of
/// them wait.
pub fn place(batch: &mut Batch, ledger: &LedgerRow, from: i64, entries: &[EntryRow]) {
    const PLACE: &str = "INSERT INTO ledger_place (ledger, position, arrival, kind, word) \
        SELECT ledger, $2 + ROW_NUMBER() OVER (ORDER BY arrival) - 1, arrival, kind, word \
        FROM ledger_waiting WHERE ledger = $1 AND arrival {in ints:$3}";
    const LEAVE: &str = "DELETE FROM ledger_waiting WHERE ledger = $1 AND arrival {in ints:$2}";
    let count = entries.len() as u64;
    let arrivals = Value::ints(entries.iter().map(|entry| entry.arrival));
    batch.expect(PLACE, params![ledger.n, from, arrivals.clone()], count, "ledger entry");
    batch.expect(LEAVE, params![ledger.n, arrivals], count, "ledger entry");
}

/// A message's octets, where they were kept.
pub async fn body(store: &Store, arrival: i64) -> Result<Option<Vec<u8>>, StoreError> {
    const SQL: &str = "SELECT body FROM ledger_record WHERE arrival = $1";
    let row = store.db().read_one(SQL, params![arrival]).await?;
    row.map_or(Ok(None), |row| Ok(row.bytes_opt(0)?.map(<[u8]>::to_vec)))
}

/// Octets of the records and bodies of entries, together.
pub async fn octets(store: &Store, entries: &[EntryRow]) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT CAST(COALESCE(SUM(LENGTH(record) + COALESCE(LENGTH(body), 0)), 0) AS BIGINT) \
        FROM ledger_record WHERE arrival {in ints:$1}";
    let arrivals = Value::ints(entries.iter().map(|entry| entry.arrival));
    store.db().read_one(SQL, params![arrivals]).await?.map_or(Ok(0), |row| row.int(0))
}

/// Ledgers with entries that wait for their index, or whose lease somebody calls for.
pub async fn waiting(store: &Store) -> Result<Vec<String>, StoreError> {
    const SQL: &str = "SELECT l.id FROM ledger l WHERE l.closed = FALSE AND (l.lease_ms = $1 OR EXISTS \
        (SELECT 1 FROM ledger_waiting w WHERE w.ledger = l.n))";
    store.db().read(SQL, params![CALLED_FOR]).await?.iter().map(|row| row.text(0).map(str::to_owned)).collect()
}

/// The entry that has waited for its index for longest, by its arrival; None where none waits.
pub async fn oldest_waiting(store: &Store, ledger: i64) -> Result<Option<i64>, StoreError> {
    const SQL: &str = "SELECT arrival FROM ledger_waiting WHERE ledger = $1 ORDER BY arrival LIMIT 1";
    store.db().read_one(SQL, params![ledger]).await?.map(|row| row.int(0)).transpose()
}

/// How many entries wait for their index.
pub async fn count_waiting(store: &Store, ledger_id: &str) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT COUNT(*) FROM ledger_waiting WHERE ledger = (SELECT n FROM ledger WHERE id = $1)";
    store.db().read_one(SQL, params![ledger_id]).await?.map_or(Ok(0), |row| row.int(0))
}

/// Entries that wait, in the order of their arrival.
pub async fn pending(store: &Store, ledger_id: &str, max: i64) -> Result<Vec<EntryRow>, StoreError> {
    const SQL: &str = entry_columns!(waiting
        " FROM ledger_waiting w JOIN ledger_entry e ON e.arrival = w.arrival \
         LEFT JOIN ledger_record r ON r.arrival = w.arrival \
         WHERE w.ledger = (SELECT n FROM ledger WHERE id = $1) ORDER BY w.arrival LIMIT $2"
    );
    store.db().read(SQL, params![ledger_id, max]).await?.iter().map(read_entry).collect()
}

/// Whether anything but outside times got an index from this one on.
pub async fn has_news(store: &Store, ledger_id: &str, from: i64) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT 1 FROM ledger_place \
        WHERE ledger = (SELECT n FROM ledger WHERE id = $1) AND position >= $2 AND kind <> $3 AND kind <> $4 \
        LIMIT 1";
    Ok(store.db().read_one(SQL, params![ledger_id, from, TIME, RENEWAL]).await?.is_some())
}

/// Finds an entry in any of a realm's ledgers, open or closed, with that ledger's id.
pub async fn entry(store: &Store, realm_id: &str, id: &str) -> Result<Option<(String, EntryRow)>, StoreError> {
    const PLACED: &str = entry_columns!(placed
        ", l.id FROM ledger_place p JOIN ledger l ON l.n = p.ledger JOIN ledger_entry e ON e.arrival = p.arrival \
         LEFT JOIN ledger_record r ON r.arrival = p.arrival WHERE p.word = $2 AND l.realm_id = $1"
    );
    const WAITING: &str = entry_columns!(waiting
        ", l.id FROM ledger l JOIN ledger_waiting w ON w.ledger = l.n AND w.word = $2 \
         JOIN ledger_entry e ON e.arrival = w.arrival LEFT JOIN ledger_record r ON r.arrival = w.arrival \
         WHERE l.realm_id = $1"
    );
    let Some(octets) = words::octets(id) else { return Ok(None) };
    let found = by_word(store, realm_id, &octets, [PLACED, WAITING]).await?;
    found.map(|row| Ok((row.text(7)?.to_owned(), read_entry(&row)?))).transpose()
}

/// The row of an id, which is its first column: among entries that have their index, and then among those that wait, or
/// got it between the two looks.
async fn by_word(
    store: &Store,
    realm_id: &str,
    id: &[u8],
    [placed, waiting]: [&'static str; 2],
) -> Result<Option<Row>, StoreError> {
    for sql in [placed, waiting, placed] {
        for row in store.db().read(sql, params![realm_id, words::of_id(id)]).await? {
            if row.bytes(0)? == id {
                return Ok(Some(row));
            }
        }
    }
    Ok(None)
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
    /// That ledger's newest checkpoint.
    pub checkpoint: String,
}

/// Finds an entry's leaf in any of a realm's ledgers, open or closed.
pub async fn leaf(store: &Store, realm_id: &str, id: &str) -> Result<Option<LeafRow>, StoreError> {
    const PLACED: &str = "SELECT e.id, l.id, p.position, e.kind, e.leaf, l.checkpoint \
        FROM ledger_place p JOIN ledger l ON l.n = p.ledger JOIN ledger_entry e ON e.arrival = p.arrival \
        WHERE p.word = $2 AND l.realm_id = $1";
    const WAITING: &str = "SELECT e.id, l.id, NULL, e.kind, e.leaf, l.checkpoint \
        FROM ledger l JOIN ledger_waiting w ON w.ledger = l.n AND w.word = $2 \
        JOIN ledger_entry e ON e.arrival = w.arrival WHERE l.realm_id = $1";
    let read = |row: Row| {
        Ok(LeafRow {
            ledger_id: row.text(1)?.to_owned(),
            position: row.int_opt(2)?,
            kind: row.int(3)?,
            leaf: row.bytes(4)?.to_vec(),
            checkpoint: row.text(5)?.to_owned(),
        })
    };
    let Some(octets) = words::octets(id) else { return Ok(None) };
    by_word(store, realm_id, &octets, [PLACED, WAITING]).await?.map(read).transpose()
}

/// Finds entries of a ledger that have their index, in the order of the indexes.
pub async fn placed(store: &Store, ledger_id: &str, ids: &[String]) -> Result<Vec<EntryRow>, StoreError> {
    const SQL: &str = entry_columns!(placed
        " FROM ledger_place p JOIN ledger_entry e ON e.arrival = p.arrival \
         LEFT JOIN ledger_record r ON r.arrival = p.arrival \
         WHERE p.word {in ints:$2} AND +p.ledger = (SELECT n FROM ledger WHERE id = $1) ORDER BY +p.position"
    );
    let ids: HashSet<Vec<u8>> = ids.iter().filter_map(|id| words::octets(id)).collect();
    let looked_for = Value::ints(ids.iter().map(|id| words::of_id(id)));
    let mut found = Vec::with_capacity(ids.len());
    for row in store.db().read(SQL, params![ledger_id, looked_for]).await? {
        if ids.contains(row.bytes(0)?) {
            found.push(read_entry(&row)?);
        }
    }
    Ok(found)
}

/// Entries by their indexes, from one up to before another.
pub async fn entries(store: &Store, ledger_id: &str, from: i64, to: i64) -> Result<Vec<EntryRow>, StoreError> {
    const SQL: &str = entry_columns!(placed
        " FROM ledger_place p JOIN ledger_entry e ON e.arrival = p.arrival \
         LEFT JOIN ledger_record r ON r.arrival = p.arrival WHERE p.ledger = (SELECT n FROM ledger WHERE id = $1) \
         AND p.position >= $2 AND p.position < $3 ORDER BY p.position"
    );
    store.db().read(SQL, params![ledger_id, from, to]).await?.iter().map(read_entry).collect()
}

/// Reads entries of a kind other than messages, by a condition on their places `k`. Those are looked up apart, by nothing but
/// the index of kinds: SQLite would rather go through all entries, messages too. It takes that index only where the kind is no
/// bare parameter, since from that it concludes `kind > 1` without having read it.
macro_rules! of_kind {
    ($condition:literal) => {
        concat!(
            entry_columns!(placed
                " FROM ledger_place k JOIN ledger_place p ON p.ledger = k.ledger AND p.position = k.position \
                 JOIN ledger_entry e ON e.arrival = p.arrival LEFT JOIN ledger_record r ON r.arrival = p.arrival "
            ),
            "WHERE k.ledger = (SELECT n FROM ledger WHERE id = $1) ",
            "AND k.kind = (SELECT CAST($2 AS BIGINT)) AND k.kind > 1 AND ",
            $condition
        )
    };
}

/// The statements of [`last_of_kind`] and [`first_of_kind`].
pub const OF_KIND: [&str; 2] = [
    of_kind!("k.position < $3 ORDER BY k.position DESC LIMIT $4"),
    of_kind!("k.position >= $3 ORDER BY k.position LIMIT $4"),
];

/// The last entries of a kind other than messages before an index, the newest first.
pub async fn last_of_kind(
    store: &Store,
    ledger_id: &str,
    kind: i64,
    before: i64,
    max: i64,
) -> Result<Vec<EntryRow>, StoreError> {
    let [last, _] = OF_KIND;
    store.db().scan(last, params![ledger_id, kind, before, max]).await?.iter().map(read_entry).collect()
}

/// The first entries of a kind other than messages from an index on.
pub async fn first_of_kind(
    store: &Store,
    ledger_id: &str,
    kind: i64,
    from: i64,
    max: i64,
) -> Result<Vec<EntryRow>, StoreError> {
    let [_, first] = OF_KIND;
    store.db().scan(first, params![ledger_id, kind, from, max]).await?.iter().map(read_entry).collect()
}

/// The record of the newest entry of a kind other than messages, whether it has its index or waits for it.
pub async fn newest_of_kind(store: &Store, ledger_id: &str, kind: i64) -> Result<Option<Vec<u8>>, StoreError> {
    const WAITING: &str = "SELECT r.record FROM ledger_waiting w JOIN ledger_record r ON r.arrival = w.arrival \
        WHERE w.ledger = (SELECT n FROM ledger WHERE id = $1) AND w.kind = $2 ORDER BY w.arrival DESC LIMIT 1";
    let waits = store.db().read_one(WAITING, params![ledger_id, kind]).await?;
    match waits {
        Some(row) => Ok(row.bytes_opt(0)?.map(<[u8]>::to_vec)),
        None => {
            Ok(last_of_kind(store, ledger_id, kind, i64::MAX, 1).await?.into_iter().next().and_then(|row| row.record))
        }
    }
}

pub(super) fn read_entry(row: &Row) -> Result<EntryRow, StoreError> {
    Ok(EntryRow {
        id: words::id(row.bytes(0)?),
        position: row.int_opt(1)?,
        kind: row.int(2)?,
        leaf: row.bytes(3)?.to_vec(),
        salt: row.bytes(4)?.to_vec(),
        record: row.bytes_opt(5)?.map(<[u8]>::to_vec),
        arrival: row.int(6)?,
    })
}
