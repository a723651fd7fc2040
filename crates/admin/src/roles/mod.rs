//! Roles of the realm and of its clients, and what each brings along [KC 5.1].

pub mod by_id;

use std::collections::BTreeMap;

use domain::{Error, Plan, Result, Writes, ids};
use model::{AdminOperation, Document, Role};
use serde_json::{Map, Value};
use store::roles::RoleRow;

use crate::clients::check;
use crate::master::MASTER;
use crate::permit::{
    ListRoles, ManageClients, ManageRealm, Permission, Permit, SUPREME, ViewClients, ViewRealm, ViewUsers,
};
use crate::realms::{rewrite, row_of};
use crate::rep::ROLE;
use crate::users::{self, Shown};
use crate::{groups, refusals};

/// A permission that is about roles: of the realm, or of clients.
pub trait OverRoles: Permission {
    /// Whether it is about clients' roles.
    const OF_CLIENTS: bool;
    /// Whether it is about changing them.
    const CHANGES: bool;
}

impl OverRoles for ViewRealm {
    const OF_CLIENTS: bool = false;
    const CHANGES: bool = false;
}
impl OverRoles for ListRoles {
    const OF_CLIENTS: bool = false;
    const CHANGES: bool = false;
}
impl OverRoles for ManageRealm {
    const OF_CLIENTS: bool = false;
    const CHANGES: bool = true;
}
impl OverRoles for ViewClients {
    const OF_CLIENTS: bool = true;
    const CHANGES: bool = false;
}
impl OverRoles for ManageClients {
    const OF_CLIENTS: bool = true;
    const CHANGES: bool = true;
}

/// Whose roles: the realm's, or a client's.
pub struct Container {
    /// The client's id, or the realm's.
    id: String,
    is_client: bool,
}

impl Container {
    /// The container that a permission is about: a client by its id, or the realm.
    pub async fn find<P: OverRoles>(permit: &Permit<'_, P>, client: Option<&str>) -> Result<Self> {
        match client {
            None if !P::OF_CLIENTS => Ok(Self { id: permit.realm_id().to_owned(), is_client: false }),
            Some(id) if P::OF_CLIENTS => {
                let client = permit.cx.client_by_id(id).await?;
                let client = client.ok_or_else(|| Error::from(refusals::CLIENT_NOT_FOUND))?;
                if P::CHANGES {
                    check::is_free_to_change(&permit.cx.plan.realm, &client.client)?;
                }
                Ok(Self { id: id.to_owned(), is_client: true })
            }
            _ => Err(refusals::FORBIDDEN.into()),
        }
    }

    /// The path of its roles, as events tell it.
    fn path(&self, name: &str) -> String {
        match self.is_client {
            true => format!("clients/{}/roles/{name}", self.id),
            false => format!("roles/{name}"),
        }
    }

    fn resource(&self) -> &'static str {
        if self.is_client { "CLIENT_ROLE" } else { "REALM_ROLE" }
    }
}

/// Lists a page of a container's roles by name.
pub async fn list<P: OverRoles>(
    permit: &Permit<'_, P>,
    container: &Container,
    search: &str,
    (first, max): (i64, i64),
    brief: bool,
) -> Result<Value> {
    let rows = store::roles::list(permit.store(), &container.id, search, first, max).await?;
    Ok(rows.iter().map(|row| shown(permit, row, !brief)).collect())
}

/// Reads a role.
pub async fn read<P: OverRoles>(permit: &Permit<'_, P>, container: &Container, name: &str) -> Result<Value> {
    let row = find(permit, container, name).await?;
    Ok(shown(permit, &row, true))
}

/// Makes a role; its name.
pub async fn create<P: OverRoles>(
    permit: &Permit<'_, P>,
    container: &Container,
    sent: &Document,
) -> Result<(String, Writes)> {
    let name = sent.text("name").map(str::trim).filter(|n| !n.is_empty());
    let name = name.ok_or_else(|| Error::from(refusals::ROLE_NAMELESS))?;
    check_free(permit, container, name).await?;
    let row = RoleRow { id: ids::uuid()?, container: container.id.clone(), name: name.to_owned(), doc: document(sent) };
    let mut writes = Writes::default();
    store::roles::insert(&mut writes.batch, permit.realm_id(), &row);
    if let Some(parts) = sent.object("composites") {
        for child in named(permit, parts)? {
            store::roles::add_composite(&mut writes.batch, &row.id, &child);
        }
    }
    writes.reconfigures = true;
    let said = said(&row.id, name, row.doc.text("description"), sent.object("composites").is_some());
    let path = container.path(name);
    writes.admin_events.push(permit.event(AdminOperation::Create, container.resource(), path, Some(said)));
    Ok((row.name, writes))
}

