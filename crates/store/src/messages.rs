//! Messages that were here before, and answers that callers may ask for again.

use crate::db::Batch;
use crate::ledger::words;
use crate::{Store, StoreError, params};

/// The entry of a message that was here before and is still remembered.
pub async fn seen(store: &Store, digest: &[u8], now: i64) -> Result<Option<String>, StoreError> {
    const SQL: &str = "SELECT e.id FROM message_seen s JOIN ledger_entry e ON e.arrival = s.arrival \
        WHERE s.digest = $1 AND s.expires_at > $2";
    let row = store.db().read_one(SQL, params![digest, now]).await?;
    row.map(|row| row.bytes(0).map(words::id)).transpose()
}

/// Remembers a message, behind its entry in the same batch, which counts only where nobody else did meanwhile.
pub fn see(batch: &mut Batch, digest: &[u8], now: i64, expires_at: i64) {
    batch.expect(
        "INSERT INTO message_seen (digest, arrival, expires_at) VALUES ($1, {last:ledger_entry.arrival}, $3) \
         ON CONFLICT (digest) DO UPDATE SET arrival = excluded.arrival, expires_at = excluded.expires_at \
         WHERE message_seen.expires_at <= $2",
        params![digest, now, expires_at],
        1,
        "message",
    );
}

/// An answer that was given, and the digest of what was asked.
pub async fn answer(
    store: &Store,
    realm_id: &str,
    key: &str,
    now: i64,
) -> Result<Option<(String, String)>, StoreError> {
    const SQL: &str = "SELECT digest, answer FROM message_answer \
        WHERE realm_id = $1 AND idempotency_key = $2 AND expires_at > $3";
    let row = store.db().read_one(SQL, params![realm_id, key, now]).await?;
    row.map(|row| Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned()))).transpose()
}

/// An answer to keep.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// Whose key, and the key.
    pub key: &'a str,
    /// The digest of what was asked.
    pub digest: &'a str,
    /// What was answered.
    pub answer: &'a str,
    /// Until when, in seconds.
    pub expires_at: i64,
}

/// Keeps an answer; the batch counts only where none is kept under the key.
pub fn keep(batch: &mut Batch, realm_id: &str, answer: &Answer<'_>, now: i64) {
    batch.expect(
        "INSERT INTO message_answer (realm_id, idempotency_key, digest, answer, expires_at) VALUES ($1, $2, $3, $4, $6) \
         ON CONFLICT (realm_id, idempotency_key) DO UPDATE \
         SET digest = excluded.digest, answer = excluded.answer, expires_at = excluded.expires_at \
         WHERE message_answer.expires_at <= $5",
        params![realm_id, answer.key, answer.digest, answer.answer, now, answer.expires_at],
        1,
        "answer",
    );
}
