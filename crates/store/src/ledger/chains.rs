//! Where the registry's records stand in each ledger of a realm: one that was left keeps its own.

use super::EntryRow;
use super::entries::{TIME, entry_columns, read_entry};
use crate::db::Batch;
use crate::{Store, StoreError, params};

/// Says which entry of a ledger a chain's record is.
pub fn enter_record(batch: &mut Batch, ledger_id: &str, subject: &str, seq: i64, entry_id: &str) {
    batch.push(
        "INSERT INTO ledger_record (ledger_id, subject, seq, entry_id) VALUES ($1, $2, $3, $4)",
        params![ledger_id, subject, seq, entry_id],
    );
}

/// A chain's records as they are entries of a ledger, the oldest first.
pub async fn chain(store: &Store, ledger_id: &str, subject: &str) -> Result<Vec<EntryRow>, StoreError> {
    const SQL: &str = entry_columns!(
        " FROM ledger_record r JOIN ledger l ON l.id = r.ledger_id \
         JOIN ledger_entry e ON e.id = r.entry_id AND e.ledger = l.n \
         WHERE r.ledger_id = $1 AND r.subject = $2 ORDER BY r.seq"
    );
    store.db().read(SQL, params![ledger_id, subject]).await?.iter().map(read_entry).collect()
}

/// Lets a batch count only while a realm's chains have so many records together.
pub fn expect_records(batch: &mut Batch, realm_id: &str, count: i64) {
    const SQL: &str = "SELECT 1 WHERE (SELECT COUNT(*) FROM registry_record WHERE realm_id = $1) = $2";
    batch.expect(SQL, params![realm_id, count], 1, "registry");
}

/// Carries what waits in a realm's closed ledgers over to the open one, once that has this size: what was answered for gets
/// its index there. Outside times stay, since they are of a head that goes no further. Returns the statement's place.
pub fn carry(batch: &mut Batch, realm_id: &str, ledger_id: &str, size: i64) -> usize {
    const SQL: &str = "UPDATE ledger_entry SET ledger = (SELECT n FROM ledger WHERE id = $2) \
        WHERE position IS NULL AND kind <> $4 \
        AND ledger IN (SELECT n FROM ledger WHERE realm_id = $1 AND closed = TRUE) \
        AND EXISTS (SELECT 1 FROM ledger WHERE id = $2 AND closed = FALSE AND size >= $3)";
    batch.push(SQL, params![realm_id, ledger_id, size, TIME])
}