/// Changes a role's name, description and attributes.
pub async fn update<P: OverRoles>(
    permit: &Permit<'_, P>,
    container: &Container,
    name: &str,
    sent: &Document,
) -> Result<Writes> {
    let row = find(permit, container, name).await?;
    change(permit, container, row, sent).await
}

async fn change<P: Permission>(
    permit: &Permit<'_, P>,
    container: &Container,
    mut row: RoleRow,
    sent: &Document,
) -> Result<Writes> {
    let mut writes = Writes::default();
    let before = row.name.clone();
    if let Some(name) = sent.text("name").map(str::trim).filter(|n| !n.is_empty() && *n != row.name) {
        if administers_by_name(permit, &row, &row.name) || administers_by_name(permit, &row, name) {
            return Err(refusals::FORBIDDEN.into());
        }
        check::is_no_right_over_messages(permit, &row.id)?;
        let of = permit.cx.plan.roles.find(&row.id).and_then(|role| role.client.as_ref());
        if let Some(client) = of {
            check::makes_no_right(permit, &client.client_id, Some(name))?;
        }
        if store::roles::find(permit.store(), &container.id, name).await?.is_some() {
            return Err(refusals::DUPLICATE.into());
        }
        if permit.cx.plan.default_role() == Some(row.id.as_str()) {
            follow_default(permit, name, &mut writes)?;
        }
        name.clone_into(&mut row.name);
    }
    let mut doc = document(sent);
    if sent.object("attributes").is_none() {
        doc.set("attributes", row.doc.object("attributes").cloned().unwrap_or_default());
    }
    row.doc = doc;
    store::roles::update(&mut writes.batch, &row);
    writes.reconfigures = true;
    let said = Some(as_sent(sent));
    let path = container.path(&before);
    writes.admin_events.push(permit.event(AdminOperation::Update, container.resource(), path, said));
    Ok(writes)
}

/// Whether a role of master would administer all realms by its name: such names are neither taken nor left.
fn administers_by_name<P: Permission>(permit: &Permit<'_, P>, row: &RoleRow, name: &str) -> bool {
    let realm = &permit.cx.plan.realm;
    realm.name == MASTER && row.container == realm.id && SUPREME.contains(&name)
}

/// Deletes a role.
pub async fn delete<P: OverRoles>(permit: &Permit<'_, P>, container: &Container, name: &str) -> Result<Writes> {
    let row = find(permit, container, name).await?;
    remove(permit, container, &row)
}

fn remove<P: Permission>(permit: &Permit<'_, P>, container: &Container, row: &RoleRow) -> Result<Writes> {
    refuse_default(permit, row)?;
    if administers_by_name(permit, row, &row.name) {
        return Err(refusals::FORBIDDEN.into());
    }
    check::is_no_right_over_messages(permit, &row.id)?;
    let mut writes = Writes::default();
    store::roles::delete(&mut writes.batch, &row.id);
    writes.reconfigures = true;
    let path = container.path(&row.name);
    let said = said(&row.id, &row.name, row.doc.text("description"), false);
    writes.admin_events.push(permit.event(AdminOperation::Delete, container.resource(), path, Some(said)));
    Ok(writes)
}

/// Lists a page of the users who have a role directly.
pub async fn users<P: OverRoles>(
    permit: &Permit<'_, P>,
    container: &Container,
    name: &str,
    (first, max): (i64, i64),
    brief: bool,
) -> Result<Value> {
    // Who may see roles may not see people yet.
    if !permit.also::<ViewUsers>() {
        return Err(refusals::FORBIDDEN.into());
    }
    let row = find(permit, container, name).await?;
    let found = store::users::list_with_role(permit.store(), &row.id, first, max).await?;
    users::representation::list(permit, &found, if brief { Shown::Brief } else { Shown::Listed }).await
}

