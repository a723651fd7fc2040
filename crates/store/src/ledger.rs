//! A realm's ledger: its entries, its tree, and who gives the next indexes.

mod chains;
mod elsewhere;
mod entries;
mod ranges;
mod search;
pub(crate) mod words;

use crate::db::{Batch, Row, Value};
use crate::{Store, StoreError, params};

pub use chains::{carry, chain, enter_record, expect_records};
pub use elsewhere::{ElsewhereRow, elsewhere, has_gone_on, insert_elsewhere};
pub use entries::{
    EntryRow, LeafRow, OF_KIND, append, append_placed, body, count_waiting, entries, entry, first_of_kind, has_news,
    last_of_kind, leaf, newest_of_kind, octets, oldest_waiting, pending, place, placed, waiting,
};
pub use ranges::{RangeRow, add_range, newest_range, ranges};
pub(crate) use search::read_message;
pub use search::{MessageRow, STRETCHES_OF_A_TIME, Search, count_found, index_message, search};

/// A ledger's row.
#[derive(Clone, Debug)]
pub struct LedgerRow {
    /// Its number in rows that are many; 0 before it is in the store.
    pub n: i64,
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

const LEDGER: &str =
    "SELECT id, realm_id, origin, verifier, size, root, checkpoint, checkpoint_ms, epoch, closed, n FROM ledger";

/// The ledger of a realm that is open.
pub async fn find_open(store: &Store, realm_id: &str) -> Result<Option<LedgerRow>, StoreError> {
    const SQL: &str = "SELECT id, realm_id, origin, verifier, size, root, checkpoint, checkpoint_ms, epoch, closed, n \
        FROM ledger WHERE realm_id = $1 AND closed = FALSE";
    debug_assert!(SQL.starts_with(LEDGER), "the columns are those of read");
    store.db().read_one(SQL, params![realm_id]).await?.map(|row| read(&row)).transpose()
}

/// Finds a ledger, open or closed.
pub async fn find(store: &Store, id: &str) -> Result<Option<LedgerRow>, StoreError> {
    const SQL: &str = "SELECT id, realm_id, origin, verifier, size, root, checkpoint, checkpoint_ms, epoch, closed, n \
        FROM ledger WHERE id = $1";
    store.db().read_one(SQL, params![id]).await?.map(|row| read(&row)).transpose()
}

/// The newest checkpoint of a ledger.
pub async fn checkpoint(store: &Store, id: &str) -> Result<Option<String>, StoreError> {
    let row = store.db().read_kept("SELECT checkpoint FROM ledger WHERE id = $1", params![id]).await?;
    row.map(|row| row.text(0).map(str::to_owned)).transpose()
}

/// Whether an origin is some ledger's, here or as far as is known elsewhere.
pub async fn origin_taken(store: &Store, origin: &str) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT 1 WHERE EXISTS (SELECT 1 FROM ledger WHERE origin = $1) \
        OR EXISTS (SELECT 1 FROM ledger_elsewhere WHERE origin = $1)";
    Ok(store.db().read_one(SQL, params![origin]).await?.is_some())
}

/// Whether an origin is a ledger's that the realm has or had, here or elsewhere.
pub async fn has_origin(store: &Store, realm_id: &str, origin: &str) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT 1 WHERE EXISTS (SELECT 1 FROM ledger WHERE origin = $2 AND realm_id = $1) \
        OR EXISTS (SELECT 1 FROM ledger_elsewhere WHERE origin = $2 AND realm_id = $1)";
    Ok(store.db().read_one(SQL, params![realm_id, origin]).await?.is_some())
}

/// Every ledger that is open.
pub async fn all_open(store: &Store) -> Result<Vec<LedgerRow>, StoreError> {
    const SQL: &str = "SELECT id, realm_id, origin, verifier, size, root, checkpoint, checkpoint_ms, epoch, closed, n \
        FROM ledger WHERE closed = FALSE ORDER BY origin";
    store.db().read(SQL, params![]).await?.iter().map(read).collect()
}

