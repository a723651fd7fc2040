//! The configurations of authenticators.

use domain::{Result, Writes};
use model::{AdminOperation, Document};
use serde_json::Value;
use store::parts::{Kind, Part};

use crate::permit::{ManageRealm, Permission, Permit, ViewRealm};
use crate::refusals;
use crate::rep::AUTHENTICATOR_CONFIG;

/// Reads a configuration.
pub async fn read(permit: &Permit<'_, ViewRealm>, id: &str) -> Result<Value> {
    let part = find(permit, id).await?;
    let mut doc = part.doc;
    doc.set("id", part.id);
    doc.set("alias", part.name);
    Ok(AUTHENTICATOR_CONFIG.ordered(doc))
}

/// Changes a configuration's settings.
pub async fn update(permit: &Permit<'_, ManageRealm>, id: &str, sent: &Document) -> Result<Writes> {
    let mut part = find(permit, id).await?;
    if let Some(config) = sent.object("config") {
        part.doc.set("config", config.clone());
    }
    let mut writes = Writes::default();
    store::parts::update(permit.store(), &mut writes.batch, permit.realm_id(), &part)?;
    writes.reconfigures = true;
    let said = Some(sent.clone().into_value());
    let path = format!("authentication/config/{id}");
    writes.admin_events.push(permit.event(AdminOperation::Update, "AUTHENTICATOR_CONFIG", path, said));
    Ok(writes)
}

async fn find<P: Permission>(permit: &Permit<'_, P>, id: &str) -> Result<Part> {
    let found = store::parts::find(permit.store(), permit.realm_id(), id).await?;
    found.filter(|part| part.kind == Kind::AuthenticatorConfig).ok_or_else(|| refusals::CONFIG_NOT_FOUND.into())
}
