//! Components: key providers, the user profile, registration policies, user storage [KC 3.6, 5.1].

use domain::keys::KEY_PROVIDER;
use domain::{Error, Result, Writes, ids};
use model::{AdminOperation, Document};
use serde_json::{Map, Value, json};
use store::parts::{Kind, Part};

use crate::key_material::{self, value};
use crate::mask::{self, MASK};
use crate::permit::{ManageRealm, Permission, Permit, ViewRealm};
use crate::refusals;
use crate::rep::COMPONENT;

/// Which components to list; empty fields look for nothing.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// The name.
    pub name: Option<String>,
    /// The parent's id; the realm's id for those that have no other.
    pub parent: Option<String>,
    /// The provider type, whole or its last word.
    pub provider_type: Option<String>,
}

/// Lists components.
pub async fn list(permit: &Permit<'_, ViewRealm>, search: &Search) -> Result<Value> {
    let parts = store::parts::list(permit.store(), permit.realm_id()).await?;
    let found = parts.into_iter().filter(|part| part.kind == Kind::Component).filter(|part| {
        let provider_type = part.doc.text("providerType").unwrap_or_default();
        let parent = part.doc.text("parentId").unwrap_or(permit.realm_id());
        search.name.as_ref().is_none_or(|name| *name == part.name)
            && search.parent.as_ref().is_none_or(|wanted| wanted == parent)
            && search.provider_type.as_ref().is_none_or(|wanted| {
                wanted == provider_type || provider_type.rsplit('.').next() == Some(wanted.as_str())
            })
    });
    Ok(found.map(|part| shown(permit, part)).collect())
}

/// Reads a component.
pub async fn read(permit: &Permit<'_, ViewRealm>, id: &str) -> Result<Value> {
    Ok(shown(permit, find(permit, id).await?))
}

/// Makes a component; its id. A key provider that comes without keys gets some.
pub async fn create(permit: &Permit<'_, ManageRealm>, sent: &Document) -> Result<(String, Writes)> {
    let (Some(_), Some(provider_type)) = (sent.text("providerId"), sent.text("providerType")) else {
        return Err(refusals::COMPONENT_TYPE.into());
    };
    if !provider_type.contains('.') {
        return Err(refusals::COMPONENT_TYPE.into());
    }
    let mut doc = sent.clone();
    let id = taken(&mut doc, "id").map_or_else(ids::uuid, Ok)?;
    let name = taken(&mut doc, "name").unwrap_or_default();
    if doc.text("parentId") == Some(permit.realm_id()) {
        doc.take("parentId");
    }
    complete(permit, &mut doc).await?;
    let part = Part { id: id.clone(), kind: Kind::Component, name, doc };
    let mut writes = Writes::default();
    store::parts::insert(permit.store(), &mut writes.batch, permit.realm_id(), &part)?;
    changed(permit, &mut writes, AdminOperation::Create, &id, Some(sent));
    Ok((id, writes))
}

/// Changes a component: what isn't shown stays as it is unless it is sent.
pub async fn update(permit: &Permit<'_, ManageRealm>, id: &str, sent: &Document) -> Result<Writes> {
    let mut part = find(permit, id).await?;
    if let Some(name) = sent.text("name") {
        name.clone_into(&mut part.name);
    }
    for (name, value) in &sent.0 {
        match (name.as_str(), value) {
            ("id" | "name" | "parentId", _) | (_, Value::Null) => {}
            ("config", Value::Object(config)) => {
                let before = part.doc.object("config").cloned().unwrap_or_default();
                part.doc.set("config", merged(&part.doc, before, config));
            }
            _ => part.doc.set(name, value.clone()),
        }
    }
    complete(permit, &mut part.doc).await?;
    let mut writes = Writes::default();
    store::parts::update(permit.store(), &mut writes.batch, permit.realm_id(), &part)?;
    changed(permit, &mut writes, AdminOperation::Update, id, Some(sent));
    Ok(writes)
}

/// Deletes a component with those below it.
pub async fn delete(permit: &Permit<'_, ManageRealm>, id: &str) -> Result<Writes> {
    let part = find(permit, id).await?;
    let mut writes = Writes::default();
    for below in store::parts::list(permit.store(), permit.realm_id()).await? {
        if below.kind == Kind::Component && below.doc.text("parentId") == Some(id) {
            store::parts::delete(&mut writes.batch, permit.realm_id(), &below.id);
        }
    }
    store::parts::delete(&mut writes.batch, permit.realm_id(), &part.id);
    changed(permit, &mut writes, AdminOperation::Delete, id, None);
    Ok(writes)
}

