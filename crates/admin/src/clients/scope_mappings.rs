//! The roles that a client or client scope may carry into tokens where it may not carry all [KC 3.4].

use domain::{Result, Writes};
use model::{AdminOperation, Document, Role};
use serde_json::Value;

use super::default_scopes::scope_of;
use super::{find, find_to_change};
use crate::permit::{ManageClients, Permission, Permit, ViewClients};
use crate::role_mappings::{self, Of, Which};
use crate::roles;

/// Who may carry roles.
#[derive(Clone, Copy, Debug)]
pub enum Holder<'a> {
    /// A client, by id.
    Client(&'a str),
    /// A client scope, by id.
    Scope(&'a str),
}

impl Holder<'_> {
    async fn check<P: Permission>(self, permit: &Permit<'_, P>) -> Result<()> {
        match self {
            Self::Client(id) => find(permit, id).await.map(drop),
            Self::Scope(id) => scope_of(permit, id).map(drop),
        }
    }

    /// Whether it may carry every role.
    async fn has_full_scope(self, permit: &Permit<'_, ViewClients>) -> Result<bool> {
        match self {
            Self::Client(id) => Ok(find(permit, id).await?.full_scope_allowed),
            Self::Scope(_) => Ok(false),
        }
    }

    fn id(&self) -> &str {
        match self {
            Self::Client(id) | Self::Scope(id) => id,
        }
    }

    fn place(&self) -> String {
        match self {
            Self::Client(id) => format!("clients/{id}/scope-mappings"),
            Self::Scope(id) => format!("client-scopes/{id}/scope-mappings"),
        }
    }
}

/// Lists all roles mapped to a holder.
pub async fn all(permit: &Permit<'_, ViewClients>, holder: Holder<'_>) -> Result<Value> {
    holder.check(permit).await?;
    role_mappings::by_container(permit, permit.cx.plan.direct_scope_mapping(holder.id())).await
}

/// Lists a holder's roles of the realm or of a client.
pub async fn list(permit: &Permit<'_, ViewClients>, holder: Holder<'_>, of: Of<'_>, which: Which) -> Result<Value> {
    holder.check(permit).await?;
    let plan = &permit.cx.plan;
    let direct = plan.direct_scope_mapping(holder.id());
    let wanted: Vec<&Role> = match which {
        Which::Direct => plan.roles.only(direct.iter().map(String::as_str)).iter().collect(),
        Which::Effective if holder.has_full_scope(permit).await? => plan.roles.iter().collect(),
        Which::Effective => plan.scope_mapping(holder.id()).iter().collect(),
        Which::Available => plan.roles.iter().filter(|r| !direct.contains(&r.id)).collect(),
    };
    let found = wanted.into_iter().filter(|role| of.holds(role));
    roles::show_all(permit, found).await
}

/// Maps roles, or no longer.
pub async fn change(
    permit: &Permit<'_, ManageClients>,
    holder: Holder<'_>,
    of: Of<'_>,
    sent: &[Document],
    operation: AdminOperation,
) -> Result<Writes> {
    holder.check(permit).await?;
    if let Holder::Client(id) = holder {
        find_to_change(permit, id).await?;
    }
    let mut writes = Writes::default();
    for given in sent {
        let role = role_mappings::find(permit, of, given)?;
        match operation {
            AdminOperation::Create => {
                store::clients::add_scope_mapping(&mut writes.batch, permit.realm_id(), holder.id(), &role.id);
            }
            _ => store::clients::remove_scope_mapping(&mut writes.batch, holder.id(), &role.id),
        }
    }
    writes.reconfigures = true;
    let (kind, path) = match of {
        Of::Realm => ("REALM_SCOPE_MAPPING", format!("{}/realm", holder.place())),
        Of::Client(id) => ("CLIENT_SCOPE_MAPPING", format!("{}/clients/{id}", holder.place())),
    };
    let said = sent.iter().map(roles::as_sent).collect();
    writes.admin_events.push(permit.event(operation, kind, path, Some(said)));
    Ok(writes)
}
