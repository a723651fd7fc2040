//! Product networks: which roles belong to which.

use std::sync::Arc;

use domain::{Error, Result, Writes};
use registry::Role;
use serde_json::{Value, json};

use super::{check, roles, shown};
use crate::permit::{ManageParticipants, Permit, ViewParticipants};
use crate::refusals::PARTICIPANT_ROLE_NOT_FOUND;

/// Lists the networks that roles belong to, and how many roles each has.
pub async fn list_networks(permit: &Permit<'_, ViewParticipants>) -> Result<Value> {
    let networks = store::participants::list_networks(permit.store(), permit.realm_id()).await?;
    Ok(networks.into_iter().map(|(id, roles)| json!({"id": id, "roles": roles})).collect())
}

/// Lists the roles of a network.
pub async fn network_roles(permit: &Permit<'_, ViewParticipants>, network: &str) -> Result<Value> {
    let rows = store::participants::list_network(permit.store(), permit.realm_id(), network).await?;
    let mut out = Vec::new();
    for row in &rows {
        out.push(shown::role(&*permit.cx.oidc.core.role_of_row(permit.realm_id(), row).await?));
    }
    Ok(out.into())
}

/// Puts a role into a network.
pub async fn put_into_network(
    permit: &Permit<'_, ManageParticipants>,
    network: &str,
    role: &str,
) -> Result<(Value, Writes)> {
    check::id("network", network)?;
    let seen = find(permit, role).await?;
    let mut settings = seen.settings.clone();
    if !settings.product_networks.iter().any(|known| known == network) {
        settings.product_networks.push(network.to_owned());
    }
    roles::restate(permit, &seen, settings).await
}

/// Takes a role out of a network.
pub async fn take_out_of_network(
    permit: &Permit<'_, ManageParticipants>,
    network: &str,
    role: &str,
) -> Result<(Value, Writes)> {
    let seen = find(permit, role).await?;
    let mut settings = seen.settings.clone();
    settings.product_networks.retain(|known| known != network);
    if settings == seen.settings {
        return Err(PARTICIPANT_ROLE_NOT_FOUND.into());
    }
    roles::restate(permit, &seen, settings).await
}

async fn find(permit: &Permit<'_, ManageParticipants>, role: &str) -> Result<Arc<Role>> {
    let found = permit.cx.oidc.core.participant_role(permit.realm_id(), role).await?;
    found.ok_or_else(|| Error::from(PARTICIPANT_ROLE_NOT_FOUND))
}
