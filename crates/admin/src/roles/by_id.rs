//! Roles by their id, wherever they belong.

use domain::{Result, Writes};
use model::{AdminOperation, Document};
use serde_json::Value;
use store::roles::RoleRow;

use super::{Container, Parts, change, change_parts, list_parts, remove, shown};
use crate::permit::{AnyAdministrator, ManageClients, ManageRealm, Permit, ViewClients, ViewRealm};
use crate::refusals;

async fn find(permit: &Permit<'_, AnyAdministrator>, id: &str, manage: bool) -> Result<(Container, RoleRow)> {
    let found = store::roles::find_by_id(permit.store(), permit.realm_id(), id).await?;
    let row = found.ok_or_else(|| domain::Error::from(refusals::ROLE_ID_NOT_FOUND))?;
    let is_client = row.container != permit.realm_id();
    let may = match (is_client, manage) {
        (true, true) => permit.also::<ManageClients>(),
        (true, false) => permit.also::<ViewClients>(),
        (false, true) => permit.also::<ManageRealm>(),
        (false, false) => permit.also::<ViewRealm>(),
    };
    if manage && is_client {
        Container::find(&permit.widened::<ManageClients>(), Some(&row.container)).await?;
    }
    match may {
        true => Ok((Container { id: row.container.clone(), is_client }, row)),
        false => Err(refusals::FORBIDDEN.into()),
    }
}

/// Reads a role.
pub async fn read(permit: &Permit<'_, AnyAdministrator>, id: &str) -> Result<Value> {
    Ok(shown(permit, &find(permit, id, false).await?.1, true))
}

/// Changes a role.
pub async fn update(permit: &Permit<'_, AnyAdministrator>, id: &str, sent: &Document) -> Result<Writes> {
    let (container, row) = find(permit, id, true).await?;
    change(permit, &container, row, sent).await
}

/// Deletes a role.
pub async fn delete(permit: &Permit<'_, AnyAdministrator>, id: &str) -> Result<Writes> {
    let (container, row) = find(permit, id, true).await?;
    remove(permit, &container, &row)
}

/// Lists what a role brings along.
pub async fn composites(permit: &Permit<'_, AnyAdministrator>, id: &str, parts: Parts<'_>) -> Result<Value> {
    let (_, row) = find(permit, id, false).await?;
    list_parts(permit, &row.id, parts).await
}

/// Lets a role bring others along, or no longer.
pub async fn change_composites(
    permit: &Permit<'_, AnyAdministrator>,
    id: &str,
    sent: &[Document],
    operation: AdminOperation,
) -> Result<Writes> {
    let (container, row) = find(permit, id, true).await?;
    change_parts(permit, &container, &row, sent, operation)
}
