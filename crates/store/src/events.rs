//! Events of people and of administrators.

use model::{AdminEvent, Event};

use crate::db::Batch;
use crate::{Store, StoreError, params};

/// A stored user event: its members as columns.
#[derive(Clone, Debug)]
pub struct EventRow {
    /// Its id.
    pub id: String,
    /// When, in milliseconds.
    pub time_ms: i64,
    /// The type's name.
    pub kind: String,
    /// The `clientId` as sent.
    pub client_id: Option<String>,
    /// The user's id.
    pub user_id: Option<String>,
    /// The session's id.
    pub session_id: Option<String>,
    /// Where it came from.
    pub ip: Option<String>,
    /// What went wrong.
    pub error: Option<String>,
    /// Facts, as JSON text.
    pub details: String,
}

/// Inserts a user event. The id begins with the time, so that rows arrive in the order of their key.
pub fn insert(batch: &mut Batch, realm_id: &str, id: &str, time_ms: i64, ip: &str, event: &Event) {
    batch.push(
        "INSERT INTO event (id, realm_id, time_ms, kind, client_id, user_id, session_id, ip, error, details) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        params![
            id,
            realm_id,
            time_ms,
            event.type_name(),
            event.client_id.clone(),
            event.user_id.clone(),
            event.session_id.clone(),
            ip,
            event.error,
            event.details_text()
        ],
    );
}

/// Lists a page of a realm's events, the newest first.
pub async fn list(
    store: &Store,
    realm_id: &str,
    kinds: &[String],
    first: i64,
    max: i64,
) -> Result<Vec<EventRow>, StoreError> {
    const SQL: &str = "SELECT id, time_ms, kind, client_id, user_id, session_id, ip, error, details FROM event \
        WHERE realm_id = $1 AND ($2 = '[]' OR kind {in:$2}) ORDER BY time_ms DESC, id DESC LIMIT $3 OFFSET $4";
    let kinds = serde_json::Value::from(kinds.to_vec()).to_string();
    let rows = store.db().read(SQL, params![realm_id, kinds, max, first]).await?;
    rows.iter()
        .map(|row| {
            let owned = |i| row.text_opt(i).map(|t| t.map(str::to_owned));
            Ok(EventRow {
                id: row.text(0)?.to_owned(),
                time_ms: row.int(1)?,
                kind: row.text(2)?.to_owned(),
                client_id: owned(3)?,
                user_id: owned(4)?,
                session_id: owned(5)?,
                ip: owned(6)?,
                error: owned(7)?,
                details: row.text(8)?.to_owned(),
            })
        })
        .collect()
}

/// Deletes a realm's events.
pub fn clear(batch: &mut Batch, realm_id: &str) {
    batch.push("DELETE FROM event WHERE realm_id = $1", params![realm_id]);
}

/// Deletes up to `chunk` of a realm's events older than a moment; how many went.
pub async fn purge(store: &Store, realm_id: &str, before_ms: i64, chunk: i64) -> Result<u64, StoreError> {
    let mut batch = Batch::new();
    batch.push(
        "DELETE FROM event WHERE id IN (SELECT id FROM event WHERE realm_id = $1 AND time_ms < $2 LIMIT $3)",
        params![realm_id, before_ms, chunk],
    );
    Ok(store.db().commit(batch).await?.rows(0))
}

/// Inserts an administrator's event; `doc` holds authDetails and representation.
pub fn insert_admin(batch: &mut Batch, realm_id: &str, id: &str, time_ms: i64, event: &AdminEvent, doc: &str) {
    batch.push(
        "INSERT INTO admin_event (id, realm_id, time_ms, operation, resource_type, resource_path, doc) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        params![id, realm_id, time_ms, event.operation.name(), event.resource_type, event.resource_path.as_str(), doc],
    );
}
