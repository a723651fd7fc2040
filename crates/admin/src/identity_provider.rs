//! Identity providers and their mappers, kept as they are sent [KC 4.12].

use domain::{Error, Result, Writes, ids};
use model::{AdminOperation, Document};
use serde_json::{Value, json};
use store::parts::{Kind, Part};

use crate::mask;
use crate::permit::{ManageIdentityProviders, Permission, Permit, ViewIdentityProviders};
use crate::refusals;
use crate::rep::{IDENTITY_PROVIDER, IDENTITY_PROVIDER_MAPPER};

/// Lists the providers by alias.
pub async fn list(permit: &Permit<'_, ViewIdentityProviders>) -> Result<Value> {
    Ok(all(permit, Kind::IdentityProvider).await?.into_iter().map(shown).collect())
}

/// Reads a provider.
pub async fn read(permit: &Permit<'_, ViewIdentityProviders>, alias: &str) -> Result<Value> {
    Ok(shown(find(permit, alias).await?))
}

/// Whether there is a provider of that alias.
pub(crate) async fn is_there<P: Permission>(permit: &Permit<'_, P>, alias: &str) -> Result<bool> {
    Ok(all(permit, Kind::IdentityProvider).await?.iter().any(|part| part.name == alias))
}

/// Makes a provider; its alias.
pub async fn create(permit: &Permit<'_, ManageIdentityProviders>, sent: &Document) -> Result<(String, Writes)> {
    let alias = sent.text("alias").unwrap_or_default();
    let provider = sent.text("providerId").unwrap_or_default();
    if alias.is_empty() || provider.is_empty() {
        return Err(refusals::PROVIDER_ALIAS.describe(format!("Invalid identity provider id [{provider}]")).into());
    }
    if is_there(permit, alias).await? {
        let text = format!("Identity Provider {alias} already exists");
        return Err(refusals::PROVIDER_TAKEN.describe(text).into());
    }
    let mut doc = sent.clone();
    let id = doc.take("internalId").and_then(|id| id.as_str().map(str::to_owned)).map_or_else(ids::uuid, Ok)?;
    doc.take("alias");
    doc.set("enabled", sent.flag_or("enabled", true));
    if doc.object("config").is_none() {
        doc.set("config", json!({}));
    }
    let part = Part { id, kind: Kind::IdentityProvider, name: alias.to_owned(), doc };
    let mut writes = Writes::default();
    store::parts::insert(permit.store(), &mut writes.batch, permit.realm_id(), &part)?;
    let mut said = sent.clone();
    said.set("internalId", part.id.as_str());
    said.set("enabled", sent.flag_or("enabled", true));
    let said = Document::from_value(IDENTITY_PROVIDER.ordered(said));
    changed(permit, &mut writes, AdminOperation::Create, alias, Some(&said));
    Ok((alias.to_owned(), writes))
}

/// Changes a provider; a masked secret means the one that is there.
pub async fn update(permit: &Permit<'_, ManageIdentityProviders>, alias: &str, sent: &Document) -> Result<Writes> {
    let mut part = find(permit, alias).await?;
    if sent.text("alias").is_some_and(|a| a != alias) {
        return Err(refusals::PROVIDER_ALIAS_STAYS.into());
    }
    let mut next = sent.clone();
    next.take("alias");
    next.take("internalId");
    if let Some(Value::Object(config)) = next.0.get_mut("config") {
        mask::unmask(config, part.doc.object("config"), SECRETS);
    }
    part.doc.merge(&next);
    let mut writes = Writes::default();
    store::parts::update(permit.store(), &mut writes.batch, permit.realm_id(), &part)?;
    changed(permit, &mut writes, AdminOperation::Update, alias, Some(sent));
    Ok(writes)
}

/// Deletes a provider with its mappers.
pub async fn delete(permit: &Permit<'_, ManageIdentityProviders>, alias: &str) -> Result<Writes> {
    let part = find(permit, alias).await?;
    let mut writes = Writes::default();
    store::parts::delete(&mut writes.batch, permit.realm_id(), &part.id);
    for mapper in mappers_of(permit, alias).await? {
        store::parts::delete(&mut writes.batch, permit.realm_id(), &mapper.id);
    }
    changed(permit, &mut writes, AdminOperation::Delete, alias, None);
    Ok(writes)
}

/// Lists a provider's mappers.
pub async fn list_mappers(permit: &Permit<'_, ViewIdentityProviders>, alias: &str) -> Result<Value> {
    find(permit, alias).await?;
    Ok(mappers_of(permit, alias).await?.into_iter().map(shown_mapper).collect())
}