/// Every ledger, closed ones too.
pub async fn all(store: &Store) -> Result<Vec<LedgerRow>, StoreError> {
    const SQL: &str = "SELECT id, realm_id, origin, verifier, size, root, checkpoint, checkpoint_ms, epoch, closed, n \
        FROM ledger ORDER BY origin";
    store.db().read(SQL, params![]).await?.iter().map(read).collect()
}

/// All ledgers of a realm, closed ones too, the newest first.
pub async fn of_realm(store: &Store, realm_id: &str) -> Result<Vec<LedgerRow>, StoreError> {
    const SQL: &str = "SELECT id, realm_id, origin, verifier, size, root, checkpoint, checkpoint_ms, epoch, closed, n \
        FROM ledger WHERE realm_id = $1 ORDER BY closed, checkpoint_ms DESC";
    store.db().read(SQL, params![realm_id]).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<LedgerRow, StoreError> {
    Ok(LedgerRow {
        n: row.int(10)?,
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

/// Ends a ledger in which every entry has its index; what it holds stays. Whoever adds an entry at the same moment was
/// before this, so that the batch fails, or fails itself.
pub fn close_settled(batch: &mut Batch, id: &str) {
    take(batch, id);
    const SQL: &str = "UPDATE ledger SET closed = TRUE WHERE id = $1 AND closed = FALSE AND NOT EXISTS \
        (SELECT 1 FROM ledger_waiting w WHERE w.ledger = ledger.n)";
    batch.expect(SQL, params![id], 1, WAITING);
}

/// Ends a ledger as it is, with what may still wait; what it holds stays.
pub fn close(batch: &mut Batch, id: &str) {
    take(batch, id);
    batch.expect("UPDATE ledger SET closed = TRUE WHERE id = $1 AND closed = FALSE", params![id], 1, CLOSED);
}

/// Takes an open ledger's row whole: batches that add entries are over, and none begins.
fn take(batch: &mut Batch, id: &str) {
    batch.expect("SELECT 1 FROM ledger WHERE id = $1 AND closed = FALSE{update}", params![id], 1, CLOSED);
}

/// The label of a batch that needed an open ledger.
pub const CLOSED: &str = "ledger is closed";
/// The label of a batch that needed a ledger in which nothing waits.
pub const WAITING: &str = "ledger has entries that wait";

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

/// Whether a node other than this one holds a ledger's lease at a moment.
pub async fn is_led(store: &Store, id: &str, node: &str, now_ms: i64) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT 1 FROM ledger WHERE id = $1 AND holder <> '' AND holder <> $2 AND lease_ms > $3";
    Ok(store.db().read_one(SQL, params![id, node, now_ms]).await?.is_some())
}

/// What a lease lasts until that somebody calls for.
const CALLED_FOR: i64 = -1;

/// Calls for a node that takes the lease of a ledger which none holds, though nothing waits in it: see [`waiting`].
pub async fn call_for_leader(store: &Store, id: &str, now_ms: i64) -> Result<(), StoreError> {
    let mut batch = Batch::new();
    batch.push(
        "UPDATE ledger SET lease_ms = $3 WHERE id = $1 AND lease_ms < $2 AND lease_ms <> $3 AND closed = FALSE",
        params![id, now_ms, CALLED_FOR],
    );
    store.db().commit(batch).await.map(drop)
}

/// Gives up the leases of a node that ends, so that another need not wait for their end.
pub async fn release_leases(store: &Store, holder: &str) -> Result<(), StoreError> {
    let mut batch = Batch::new();
    batch.push("UPDATE ledger SET lease_ms = 0 WHERE holder = $1", params![holder]);
    store.db().commit(batch).await.map(drop)
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
    /// Until when its lease lasts by this.
    pub lease_ms: i64,
}

/// Lets a ledger grow, if it is as large as it was read and this node holds its lease, which goes on by that.
pub fn grow(batch: &mut Batch, id: &str, growth: &Growth<'_>) {
    batch.expect(
        "UPDATE ledger SET size = $3, root = $4, checkpoint = $5, checkpoint_ms = $6, lease_ms = $8 \
         WHERE id = $1 AND size = $2 AND holder = $7 AND closed = FALSE",
        params![
            id,
            growth.from,
            growth.to,
            growth.root.to_vec(),
            growth.checkpoint,
            growth.now_ms,
            growth.holder,
            growth.lease_ms
        ],
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