/// Lists the groups that give a role.
pub async fn groups<P: OverRoles>(permit: &Permit<'_, P>, container: &Container, name: &str) -> Result<Value> {
    let row = find(permit, container, name).await?;
    let plan = &permit.cx.plan;
    let mut found: Vec<_> = plan.groups.iter().filter(|g| g.roles.contains(&row.id)).collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found.into_iter().map(|g| groups::member_of(plan, &g.id)).collect())
}

/// Which of a role's parts to list.
#[derive(Clone, Copy, Debug)]
pub enum Parts<'a> {
    /// All.
    All,
    /// Those of the realm.
    Realm,
    /// Those of a client, by its id.
    Client(&'a str),
}

/// Lists what a role brings along directly.
pub async fn composites<P: OverRoles>(
    permit: &Permit<'_, P>,
    container: &Container,
    name: &str,
    parts: Parts<'_>,
) -> Result<Value> {
    let row = find(permit, container, name).await?;
    list_parts(permit, &row.id, parts).await
}

/// Lets a role bring others along, or no longer.
pub async fn change_composites<P: OverRoles>(
    permit: &Permit<'_, P>,
    container: &Container,
    name: &str,
    sent: &[Document],
    operation: AdminOperation,
) -> Result<Writes> {
    let row = find(permit, container, name).await?;
    change_parts(permit, container, &row, sent, operation)
}

fn change_parts<P: Permission>(
    permit: &Permit<'_, P>,
    container: &Container,
    row: &RoleRow,
    sent: &[Document],
    operation: AdminOperation,
) -> Result<Writes> {
    let mut writes = Writes::default();
    for given in sent {
        let child = given.text("id").and_then(|id| permit.cx.plan.roles.find(id));
        let child = child.ok_or_else(|| Error::from(refusals::COMPOSITE_NOT_FOUND))?;
        if !permit.may_map(child) {
            return Err(refusals::FORBIDDEN.into());
        }
        match operation {
            AdminOperation::Create => store::roles::add_composite(&mut writes.batch, &row.id, &child.id),
            _ => store::roles::remove_composite(&mut writes.batch, &row.id, &child.id),
        }
    }
    writes.reconfigures = true;
    let said = sent.iter().map(as_sent).collect();
    let path = format!("{}/composites", container.path(&row.name));
    writes.admin_events.push(permit.event(operation, container.resource(), path, Some(said)));
    Ok(writes)
}

async fn list_parts<P: Permission>(permit: &Permit<'_, P>, id: &str, parts: Parts<'_>) -> Result<Value> {
    let plan = &permit.cx.plan;
    let composites = plan.roles.find(id).map_or(&[][..], |r| r.composites.as_slice());
    let wanted = composites.iter().filter_map(|id| plan.roles.find(id)).filter(|role| match parts {
        Parts::All => true,
        Parts::Realm => role.client.is_none(),
        Parts::Client(client) => role.client.as_ref().is_some_and(|of| of.id == client),
    });
    show_all(permit, wanted).await
}

/// A role as events tell it.
fn said(id: &str, name: &str, description: Option<&str>, composite: bool) -> Value {
    let mut doc = Document::default();
    doc.set("id", id);
    doc.set("name", name);
    if let Some(description) = description {
        doc.set("description", description);
    }
    doc.set("composite", composite);
    doc.into_value()
}

/// A role that was sent, as events tell it.
pub(crate) fn as_sent(sent: &Document) -> Value {
    let mut doc = sent.clone();
    if !doc.0.contains_key("composite") {
        doc.set("composite", false);
    }
    ROLE.ordered(doc)
}

/// A role as it is shown.
pub(crate) fn representation(realm_id: &str, row: &RoleRow, composite: bool) -> Value {
    let mut doc = Document::default();
    doc.set("id", row.id.as_str());
    doc.set("name", row.name.as_str());
    if let Some(description) = row.doc.text("description") {
        doc.set("description", description);
    }
    doc.set("composite", composite);
    doc.set("clientRole", row.container != realm_id);
    doc.set("containerId", row.container.as_str());
    ROLE.ordered(doc)
}

fn shown<P: Permission>(permit: &Permit<'_, P>, row: &RoleRow, whole: bool) -> Value {
    let composite = permit.cx.plan.roles.find(&row.id).is_some_and(|r| !r.composites.is_empty());
    let mut value = representation(permit.realm_id(), row, composite);
    if whole && let Some(map) = value.as_object_mut() {
        map.insert("attributes".to_owned(), row.doc.object("attributes").cloned().unwrap_or_default().into());
    }
    value
}

