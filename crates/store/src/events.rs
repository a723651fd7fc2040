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

/// Which events to list; empty fields look for nothing.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Types, or operations of administrators' events.
    pub kinds: Vec<String>,
    /// The `clientId`.
    pub client_id: Option<String>,
    /// The user's id.
    pub user_id: Option<String>,
    /// Where it came from.
    pub ip: Option<String>,
    /// Resource types of administrators' events.
    pub resource_types: Vec<String>,
    /// LIKE pattern of the path of administrators' events.
    pub resource_path: Option<String>,
    /// The first millisecond.
    pub from_ms: Option<i64>,
    /// The millisecond behind the last.
    pub to_ms: Option<i64>,
    /// Whether the oldest come first.
    pub ascending: bool,
}

/// Lists a page of a realm's events.
pub async fn list(
    store: &Store,
    realm_id: &str,
    query: &Query,
    first: i64,
    max: i64,
) -> Result<Vec<EventRow>, StoreError> {
    macro_rules! sql {
        ($order:literal) => {
            concat!(
                "SELECT id, time_ms, kind, client_id, user_id, session_id, ip, error, details FROM event \
                 WHERE realm_id = $1 AND ($2 = '[]' OR kind {in:$2}) \
                 AND (CAST($3 AS TEXT) IS NULL OR client_id = $3) AND (CAST($4 AS TEXT) IS NULL OR user_id = $4) \
                 AND (CAST($5 AS TEXT) IS NULL OR ip = $5) AND time_ms >= $6 AND time_ms < $7 ORDER BY ",
                $order,
                " LIMIT $8 OFFSET $9"
            )
        };
    }
    let sql = match query.ascending {
        true => sql!("time_ms, id"),
        false => sql!("time_ms DESC, id DESC"),
    };
    let params = params![
        realm_id,
        serde_json::Value::from(query.kinds.clone()).to_string(),
        query.client_id.clone(),
        query.user_id.clone(),
        query.ip.clone(),
        query.from_ms.unwrap_or(0),
        query.to_ms.unwrap_or(i64::MAX),
        max,
        first
    ];
    let rows = store.db().scan(sql, params).await?;
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
        "DELETE FROM event WHERE realm_id = $1 AND time_ms < $2 AND time_ms <= (SELECT max(t.time_ms) FROM \
         (SELECT time_ms FROM event WHERE realm_id = $1 ORDER BY time_ms LIMIT $3) t)",
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

/// A stored administrators' event.
#[derive(Clone, Debug)]
pub struct AdminEventRow {
    /// Its id.
    pub id: String,
    /// When, in milliseconds.
    pub time_ms: i64,
    /// What was done.
    pub operation: String,
    /// To what kind of thing.
    pub resource_type: String,
    /// Where, below the realm.
    pub resource_path: String,
    /// authDetails and representation, as JSON text.
    pub doc: String,
}

/// Lists a page of a realm's administrators' events.
pub async fn list_admin(
    store: &Store,
    realm_id: &str,
    query: &Query,
    first: i64,
    max: i64,
) -> Result<Vec<AdminEventRow>, StoreError> {
    macro_rules! sql {
        ($order:literal) => {
            concat!(
                "SELECT id, time_ms, operation, resource_type, resource_path, doc FROM admin_event \
                 WHERE realm_id = $1 AND ($2 = '[]' OR operation {in:$2}) AND ($3 = '[]' OR resource_type {in:$3}) \
                 AND (CAST($4 AS TEXT) IS NULL OR resource_path LIKE $4 ESCAPE '\\') \
                 AND time_ms >= $5 AND time_ms < $6 ORDER BY ",
                $order,
                " LIMIT $7 OFFSET $8"
            )
        };
    }
    let sql = match query.ascending {
        true => sql!("time_ms, id"),
        false => sql!("time_ms DESC, id DESC"),
    };
    let params = params![
        realm_id,
        serde_json::Value::from(query.kinds.clone()).to_string(),
        serde_json::Value::from(query.resource_types.clone()).to_string(),
        query.resource_path.clone(),
        query.from_ms.unwrap_or(0),
        query.to_ms.unwrap_or(i64::MAX),
        max,
        first
    ];
    let rows = store.db().scan(sql, params).await?;
    rows.iter()
        .map(|row| {
            Ok(AdminEventRow {
                id: row.text(0)?.to_owned(),
                time_ms: row.int(1)?,
                operation: row.text(2)?.to_owned(),
                resource_type: row.text(3)?.to_owned(),
                resource_path: row.text(4)?.to_owned(),
                doc: row.text(5)?.to_owned(),
            })
        })
        .collect()
}

/// Deletes a realm's administrators' events.
pub fn clear_admin(batch: &mut Batch, realm_id: &str) {
    batch.push("DELETE FROM admin_event WHERE realm_id = $1", params![realm_id]);
}
