//! The first administrator, a person or a service, with the role `admin` of the master realm [KC].

use std::sync::Arc;

use domain::{Core, Error, Fault, Fresh, Plan, Result, ids, plan, realm_defaults};
use model::{Document, User};
use serde_json::json;
use store::{Batch, StoreError};

use crate::master::{self, ADMIN, MASTER};

/// What became of the wish for an administrator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bootstrapped {
    /// There is one now.
    Made,
    /// A user or client of that name was there already; nothing was changed.
    WasThere,
}

/// Makes the master realm if there is none; whether it was made.
pub async fn master_realm(core: &Arc<Core>) -> Result<bool> {
    master::ensure(core).await
}

/// Makes a person who may administer everything, and the master realm if there is none. Keycloak calls such a person
/// temporary: the console asks for a real one.
pub async fn user(core: &Arc<Core>, username: &str, password: &str) -> Result<Bootstrapped> {
    let master = ensured(core).await?;
    let username = username.trim().to_lowercase();
    if store::users::find_by_username(&core.store, &master.realm.id, &username).await?.is_some() {
        return Ok(Bootstrapped::WasThere);
    }
    let user = administrator(&username, None, core.clock.now_ms())?;
    let credential = core.make_password(&master, password).await?;
    let mut batch = Batch::new();
    insert_with_roles(&mut batch, &master, &user)?;
    store::users::insert_credential(&core.store, &mut batch, &user.id, &credential)?;
    commit(core, batch).await
}

/// Makes a client whose service account may administer everything, and the master realm if there is none.
pub async fn service(core: &Arc<Core>, client_id: &str, secret: &str) -> Result<Bootstrapped> {
    let master = ensured(core).await?;
    if store::clients::find(&core.store, &master.realm.id, client_id).await?.is_some() {
        return Ok(Bootstrapped::WasThere);
    }
    let mut client = Document(realm_defaults::new_client());
    let id = client.take("id").and_then(|id| id.as_str().map(str::to_owned)).map_or_else(ids::uuid, Ok)?;
    client.set("name", "Temporary Admin Service Account");
    client.set("secret", secret);
    client.set("standardFlowEnabled", false);
    client.set("serviceAccountsEnabled", true);
    client.set("attributes", json!({"realm_client": "false", TEMPORARY: "true"}));
    client.set("defaultClientScopes", master.realm.default_default_client_scopes.clone());
    client.set("optionalClientScopes", master.realm.default_optional_client_scopes.clone());
    let username = format!("service-account-{}", client_id.to_lowercase());
    let user = administrator(&username, Some(&id), core.clock.now_ms())?;
    let mut batch = Batch::new();
    store::clients::insert(&core.store, &mut batch, &master.realm.id, &id, client_id, &client)?;
    insert_with_roles(&mut batch, &master, &user)?;
    store::realms::touch(&mut batch, &master.realm.id);
    commit(core, batch).await
}

async fn ensured(core: &Arc<Core>) -> Result<Arc<Plan>> {
    match master::ensure(core).await {
        // Another node made it at the same moment.
        Ok(_) | Err(Error::Refused(_)) => {}
        Err(error) => return Err(error),
    }
    core.plan(MASTER, Fresh::Now).await?.ok_or_else(|| plan::missing("master realm").into())
}

fn administrator(username: &str, service_account: Option<&str>, now_ms: i64) -> Result<User, Fault> {
    Ok(User {
        id: ids::uuid()?,
        version: 1,
        username: username.to_owned(),
        email: None,
        first_name: None,
        last_name: None,
        email_verified: false,
        enabled: true,
        created_ms: now_ms,
        not_before: 0,
        required_actions: Vec::new(),
        service_account: service_account.map(str::to_owned),
        doc: Document::from_value(json!({"attributes": {TEMPORARY: ["true"]}})),
    })
}

fn insert_with_roles(batch: &mut Batch, master: &Plan, user: &User) -> Result<()> {
    let admin = master.roles.realm_role(ADMIN).ok_or_else(|| plan::missing("role admin"))?;
    store::users::insert(batch, &master.realm.id, user, !master.realm.duplicate_emails_allowed);
    store::users::add_role(batch, &user.id, &admin.id);
    if let Some(default) = master.default_role() {
        store::users::add_role(batch, &user.id, default);
    }
    Ok(())
}

async fn commit(core: &Core, batch: Batch) -> Result<Bootstrapped> {
    match core.store.db().commit(batch).await {
        Ok(_) => Ok(Bootstrapped::Made),
        Err(StoreError::Conflict { .. }) => Ok(Bootstrapped::WasThere),
        Err(error) => Err(error.into()),
    }
}

/// The attribute by which Keycloak knows an administrator of its first start.
const TEMPORARY: &str = "is_temporary_admin";