/// Roles of the plan as they are shown, by name.
pub(crate) async fn show_all<'r, P: Permission>(
    permit: &Permit<'_, P>,
    roles: impl Iterator<Item = &'r Role>,
) -> Result<Value> {
    show_whole(permit, roles, false).await
}

/// The same, with their attributes where asked for.
pub(crate) async fn show_whole<'r, P: Permission>(
    permit: &Permit<'_, P>,
    roles: impl Iterator<Item = &'r Role>,
    whole: bool,
) -> Result<Value> {
    let ids: Vec<String> = roles.map(|r| r.id.clone()).collect();
    let rows = store::roles::list_by_ids(permit.store(), permit.realm_id(), &ids).await?;
    Ok(rows.iter().map(|row| shown(permit, row, whole)).collect())
}

/// The names of roles: those of the realm, and by `clientId` those of clients.
pub(crate) fn names(plan: &Plan, ids: &[String]) -> (Vec<String>, Map<String, Value>) {
    let mut of_realm = Vec::new();
    let mut of_clients: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for role in ids.iter().filter_map(|id| plan.roles.find(id)) {
        match &role.client {
            None => of_realm.push(role.name.clone()),
            Some(of) => of_clients.entry(of.client_id.clone()).or_default().push(role.name.clone()),
        }
    }
    of_realm.sort();
    let sorted = of_clients.into_iter().map(|(client, mut names)| {
        names.sort();
        (client, Value::from(names))
    });
    (of_realm, sorted.collect())
}

/// Ids of the roles that `composites` of a representation names.
fn named<P: Permission>(permit: &Permit<'_, P>, parts: &Map<String, Value>) -> Result<Vec<String>> {
    let plan = &permit.cx.plan;
    let texts = |value: Option<&Value>| -> Vec<String> {
        value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let mut found: Vec<Option<&Role>> =
        texts(parts.get("realm")).iter().map(|name| plan.roles.realm_role(name)).collect();
    for (client, names) in parts.get("client").and_then(Value::as_object).into_iter().flatten() {
        found.extend(texts(Some(names)).iter().map(|name| plan.roles.client_role(client, name)));
    }
    let mut out = Vec::new();
    for role in found {
        let role = role.ok_or_else(|| Error::from(refusals::MAPPED_ROLE_NOT_FOUND))?;
        if !permit.may_map(role) {
            return Err(refusals::FORBIDDEN.into());
        }
        out.push(role.id.clone());
    }
    Ok(out)
}

async fn find<P: Permission>(permit: &Permit<'_, P>, container: &Container, name: &str) -> Result<RoleRow> {
    let found = store::roles::find(permit.store(), &container.id, name).await?;
    found.ok_or_else(|| refusals::ROLE_NOT_FOUND.into())
}

async fn check_free<P: Permission>(permit: &Permit<'_, P>, container: &Container, name: &str) -> Result<()> {
    match store::roles::find(permit.store(), &container.id, name).await? {
        None => Ok(()),
        Some(_) => Err(refusals::ROLE_TAKEN.describe(format!("Role with name {name} already exists")).into()),
    }
}

/// The default role stays.
fn refuse_default<P: Permission>(permit: &Permit<'_, P>, row: &RoleRow) -> Result<()> {
    if permit.cx.plan.default_role() != Some(row.id.as_str()) {
        return Ok(());
    }
    let text = format!("{} is default role of the realm and cannot be removed.", row.name);
    Err(refusals::DEFAULT_ROLE_STAYS.describe(text).into())
}

/// The realm, which knows its default role by name, follows it to a new one.
fn follow_default<P: Permission>(permit: &Permit<'_, P>, name: &str, writes: &mut Writes) -> Result<()> {
    let row = row_of(&permit.cx);
    let mut doc = row.doc.clone();
    let mut role = doc.object("defaultRole").cloned().unwrap_or_default();
    role.insert("name".to_owned(), name.into());
    doc.set("defaultRole", role);
    rewrite(permit, writes, &row.name, &doc)
}

/// What is kept of a role beside its columns.
fn document(sent: &Document) -> Document {
    let mut doc = Document::default();
    if let Some(description) = sent.text("description") {
        doc.set("description", description);
    }
    doc.set("attributes", sent.object("attributes").cloned().unwrap_or_default());
    doc
}
