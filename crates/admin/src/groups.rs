//! Groups: a tree of people, with attributes and roles [KC 5.1].

use domain::{Error, Plan, Result, Writes, ids};
use model::{AdminOperation, Document, Group};
use serde_json::{Map, Value, json};
use store::groups::GroupRow;

use crate::permit::{ManageRealm, ManageUsers, Permission, Permit, QueryGroups, ViewRealm, ViewUsers};
use crate::rep::GROUP;
use crate::users::{self, Shown};
use crate::{refusals, roles};

/// Which groups to list.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// Part of a name, or all of it where `exact`.
    pub text: String,
    /// Whether the text is the whole name.
    pub exact: bool,
    /// Groups passed over.
    pub first: usize,
    /// Groups listed, at most.
    pub max: usize,
    /// Whether attributes and roles are left out.
    pub brief: bool,
}

/// Lists groups at the top; with a text those that it finds, within their parents.
pub async fn list(permit: &Permit<'_, QueryGroups>, search: &Search) -> Result<Value> {
    let plan = &permit.cx.plan;
    let finds = |group: &Group| match search.exact {
        true => group.name == search.text,
        false => group.name.to_lowercase().contains(&search.text.to_lowercase()),
    };
    let tops = children(plan, None);
    if search.text.is_empty() {
        let mut out = Vec::new();
        for group in tops.into_iter().skip(search.first).take(search.max) {
            out.push(shown(permit, group, search.brief, Vec::new()).await?);
        }
        return Ok(Value::Array(out));
    }
    let mut out = Vec::new();
    let found = tops.into_iter().filter(|top| holds(plan, top, &finds));
    for top in found.skip(search.first).take(search.max) {
        out.push(Box::pin(tree(permit, top, &finds, search.brief)).await?);
    }
    Ok(Value::Array(out))
}

async fn tree<P: Permission>(
    permit: &Permit<'_, P>,
    group: &Group,
    finds: &(dyn Fn(&Group) -> bool + Sync),
    brief: bool,
) -> Result<Value> {
    let mut below = Vec::new();
    for child in children(&permit.cx.plan, Some(&group.id)) {
        if holds(&permit.cx.plan, child, finds) {
            below.push(Box::pin(tree(permit, child, finds, brief)).await?);
        }
    }
    shown(permit, group, brief, below).await
}

/// Whether a group or one below it is found.
fn holds(plan: &Plan, group: &Group, finds: &(dyn Fn(&Group) -> bool + Sync)) -> bool {
    finds(group) || children(plan, Some(&group.id)).into_iter().any(|child| holds(plan, child, finds))
}

/// Counts groups, at the top only or everywhere.
pub fn count(permit: &Permit<'_, QueryGroups>, search: &str, top: bool) -> Value {
    let search = search.to_lowercase();
    let counted = permit.cx.plan.groups.iter().filter(|g| g.name.to_lowercase().contains(&search));
    json!({"count": counted.filter(|g| !top || g.parent.is_none()).count()})
}

/// Reads a group.
pub async fn read(permit: &Permit<'_, ViewUsers>, id: &str) -> Result<Value> {
    let group = find(permit, id)?;
    shown(permit, group, false, Vec::new()).await
}

/// Finds a group by its path.
pub async fn by_path(permit: &Permit<'_, ViewUsers>, path: &str) -> Result<Value> {
    let found = permit.cx.plan.groups.at_path(path);
    let group = found.ok_or_else(|| Error::from(refusals::GROUP_PATH_NOT_FOUND))?;
    let mut doc = Document::from_value(shown(permit, group, false, Vec::new()).await?);
    doc.take("access");
    Ok(doc.into_value())
}

/// Lists the groups below a group.
pub async fn list_children(permit: &Permit<'_, ViewUsers>, id: &str, search: &Search) -> Result<Value> {
    let group = find(permit, id)?;
    let text = search.text.to_lowercase();
    let below = children(&permit.cx.plan, Some(&group.id));
    let found = below.into_iter().filter(|g| g.name.to_lowercase().contains(&text));
    let mut out = Vec::new();
    for child in found.skip(search.first).take(search.max) {
        out.push(shown(permit, child, search.brief, Vec::new()).await?);
    }
    Ok(Value::Array(out))
}

/// Lists a page of a group's members.
pub async fn members(permit: &Permit<'_, ViewUsers>, id: &str, first: i64, max: i64, brief: bool) -> Result<Value> {
    let group = find(permit, id)?;
    let users = store::users::list_members(permit.store(), &group.id, first, max).await?;
    users::representation::list(permit, &users, if brief { Shown::BriefMember } else { Shown::Member }).await
}

