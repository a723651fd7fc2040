//! The client scopes that a client has, by default or when it asks.

use domain::{Error, Result, Writes};
use model::{AdminOperation, ClientScope};
use serde_json::{Value, json};

use super::{find, find_to_change};
use crate::permit::{ManageClients, Permission, Permit, ViewClients};
use crate::refusals;

/// By default, or when asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// By default.
    Default,
    /// When the client asks.
    Optional,
}

impl How {
    fn member(self) -> &'static str {
        match self {
            Self::Default => "defaultClientScopes",
            Self::Optional => "optionalClientScopes",
        }
    }

    fn segment(self) -> &'static str {
        match self {
            Self::Default => "default-client-scopes",
            Self::Optional => "optional-client-scopes",
        }
    }
}

/// Lists a client's scopes.
pub async fn list(permit: &Permit<'_, ViewClients>, id: &str, how: How) -> Result<Value> {
    let client = find(permit, id).await?;
    let names = client.doc.texts(how.member());
    let scopes = names.iter().filter_map(|name| permit.cx.plan.scopes.get(name));
    Ok(scopes.map(|scope| json!({"id": scope.id, "name": scope.name})).collect())
}

/// Gives a client a scope, or takes it away: one that it has already, either way, stays as it is, and one that goes is
/// gone either way.
pub async fn change(
    permit: &Permit<'_, ManageClients>,
    id: &str,
    scope_id: &str,
    how: How,
    operation: AdminOperation,
) -> Result<Writes> {
    let mut client = find_to_change(permit, id).await?;
    let scope = scope_of(permit, scope_id).map_err(|_| Error::from(refusals::CLIENT_SCOPE_NOT_FOUND))?;
    let has = client.default_scopes.contains(&scope.name) || client.optional_scopes.contains(&scope.name);
    for one in [How::Default, How::Optional] {
        let mut names = client.doc.texts(one.member());
        match operation {
            AdminOperation::Create if one == how && !has && scope.protocol == client.protocol => {
                names.push(scope.name.clone());
            }
            AdminOperation::Create => {}
            _ => names.retain(|name| *name != scope.name),
        }
        client.doc.set(one.member(), names);
    }
    let mut writes = Writes::default();
    let (realm_id, client_id) = (permit.realm_id(), client.client_id.as_str());
    store::clients::update(permit.store(), &mut writes.batch, realm_id, id, client_id, &client.doc)?;
    writes.reconfigures = true;
    let path = format!("clients/{id}/{}/{scope_id}", how.segment());
    writes.admin_events.push(permit.event(operation, "CLIENT_SCOPE_CLIENT_MAPPING", path, None));
    Ok(writes)
}

/// The scope of that id.
pub(crate) fn scope_of<'p, P: Permission>(permit: &'p Permit<'_, P>, id: &str) -> Result<&'p ClientScope> {
    let found = permit.cx.plan.scopes.values().find(|scope| scope.id == id);
    found.ok_or_else(|| Error::from(refusals::SCOPE_NOT_FOUND))
}
