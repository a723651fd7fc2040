//! A client's secret: shown, made anew.

use domain::{Fault, Result, Writes, ids};
use model::{AdminOperation, Document};
use serde_json::{Value, json};

use super::{find, find_to_change};
use crate::mask::MASK;
use crate::permit::{ManageClients, Permit, ViewClients};
use crate::refusals;

/// Reads the secret; a public client has none.
pub async fn read(permit: &Permit<'_, ViewClients>, id: &str) -> Result<Value> {
    let client = find(permit, id).await?;
    Ok(match client.secret() {
        Some(secret) => json!({"type": "secret", "value": secret}),
        None => json!({"type": "secret"}),
    })
}

/// Makes another secret. One that a rotation left ends too: who makes another at once may have lost both.
pub async fn renew(permit: &Permit<'_, ManageClients>, id: &str) -> Result<(Value, Writes)> {
    let mut client = find_to_change(permit, id).await?;
    put(&mut client.doc, permit.cx.now())?;
    end_rotated(&mut client.doc);
    let mut writes = Writes::default();
    let (realm_id, client_id) = (permit.realm_id(), client.client_id.as_str());
    store::clients::update(permit.store(), &mut writes.batch, realm_id, id, client_id, &client.doc)?;
    writes.reconfigures = true;
    let path = format!("clients/{id}/client-secret");
    let said = json!({"type": "secret", "value": MASK});
    writes.admin_events.push(permit.event(AdminOperation::Action, "CLIENT", path, Some(said)));
    Ok((json!({"type": "secret", "value": client.doc.text("secret")}), writes))
}

/// The secret before a rotation.
pub async fn rotated(permit: &Permit<'_, ViewClients>, id: &str) -> Result<Value> {
    let client = find(permit, id).await?;
    match client.attribute(ROTATED) {
        Some(secret) => Ok(json!({"type": "secret", "value": secret})),
        None => Err(refusals::NO_ROTATED_SECRET.into()),
    }
}

/// Ends the secret before a rotation.
pub async fn end(permit: &Permit<'_, ManageClients>, id: &str) -> Result<Writes> {
    let mut client = find_to_change(permit, id).await?;
    if client.attribute(ROTATED).is_none() {
        return Err(refusals::NO_ROTATED_SECRET.into());
    }
    end_rotated(&mut client.doc);
    let mut writes = Writes::default();
    let (realm_id, client_id) = (permit.realm_id(), client.client_id.as_str());
    store::clients::update(permit.store(), &mut writes.batch, realm_id, id, client_id, &client.doc)?;
    writes.reconfigures = true;
    let path = format!("clients/{id}/client-secret/rotated");
    writes.admin_events.push(permit.event(AdminOperation::Action, "CLIENT", path, None));
    Ok(writes)
}

/// Takes out the secret before a rotation, if there is one.
pub(crate) fn end_rotated(doc: &mut Document) {
    let mut attributes = doc.object("attributes").cloned().unwrap_or_default();
    for name in [ROTATED, ROTATED_CREATED, ROTATED_EXPIRES] {
        attributes.shift_remove(name);
    }
    doc.set("attributes", attributes);
}

/// Keeps what rotations say of a participant's secret, whatever a representation says that was read before one: only a
/// rotation changes it.
pub(super) fn keep_rotation(before: &Document, doc: &mut Document) {
    let mut attributes = doc.object("attributes").cloned().unwrap_or_default();
    for name in [EXPIRES, ROTATED, ROTATED_CREATED, ROTATED_EXPIRES] {
        match before.object("attributes").and_then(|of| of.get(name)) {
            Some(value) => drop(attributes.insert(name.to_owned(), value.clone())),
            None => drop(attributes.shift_remove(name)),
        }
    }
    doc.set("attributes", attributes);
}

/// Keycloak's attribute of when a client's secret ends.
pub(crate) const EXPIRES: &str = "client.secret.expiration.time";
/// Keycloak's attributes of a secret that another took the place of.
pub(crate) const ROTATED: &str = "client.secret.rotated";
pub(crate) const ROTATED_CREATED: &str = "client.secret.rotated.creation.time";
pub(crate) const ROTATED_EXPIRES: &str = "client.secret.rotated.expiration.time";

/// Gives a client a secret, and notes when.
pub(crate) fn put(doc: &mut Document, now: i64) -> Result<(), Fault> {
    doc.set("secret", ids::client_secret()?);
    let mut attributes = doc.object("attributes").cloned().unwrap_or_default();
    attributes.insert("client.secret.creation.time".to_owned(), now.to_string().into());
    doc.set("attributes", attributes);
    Ok(())
}
