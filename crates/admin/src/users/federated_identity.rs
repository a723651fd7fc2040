//! A user's accounts at identity providers: kept in the user's document.

use domain::{Result, Writes};
use model::{AdminOperation, Document, User};
use serde_json::{Value, json};
use store::parts::Kind;

use crate::permit::{ManageUsers, Permit, ViewUsers};
use crate::refusals;

/// Lists a user's links to providers that the realm has.
pub async fn list(permit: &Permit<'_, ViewUsers>, user_id: &str) -> Result<Value> {
    let user = super::find(permit, user_id).await?;
    let parts = store::parts::list(permit.store(), permit.realm_id()).await?;
    let known = |link: &Value| parts.iter().any(|p| p.kind == Kind::IdentityProvider && is_of(link, &p.name));
    Ok(user.doc.list("federatedIdentities").iter().filter(|link| known(link)).cloned().collect())
}

/// Links a user with an account of a provider.
pub async fn add(permit: &Permit<'_, ManageUsers>, user_id: &str, alias: &str, sent: &Document) -> Result<Writes> {
    let mut user = super::find(permit, user_id).await?;
    let mut links = user.doc.list("federatedIdentities").to_vec();
    if links.iter().any(|link| is_of(link, alias)) {
        return Err(refusals::ALREADY_LINKED.into());
    }
    let link = json!({"identityProvider": alias, "userId": sent.text("userId"), "userName": sent.text("userName")});
    links.push(link);
    user.doc.set("federatedIdentities", links);
    Ok(write(permit, &user, alias, AdminOperation::Create, Some(sent.clone().into_value())))
}

/// Takes a link away.
pub async fn remove(permit: &Permit<'_, ManageUsers>, user_id: &str, alias: &str) -> Result<Writes> {
    let mut user = super::find(permit, user_id).await?;
    let mut links = user.doc.list("federatedIdentities").to_vec();
    let before = links.len();
    links.retain(|link| !is_of(link, alias));
    if links.len() == before {
        return Err(refusals::LINK_NOT_FOUND.into());
    }
    user.doc.set("federatedIdentities", links);
    Ok(write(permit, &user, alias, AdminOperation::Delete, None))
}

fn is_of(link: &Value, alias: &str) -> bool {
    link.get("identityProvider").and_then(Value::as_str) == Some(alias)
}

fn write(
    permit: &Permit<'_, ManageUsers>,
    user: &User,
    alias: &str,
    operation: AdminOperation,
    sent: Option<Value>,
) -> Writes {
    let mut writes = Writes::default();
    let unique_email = !permit.cx.plan.realm.duplicate_emails_allowed;
    store::users::update(&mut writes.batch, permit.realm_id(), user, unique_email);
    let path = format!("users/{}/federated-identity/{alias}", user.id);
    writes.admin_events.push(permit.event(operation, "USER", path, sent));
    writes
}
