//! Ledgers that a realm had on other servers, as the file that it was imported from says.

use crate::db::{Batch, Row};
use crate::{Store, StoreError, params};

/// A ledger of another server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElsewhereRow {
    /// Its name in checkpoints.
    pub origin: String,
    /// The key that its newest checkpoint is verified with, in its text form; "" where only the name is known.
    pub verifier: String,
    /// Its newest checkpoint, as far as the file knew; "" where only the name is known.
    pub checkpoint: String,
    /// Whether the first ledger that is opened here goes on from it.
    pub is_next: bool,
}

/// Adds a realm's ledgers of other servers, the newest first.
pub fn insert_elsewhere(batch: &mut Batch, realm_id: &str, rows: &[ElsewhereRow]) {
    for (n, row) in (0_i64..).zip(rows) {
        batch.push(
            "INSERT INTO ledger_elsewhere (realm_id, origin, n, verifier, checkpoint, is_next) \
             VALUES ($1, $2, $3, $4, $5, $6)",
            params![realm_id, row.origin.as_str(), n, row.verifier.as_str(), row.checkpoint.as_str(), row.is_next],
        );
    }
}

/// A realm's ledgers of other servers, the newest first.
pub async fn elsewhere(store: &Store, realm_id: &str) -> Result<Vec<ElsewhereRow>, StoreError> {
    const SQL: &str =
        "SELECT origin, verifier, checkpoint, is_next FROM ledger_elsewhere WHERE realm_id = $1 ORDER BY n";
    let read = |row: &Row| {
        Ok(ElsewhereRow {
            origin: row.text(0)?.to_owned(),
            verifier: row.text(1)?.to_owned(),
            checkpoint: row.text(2)?.to_owned(),
            is_next: row.bool(3)?,
        })
    };
    store.db().read(SQL, params![realm_id]).await?.iter().map(read).collect()
}

/// Says that a realm's ledger here goes on from what was to be gone on from.
pub fn has_gone_on(batch: &mut Batch, realm_id: &str) {
    const SQL: &str = "UPDATE ledger_elsewhere SET is_next = FALSE WHERE realm_id = $1 AND is_next = TRUE";
    batch.push(SQL, params![realm_id]);
}
