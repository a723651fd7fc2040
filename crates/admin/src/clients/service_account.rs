//! The user that a client acts as [KC 3.5].

use domain::{Error, Result, Writes, ids};
use model::{Client, Document, User};
use serde_json::Value;

use super::find;
use crate::permit::{ManageClients, Permission, Permit, ViewClients};
use crate::refusals;
use crate::users::{Shown, representation};

/// Reads a client's service account.
pub async fn read(permit: &Permit<'_, ViewClients>, id: &str) -> Result<Value> {
    let client = find(permit, id).await?;
    let user = match client.service_accounts {
        true => store::users::find_service_account(permit.store(), permit.realm_id(), id).await?,
        false => None,
    };
    let text = || format!("Service account not enabled for the client '{}'", client.client_id);
    let user = user.ok_or_else(|| Error::from(refusals::NO_SERVICE_ACCOUNT.describe(text())))?;
    representation::of(permit, &user, Shown::Member).await
}

/// Gives a client a service account with the default role, and the scope that tells of it.
pub(super) async fn add(
    permit: &Permit<'_, ManageClients>,
    doc: &mut Document,
    id: &str,
    client_id: &str,
    writes: &mut Writes,
) -> Result<()> {
    let mut scopes = doc.texts("defaultClientScopes");
    if permit.cx.plan.scopes.contains_key(SCOPE) && !scopes.iter().any(|s| s == SCOPE) {
        scopes.push(SCOPE.to_owned());
        doc.set("defaultClientScopes", scopes);
    }
    if store::users::find_service_account(permit.store(), permit.realm_id(), id).await?.is_some() {
        return Ok(());
    }
    let user = User {
        id: ids::uuid()?,
        version: 1,
        username: name_of(client_id),
        email: None,
        first_name: None,
        last_name: None,
        email_verified: false,
        enabled: true,
        created_ms: permit.cx.now_ms,
        not_before: 0,
        required_actions: Vec::new(),
        service_account: Some(id.to_owned()),
        doc: Document::default(),
    };
    store::users::insert(&mut writes.batch, permit.realm_id(), &user, true);
    if let Some(role) = permit.cx.plan.default_role() {
        store::users::add_role(&mut writes.batch, &user.id, role);
    }
    Ok(())
}

/// Lets the service account follow its client's name.
pub(super) async fn rename(
    permit: &Permit<'_, ManageClients>,
    id: &str,
    client_id: &str,
    writes: &mut Writes,
) -> Result<()> {
    if let Some(mut user) = store::users::find_service_account(permit.store(), permit.realm_id(), id).await? {
        user.username = name_of(client_id);
        store::users::update(&mut writes.batch, permit.realm_id(), &user, true);
    }
    Ok(())
}

/// Takes the service account away, and the scope that tells of it.
pub(super) async fn remove(
    permit: &Permit<'_, ManageClients>,
    doc: &mut Document,
    id: &str,
    writes: &mut Writes,
) -> Result<()> {
    let mut scopes = doc.texts("defaultClientScopes");
    scopes.retain(|scope| scope != SCOPE);
    doc.set("defaultClientScopes", scopes);
    if let Some(user) = store::users::find_service_account(permit.store(), permit.realm_id(), id).await? {
        store::users::delete(&mut writes.batch, permit.realm_id(), &user.id);
    }
    Ok(())
}

/// Whether somebody could give a client's service account the roles that it has.
pub(crate) async fn may_be_given<P: Permission>(permit: &Permit<'_, P>, client: &Client) -> Result<bool> {
    let Some(user) = store::users::find_service_account(permit.store(), permit.realm_id(), &client.id).await? else {
        return Ok(true);
    };
    let (roles, groups) = store::users::memberships(permit.store(), &user.id).await?;
    let known = roles.iter().filter_map(|id| permit.cx.plan.roles.find(id));
    Ok(known.into_iter().all(|role| permit.may_map(role)) && groups.iter().all(|group| permit.may_join(group)))
}

fn name_of(client_id: &str) -> String {
    format!("service-account-{}", client_id.to_lowercase())
}

/// The scope whose mappers tell which client a service account is of.
const SCOPE: &str = "service_account";
