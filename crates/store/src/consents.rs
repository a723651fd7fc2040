//! What people allowed clients.

use model::Document;

use crate::db::Batch;
use crate::{Store, StoreError, params, sealed};

/// Finds what a user allowed a client.
pub async fn find(store: &Store, user_id: &str, client_id: &str) -> Result<Option<Document>, StoreError> {
    const SQL: &str = "SELECT doc FROM consent WHERE user_id = $1 AND client_id = $2";
    store.db().read_one(SQL, params![user_id, client_id]).await?.map(|row| sealed::parse(row.text(0)?)).transpose()
}

/// Lists what a user allowed, by client id.
pub async fn list(store: &Store, user_id: &str) -> Result<Vec<(String, Document)>, StoreError> {
    let rows = store.db().read("SELECT client_id, doc FROM consent WHERE user_id = $1", params![user_id]).await?;
    rows.iter().map(|row| Ok((row.text(0)?.to_owned(), sealed::parse(row.text(1)?)?))).collect()
}

/// Writes what a user allowed a client.
pub fn save(batch: &mut Batch, user_id: &str, client_id: &str, doc: &Document) {
    batch.push(
        "INSERT INTO consent (user_id, client_id, doc) VALUES ($1, $2, $3) \
         ON CONFLICT (user_id, client_id) DO UPDATE SET doc = $3",
        params![user_id, client_id, doc.to_text()],
    );
}

/// Withdraws it.
pub fn delete(batch: &mut Batch, user_id: &str, client_id: &str) {
    batch.push("DELETE FROM consent WHERE user_id = $1 AND client_id = $2", params![user_id, client_id]);
}
