//! The roles that a client or client scope may carry into tokens where it may not carry all [KC 3.4].

use std::collections::{BTreeMap, HashSet};

use domain::{Result, Writes};
use model::{AdminOperation, Document, Role};
use serde_json::{Map, Value, json};

use super::default_scopes::scope_of;
use super::{find, find_to_change};
use crate::permit::{ManageClients, Permission, Permit, ViewClients};
use crate::role_mappings::{Of, Which};
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
    let plan = &permit.cx.plan;
    let mapped: Vec<&Role> =
        plan.direct_scope_mapping(holder.id()).iter().filter_map(|id| plan.roles.find(id)).collect();
    let mut out = Map::new();
    let of_realm: Vec<&Role> = mapped.iter().copied().filter(|r| r.client.is_none()).collect();
    if !of_realm.is_empty() {
        out.insert("realmMappings".to_owned(), roles::show_all(permit, of_realm.into_iter()).await?);
    }
    let mut by_client: BTreeMap<&str, (&str, Vec<&Role>)> = BTreeMap::new();
    for role in mapped {
        if let Some((id, client_id)) = &role.client {
            by_client.entry(client_id).or_insert((id, Vec::new())).1.push(role);
        }
    }
    let mut clients = Map::new();
    for (client_id, (id, given)) in by_client {
        let mappings = roles::show_all(permit, given.into_iter()).await?;
        clients.insert(client_id.to_owned(), json!({"id": id, "client": client_id, "mappings": mappings}));
    }
    if !clients.is_empty() {
        out.insert("clientMappings".to_owned(), clients.into());
    }
    Ok(Value::Object(out))
}

/// Lists a holder's roles of the realm or of a client.
pub async fn list(permit: &Permit<'_, ViewClients>, holder: Holder<'_>, of: Of<'_>, which: Which) -> Result<Value> {
    holder.check(permit).await?;
    let plan = &permit.cx.plan;
    let direct = plan.direct_scope_mapping(holder.id());
    let wanted: HashSet<&str> = match which {
        Which::Direct => direct.iter().map(String::as_str).collect(),
        Which::Effective if holder.has_full_scope(permit).await? => plan.roles.iter().map(|r| r.id.as_str()).collect(),
        Which::Effective => plan.scope_mapping(holder.id()),
        Which::Available => plan.roles.iter().filter(|r| !direct.contains(&r.id)).map(|r| r.id.as_str()).collect(),
    };
    let found = wanted.into_iter().filter_map(|id| plan.roles.find(id)).filter(|role| of.holds(role));
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
        let role = crate::role_mappings::find(permit, of, given)?;
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
