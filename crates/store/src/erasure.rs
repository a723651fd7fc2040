//! Taking records of messages out of the store by policy: leaves stay where they are, and tell nothing any more.

use crate::db::Batch;
use crate::{Store, StoreError, params};

/// Messages that were received before a moment, the oldest first: their indexes and entries.
pub async fn old_messages(
    store: &Store,
    ledger_id: &str,
    before_ms: i64,
    max: i64,
) -> Result<Vec<(i64, String)>, StoreError> {
    const SQL: &str = "SELECT m.position, e.id FROM ledger_message m \
        JOIN ledger_entry e ON e.ledger_id = m.ledger_id AND e.position = m.position \
        WHERE m.ledger_id = $1 AND m.time_ms < $2 ORDER BY m.position LIMIT $3";
    let rows = store.db().read(SQL, params![ledger_id, before_ms, max]).await?;
    rows.iter().map(|row| Ok((row.int(0)?, row.text(1)?.to_owned()))).collect()
}

/// Erases a message: its record and salt, its body, and what it is found by.
pub fn erase_message(batch: &mut Batch, ledger_id: &str, position: i64, entry_id: &str) {
    batch.push("DELETE FROM ledger_body WHERE entry_id = $1", params![entry_id]);
    batch.push("UPDATE ledger_entry SET record = NULL, salt = $2 WHERE id = $1", params![entry_id, Vec::<u8>::new()]);
    batch.push("DELETE FROM ledger_message WHERE ledger_id = $1 AND position = $2", params![ledger_id, position]);
}
