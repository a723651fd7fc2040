//! Clients: made, listed, read, changed, deleted [KC 3.5, 4.9, 5.1].

pub(crate) mod check;
mod create;
pub mod default_scopes;
pub mod evaluate_scopes;
pub mod scope_mappings;
pub mod secret;
pub mod service_account;
pub mod sessions;

use domain::{Error, Result, Writes};
use model::{AdminOperation, Client, Document};
use serde_json::{Value, json};

use crate::mask::MASK;
use crate::permit::{ManageClients, Permission, Permit, QueryClients, ViewClients};
use crate::realms::merge_attributes;
use crate::rep::CLIENT;
use crate::{protocol_mappers, refusals};

pub use create::create;

/// Which clients to list.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// The `clientId`, or a part of it where `infix`.
    pub client_id: Option<String>,
    /// Whether a part is enough.
    pub infix: bool,
}

/// Lists a page of clients by `clientId`.
pub async fn list(permit: &Permit<'_, QueryClients>, search: &Search, first: i64, max: i64) -> Result<Value> {
    if !permit.also::<ViewClients>() {
        return Ok(json!([])); // Somebody who may look but not see finds nothing.
    }
    let found = match &search.client_id {
        Some(id) if !search.infix => Vec::from_iter(store::clients::find(permit.store(), permit.realm_id(), id).await?),
        part => {
            let part = part.as_deref().unwrap_or_default();
            store::clients::search(permit.store(), permit.realm_id(), part, first, max).await?
        }
    };
    Ok(found.iter().map(|client| shown(permit, client)).collect())
}

/// Reads a client.
pub async fn read(permit: &Permit<'_, ViewClients>, id: &str) -> Result<Value> {
    Ok(shown(permit, &find(permit, id).await?))
}

/// Changes the members sent; `attributes` merge key by key.
pub async fn update(permit: &Permit<'_, ManageClients>, id: &str, sent: &Document) -> Result<Writes> {
    let before = find_to_change(permit, id).await?;
    let client_id = sent.text("clientId").filter(|c| !c.is_empty()).unwrap_or(&before.client_id).to_owned();
    if client_id != before.client_id
        && store::clients::find(permit.store(), permit.realm_id(), &client_id).await?.is_some()
    {
        return Err(refusals::DUPLICATE.into());
    }
    if client_id != before.client_id {
        check::is_no_participants(permit, &before.client_id).await?;
        check::is_not_for_messages(permit, &before)?;
        check::makes_no_right(permit, &client_id, None)?;
    }
    // Whoever read the client before a rotation and writes it now means another change than to undo that.
    if sent.text("secret").is_some_and(|secret| before.attribute(secret::ROTATED) == Some(secret)) {
        return Err(refusals::CLIENT_INPUT.describe(SECRET_IS_ROTATED).into());
    }
    let mut doc = before.doc.clone();
    merge(&mut doc, sent)?;
    if permit.cx.oidc.core.role_of_client(permit.realm_id(), &before.client_id).await?.is_some() {
        secret::keep_rotation(&before.doc, &mut doc);
    }
    check::input(&permit.cx.plan.realm, &doc)?;
    let mut writes = Writes::default();
    let turned_on = doc.flag("serviceAccountsEnabled") && !before.service_accounts;
    if turned_on {
        service_account::add(permit, &mut doc, id, &client_id, &mut writes).await?;
    } else if before.service_accounts && client_id != before.client_id {
        service_account::rename(permit, id, &client_id, &mut writes).await?;
    }
    if before.service_accounts && !doc.flag("serviceAccountsEnabled") {
        service_account::remove(permit, &mut doc, id, &mut writes).await?;
    }
    if !doc.flag("publicClient") && doc.text("secret").is_none() {
        secret::put(&mut doc, permit.cx.now())?;
    }
    store::clients::update(permit.store(), &mut writes.batch, permit.realm_id(), id, &client_id, &doc)?;
    changed(permit, &mut writes, AdminOperation::Update, id, Some(sent.clone().into_value()));
    Ok(writes)
}

