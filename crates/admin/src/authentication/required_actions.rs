//! The required actions of a realm: which there are, which come up, in which order.

use domain::{Result, Writes};
use model::{AdminOperation, Document};
use serde_json::Value;
use store::parts::{Kind, Part};

use crate::permit::{ManageRealm, Permission, Permit, ViewRealm};
use crate::refusals;
use crate::rep::REQUIRED_ACTION;

/// Lists the actions in their order.
pub async fn list(permit: &Permit<'_, ViewRealm>) -> Result<Value> {
    Ok(all(permit).await?.into_iter().map(shown).collect())
}

/// Reads an action.
pub async fn read(permit: &Permit<'_, ViewRealm>, alias: &str) -> Result<Value> {
    Ok(shown(find(permit, alias).await?))
}

/// Changes an action: whether it may come up, whether new people get it, its name, its place.
pub async fn update(permit: &Permit<'_, ManageRealm>, alias: &str, sent: &Document) -> Result<Writes> {
    let mut part = find(permit, alias).await?;
    for (name, value) in &sent.0 {
        if !matches!(name.as_str(), "alias" | "providerId") && !value.is_null() {
            part.doc.set(name, value.clone());
        }
    }
    let mut writes = Writes::default();
    store::parts::update(permit.store(), &mut writes.batch, permit.realm_id(), &part)?;
    changed(permit, &mut writes, AdminOperation::Update, alias, Some(sent));
    Ok(writes)
}

/// Takes an action out of the realm.
pub async fn delete(permit: &Permit<'_, ManageRealm>, alias: &str) -> Result<Writes> {
    let part = find(permit, alias).await?;
    let mut writes = Writes::default();
    store::parts::delete(&mut writes.batch, permit.realm_id(), &part.id);
    changed(permit, &mut writes, AdminOperation::Delete, alias, None);
    Ok(writes)
}

/// Moves an action one place up or down.
pub async fn shift(permit: &Permit<'_, ManageRealm>, alias: &str, up: bool) -> Result<Writes> {
    let mut all = all(permit).await?;
    let Some(place) = all.iter().position(|part| part.name == alias) else {
        return Err(refusals::ACTION_NOT_FOUND.into());
    };
    let other = if up { place.checked_sub(1) } else { Some(place + 1) };
    let mut writes = Writes::default();
    if let Some(other) = other.filter(|o| *o < all.len()) {
        all.swap(place, other);
        for (priority, mut part) in (1..).zip(all) {
            if part.doc.int("priority") != Some(priority * 10) {
                part.doc.set("priority", priority * 10);
                store::parts::update(permit.store(), &mut writes.batch, permit.realm_id(), &part)?;
            }
        }
        changed(permit, &mut writes, AdminOperation::Update, alias, None);
    }
    Ok(writes)
}

async fn all<P: Permission>(permit: &Permit<'_, P>) -> Result<Vec<Part>> {
    let parts = store::parts::list(permit.store(), permit.realm_id()).await?;
    let mut found: Vec<Part> = parts.into_iter().filter(|part| part.kind == Kind::RequiredAction).collect();
    found.sort_by_key(|part| part.doc.int_or("priority", 0));
    Ok(found)
}

async fn find<P: Permission>(permit: &Permit<'_, P>, alias: &str) -> Result<Part> {
    let found = all(permit).await?.into_iter().find(|part| part.name == alias);
    found.ok_or_else(|| refusals::ACTION_NOT_FOUND.into())
}

fn shown(part: Part) -> Value {
    let mut doc = part.doc;
    doc.set("alias", part.name);
    REQUIRED_ACTION.ordered(doc)
}

fn changed(
    permit: &Permit<'_, ManageRealm>,
    writes: &mut Writes,
    operation: AdminOperation,
    alias: &str,
    sent: Option<&Document>,
) {
    writes.reconfigures = true;
    let said = sent.map(|s| s.clone().into_value());
    let path = format!("authentication/required-actions/{alias}");
    writes.admin_events.push(permit.event(operation, "REQUIRED_ACTION", path, said));
}
