//! A user's credentials: listed without their secrets, named, ordered, taken away; the password set anew [KC 4.11].

use domain::{Result, Writes};
use model::{AdminOperation, Credential, Document};
use serde_json::Value;

use super::password::{self, HISTORY, KIND, UPDATE_PASSWORD};
use crate::permit::{ManageUsers, Permit, ViewUsers};
use crate::refusals;
use crate::rep::CREDENTIAL;

/// Lists a user's credentials.
pub async fn list(permit: &Permit<'_, ViewUsers>, user_id: &str) -> Result<Value> {
    let user = super::find(permit, user_id).await?;
    let all = store::users::credentials(permit.store(), &user.id).await?;
    Ok(all.iter().filter(|c| c.kind != HISTORY).map(shown).collect())
}

fn shown(credential: &Credential) -> Value {
    let mut doc = credential.doc.clone();
    doc.take("secretData");
    doc.set("id", credential.id.as_str());
    doc.set("type", credential.kind.as_str());
    CREDENTIAL.ordered(doc)
}

/// Takes a credential away.
pub async fn delete(permit: &Permit<'_, ManageUsers>, user_id: &str, id: &str) -> Result<Writes> {
    find(permit, user_id, id).await?;
    let mut writes = Writes::default();
    store::users::delete_credential(&mut writes.batch, user_id, id);
    store::users::touch(&mut writes.batch, user_id);
    let path = format!("users/{user_id}/credentials/{id}");
    writes.admin_events.push(permit.event(AdminOperation::Action, "USER", path, None));
    Ok(writes)
}

/// Names a credential.
pub async fn label(permit: &Permit<'_, ManageUsers>, user_id: &str, id: &str, label: &str) -> Result<Writes> {
    let mut credential = find(permit, user_id, id).await?;
    credential.doc.set("userLabel", label);
    let mut writes = Writes::default();
    store::users::update_credential(permit.store(), &mut writes.batch, &credential)?;
    Ok(writes)
}

/// Moves a credential behind another, or to the front.
pub async fn reorder(permit: &Permit<'_, ManageUsers>, user_id: &str, id: &str, after: Option<&str>) -> Result<Writes> {
    let moved = find(permit, user_id, id).await?;
    let mut all = store::users::credentials(permit.store(), user_id).await?;
    all.retain(|c| c.id != id);
    let place = match after {
        None => 0,
        Some(after) => match all.iter().position(|c| c.id == after) {
            Some(place) => place + 1,
            None => return Err(refusals::CREDENTIAL_NOT_FOUND.into()),
        },
    };
    all.insert(place, moved);
    let mut writes = Writes::default();
    for (position, mut credential) in (1..).zip(all) {
        credential.position = position * 10;
        store::users::update_credential(permit.store(), &mut writes.batch, &credential)?;
    }
    Ok(writes)
}

/// Sets a user's password; a temporary one must be replaced at the next login.
pub async fn reset_password(permit: &Permit<'_, ManageUsers>, user_id: &str, sent: &Document) -> Result<Writes> {
    let user = super::find(permit, user_id).await?;
    let Some(value) = sent.text("value") else {
        return Err(refusals::NO_PASSWORD.into());
    };
    let mut writes = Writes::default();
    password::replace(permit, &user, value, &mut writes).await?;
    let mut after = user.clone();
    after.required_actions.retain(|a| a != UPDATE_PASSWORD || sent.flag("temporary"));
    if sent.flag("temporary") && !after.required_actions.iter().any(|a| a == UPDATE_PASSWORD) {
        after.required_actions.push(UPDATE_PASSWORD.to_owned());
    }
    let unique_email = !permit.cx.plan.realm.duplicate_emails_allowed;
    store::users::update(&mut writes.batch, permit.realm_id(), &after, unique_email);
    let path = format!("users/{user_id}/reset-password");
    writes.admin_events.push(permit.event(AdminOperation::Action, "USER", path, None));
    Ok(writes)
}

/// Takes away every credential of the given kinds.
pub async fn disable(permit: &Permit<'_, ManageUsers>, user_id: &str, kinds: &[String]) -> Result<Writes> {
    let user = super::find(permit, user_id).await?;
    let mut writes = Writes::default();
    for credential in store::users::credentials(permit.store(), &user.id).await? {
        if kinds.contains(&credential.kind) && credential.kind != KIND {
            store::users::delete_credential(&mut writes.batch, &user.id, &credential.id);
        }
    }
    store::users::touch(&mut writes.batch, &user.id);
    Ok(writes)
}

async fn find(permit: &Permit<'_, ManageUsers>, user_id: &str, id: &str) -> Result<Credential> {
    let user = super::find(permit, user_id).await?;
    let all = store::users::credentials(permit.store(), &user.id).await?;
    all.into_iter().find(|c| c.id == id).ok_or_else(|| refusals::CREDENTIAL_NOT_FOUND.into())
}
