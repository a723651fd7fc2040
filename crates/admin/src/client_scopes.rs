//! Client scopes, and which of them new clients get [KC 3.2, 5.1].

use domain::{Error, Result, Writes, ids};
use model::{AdminOperation, Document};
use serde_json::{Value, json};
use store::parts::{Kind, Part};

use crate::clients::default_scopes::{How, scope_of};
use crate::permit::{ManageClients, ManageRealm, Permission, Permit, ViewClients, ViewRealm};
use crate::realms::{merge_attributes, rewrite, row_of};
use crate::rep::CLIENT_SCOPE;
use crate::{protocol_mappers, refusals};

/// Lists the realm's client scopes.
pub async fn list(permit: &Permit<'_, ViewClients>) -> Result<Value> {
    let parts = store::parts::list(permit.store(), permit.realm_id()).await?;
    Ok(parts.into_iter().filter(|p| p.kind == Kind::ClientScope).map(shown).collect())
}

/// Reads a client scope.
pub async fn read(permit: &Permit<'_, ViewClients>, id: &str) -> Result<Value> {
    Ok(shown(find(permit, id).await?))
}

/// Makes a client scope; its id.
pub fn create(permit: &Permit<'_, ManageClients>, sent: &Document) -> Result<(String, Writes)> {
    let name = sent.text("name").unwrap_or_default();
    check_name(permit, name, None)?;
    if !matches!(sent.text("protocol"), Some("openid-connect" | "saml")) {
        return Err(refusals::SCOPE_PROTOCOL.into());
    }
    let mut doc = sent.clone();
    let id = doc.take("id").and_then(|id| id.as_str().map(str::to_owned)).map_or_else(ids::uuid, Ok)?;
    doc.take("name");
    if doc.object("attributes").is_none() {
        doc.set("attributes", json!({}));
    }
    let mut mappers = Vec::new();
    for mapper in sent.list("protocolMappers") {
        mappers.push(protocol_mappers::completed(&Document::from_value(mapper.clone()))?.into_value());
    }
    if !mappers.is_empty() {
        doc.set("protocolMappers", mappers);
    }
    let part = Part { id: id.clone(), kind: Kind::ClientScope, name: name.to_owned(), doc };
    let mut writes = Writes::default();
    store::parts::insert(permit.store(), &mut writes.batch, permit.realm_id(), &part)?;
    changed(permit, &mut writes, AdminOperation::Create, &id, Some(sent));
    Ok((id, writes))
}

/// Changes a client scope; its mappers have ways of their own.
pub async fn update(permit: &Permit<'_, ManageClients>, id: &str, sent: &Document) -> Result<Writes> {
    let mut part = find(permit, id).await?;
    let before = part.name.clone();
    if let Some(name) = sent.text("name").filter(|name| *name != before) {
        check_name(permit, name, Some(id))?;
        name.clone_into(&mut part.name);
    }
    for (name, value) in &sent.0 {
        match (name.as_str(), value) {
            ("id" | "name" | "protocolMappers", _) | (_, Value::Null) => {}
            ("attributes", Value::Object(sent)) => {
                let mut attributes = part.doc.object("attributes").cloned().unwrap_or_default();
                merge_attributes(&mut attributes, sent);
                part.doc.set("attributes", attributes);
            }
            _ => part.doc.set(name, value.clone()),
        }
    }
    let mut writes = Writes::default();
    store::parts::update(permit.store(), &mut writes.batch, permit.realm_id(), &part)?;
    if part.name != before {
        rename(permit, &before, Some(&part.name), &mut writes).await?;
    }
    changed(permit, &mut writes, AdminOperation::Update, id, Some(sent));
    Ok(writes)
}

/// Deletes a client scope, and takes it from every client.
pub async fn delete(permit: &Permit<'_, ManageClients>, id: &str) -> Result<Writes> {
    let part = find(permit, id).await?;
    let mut writes = Writes::default();
    store::parts::delete(&mut writes.batch, permit.realm_id(), id);
    for role in permit.cx.plan.direct_scope_mapping(id) {
        store::clients::remove_scope_mapping(&mut writes.batch, id, role);
    }
    rename(permit, &part.name, None, &mut writes).await?;
    changed(permit, &mut writes, AdminOperation::Delete, id, None);
    Ok(writes)
}