/// Judges a key provider and gives it the keys it lacks.
async fn complete(permit: &Permit<'_, ManageRealm>, doc: &mut Document) -> Result<()> {
    if doc.text("providerType") != Some(KEY_PROVIDER) {
        return Ok(());
    }
    let mut config = doc.object("config").cloned().unwrap_or_default();
    for switch in ["active", "enabled"] {
        if value(&config, switch).is_some_and(|v| v != "true" && v != "false") {
            let name = if switch == "active" { "Active" } else { "Enabled" };
            return Err(refuse(format!("'{name}' should be 'true' or 'false'")));
        }
    }
    if value(&config, "keySize").is_some_and(|v| !["1024", "2048", "3072", "4096"].contains(&v)) {
        return Err(refuse("'Key size' should be 1024, 2048, 3072 or 4096".to_owned()));
    }
    if value(&config, "secretSize").is_some_and(|v| !["16", "24", "32", "64", "128", "256", "512"].contains(&v)) {
        return Err(refuse("'Secret size' should be 16, 24, 32, 64, 128, 256 or 512".to_owned()));
    }
    if value(&config, "priority").is_none() {
        config.insert("priority".to_owned(), json!(["0"]));
        doc.set("config", config);
    }
    key_material::fill(permit.cx.core(), &permit.cx.plan.realm.name, doc).await
}

fn refuse(text: String) -> Error {
    refusals::COMPONENT_CONFIG.describe(text).into()
}

/// What was sent over what is there; a mask stands for what is there, and a list without values takes a setting away.
fn merged(doc: &Document, before: Map<String, Value>, sent: &Map<String, Value>) -> Map<String, Value> {
    let mut out: Map<String, Value> =
        before.iter().filter(|(key, _)| is_hidden(doc, key)).map(|(k, v)| (k.clone(), v.clone())).collect();
    for (key, value) in sent {
        let is_mask = value == MASK || value.as_array().is_some_and(|v| v.len() == 1 && v.iter().all(|v| v == MASK));
        match (is_mask, value) {
            (true, _) => {
                if let Some(kept) = before.get(key) {
                    out.insert(key.clone(), kept.clone());
                }
            }
            (false, Value::Array(values)) if values.is_empty() => {
                out.shift_remove(key);
            }
            (false, Value::Null) => {}
            (false, value) => {
                out.insert(key.clone(), value.clone());
            }
        }
    }
    out
}

fn shown<P>(permit: &Permit<'_, P>, part: Part) -> Value
where
    P: Permission,
{
    let mut doc = part.doc;
    let mut config = doc.object("config").cloned().unwrap_or_default();
    config.retain(|key, _| !is_hidden(&doc, key));
    mask::members(&mut config, mask::OF_COMPONENTS);
    doc.set("config", config);
    doc.set("id", part.id);
    if !part.name.is_empty() {
        doc.set("name", part.name);
    }
    if doc.text("parentId").is_none() {
        doc.set("parentId", permit.realm_id());
    }
    COMPONENT.ordered(doc)
}

/// Whether a setting of a key provider is one, and no part of a key.
pub(crate) fn is_setting(key: &str) -> bool {
    !MADE.contains(&key)
}

/// Whether a setting was made by the server, which neither shows it nor takes it.
fn is_hidden(doc: &Document, key: &str) -> bool {
    doc.text("providerType") == Some(KEY_PROVIDER)
        && doc.text("providerId").is_some_and(|id| id.ends_with("-generated"))
        && MADE.contains(&key)
}

async fn find<P: Permission>(permit: &Permit<'_, P>, id: &str) -> Result<Part> {
    let found = store::parts::find(permit.store(), permit.realm_id(), id).await?;
    found.filter(|part| part.kind == Kind::Component).ok_or_else(|| refusals::COMPONENT_NOT_FOUND.into())
}

fn taken(doc: &mut Document, member: &str) -> Option<String> {
    doc.take(member)?.as_str().map(str::to_owned)
}

fn changed(
    permit: &Permit<'_, ManageRealm>,
    writes: &mut Writes,
    operation: AdminOperation,
    id: &str,
    sent: Option<&Document>,
) {
    writes.reconfigures = true;
    let said = sent.map(|sent| COMPONENT.ordered(sent.clone()));
    writes.admin_events.push(permit.event(operation, "COMPONENT", format!("components/{id}"), said));
}

/// What key providers make for themselves.
const MADE: &[&str] = &[
    "privateKey",
    "certificate",
    "secret",
    "kid",
    "keyUse",
    "ecdsaPrivateKey",
    "ecdsaPublicKey",
    "eddsaPrivateKey",
    "eddsaPublicKey",
    "ecdhPrivateKey",
    "ecdhPublicKey",
];
