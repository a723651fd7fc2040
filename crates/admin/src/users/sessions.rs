//! A user's sessions: seen and ended. Sessions of a client and of the realm have the same form.

use domain::{Result, Writes, lifetimes};
use model::{AdminOperation, UserSession};
use serde_json::{Map, Value, json};
use store::sessions::SessionState;

use crate::permit::{ManageUsers, Permission, Permit, ViewUsers};
use crate::refusals;

/// Lists a user's sessions that are alive.
pub async fn list(permit: &Permit<'_, ViewUsers>, user_id: &str) -> Result<Value> {
    let user = super::find(permit, user_id).await?;
    let sessions = store::sessions::list_of_user(permit.store(), &user.id, false).await?;
    show(permit, sessions).await
}

/// Lists a user's offline sessions with a client.
pub async fn list_offline(permit: &Permit<'_, ViewUsers>, user_id: &str, client: &str) -> Result<Value> {
    let user = super::find(permit, user_id).await?;
    let mut found = Vec::new();
    for session in store::sessions::list_of_user(permit.store(), &user.id, true).await? {
        if store::sessions::find_client(permit.store(), &session.id, true, client).await?.is_some() {
            found.push(session);
        }
    }
    show(permit, found).await
}

/// Ends all of a user's sessions, tells the clients, and makes tokens from before stale.
pub async fn logout(permit: &Permit<'_, ManageUsers>, user_id: &str) -> Result<Writes> {
    let mut user = super::find(permit, user_id).await?;
    let mut writes = Writes::default();
    for session in store::sessions::list_of_user(permit.store(), &user.id, false).await? {
        permit.cx.end_session(&session, &mut writes).await?;
    }
    // One asks for a bounded number of them: what is left goes without a notice.
    store::sessions::delete_of_user(&mut writes.batch, &user.id, false);
    user.not_before = permit.cx.now();
    let unique_email = !permit.cx.plan.realm.duplicate_emails_allowed;
    store::users::update(&mut writes.batch, permit.realm_id(), &user, unique_email);
    let path = format!("users/{user_id}/logout");
    writes.admin_events.push(permit.event(AdminOperation::Action, "USER", path, None));
    Ok(writes)
}

/// Ends one session.
pub async fn end(permit: &Permit<'_, ManageUsers>, session_id: &str, offline: bool) -> Result<Writes> {
    let found = store::sessions::find(permit.store(), permit.realm_id(), session_id, offline).await?;
    let session = found.ok_or_else(|| domain::Error::from(refusals::SESSION_NOT_FOUND))?;
    let mut writes = Writes::default();
    permit.cx.end_session(&session, &mut writes).await?;
    let path = format!("sessions/{session_id}");
    writes.admin_events.push(permit.event(AdminOperation::Delete, "USER_SESSION", path, None));
    Ok(writes)
}

/// Sessions as they are shown; those that are over are left out.
pub(crate) async fn show<P: Permission>(permit: &Permit<'_, P>, sessions: Vec<UserSession>) -> Result<Value> {
    let mut out = Vec::new();
    for session in sessions {
        let state = SessionState {
            user_id: session.user_id.clone(),
            started_at: session.started_at,
            refreshed_at: session.refreshed_at,
            remember_me: session.remember_me,
            notes: String::new(),
        };
        if lifetimes::is_alive(&permit.cx.plan.realm, session.offline, &state, permit.cx.now()) {
            out.push(one(permit, &session).await?);
        }
    }
    Ok(Value::Array(out))
}

async fn one<P: Permission>(permit: &Permit<'_, P>, session: &UserSession) -> Result<Value> {
    let user = store::users::find(permit.store(), permit.realm_id(), &session.user_id).await?;
    let parts = store::sessions::list_clients(permit.store(), &session.id, session.offline).await?;
    let ids: Vec<String> = parts.into_iter().map(|part| part.client_id).collect();
    let mut clients = Map::new();
    for (id, client_id) in store::clients::names(permit.store(), &ids).await? {
        clients.insert(id, client_id.into());
    }
    Ok(json!({
        "id": session.id,
        "username": user.map(|u| u.username),
        "userId": session.user_id,
        "ipAddress": session.ip,
        "start": session.started_at * 1000,
        "lastAccess": session.refreshed_at * 1000,
        "rememberMe": session.remember_me,
        "clients": clients,
        "transientUser": false,
    }))
}
