//! Which leaves of a ledger are a role's, as records of the ledger tell it: each goes on where the one before ended.

use super::EntryRow;
use super::entries::{entry_columns, read_entry};
use crate::db::{Batch, Row};
use crate::{Store, StoreError, params};

/// A record that tells a role's leaves.
#[derive(Clone, Debug)]
pub struct RangeRow {
    /// The index before which it tells them.
    pub until: i64,
    /// Its own index.
    pub position: i64,
    /// Its digest.
    pub digest: Vec<u8>,
}

/// Adds a record that tells a role's leaves.
pub fn add_range(batch: &mut Batch, ledger_id: &str, role_id: &str, range: &RangeRow) {
    batch.push(
        "INSERT INTO ledger_range (ledger_id, role_id, until, position, digest) VALUES ($1, $2, $3, $4, $5)",
        params![ledger_id, role_id, range.until, range.position, range.digest.clone()],
    );
}

/// The newest record that tells a role's leaves, of those that stand before an index; None where there is none.
pub async fn newest_range(
    store: &Store,
    ledger_id: &str,
    role_id: &str,
    before: i64,
) -> Result<Option<RangeRow>, StoreError> {
    const SQL: &str = "SELECT until, position, digest FROM ledger_range \
        WHERE ledger_id = $1 AND role_id = $2 AND position < $3 ORDER BY until DESC LIMIT 1";
    let read = |row: Row| Ok(RangeRow { until: row.int(0)?, position: row.int(1)?, digest: row.bytes(2)?.to_vec() });
    store.db().read_one(SQL, params![ledger_id, role_id, before]).await?.map(read).transpose()
}

/// The records that tell a role's leaves from an index on, the oldest first.
pub async fn ranges(
    store: &Store,
    ledger_id: &str,
    role_id: &str,
    from: i64,
    max: i64,
) -> Result<Vec<EntryRow>, StoreError> {
    const SQL: &str = entry_columns!(placed
        " FROM ledger_range g JOIN ledger l ON l.id = g.ledger_id \
         JOIN ledger_place p ON p.ledger = l.n AND p.position = g.position \
         JOIN ledger_entry e ON e.arrival = p.arrival LEFT JOIN ledger_record r ON r.arrival = e.arrival \
         WHERE g.ledger_id = $1 AND g.role_id = $2 AND g.until > $3 ORDER BY g.until LIMIT $4"
    );
    store.db().read(SQL, params![ledger_id, role_id, from, max]).await?.iter().map(read_entry).collect()
}
