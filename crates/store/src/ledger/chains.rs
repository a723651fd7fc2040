//! Where the registry's records stand in each ledger of a realm: one that was left keeps its own.

use super::entries::{TIME, entry_columns, read_entry};
use super::{CLOSED, EntryRow, words};
use crate::db::Batch;
use crate::{Store, StoreError, params};

/// Says which entry of a ledger a chain's record is.
pub fn enter_record(batch: &mut Batch, ledger_id: &str, subject: &str, seq: i64, entry_id: &str) {
    let id = words::own_octets(entry_id);
    let word = words::of_id(&id);
    batch.push(
        "INSERT INTO ledger_chain (ledger_id, subject, seq, id, word) VALUES ($1, $2, $3, $4, $5)",
        params![ledger_id, subject, seq, id, word],
    );
}

/// A chain's records as they are entries of a ledger, the oldest first.
pub async fn chain(store: &Store, ledger_id: &str, subject: &str) -> Result<Vec<EntryRow>, StoreError> {
    const SQL: &str = concat!(
        entry_columns!(placed
            ", c.seq AS seq FROM ledger_chain c JOIN ledger l ON l.id = c.ledger_id \
             JOIN ledger_place p ON p.word = c.word AND +p.ledger = l.n \
             JOIN ledger_entry e ON e.arrival = p.arrival AND e.id = c.id \
             LEFT JOIN ledger_record r ON r.arrival = e.arrival WHERE c.ledger_id = $1 AND c.subject = $2 UNION ALL "
        ),
        entry_columns!(waiting
            ", c.seq FROM ledger_chain c JOIN ledger l ON l.id = c.ledger_id \
             JOIN ledger_waiting w ON w.ledger = l.n AND w.word = c.word \
             JOIN ledger_entry e ON e.arrival = w.arrival AND e.id = c.id \
             LEFT JOIN ledger_record r ON r.arrival = e.arrival WHERE c.ledger_id = $1 AND c.subject = $2 ORDER BY seq"
        )
    );
    store.db().read(SQL, params![ledger_id, subject]).await?.iter().map(read_entry).collect()
}

/// Lets a batch count only while a realm's chains have so many records together.
pub fn expect_records(batch: &mut Batch, realm_id: &str, count: i64) {
    const SQL: &str = "SELECT 1 WHERE (SELECT COUNT(*) FROM registry_record WHERE realm_id = $1) = $2";
    batch.expect(SQL, params![realm_id, count], 1, "registry");
}

/// Carries what waits in a realm's closed ledgers over to the open one, once that has this size: what was answered for gets
/// its index there. Outside times stay, since they are of a head that goes no further. The batch counts only where that size
/// is reached. Returns the statement's place.
pub fn carry(batch: &mut Batch, realm_id: &str, ledger_id: &str, size: i64) -> usize {
    const ENTRIES: &str = "UPDATE ledger_entry SET ledger = (SELECT n FROM ledger WHERE id = $2) \
        WHERE arrival IN (SELECT w.arrival FROM ledger_waiting w JOIN ledger l ON l.n = w.ledger \
        WHERE l.realm_id = $1 AND l.closed = TRUE AND w.kind <> $3)";
    const WAITING: &str = "UPDATE ledger_waiting SET ledger = (SELECT n FROM ledger WHERE id = $2) \
        WHERE kind <> $3 AND ledger IN (SELECT n FROM ledger WHERE realm_id = $1 AND closed = TRUE)";
    const OPEN: &str = "SELECT 1 FROM ledger WHERE id = $1 AND closed = FALSE AND size >= $2{key share}";
    batch.expect(OPEN, params![ledger_id, size], 1, CLOSED);
    batch.push(ENTRIES, params![realm_id, ledger_id, TIME]);
    batch.push(WAITING, params![realm_id, ledger_id, TIME])
}
