//! What a user allowed clients.

use domain::{Result, Writes};
use model::AdminOperation;
use serde_json::Value;

use crate::permit::{ManageUsers, Permit, ViewUsers};
use crate::refusals;

/// Lists what a user allowed.
pub async fn list(permit: &Permit<'_, ViewUsers>, user_id: &str) -> Result<Value> {
    let user = super::find(permit, user_id).await?;
    let all = store::consents::list(permit.store(), &user.id).await?;
    let ids: Vec<String> = all.iter().map(|(client, _)| client.clone()).collect();
    let names = store::clients::names(permit.store(), &ids).await?;
    let mut out = Vec::new();
    for (client, mut doc) in all {
        let Some((_, client_id)) = names.iter().find(|(id, _)| *id == client) else { continue };
        doc.set("clientId", client_id.as_str());
        doc.set("additionalGrants", Value::Array(Vec::new()));
        out.push(doc.into_value());
    }
    Ok(Value::Array(out))
}

/// Withdraws what a user allowed a client, ends the client's offline sessions, and detaches it from the
/// others.
pub async fn revoke(permit: &Permit<'_, ManageUsers>, user_id: &str, client_id: &str) -> Result<Writes> {
    let user = super::find(permit, user_id).await?;
    let Some(client) = permit.cx.client(client_id).await? else { return Err(refusals::MAPPED_CLIENT_NOT_FOUND.into()) };
    let client = &client.client;
    let consent = store::consents::find(permit.store(), &user.id, &client.id).await?;
    let mut writes = Writes::default();
    let mut offline = 0;
    for session in store::sessions::list_of_user(permit.store(), &user.id, true).await? {
        if store::sessions::find_client(permit.store(), &session.id, true, &client.id).await?.is_some() {
            store::sessions::delete_client(&mut writes.batch, &session.id, true, &client.id);
            store::sessions::delete_if_empty(&mut writes.batch, &session.id, true);
            offline += 1;
        }
    }
    for session in store::sessions::list_of_user(permit.store(), &user.id, false).await? {
        store::sessions::delete_client(&mut writes.batch, &session.id, false, &client.id);
    }
    if consent.is_none() && offline == 0 {
        return Err(refusals::CONSENT_NOT_FOUND.into());
    }
    store::consents::delete(&mut writes.batch, &user.id, &client.id);
    let path = format!("users/{user_id}/consents/{client_id}");
    writes.admin_events.push(permit.event(AdminOperation::Action, "USER", path, None));
    Ok(writes)
}
