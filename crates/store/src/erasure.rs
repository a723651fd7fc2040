//! Taking records of messages out of the store by policy: leaves stay where they are, and tell nothing any more.

use crate::db::Batch;
use crate::{Store, StoreError, params};

/// A message that can be erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OldMessage {
    /// Its entry's number in the store.
    pub arrival: i64,
    /// Its index.
    pub position: i64,
}

/// Messages that were received before a moment, the oldest first.
pub async fn old_messages(
    store: &Store,
    ledger_id: &str,
    before_ms: i64,
    max: i64,
) -> Result<Vec<OldMessage>, StoreError> {
    const SQL: &str = "SELECT e.arrival, e.position FROM ledger_message m \
        JOIN ledger_entry e ON e.arrival = m.arrival \
        WHERE m.ledger = (SELECT n FROM ledger WHERE id = $1) AND m.time_ms < $2 \
        ORDER BY m.time_ms, m.arrival LIMIT $3";
    let rows = store.db().read(SQL, params![ledger_id, before_ms, max]).await?;
    rows.iter().map(|row| Ok(OldMessage { arrival: row.int(0)?, position: row.int(1)? })).collect()
}

/// Erases a message: its record and salt, its body, and what it is found by. The batch counts only where nobody else did.
pub fn erase_message(batch: &mut Batch, message: OldMessage) {
    const RECORD: &str = "UPDATE ledger_entry SET record = NULL, salt = $2 WHERE arrival = $1 AND record IS NOT NULL";
    const FOUND: &str = "DELETE FROM ledger_message WHERE arrival = $1";
    batch.push("DELETE FROM ledger_body WHERE arrival = $1", params![message.arrival]);
    batch.expect(RECORD, params![message.arrival, Vec::<u8>::new()], 1, ERASED);
    batch.expect(FOUND, params![message.arrival], 1, ERASED);
}

/// The label of a batch that erases what is there no more.
pub const ERASED: &str = "message is erased";