/// Makes a group, at the top or below another; its id.
pub fn create(permit: &Permit<'_, ManageUsers>, parent: Option<&str>, sent: &Document) -> Result<(String, Writes)> {
    let name = name_of(sent)?;
    let above = match parent {
        Some(id) => Some(find(permit, id)?),
        None => None,
    };
    check_name(&permit.cx.plan, above, &name, None)?;
    let row = GroupRow {
        id: ids::uuid()?,
        parent: parent.unwrap_or_default().to_owned(),
        name,
        is_default: false,
        doc: document(sent),
    };
    let mut writes = Writes::default();
    store::groups::insert(&mut writes.batch, permit.realm_id(), &row);
    writes.reconfigures = true;
    let path = match parent {
        Some(parent) => format!("groups/{parent}/children"),
        None => format!("groups/{}", row.id),
    };
    writes.admin_events.push(permit.event(AdminOperation::Create, "GROUP", path, Some(said(sent, Some(&row.id)))));
    Ok((row.id, writes))
}

/// Changes a group's name, description and attributes.
pub async fn update(permit: &Permit<'_, ManageUsers>, id: &str, sent: &Document) -> Result<Writes> {
    let group = find(permit, id)?;
    let name = name_of(sent)?;
    let parent = group.parent.as_deref().and_then(|p| permit.cx.plan.groups.find(p));
    if children(&permit.cx.plan, parent.map(|g| g.id.as_str())).iter().any(|g| g.name == name && g.id != id) {
        let text = format!("Sibling group named '{name}' already exists.");
        return Err(refusals::GROUP_TAKEN.describe(text).into());
    }
    let mut row = row(permit, id).await?;
    row.name = name;
    let mut doc = document(sent);
    if sent.object("attributes").is_none() {
        doc.set("attributes", row.doc.object("attributes").cloned().unwrap_or_default());
    }
    row.doc = doc;
    let mut writes = Writes::default();
    store::groups::update(&mut writes.batch, &row);
    writes.reconfigures = true;
    let path = format!("groups/{id}");
    writes.admin_events.push(permit.event(AdminOperation::Update, "GROUP", path, Some(said(sent, None))));
    Ok(writes)
}

/// Puts a group below another, or at the top.
pub async fn place(permit: &Permit<'_, ManageUsers>, id: &str, parent: Option<&str>) -> Result<Writes> {
    let group = find(permit, id)?;
    let above = match parent {
        Some(parent) => Some(find(permit, parent)?),
        None => None,
    };
    let is_circle = parent.is_some_and(|p| permit.cx.plan.groups.chain(p).iter().any(|g| g.id == id));
    if is_circle {
        return Err(refusals::GROUP_NOT_FOUND.into());
    }
    check_name(&permit.cx.plan, above, &group.name, Some(id))?;
    // Its members get the roles of the groups above it.
    if parent.is_some_and(|parent| !permit.may_join(parent)) {
        return Err(refusals::FORBIDDEN.into());
    }
    let mut row = row(permit, id).await?;
    parent.unwrap_or_default().clone_into(&mut row.parent);
    let mut writes = Writes::default();
    store::groups::update(&mut writes.batch, &row);
    writes.reconfigures = true;
    writes.admin_events.push(permit.event(AdminOperation::Update, "GROUP", format!("groups/{id}"), None));
    Ok(writes)
}

/// Deletes a group with those below it.
pub fn delete(permit: &Permit<'_, ManageUsers>, id: &str) -> Result<Writes> {
    let group = find(permit, id)?;
    let mut writes = Writes::default();
    let mut next = vec![group.id.clone()];
    while let Some(id) = next.pop() {
        next.extend(children(&permit.cx.plan, Some(&id)).into_iter().map(|g| g.id.clone()));
        store::groups::delete(&mut writes.batch, &id);
    }
    writes.reconfigures = true;
    let shown = json!({"id": group.id, "name": group.name, "subGroups": []});
    writes.admin_events.push(permit.event(AdminOperation::Delete, "GROUP", format!("groups/{id}"), Some(shown)));
    Ok(writes)
}

/// Lists the groups that new people join.
pub fn defaults(permit: &Permit<'_, ViewRealm>) -> Value {
    let mut found: Vec<&Group> = permit.cx.plan.groups.iter().filter(|g| g.is_default).collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found.into_iter().map(|g| member_of(&permit.cx.plan, &g.id)).collect()
}

/// Lets new people join a group, or no longer.
pub async fn set_default(permit: &Permit<'_, ManageRealm>, id: &str, on: bool) -> Result<Writes> {
    if permit.cx.plan.groups.find(id).is_none() {
        return Err(refusals::USER_GROUP_NOT_FOUND.into());
    }
    if on && !permit.may_join(id) {
        return Err(refusals::FORBIDDEN.into());
    }
    let mut row = row(permit, id).await?;
    row.is_default = on;
    let mut writes = Writes::default();
    store::groups::update(&mut writes.batch, &row);
    writes.reconfigures = true;
    let operation = if on { AdminOperation::Create } else { AdminOperation::Delete };
    writes.admin_events.push(permit.event(operation, "GROUP", format!("default-groups/{id}"), None));
    Ok(writes)
}

