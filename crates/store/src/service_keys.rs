//! Keys that a realm with participants signs replies, tokens and messages with, and since which entry of its ledger.

use zeroize::Zeroizing;

use crate::db::{Batch, Row};
use crate::ledger::words;
use crate::{Store, StoreError, params};

/// A key that the realm signs with.
#[derive(Clone, Debug)]
pub struct ServiceKeyRow {
    /// Its name.
    pub kid: String,
    /// The public key as JWK.
    pub jwk: String,
    /// What it signs: `reply`, `token` or `message`.
    pub purpose: String,
    /// The entry that says so.
    pub entry_id: String,
    /// Whether that entry has its index.
    pub is_placed: bool,
}

/// Every key that the realm ever signed with.
pub async fn list(store: &Store, ledger_id: &str) -> Result<Vec<ServiceKeyRow>, StoreError> {
    const SQL: &str = "SELECT k.kid, k.jwk, k.purpose, e.id, w.arrival FROM service_key k \
        JOIN ledger_entry e ON e.arrival = k.arrival \
        LEFT JOIN ledger_waiting w ON w.ledger = e.ledger AND w.arrival = e.arrival \
        WHERE k.ledger_id = $1 ORDER BY k.arrival";
    let read = |row: &Row| {
        Ok(ServiceKeyRow {
            kid: row.text(0)?.to_owned(),
            jwk: row.text(1)?.to_owned(),
            purpose: row.text(2)?.to_owned(),
            entry_id: words::id(row.bytes(3)?),
            is_placed: row.int_opt(4)?.is_none(),
        })
    };
    store.db().read(SQL, params![ledger_id]).await?.iter().map(read).collect()
}

/// Adds a key that the realm signs with, behind the entry that says so in the same batch; `key` is its PKCS#8, where it is no
/// key of the realm itself.
pub fn insert(
    store: &Store,
    batch: &mut Batch,
    ledger_id: &str,
    row: &ServiceKeyRow,
    key: Option<&[u8]>,
) -> Result<(), StoreError> {
    let sealed = key.map(|key| store.vault().seal(&key_place(ledger_id, &row.kid), key)).transpose()?;
    batch.push(
        "INSERT INTO service_key (ledger_id, kid, jwk, purpose, arrival, key) VALUES ($1, $2, $3, $4, {last:ledger_entry.arrival}, $5)",
        params![ledger_id, row.kid.as_str(), row.jwk.as_str(), row.purpose.as_str(), sealed],
    );
    Ok(())
}

/// A key that signs messages for callers.
pub struct MessageKey {
    /// Its name.
    pub kid: String,
    /// The public key as JWK.
    pub jwk: String,
    /// The private key as PKCS#8.
    pub private: Zeroizing<Vec<u8>>,
}

/// The keys that sign messages for callers, the newest first.
pub async fn message_keys(store: &Store, ledger_id: &str) -> Result<Vec<MessageKey>, StoreError> {
    const SQL: &str = "SELECT k.kid, k.jwk, k.key FROM service_key k \
        WHERE k.ledger_id = $1 AND k.key IS NOT NULL ORDER BY k.arrival DESC";
    let read = |row: &Row| {
        let kid = row.text(0)?.to_owned();
        let private = store.vault().open(&key_place(ledger_id, &kid), row.bytes(2)?)?;
        Ok(MessageKey { jwk: row.text(1)?.to_owned(), private, kid })
    };
    store.db().read(SQL, params![ledger_id]).await?.iter().map(read).collect()
}

fn key_place(ledger_id: &str, kid: &str) -> String {
    format!("service-key/{ledger_id}/{kid}")
}
