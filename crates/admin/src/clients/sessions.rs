//! The sessions that clients are part of.

use domain::Result;
use serde_json::{Value, json};

use super::find;
use crate::permit::{Permit, ViewClients, ViewRealm};
use crate::users::sessions::show;

/// Lists a page of the sessions that a client is part of.
pub async fn list(permit: &Permit<'_, ViewClients>, id: &str, offline: bool, first: i64, max: i64) -> Result<Value> {
    let client = find(permit, id).await?;
    let found = store::sessions::list_of_client(permit.store(), &client.id, offline, first, max).await?;
    show(permit, found).await
}

/// Counts them.
pub async fn count(permit: &Permit<'_, ViewClients>, id: &str, offline: bool) -> Result<Value> {
    let client = find(permit, id).await?;
    Ok(json!({"count": store::sessions::count_of_client(permit.store(), &client.id, offline).await?}))
}

/// Counts the sessions of every client that is part of any.
pub async fn stats(permit: &Permit<'_, ViewRealm>) -> Result<Value> {
    let rows = store::sessions::count_by_client(permit.store(), permit.realm_id()).await?;
    let shown = rows.into_iter().map(|row| {
        json!({
            "offline": row.offline.to_string(),
            "clientId": row.client_id,
            "active": row.active.to_string(),
            "id": row.id,
        })
    });
    Ok(shown.collect())
}
