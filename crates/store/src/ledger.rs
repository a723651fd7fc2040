//! A realm's ledger: its entries, its tree, and who gives the next indexes.

mod search;

use crate::db::{Batch, Row, Value};
use crate::{Store, StoreError, params};

pub use search::{MessageRow, Search, index_message, search};

/// A ledger's row.
#[derive(Clone, Debug)]
pub struct LedgerRow {
    /// Its id.
    pub id: String,
    /// The realm that it is of.
    pub realm_id: String,
    /// Its name in checkpoints.
    pub origin: String,
    /// The key that checkpoints are verified with, in its text form.
    pub verifier: String,
    /// How many entries have their index.
    pub size: i64,
    /// The root of the tree of that size.
    pub root: Vec<u8>,
    /// The newest checkpoint, signed; "" before the first.
    pub checkpoint: String,
    /// When it was made.
    pub checkpoint_ms: i64,
    /// Grows with each change of hands.
    pub epoch: i64,
    /// Whether nothing is added any more.
    pub closed: bool,
}

/// An entry's row.
#[derive(Clone, Debug)]
pub struct EntryRow {
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

const LEDGER: &str =
    "SELECT id, realm_id, origin, verifier, size, root, checkpoint, checkpoint_ms, epoch, closed FROM ledger";

/// The ledger of a realm that is open.
pub async fn find_open(store: &Store, realm_id: &str) -> Result<Option<LedgerRow>, StoreError> {
    const SQL: &str = "SELECT id, realm_id, origin, verifier, size, root, checkpoint, checkpoint_ms, epoch, closed \
        FROM ledger WHERE realm_id = $1 AND closed = FALSE";
    debug_assert!(SQL.starts_with(LEDGER), "the columns are those of read");
    store.db().read_one(SQL, params![realm_id]).await?.map(|row| read(&row)).transpose()
}

/// Finds a ledger, open or closed.
pub async fn find(store: &Store, id: &str) -> Result<Option<LedgerRow>, StoreError> {
    const SQL: &str = "SELECT id, realm_id, origin, verifier, size, root, checkpoint, checkpoint_ms, epoch, closed \
        FROM ledger WHERE id = $1";
    store.db().read_one(SQL, params![id]).await?.map(|row| read(&row)).transpose()
}

/// Whether an origin is some ledger's.
pub async fn origin_taken(store: &Store, origin: &str) -> Result<bool, StoreError> {
    Ok(store.db().read_one("SELECT id FROM ledger WHERE origin = $1", params![origin]).await?.is_some())
}

/// Ledgers with entries that wait for their index.
pub async fn waiting(store: &Store) -> Result<Vec<String>, StoreError> {
    const SQL: &str = "SELECT l.id FROM ledger l WHERE l.closed = FALSE AND EXISTS \
        (SELECT 1 FROM ledger_entry e WHERE e.ledger_id = l.id AND e.position IS NULL)";
    store.db().read(SQL, params![]).await?.iter().map(|row| row.text(0).map(str::to_owned)).collect()
}

/// Every ledger that is open.
pub async fn all_open(store: &Store) -> Result<Vec<LedgerRow>, StoreError> {
    const SQL: &str = "SELECT id, realm_id, origin, verifier, size, root, checkpoint, checkpoint_ms, epoch, closed \
        FROM ledger WHERE closed = FALSE ORDER BY origin";
    store.db().read(SQL, params![]).await?.iter().map(read).collect()
}

/// All ledgers of a realm, closed ones too, the newest first.
pub async fn of_realm(store: &Store, realm_id: &str) -> Result<Vec<LedgerRow>, StoreError> {
    const SQL: &str = "SELECT id, realm_id, origin, verifier, size, root, checkpoint, checkpoint_ms, epoch, closed \
        FROM ledger WHERE realm_id = $1 ORDER BY closed, checkpoint_ms DESC";
    store.db().read(SQL, params![realm_id]).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<LedgerRow, StoreError> {
    Ok(LedgerRow {
        id: row.text(0)?.to_owned(),
        realm_id: row.text(1)?.to_owned(),
        origin: row.text(2)?.to_owned(),
        verifier: row.text(3)?.to_owned(),
        size: row.int(4)?,
        root: row.bytes(5)?.to_vec(),
        checkpoint: row.text(6)?.to_owned(),
        checkpoint_ms: row.int(7)?,
        epoch: row.int(8)?,
        closed: row.bool(9)?,
    })
}

/// Opens a ledger: empty, and its keys are still to be added.
pub fn insert(batch: &mut Batch, row: &LedgerRow) {
    batch.push(
        "INSERT INTO ledger (id, realm_id, origin, verifier, size, root, checkpoint, checkpoint_ms, epoch, holder, \
         lease_ms, closed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, '', 0, FALSE)",
        params![
            row.id.as_str(),
            row.realm_id.as_str(),
            row.origin.as_str(),
            row.verifier.as_str(),
            row.size,
            row.root.clone(),
            row.checkpoint.as_str(),
            row.checkpoint_ms
        ],
    );
}

/// Ends a ledger; what it holds stays.
pub fn close(batch: &mut Batch, id: &str) {
    batch.expect("UPDATE ledger SET closed = TRUE WHERE id = $1 AND closed = FALSE", params![id], 1, "ledger");
}

/// Takes or keeps the lease of a ledger until a moment; false where another node holds it.
pub async fn take_lease(store: &Store, id: &str, holder: &str, now_ms: i64, until_ms: i64) -> Result<bool, StoreError> {
    let mut batch = Batch::new();
    let kept = batch.push(
        "UPDATE ledger SET lease_ms = $3 WHERE id = $1 AND holder = $2 AND closed = FALSE",
        params![id, holder, until_ms],
    );
    let taken = batch.push(
        "UPDATE ledger SET holder = $2, lease_ms = $4, epoch = epoch + 1 \
         WHERE id = $1 AND holder <> $2 AND lease_ms < $3 AND closed = FALSE",
        params![id, holder, now_ms, until_ms],
    );
    let done = store.db().commit(batch).await?;
    Ok(done.rows(kept) + done.rows(taken) > 0)
}

/// Gives up the leases of a node that ends, so that another need not wait for their end.
pub async fn release_leases(store: &Store, holder: &str) -> Result<(), StoreError> {
    let mut batch = Batch::new();
    batch.push("UPDATE ledger SET lease_ms = 0 WHERE holder = $1", params![holder]);
    store.db().commit(batch).await.map(drop)
}

/// Whether anything but outside times and their renewals got an index from this one on.
pub async fn has_news(store: &Store, ledger_id: &str, from: i64) -> Result<bool, StoreError> {
    const SQL: &str =
        "SELECT 1 FROM ledger_entry WHERE ledger_id = $1 AND position >= $2 AND kind <> $3 AND kind <> $4 LIMIT 1";
    Ok(store.db().read_one(SQL, params![ledger_id, from, TIME, RENEWAL]).await?.is_some())
}

/// The number of the kind of entries that are outside times.
const TIME: i64 = 7;
/// The number of the kind of entries that are renewals of such.
const RENEWAL: i64 = 11;

/// Adds an entry that waits for its index.
pub fn append(batch: &mut Batch, ledger_id: &str, entry: &EntryRow) {
    batch.push(
        "INSERT INTO ledger_entry (id, ledger_id, position, kind, leaf, salt, record) \
         VALUES ($1, $2, NULL, $3, $4, $5, $6)",
        params![entry.id.as_str(), ledger_id, entry.kind, entry.leaf.clone(), entry.salt.clone(), entry.record.clone()],
    );
}

/// Adds an entry that has its index already: one that the sequencer makes itself.
pub fn append_placed(batch: &mut Batch, ledger_id: &str, entry: &EntryRow) {
    batch.push(
        "INSERT INTO ledger_entry (id, ledger_id, position, kind, leaf, salt, record) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
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

/// Up to where a role's leaves were told.
#[derive(Clone, Debug)]
pub struct RangeRow {
    /// The index before which they were told.
    pub until: i64,
    /// The digest of the record that told it last.
    pub digest: Vec<u8>,
}

/// Up to where a role's leaves were told; None before the first time.
pub async fn newest_range(store: &Store, ledger_id: &str, role_id: &str) -> Result<Option<RangeRow>, StoreError> {
    const SQL: &str = "SELECT until, digest FROM ledger_range WHERE ledger_id = $1 AND role_id = $2";
    let row = store.db().read_one(SQL, params![ledger_id, role_id]).await?;
    row.map(|row| Ok(RangeRow { until: row.int(0)?, digest: row.bytes(1)?.to_vec() })).transpose()
}

/// Remembers up to where a role's leaves were told.
pub fn set_range(batch: &mut Batch, ledger_id: &str, role_id: &str, range: &RangeRow) {
    batch.push(
        "INSERT INTO ledger_range (ledger_id, role_id, until, digest) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (ledger_id, role_id) DO UPDATE SET until = excluded.until, digest = excluded.digest",
        params![ledger_id, role_id, range.until, range.digest.clone()],
    );
}

/// Keeps a message's octets beside its entry.
pub fn keep_body(batch: &mut Batch, entry_id: &str, octets: &[u8]) {
    batch.push("INSERT INTO ledger_body (entry_id, octets) VALUES ($1, $2)", params![entry_id, octets.to_vec()]);
}

/// A message's octets, where they were kept.
pub async fn body(store: &Store, entry_id: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let row = store.db().read_one("SELECT octets FROM ledger_body WHERE entry_id = $1", params![entry_id]).await?;
    row.map(|row| row.bytes(0).map(<[u8]>::to_vec)).transpose()
}

const ENTRY: &str = "SELECT id, position, kind, leaf, salt, record FROM ledger_entry";

/// Entries that wait, in the order of their arrival.
pub async fn pending(store: &Store, ledger_id: &str, max: i64) -> Result<Vec<EntryRow>, StoreError> {
    const SQL: &str = "SELECT id, position, kind, leaf, salt, record FROM ledger_entry \
        WHERE ledger_id = $1 AND position IS NULL ORDER BY arrival LIMIT $2";
    debug_assert!(SQL.starts_with(ENTRY), "the columns are those of read_entry");
    store.db().read(SQL, params![ledger_id, max]).await?.iter().map(read_entry).collect()
}

/// Finds an entry of a ledger.
pub async fn entry(store: &Store, ledger_id: &str, id: &str) -> Result<Option<EntryRow>, StoreError> {
    const SQL: &str =
        "SELECT id, position, kind, leaf, salt, record FROM ledger_entry WHERE ledger_id = $1 AND id = $2";
    store.db().read_one(SQL, params![ledger_id, id]).await?.map(|row| read_entry(&row)).transpose()
}

/// Entries by their indexes, from one up to before another.
pub async fn entries(store: &Store, ledger_id: &str, from: i64, to: i64) -> Result<Vec<EntryRow>, StoreError> {
    const SQL: &str = "SELECT id, position, kind, leaf, salt, record FROM ledger_entry \
        WHERE ledger_id = $1 AND position >= $2 AND position < $3 ORDER BY position";
    store.db().read(SQL, params![ledger_id, from, to]).await?.iter().map(read_entry).collect()
}

/// Entries of a kind other than messages that have their index, in the order of the indexes.
pub async fn entries_of_kind(store: &Store, ledger_id: &str, kind: i64) -> Result<Vec<EntryRow>, StoreError> {
    const SQL: &str = "SELECT id, position, kind, leaf, salt, record FROM ledger_entry \
        WHERE ledger_id = $1 AND kind = $2 AND kind > 1 AND position IS NOT NULL ORDER BY position";
    store.db().scan(SQL, params![ledger_id, kind]).await?.iter().map(read_entry).collect()
}

/// The record of the newest entry of a kind other than messages, whether it has its index or waits for it.
pub async fn newest_of_kind(store: &Store, ledger_id: &str, kind: i64) -> Result<Option<Vec<u8>>, StoreError> {
    const SQL: &str = "SELECT record FROM ledger_entry \
        WHERE ledger_id = $1 AND kind = $2 AND kind > 1 ORDER BY arrival DESC LIMIT 1";
    let row = store.db().read_one(SQL, params![ledger_id, kind]).await?;
    Ok(row.map(|row| row.bytes_opt(0).map(|record| record.map(<[u8]>::to_vec))).transpose()?.flatten())
}

/// The last entries of a kind other than messages before an index, the newest first.
pub async fn last_of_kind(
    store: &Store,
    ledger_id: &str,
    kind: i64,
    before: i64,
    max: i64,
) -> Result<Vec<EntryRow>, StoreError> {
    const SQL: &str = "SELECT id, position, kind, leaf, salt, record FROM ledger_entry \
        WHERE ledger_id = $1 AND kind = $2 AND kind > 1 AND position < $3 ORDER BY position DESC LIMIT $4";
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
    const SQL: &str = "SELECT id, position, kind, leaf, salt, record FROM ledger_entry \
        WHERE ledger_id = $1 AND kind = $2 AND kind > 1 AND position >= $3 ORDER BY position LIMIT $4";
    store.db().scan(SQL, params![ledger_id, kind, from, max]).await?.iter().map(read_entry).collect()
}

/// How many entries wait for their index.
pub async fn count_waiting(store: &Store, ledger_id: &str) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT COUNT(*) FROM ledger_entry WHERE ledger_id = $1 AND position IS NULL";
    store.db().read_one(SQL, params![ledger_id]).await?.map_or(Ok(0), |row| row.int(0))
}

fn read_entry(row: &Row) -> Result<EntryRow, StoreError> {
    Ok(EntryRow {
        id: row.text(0)?.to_owned(),
        position: row.int_opt(1)?,
        kind: row.int(2)?,
        leaf: row.bytes(3)?.to_vec(),
        salt: row.bytes(4)?.to_vec(),
        record: row.bytes_opt(5)?.map(<[u8]>::to_vec),
    })
}

/// Gives an entry its index.
pub fn place_entry(batch: &mut Batch, id: &str, position: i64) {
    batch.expect(
        "UPDATE ledger_entry SET position = $2 WHERE id = $1 AND position IS NULL",
        params![id, position],
        1,
        "ledger entry",
    );
}

/// A tree that has grown.
#[derive(Clone, Debug)]
pub struct Growth<'g> {
    /// The size before.
    pub from: i64,
    /// The size now.
    pub to: i64,
    /// The root now.
    pub root: &'g [u8],
    /// The signed checkpoint of it.
    pub checkpoint: &'g str,
    /// When it was made.
    pub now_ms: i64,
    /// Which node it is that gives indexes.
    pub holder: &'g str,
}

/// Lets a ledger grow, if it is as large as it was read and this node holds its lease.
pub fn grow(batch: &mut Batch, id: &str, growth: &Growth<'_>) {
    batch.expect(
        "UPDATE ledger SET size = $3, root = $4, checkpoint = $5, checkpoint_ms = $6 \
         WHERE id = $1 AND size = $2 AND holder = $7 AND closed = FALSE",
        params![id, growth.from, growth.to, growth.root.to_vec(), growth.checkpoint, growth.now_ms, growth.holder],
        1,
        "ledger",
    );
}

/// Replaces the checkpoint of a tree by one that others have signed too, unless the tree has grown since.
pub fn set_checkpoint(batch: &mut Batch, id: &str, size: i64, checkpoint: &str) {
    batch.push("UPDATE ledger SET checkpoint = $3 WHERE id = $1 AND size = $2", params![id, size, checkpoint]);
}

/// Writes a tile of the tree.
pub fn put_tile(batch: &mut Batch, ledger_id: &str, level: i64, n: i64, octets: &[u8]) {
    batch.push(
        "INSERT INTO ledger_tile (ledger_id, level, n, octets) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (ledger_id, level, n) DO UPDATE SET octets = excluded.octets",
        params![ledger_id, level, n, octets.to_vec()],
    );
}

/// Tiles by `level/n`; those that aren't there are left out.
pub async fn tiles(
    store: &Store,
    ledger_id: &str,
    wanted: &[(i64, i64)],
) -> Result<Vec<((i64, i64), Vec<u8>)>, StoreError> {
    const SQL: &str = "SELECT level, n, octets FROM ledger_tile WHERE ledger_id = $1 \
        AND CAST(level AS TEXT) || '/' || CAST(n AS TEXT) {in:$2}";
    const ONE: &str = "SELECT level, n, octets FROM ledger_tile WHERE ledger_id = $1 AND level = $2 AND n = $3";
    let rows = match wanted {
        [] => return Ok(Vec::new()),
        // By the primary key: few are wanted at a time, and each is one look.
        few if few.len() <= MOST_TILES => {
            let reads = few.iter().map(|(level, n)| store.db().read_one(ONE, params![ledger_id, *level, *n]));
            let mut rows = Vec::with_capacity(few.len());
            for read in reads {
                rows.extend(read.await?);
            }
            rows
        }
        many => {
            let names = Value::list(many.iter().map(|(level, n)| format!("{level}/{n}")));
            store.db().read(SQL, params![ledger_id, names]).await?
        }
    };
    rows.iter().map(|row| Ok(((row.int(0)?, row.int(1)?), row.bytes(2)?.to_vec()))).collect()
}

/// Tiles read one by one, at most.
const MOST_TILES: usize = 32;