/// Lets the realm and its clients, which know scopes by name, follow a scope to its new name, or let go of it.
async fn rename(permit: &Permit<'_, ManageClients>, from: &str, to: Option<&str>, writes: &mut Writes) -> Result<()> {
    let follow_one = |doc: &mut Document, member: &str| {
        let names = doc.texts(member);
        let is_there = names.iter().any(|name| name == from);
        if is_there {
            let next =
                names.into_iter().filter_map(|name| if name == from { to.map(str::to_owned) } else { Some(name) });
            doc.set(member, next.collect::<Vec<_>>());
        }
        is_there
    };
    // Both lists are gone through, whether or not the first one changes.
    let follow = |doc: &mut Document, members: &[&str]| {
        let changed: Vec<bool> = members.iter().map(|member| follow_one(doc, member)).collect();
        changed.contains(&true)
    };
    let row = row_of(&permit.cx);
    let mut doc = row.doc.clone();
    if follow(&mut doc, REALM_LISTS) {
        rewrite(permit, writes, &row.name, &doc)?;
    }
    for mut client in store::clients::list(permit.store(), permit.realm_id(), 0, i64::MAX).await? {
        if follow(&mut client.doc, CLIENT_LISTS) {
            let (id, client_id) = (client.id.as_str(), client.client_id.as_str());
            let realm_id = permit.realm_id();
            store::clients::update(permit.store(), &mut writes.batch, realm_id, id, client_id, &client.doc)?;
        }
    }
    Ok(())
}

/// Lists the scopes that new clients get.
pub fn defaults(permit: &Permit<'_, ViewRealm>, how: How) -> Value {
    let realm = &permit.cx.plan.realm;
    let names = match how {
        How::Default => &realm.default_default_client_scopes,
        How::Optional => &realm.default_optional_client_scopes,
    };
    let scopes = names.iter().filter_map(|name| permit.cx.plan.scopes.get(name));
    scopes.map(|s| json!({"id": s.id, "name": s.name, "protocol": s.protocol})).collect()
}

/// Lets new clients get a scope, or no longer.
pub fn change_defaults(
    permit: &Permit<'_, ManageRealm>,
    id: &str,
    how: How,
    operation: AdminOperation,
) -> Result<Writes> {
    let scope = scope_of(permit, id).map_err(|_| Error::from(refusals::CLIENT_SCOPE_NOT_FOUND))?;
    let row = row_of(&permit.cx);
    let mut doc = row.doc.clone();
    for (member, one) in REALM_LISTS.iter().zip([How::Default, How::Optional]) {
        let mut names = doc.texts(member);
        if one == how || operation == AdminOperation::Create {
            names.retain(|name| *name != scope.name);
        }
        if one == how && operation == AdminOperation::Create {
            names.push(scope.name.clone());
        }
        doc.set(member, names);
    }
    let mut writes = Writes::default();
    rewrite(permit, &mut writes, &row.name, &doc)?;
    let path = format!("default-{}-client-scopes/{id}", if how == How::Default { "default" } else { "optional" });
    writes.admin_events.push(permit.event(operation, "CLIENT_SCOPE", path, None));
    Ok(writes)
}

/// The client scope of that id.
pub(crate) async fn find<P: Permission>(permit: &Permit<'_, P>, id: &str) -> Result<Part> {
    let found = store::parts::find(permit.store(), permit.realm_id(), id).await?;
    found.filter(|part| part.kind == Kind::ClientScope).ok_or_else(|| Error::from(refusals::SCOPE_NOT_FOUND))
}

fn shown(part: Part) -> Value {
    let mut doc = part.doc;
    doc.set("id", part.id);
    doc.set("name", part.name);
    CLIENT_SCOPE.ordered(doc)
}

fn check_name<P: Permission>(permit: &Permit<'_, P>, name: &str, own: Option<&str>) -> Result<()> {
    let fits = |c: char| c.is_alphanumeric() || "-_.:/*+~".contains(c);
    if name.is_empty() || !name.chars().all(fits) {
        return Err(refusals::SCOPE_NAME.describe(format!("Unexpected name \"{name}\" for ClientScope")).into());
    }
    match permit.cx.plan.scopes.get(name) {
        Some(scope) if own != Some(scope.id.as_str()) => {
            Err(refusals::SCOPE_TAKEN.describe(format!("Client Scope {name} already exists")).into())
        }
        _ => Ok(()),
    }
}

fn changed(
    permit: &Permit<'_, ManageClients>,
    writes: &mut Writes,
    operation: AdminOperation,
    id: &str,
    sent: Option<&Document>,
) {
    writes.reconfigures = true;
    let said = sent.map(|s| s.clone().into_value());
    writes.admin_events.push(permit.event(operation, "CLIENT_SCOPE", format!("client-scopes/{id}"), said));
}

const REALM_LISTS: &[&str] = &["defaultDefaultClientScopes", "defaultOptionalClientScopes"];
const CLIENT_LISTS: &[&str] = &["defaultClientScopes", "optionalClientScopes"];
