//! Taking records of messages out of the store by policy: leaves stay where they are, and tell nothing any more.

use crate::db::{Batch, Row};
use crate::ledger::{LedgerRow, read_message, words};
use crate::{Store, StoreError, params};

/// A message that can be erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldMessage {
    /// Its index.
    pub position: i64,
    /// Its entry's number in the store.
    arrival: i64,
    /// By what it is found.
    words: Vec<i64>,
}

/// Messages that were received before a moment, the oldest first.
pub async fn old_messages(
    store: &Store,
    ledger_id: &str,
    before_ms: i64,
    max: i64,
) -> Result<Vec<OldMessage>, StoreError> {
    const SQL: &str = "SELECT m.position, m.role_id, m.time_ms, m.kid, m.digest, m.request_id, m.trace_id, m.verdict, \
        p.arrival FROM ledger_message m JOIN ledger_place p ON p.ledger = m.ledger AND p.position = m.position \
        WHERE m.ledger = (SELECT n FROM ledger WHERE id = $1) AND m.time_ms < $2 \
        ORDER BY m.time_ms, m.position LIMIT $3";
    let read = |row: &Row| {
        let message = read_message(row)?;
        Ok(OldMessage { position: message.position, arrival: row.int(8)?, words: words::of_message(&message) })
    };
    store.db().read(SQL, params![ledger_id, before_ms, max]).await?.iter().map(read).collect()
}

/// Erases a message: its record and salt, its body, and what it is found by. The batch counts only where nobody else did.
pub fn erase_message(batch: &mut Batch, ledger: &LedgerRow, message: &OldMessage) {
    const SALT: &str = "UPDATE ledger_entry SET salt = $2 WHERE arrival = $1";
    const FOUND: &str = "DELETE FROM ledger_message WHERE ledger = $1 AND position = $2";
    const WORD: &str = "DELETE FROM ledger_word WHERE ledger = $1 AND stretch = $2 AND word = $3 AND position = $4";
    batch.expect("DELETE FROM ledger_record WHERE arrival = $1", params![message.arrival], 1, ERASED);
    batch.expect(FOUND, params![ledger.n, message.position], 1, ERASED);
    for word in &message.words {
        batch.push(WORD, params![ledger.n, message.position / words::STRETCH, *word, message.position]);
    }
    batch.expect(SALT, params![message.arrival, Vec::<u8>::new()], 1, ERASED);
}

/// The label of a batch that erases what is there no more.
pub const ERASED: &str = "message is erased";