/// Deletes a client with its roles, sessions and service account.
pub async fn delete(permit: &Permit<'_, ManageClients>, id: &str) -> Result<Writes> {
    let client = find_to_change(permit, id).await?;
    if check::BUILT_IN.contains(&client.client_id.as_str()) {
        return Err(refusals::CLIENT_STAYS.into());
    }
    check::is_no_participants(permit, &client.client_id).await?;
    check::is_not_for_messages(permit, &client)?;
    let mut writes = Writes::default();
    store::clients::delete(&mut writes.batch, permit.realm_id(), &client.id);
    let said = json!({"id": id, "clientId": client.client_id});
    changed(permit, &mut writes, AdminOperation::Delete, id, Some(said));
    Ok(writes)
}

const SECRET_IS_ROTATED: &str =
    "The secret sent is the one before a rotation: read the client anew, or leave the secret out";

/// Puts what was sent over what is there.
fn merge(doc: &mut Document, sent: &Document) -> Result<()> {
    for (name, value) in &sent.0 {
        if value.is_null() || NOT_CHANGED.contains(&name.as_str()) {
            continue;
        }
        match (name.as_str(), value) {
            ("attributes", Value::Object(sent)) => {
                let mut attributes = doc.object("attributes").cloned().unwrap_or_default();
                merge_attributes(&mut attributes, sent);
                doc.set("attributes", attributes);
            }
            ("protocolMappers", Value::Array(mappers)) => {
                let mut completed = Vec::new();
                for mapper in mappers {
                    completed.push(protocol_mappers::completed(&Document::from_value(mapper.clone()))?.into_value());
                }
                doc.set("protocolMappers", completed);
            }
            ("secret", Value::String(secret)) if secret == MASK => {}
            _ => doc.set(name, value.clone()),
        }
    }
    if doc.flag("publicClient") {
        doc.take("secret");
    }
    Ok(())
}

/// The client of that id, if it may be changed.
pub(crate) async fn find_to_change(permit: &Permit<'_, ManageClients>, id: &str) -> Result<Client> {
    let client = find(permit, id).await?;
    check::is_free_to_change(&permit.cx.plan.realm, &client)?;
    Ok(client)
}

/// A client as it is shown.
pub(crate) fn shown<P: Permission>(permit: &Permit<'_, P>, client: &Client) -> Value {
    let mut doc = representation(client);
    for member in ["protocolMappers", "authorizationServicesEnabled"] {
        let is_nothing = match doc.0.get(member) {
            Some(Value::Array(list)) => list.is_empty(),
            Some(value) => *value == Value::Bool(false),
            None => false,
        };
        if is_nothing {
            doc.take(member);
        }
    }
    let manages = permit.also::<ManageClients>() && !check::administers(&permit.cx.plan.realm, client);
    doc.set("access", json!({"view": permit.also::<ViewClients>(), "configure": manages, "manage": manages}));
    CLIENT.ordered(doc)
}

/// A client's document with what its row's columns hold.
pub(crate) fn representation(client: &Client) -> Document {
    let mut doc = client.doc.clone();
    doc.set("id", client.id.as_str());
    doc.set("clientId", client.client_id.as_str());
    doc
}

/// The client of that id.
pub(crate) async fn find<P: Permission>(permit: &Permit<'_, P>, id: &str) -> Result<Client> {
    let found = store::clients::find_by_id(permit.store(), permit.realm_id(), id).await?;
    found.ok_or_else(|| Error::from(refusals::CLIENT_NOT_FOUND))
}

/// Marks the realm as changed and tells of it.
fn changed(
    permit: &Permit<'_, ManageClients>,
    writes: &mut Writes,
    operation: AdminOperation,
    id: &str,
    said: Option<Value>,
) {
    writes.reconfigures = true;
    let said = said.map(|value| {
        let mut doc = Document::from_value(value);
        if operation == AdminOperation::Create {
            doc.set("id", id);
        }
        CLIENT.ordered(doc)
    });
    writes.admin_events.push(permit.event(operation, "CLIENT", format!("clients/{id}"), said));
}

/// What a change of a client leaves alone, or never keeps.
const NOT_CHANGED: &[&str] = &[
    "id",
    "clientId",
    "access",
    "origin",
    "defaultRoles",
    "defaultClientScopes",
    "optionalClientScopes",
    "clientTemplate",
    "useTemplateConfig",
    "useTemplateScope",
    "useTemplateMappers",
];
