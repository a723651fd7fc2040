//! Product networks: which roles belong to which.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::network::past::Past;
use domain::{Error, Result, Writes};
use registry::Role;
use serde_json::{Value, json};

use super::{check, history, roles, shown};
use crate::permit::{ManageParticipants, Permit, ViewParticipants};
use crate::refusals::PARTICIPANT_ROLE_NOT_FOUND;

/// Lists product networks, and how many roles each has, or had.
pub async fn list_networks(permit: &Permit<'_, ViewParticipants>, past: Past) -> Result<Value> {
    let networks = match past.is_now() {
        true => store::participants::list_networks(permit.store(), permit.realm_id()).await?,
        false => {
            let mut counted: BTreeMap<String, i64> = BTreeMap::new();
            for role in all_roles(permit, past).await? {
                for network in &role.settings.product_networks {
                    *counted.entry(network.clone()).or_default() += 1;
                }
            }
            counted.into_iter().collect()
        }
    };
    Ok(networks.into_iter().map(|(id, roles)| json!({"id": id, "roles": roles})).collect())
}

/// Lists the roles of a network, those that it has or had.
pub async fn network_roles(permit: &Permit<'_, ViewParticipants>, network: &str, past: Past) -> Result<Value> {
    let belongs = |role: &Arc<Role>| role.settings.product_networks.iter().any(|known| known == network);
    let roles = match past.is_now() {
        true => {
            let rows = store::participants::list_network(permit.store(), permit.realm_id(), network).await?;
            history::roles(permit, &rows, past).await?
        }
        false => all_roles(permit, past).await?.into_iter().filter(belongs).collect(),
    };
    Ok(roles.iter().map(|role| shown::role(role)).collect())
}

/// Every role as it was, by kind and id as the lists of now are: what belonged where is in each role's own chain.
async fn all_roles(permit: &Permit<'_, ViewParticipants>, past: Past) -> Result<Vec<Arc<Role>>> {
    let rows = store::participants::list_all_roles(permit.store(), permit.realm_id()).await?;
    let mut roles = history::roles(permit, &rows, past).await?;
    roles.sort_by(|one, other| {
        let order = |role: &Role| (role.settings.participant_role.clone(), role.id.clone());
        order(one).cmp(&order(other))
    });
    Ok(roles)
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