/// Reads a mapper.
pub async fn read_mapper(permit: &Permit<'_, ViewIdentityProviders>, alias: &str, id: &str) -> Result<Value> {
    Ok(shown_mapper(find_mapper(permit, alias, id).await?))
}

/// Makes a mapper; its id.
pub async fn create_mapper(
    permit: &Permit<'_, ManageIdentityProviders>,
    alias: &str,
    sent: &Document,
) -> Result<(String, Writes)> {
    find(permit, alias).await?;
    let mut doc = sent.clone();
    doc.take("id");
    let name = doc.take("name").and_then(|n| n.as_str().map(str::to_owned)).unwrap_or_default();
    doc.set("identityProviderAlias", alias);
    let part = Part { id: ids::uuid()?, kind: Kind::IdentityProviderMapper, name, doc };
    let mut writes = Writes::default();
    store::parts::insert(permit.store(), &mut writes.batch, permit.realm_id(), &part)?;
    changed(permit, &mut writes, AdminOperation::Create, &format!("{alias}/mappers/{}", part.id), Some(sent));
    Ok((part.id, writes))
}

/// Changes a mapper.
pub async fn update_mapper(
    permit: &Permit<'_, ManageIdentityProviders>,
    alias: &str,
    id: &str,
    sent: &Document,
) -> Result<Writes> {
    let mut part = find_mapper(permit, alias, id).await?;
    let mut next = sent.clone();
    next.take("id");
    if let Some(Value::String(name)) = next.take("name") {
        part.name = name;
    }
    next.set("identityProviderAlias", alias);
    part.doc.merge(&next);
    let mut writes = Writes::default();
    store::parts::update(permit.store(), &mut writes.batch, permit.realm_id(), &part)?;
    changed(permit, &mut writes, AdminOperation::Update, &format!("{alias}/mappers/{id}"), Some(sent));
    Ok(writes)
}

/// Deletes a mapper.
pub async fn delete_mapper(permit: &Permit<'_, ManageIdentityProviders>, alias: &str, id: &str) -> Result<Writes> {
    let part = find_mapper(permit, alias, id).await?;
    let mut writes = Writes::default();
    store::parts::delete(&mut writes.batch, permit.realm_id(), &part.id);
    changed(permit, &mut writes, AdminOperation::Delete, &format!("{alias}/mappers/{id}"), None);
    Ok(writes)
}

async fn all<P: Permission>(permit: &Permit<'_, P>, kind: Kind) -> Result<Vec<Part>> {
    let parts = store::parts::list(permit.store(), permit.realm_id()).await?;
    Ok(parts.into_iter().filter(|part| part.kind == kind).collect())
}

async fn mappers_of<P: Permission>(permit: &Permit<'_, P>, alias: &str) -> Result<Vec<Part>> {
    let all = all(permit, Kind::IdentityProviderMapper).await?;
    Ok(all.into_iter().filter(|part| part.doc.text("identityProviderAlias") == Some(alias)).collect())
}

async fn find<P: Permission>(permit: &Permit<'_, P>, alias: &str) -> Result<Part> {
    let found = all(permit, Kind::IdentityProvider).await?.into_iter().find(|part| part.name == alias);
    found.ok_or_else(|| Error::from(refusals::NOT_FOUND))
}

async fn find_mapper<P: Permission>(permit: &Permit<'_, P>, alias: &str, id: &str) -> Result<Part> {
    let found = mappers_of(permit, alias).await?.into_iter().find(|part| part.id == id);
    found.ok_or_else(|| refusals::MAPPER_NOT_FOUND.into())
}

fn shown(part: Part) -> Value {
    let mut doc = part.doc;
    doc.set("alias", part.name);
    doc.set("internalId", part.id);
    if let Some(Value::Object(config)) = doc.0.get_mut("config") {
        mask::members(config, SECRETS);
    }
    IDENTITY_PROVIDER.ordered(doc)
}

fn shown_mapper(part: Part) -> Value {
    let mut doc = part.doc;
    doc.set("id", part.id);
    doc.set("name", part.name);
    IDENTITY_PROVIDER_MAPPER.ordered(doc)
}

fn changed(
    permit: &Permit<'_, ManageIdentityProviders>,
    writes: &mut Writes,
    operation: AdminOperation,
    path: &str,
    sent: Option<&Document>,
) {
    writes.reconfigures = true;
    let kind = if path.contains("/mappers/") { "IDENTITY_PROVIDER_MAPPER" } else { "IDENTITY_PROVIDER" };
    let said = sent.map(|sent| sent.clone().into_value());
    writes.admin_events.push(permit.event(operation, kind, format!("identity-provider/instances/{path}"), said));
}

pub(crate) const SECRETS: &[&str] = &["clientSecret"];
