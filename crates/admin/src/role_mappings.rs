//! The roles of a user or group: given, taken away, listed directly and with all that they bring along [KC 5.1].

use std::collections::BTreeMap;

use domain::{Error, Result, Writes};
use model::{AdminOperation, Document, Role};
use serde_json::{Map, Value, json};

use crate::permit::{ManageUsers, Permission, Permit, ViewUsers};
use crate::{refusals, roles, users};

/// Who has roles.
#[derive(Clone, Copy, Debug)]
pub enum Holder<'a> {
    /// A user, by id.
    User(&'a str),
    /// A group, by id.
    Group(&'a str),
}

/// Whose roles: the realm's, or a client's by its id.
#[derive(Clone, Copy, Debug)]
pub enum Of<'a> {
    /// Those of the realm.
    Realm,
    /// Those of a client.
    Client(&'a str),
}

/// Which of them to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those given directly.
    Direct,
    /// Those that could still be given.
    Available,
    /// Those given directly, and all that they bring along.
    Effective,
}

impl Of<'_> {
    pub(crate) fn holds(self, role: &Role) -> bool {
        match (self, &role.client) {
            (Self::Realm, None) => true,
            (Self::Client(id), Some(of)) => of.id == id,
            _ => false,
        }
    }
}

/// Lists all roles of a holder, the realm's and by client.
pub async fn all(permit: &Permit<'_, ViewUsers>, holder: Holder<'_>) -> Result<Value> {
    let direct = direct(permit, holder).await?;
    by_container(permit, &direct).await
}

/// Roles as `realmMappings` and `clientMappings`.
pub(crate) async fn by_container<P: Permission>(permit: &Permit<'_, P>, ids: &[String]) -> Result<Value> {
    let plan = &permit.cx.plan;
    let (of_realm, of_clients): (Vec<&Role>, Vec<&Role>) =
        ids.iter().filter_map(|id| plan.roles.find(id)).partition(|role| role.client.is_none());
    let mut out = Map::new();
    if !of_realm.is_empty() {
        out.insert("realmMappings".to_owned(), roles::show_all(permit, of_realm.into_iter()).await?);
    }
    let mut by_client: BTreeMap<&str, (&str, Vec<&Role>)> = BTreeMap::new();
    for role in of_clients {
        if let Some(of) = &role.client {
            by_client.entry(&of.client_id).or_insert((&of.id, Vec::new())).1.push(role);
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
pub async fn list(
    permit: &Permit<'_, ViewUsers>,
    holder: Holder<'_>,
    of: Of<'_>,
    which: Which,
    brief: bool,
) -> Result<Value> {
    check(permit, of).await?;
    let direct = direct(permit, holder).await?;
    let member_of = groups(permit, holder).await?;
    let plan = &permit.cx.plan;
    let wanted: Vec<&Role> = match which {
        Which::Direct => plan.roles.only(direct.iter().map(String::as_str)).iter().collect(),
        Which::Effective => {
            let of_groups = plan.groups.roles(member_of.iter().map(String::as_str));
            plan.roles.expand(direct.iter().map(String::as_str).chain(of_groups)).iter().collect()
        }
        Which::Available => plan.roles.iter().filter(|r| !direct.contains(&r.id) && permit.may_map(r)).collect(),
    };
    let found = wanted.into_iter().filter(|role| of.holds(role));
    roles::show_whole(permit, found, !brief).await
}

/// Gives roles, or takes them away: those sent, or all of them.
pub async fn change(
    permit: &Permit<'_, ManageUsers>,
    holder: Holder<'_>,
    of: Of<'_>,
    sent: Option<&[Document]>,
    operation: AdminOperation,
) -> Result<Writes> {
    check(permit, of).await?;
    let mut given = Vec::new();
    for sent in sent.unwrap_or_default() {
        given.push(find(permit, of, sent)?.clone());
    }
    let direct = direct(permit, holder).await?;
    if sent.is_none() {
        let own = direct.iter().filter_map(|id| permit.cx.plan.roles.find(id)).filter(|role| of.holds(role));
        given.extend(own.cloned());
    }
    let mut writes = Writes::default();
    for role in &given {
        if !permit.may_map(role) {
            return Err(refusals::FORBIDDEN.into());
        }
        let batch = &mut writes.batch;
        match (holder, operation) {
            (Holder::User(id), AdminOperation::Create) => store::users::add_role(batch, id, &role.id),
            (Holder::User(id), _) => store::users::remove_role(batch, id, &role.id),
            (Holder::Group(id), AdminOperation::Create) => store::groups::add_role(batch, id, &role.id),
            (Holder::Group(id), _) => store::groups::remove_role(batch, id, &role.id),
        }
    }
    let place = match holder {
        Holder::User(id) => {
            store::users::touch(&mut writes.batch, id);
            format!("users/{id}")
        }
        Holder::Group(id) => {
            writes.reconfigures = true;
            format!("groups/{id}")
        }
    };
    let (kind, path) = match of {
        Of::Realm => ("REALM_ROLE_MAPPING", format!("{place}/role-mappings/realm")),
        Of::Client(id) => ("CLIENT_ROLE_MAPPING", format!("{place}/role-mappings/clients/{id}")),
    };
    let said = sent.unwrap_or_default().iter().map(roles::as_sent).collect();
    writes.admin_events.push(permit.event(operation, kind, path, Some(said)));
    Ok(writes)
}

/// The role that a representation in a request means.
pub(crate) fn find<'p, P: Permission>(permit: &'p Permit<'_, P>, of: Of<'_>, sent: &Document) -> Result<&'p Role> {
    let plan = &permit.cx.plan;
    let found = sent.text("id").and_then(|id| plan.roles.find(id));
    found.filter(|role| of.holds(role)).ok_or_else(|| refusals::MAPPED_ROLE_NOT_FOUND.into())
}

async fn check<P: Permission>(permit: &Permit<'_, P>, of: Of<'_>) -> Result<()> {
    match of {
        Of::Client(id) if permit.cx.client_by_id(id).await?.is_none() => Err(refusals::MAPPED_CLIENT_NOT_FOUND.into()),
        _ => Ok(()),
    }
}

/// Ids of the groups whose roles a holder has, too.
async fn groups(permit: &Permit<'_, ViewUsers>, holder: Holder<'_>) -> Result<Vec<String>> {
    match holder {
        Holder::User(id) => Ok(store::users::memberships(permit.store(), id).await?.1),
        Holder::Group(id) => Ok(vec![id.to_owned()]),
    }
}

/// Ids of the roles that a holder has directly.
async fn direct<P: Permission>(permit: &Permit<'_, P>, holder: Holder<'_>) -> Result<Vec<String>> {
    match holder {
        Holder::User(id) => {
            let user = users::find(permit, id).await?;
            Ok(store::users::memberships(permit.store(), &user.id).await?.0)
        }
        Holder::Group(id) => {
            let group = permit.cx.plan.groups.find(id).ok_or_else(|| Error::from(refusals::GROUP_NOT_FOUND))?;
            Ok(group.roles.clone())
        }
    }
}
