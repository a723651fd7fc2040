//! Signing profiles as they were when messages were judged by them.

use crate::db::Batch;
use crate::{Store, StoreError, params};

/// A profile's definition, by its digest; None where nothing in the ledger was judged by it.
pub async fn find(store: &Store, ledger_id: &str, digest: &str) -> Result<Option<String>, StoreError> {
    const SQL: &str = "SELECT definition FROM ledger_profile WHERE ledger_id = $1 AND digest = $2";
    let row = store.db().read_one(SQL, params![ledger_id, digest]).await?;
    row.map(|row| row.text(0).map(str::to_owned)).transpose()
}

/// A profile's definition, by its digest, in any of a realm's ledgers.
pub async fn definition(store: &Store, realm_id: &str, digest: &str) -> Result<Option<String>, StoreError> {
    const SQL: &str = "SELECT p.definition FROM ledger_profile p JOIN ledger l ON l.id = p.ledger_id \
        WHERE l.realm_id = $1 AND p.digest = $2 LIMIT 1";
    let row = store.db().read_one(SQL, params![realm_id, digest]).await?;
    row.map(|row| row.text(0).map(str::to_owned)).transpose()
}

/// Keeps a definition, with the entry that says so.
pub fn insert(batch: &mut Batch, ledger_id: &str, digest: &str, definition: &str, entry_id: &str) {
    batch.push(
        "INSERT INTO ledger_profile (ledger_id, digest, definition, entry_id) VALUES ($1, $2, $3, $4)",
        params![ledger_id, digest, definition, entry_id],
    );
}