/// What was sent, as events tell it.
fn said(sent: &Document, id: Option<&str>) -> Value {
    let mut doc = sent.clone();
    if let Some(id) = id {
        doc.set("id", id);
    }
    if !doc.0.contains_key("subGroups") {
        doc.set("subGroups", json!([]));
    }
    GROUP.ordered(doc)
}

/// A group as it is shown to who has just made it.
pub fn made(permit: &Permit<'_, ManageUsers>, id: &str, parent: &str, sent: &Document) -> Value {
    let mut doc = document(sent);
    let name = sent.text("name").unwrap_or_default();
    doc.set("id", id);
    doc.set("name", name);
    doc.set("path", format!("{}/{}", permit.cx.plan.groups.path(parent), name.replace('/', "~/")));
    doc.set("parentId", parent);
    doc.set("subGroups", json!([]));
    doc.set("realmRoles", json!([]));
    doc.set("clientRoles", json!({}));
    doc.set("access", access(permit));
    GROUP.ordered(doc)
}

/// A group as lists of memberships show it where more is asked for.
pub(crate) async fn membership<P: Permission>(permit: &Permit<'_, P>, id: &str) -> Result<Value> {
    let Some(group) = permit.cx.plan.groups.find(id) else { return Ok(json!({})) };
    let mut doc = Document::from_value(shown(permit, group, false, Vec::new()).await?);
    doc.take("access");
    doc.take("subGroupCount");
    Ok(doc.into_value())
}

fn access<P: Permission>(permit: &Permit<'_, P>) -> Value {
    let (views, manages) = (permit.also::<ViewUsers>(), permit.also::<ManageUsers>());
    json!({
        "view": views,
        "viewMembers": views,
        "manageMembers": manages,
        "manage": manages,
        "manageMembership": manages,
    })
}

/// A group as lists of memberships show it.
pub(crate) fn member_of(plan: &Plan, id: &str) -> Value {
    let mut map = Map::new();
    if let Some(group) = plan.groups.find(id) {
        map.insert("id".to_owned(), id.into());
        map.insert("name".to_owned(), group.name.as_str().into());
        map.insert("path".to_owned(), plan.groups.path(id).into());
        if let Some(parent) = &group.parent {
            map.insert("parentId".to_owned(), parent.as_str().into());
        }
        map.insert("subGroups".to_owned(), json!([]));
    }
    Value::Object(map)
}

async fn shown<P: Permission>(permit: &Permit<'_, P>, group: &Group, brief: bool, below: Vec<Value>) -> Result<Value> {
    let plan = &permit.cx.plan;
    let mut doc = Document::from_value(member_of(plan, &group.id));
    doc.set("subGroupCount", children(plan, Some(&group.id)).len());
    doc.set("subGroups", below);
    if !brief {
        let row = row(permit, &group.id).await?;
        if let Some(description) = row.doc.text("description") {
            doc.set("description", description);
        }
        doc.set("attributes", row.doc.object("attributes").cloned().unwrap_or_default());
        let (of_realm, of_clients) = roles::names(plan, &group.roles);
        doc.set("realmRoles", of_realm);
        doc.set("clientRoles", of_clients);
    }
    doc.set("access", access(permit));
    Ok(GROUP.ordered(doc))
}

/// The groups below one, or at the top, by name.
fn children<'a>(plan: &'a Plan, parent: Option<&str>) -> Vec<&'a Group> {
    let mut found: Vec<&Group> = plan.groups.iter().filter(|g| g.parent.as_deref() == parent).collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

fn find<'p, P: Permission>(permit: &'p Permit<'_, P>, id: &str) -> Result<&'p Group> {
    permit.cx.plan.groups.find(id).ok_or_else(|| refusals::GROUP_NOT_FOUND.into())
}

async fn row<P: Permission>(permit: &Permit<'_, P>, id: &str) -> Result<GroupRow> {
    let found = store::groups::find(permit.store(), permit.realm_id(), id).await?;
    found.ok_or_else(|| refusals::GROUP_NOT_FOUND.into())
}

fn name_of(sent: &Document) -> Result<String> {
    let name = sent.text("name").map(str::trim).filter(|n| !n.is_empty());
    name.map(str::to_owned).ok_or_else(|| refusals::GROUP_NAMELESS.into())
}

fn check_name(plan: &Plan, parent: Option<&Group>, name: &str, own: Option<&str>) -> Result<()> {
    let beside = children(plan, parent.map(|g| g.id.as_str()));
    if !beside.iter().any(|g| g.name == name && Some(g.id.as_str()) != own) {
        return Ok(());
    }
    let text = match parent {
        Some(_) => format!("Sibling group named '{name}' already exists."),
        None => format!("Top level group named '{name}' already exists."),
    };
    Err(refusals::GROUP_TAKEN.describe(text).into())
}

/// What is kept of a group beside its columns.
fn document(sent: &Document) -> Document {
    let mut doc = Document::default();
    if let Some(description) = sent.text("description") {
        doc.set("description", description);
    }
    doc.set("attributes", sent.object("attributes").cloned().unwrap_or_default());
    doc
}
