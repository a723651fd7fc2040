//! The switch: what a realm with participants has besides a Keycloak realm, namely a client whose roles say who may have
//! messages verified and signed, and roles by which participants are administered. What is there already stays.
//!
//! It is put into a realm's file when that is imported, and beside a realm's rows when its attribute is set later.

use domain::network::profiles::Profiles;
use domain::network::{PARTICIPANTS, PROFILES, ROLES, attributes, role_names};
use domain::{Core, Error, Fresh, Result, ids, realm_defaults};
use model::{Document, MESSAGE_SIGNING, Right};
use registry::Status;
use serde_json::{Map, Value, json};
use store::roles::RoleRow;
use store::{Batch, Store};

use crate::master::{ADMIN, MASTER, client_of};
use crate::permit::{OF_PARTICIPANTS, REALM_ADMIN, REALM_MANAGEMENT};
use crate::refusals;

/// The roles of [`MESSAGE_SIGNING`].
const SIGNING_ROLES: &[&str] = &{
    let [verify, sign, view, export] = Right::ALL;
    [verify.role(), sign.role(), view.role(), export.role()]
};

/// Roles that are named where there are more.
const SHOWN: usize = 5;

/// Whether a realm's document switches participants on.
pub(crate) fn is_on(doc: &Document) -> bool {
    doc.nested("attributes", PARTICIPANTS) == Some("true")
}

/// Checks the attributes that say how a realm with participants works, with a sentence about what is wrong: those that
/// change. No rule that came later stands against what a realm has.
pub(crate) fn check_change(before: &Document, after: &Document) -> Result<(), String> {
    let is_as_before = |name: &str, text: &str| before.nested("attributes", name) == Some(text);
    each(after, |name, text| if is_as_before(name, text) { Ok(()) } else { attributes::check(name, text) })
}

/// The same of a realm's file, whose profiles may be those that messages were judged by before a rule came.
pub(crate) fn check_file(doc: &Document) -> Result<(), String> {
    each(doc, attributes::check_kept)
}

fn each(doc: &Document, check: impl Fn(&str, &str) -> Result<(), String>) -> Result<(), String> {
    let all = doc.object("attributes").into_iter().flatten();
    for (name, value) in all.filter(|(name, value)| name.starts_with(attributes::PREFIX) && !value.is_null()) {
        let text = value.as_str().ok_or_else(|| format!("{name}: must be a text"))?;
        check(name, text)?;
    }
    Ok(())
}

/// Refuses what would take the realm from under a ledger that is open.
pub(crate) async fn let_go(store: &Store, realm_id: &str, name: &str) -> Result<()> {
    match store::ledger::find_open(store, realm_id).await? {
        None => Ok(()),
        Some(_) => Err(Error::from(refusals::LEDGER_OPEN.describe(format!(
            "The realm has an open ledger: close it first, which keeps its evidence, with \
             `countersign ledger close --realm={name}`"
        )))),
    }
}

/// Refuses what would take a signing profile from roles that go by it, since nothing could judge their messages any more,
/// or the name of what roles are, since no file with them could be imported.
pub(crate) async fn keep_what_is_used(core: &Core, realm_id: &str, before: &Document, after: &Document) -> Result<()> {
    let changes = |name: &str| before.nested("attributes", name) != after.nested("attributes", name);
    if changes(ROLES) {
        let rows = store::participants::list_all_roles(&core.store, realm_id).await?;
        let (before, after) = (role_names(before), role_names(after));
        for name in before.iter().filter(|name| !after.contains(name)) {
            let uses = |row: &&store::participants::RoleRow| row.kind == *name && row.status != Status::Ended.name();
            let roles: Vec<&str> = rows.iter().filter(uses).map(|row| row.id.as_str()).collect();
            if !roles.is_empty() {
                return Err(in_use(ROLES, &format!("the name {name}"), &roles));
            }
        }
    }
    if !changes(PROFILES) {
        return Ok(());
    }
    let (before, after) = (Profiles::of(before), Profiles::of(after));
    let used = core.profiles_in_use(realm_id).await?;
    match used.iter().find(|(name, _)| before.find(name).is_some() && after.find(name).is_none()) {
        None => Ok(()),
        Some((name, roles)) => {
            let roles: Vec<&str> = roles.iter().map(String::as_str).collect();
            Err(in_use(PROFILES, &format!("the profile {name}"), &roles))
        }
    }
}

fn in_use(attribute: &str, what: &str, roles: &[&str]) -> Error {
    let first: Vec<&str> = roles.iter().take(SHOWN).copied().collect();
    let (count, first, more) = (roles.len(), first.join(", "), if roles.len() > SHOWN { ", …" } else { "" });
    let text = format!(
        "{attribute}: {what} is used by {count} role(s) that have not ended ({first}{more}): give them another first"
    );
    refusals::IN_USE.describe(text).into()
}

/// Puts what the switch brings into a full representation that says it is on.
pub(crate) fn complete(full: &mut Document) -> Result<()> {
    if !is_on(full) {
        return Ok(());
    }
    let realm = full.text("realm").unwrap_or_default().to_owned();
    if !full.list("clients").iter().any(|client| client.get("clientId").is_some_and(|id| id == MESSAGE_SIGNING)) {
        let mut clients = full.list("clients").to_vec();
        clients.push(signing_client().into_value());
        full.set("clients", clients);
    }
    let mut roles = full.object("roles").cloned().unwrap_or_default();
    let administering = administering(&realm);
    let of_clients = object_in(&mut roles, "client")?;
    add_roles(list_in(of_clients, MESSAGE_SIGNING)?, SIGNING_ROLES)?;
    add_roles(list_in(of_clients, &administering)?, OF_PARTICIPANTS)?;
    let parent = match realm == MASTER {
        true => named(list_in(&mut roles, "realm")?, ADMIN),
        false => named(list_in(object_in(&mut roles, "client")?, &administering)?, REALM_ADMIN),
    };
    if let Some(parent) = parent {
        parent.insert("composite".to_owned(), true.into());
        let parts = list_in(object_in(object_in(parent, "composites")?, "client")?, &administering)?;
        for name in OF_PARTICIPANTS {
            if !parts.iter().any(|part| part == name) {
                parts.push((*name).into());
            }
        }
    }
    full.set("roles", roles);
    Ok(())
}

/// Puts what the switch brings beside a realm's rows, master's share of it too, as far as it isn't there.
pub(crate) async fn turn_on(core: &Core, realm_id: &str, name: &str, batch: &mut Batch) -> Result<()> {
    let store = &core.store;
    let signing = match store::clients::find(store, realm_id, MESSAGE_SIGNING).await? {
        Some(client) => client.id,
        None => {
            let mut client = signing_client();
            let id = client.take("id").and_then(|id| id.as_str().map(str::to_owned)).map_or_else(ids::uuid, Ok)?;
            client.take("clientId");
            store::clients::insert(store, batch, realm_id, &id, MESSAGE_SIGNING, &client)?;
            id
        }
    };
    insert_roles(store, batch, realm_id, &signing, SIGNING_ROLES).await?;
    if let Some(client) = store::clients::find(store, realm_id, &administering(name)).await? {
        let made = insert_roles(store, batch, realm_id, &client.id, OF_PARTICIPANTS).await?;
        let (container, parent) = if name == MASTER { (realm_id, ADMIN) } else { (client.id.as_str(), REALM_ADMIN) };
        if let Some(parent) = store::roles::find(store, container, parent).await? {
            made.iter().for_each(|role| store::roles::add_composite(batch, &parent.id, role));
        }
    }
    turn_on_in_master(core, name, batch).await
}

/// Takes away what the switch brought, master's share of it too, from a realm that never had a ledger or a participant: it is
/// Keycloak's again.
pub(crate) async fn turn_off(core: &Core, realm_id: &str, name: &str, batch: &mut Batch) -> Result<()> {
    let store = &core.store;
    let has_ledgers = !store::ledger::of_realm(store, realm_id).await?.is_empty()
        || !store::ledger::elsewhere(store, realm_id).await?.is_empty();
    if has_ledgers || !store::participants::all_records(store, realm_id).await?.is_empty() {
        return Ok(());
    }
    let signing = store::clients::find(store, realm_id, MESSAGE_SIGNING).await?;
    if let Some(client) = signing.filter(|client| client.attribute("realm_client") == Some("true")) {
        store::clients::delete(batch, realm_id, &client.id);
    }
    delete_roles(store, realm_id, &administering(name), batch).await?;
    if name != MASTER
        && let Some(master) = core.plan(MASTER, Fresh::Now).await?
    {
        delete_roles(store, &master.realm.id, &client_of(name), batch).await?;
        store::realms::touch(batch, &master.realm.id);
    }
    Ok(())
}

async fn delete_roles(store: &Store, realm_id: &str, client: &str, batch: &mut Batch) -> Result<()> {
    let Some(client) = store::clients::find(store, realm_id, client).await? else { return Ok(()) };
    for name in OF_PARTICIPANTS {
        if let Some(role) = store::roles::find(store, &client.id, name).await? {
            store::roles::delete(batch, &role.id);
        }
    }
    Ok(())
}

/// Gives master's client for a realm that is there the roles over participants, and master's administrators those roles.
pub(crate) async fn turn_on_in_master(core: &Core, realm: &str, batch: &mut Batch) -> Result<()> {
    let Some(master) = core.plan(MASTER, Fresh::Now).await?.filter(|_| realm != MASTER) else { return Ok(()) };
    let master_id = master.realm.id.as_str();
    let Some(client) = store::clients::find(&core.store, master_id, &client_of(realm)).await? else { return Ok(()) };
    let roles = insert_roles(&core.store, batch, master_id, &client.id, OF_PARTICIPANTS).await?;
    let admin = master.roles.realm_role(ADMIN);
    // Master changes only where something was missing: else each change of a realm would be one of master.
    if !admin.is_some_and(|admin| roles.iter().all(|role| admin.composites.contains(role))) {
        admin
            .iter()
            .for_each(|admin| roles.iter().for_each(|role| store::roles::add_composite(batch, &admin.id, role)));
        store::realms::touch(batch, master_id);
    }
    Ok(())
}

/// The roles over participants as a new client of master has them.
pub(crate) fn masters_roles() -> Vec<Map<String, Value>> {
    OF_PARTICIPANTS.iter().map(|name| Map::from_iter([("name".to_owned(), (*name).into()), described(name)])).collect()
}

/// The ids of roles, those made that were not there.
async fn insert_roles(
    store: &Store,
    batch: &mut Batch,
    realm_id: &str,
    container: &str,
    names: &[&str],
) -> Result<Vec<String>> {
    let mut out = Vec::new();
    for name in names {
        let id = match store::roles::find(store, container, name).await? {
            Some(role) => role.id,
            None => {
                let doc = Document(Map::from_iter([described(name)]));
                let (id, name) = (ids::uuid()?, (*name).to_owned());
                let row = RoleRow { id, container: container.to_owned(), name, doc };
                store::roles::insert(batch, realm_id, &row);
                row.id
            }
        };
        out.push(id);
    }
    Ok(out)
}

fn add_roles(roles: &mut Vec<Value>, names: &[&str]) -> Result<()> {
    for name in names {
        if named(roles, name).is_none() {
            let mut role =
                Map::from_iter([("id".to_owned(), ids::uuid()?.into()), ("name".to_owned(), (*name).into())]);
            role.extend([
                described(name),
                ("composite".to_owned(), false.into()),
                ("clientRole".to_owned(), true.into()),
            ]);
            roles.push(Value::Object(role));
        }
    }
    Ok(())
}

/// A role's description, in the form that consoles know.
fn described(name: &str) -> (String, Value) {
    ("description".to_owned(), format!("${{role_{name}}}").into())
}

/// A client that only holds roles.
fn signing_client() -> Document {
    let mut client = Document(realm_defaults::new_client());
    client.set("clientId", MESSAGE_SIGNING);
    client.set("name", "${client_message-signing}");
    client.set("bearerOnly", true);
    client.set("standardFlowEnabled", false);
    client.set("fullScopeAllowed", false);
    client.set("attributes", json!({"realm_client": "true"}));
    client
}

/// The client of a realm whose roles administer it.
fn administering(realm: &str) -> String {
    if realm == MASTER { client_of(MASTER) } else { REALM_MANAGEMENT.to_owned() }
}

fn named<'l>(list: &'l mut [Value], name: &str) -> Option<&'l mut Map<String, Value>> {
    list.iter_mut().filter_map(Value::as_object_mut).find(|one| one.get("name").is_some_and(|it| it == name))
}

fn object_in<'m>(map: &'m mut Map<String, Value>, name: &str) -> Result<&'m mut Map<String, Value>> {
    map.entry(name).or_insert_with(|| json!({})).as_object_mut().ok_or_else(|| broken(name))
}

fn list_in<'m>(map: &'m mut Map<String, Value>, name: &str) -> Result<&'m mut Vec<Value>> {
    map.entry(name).or_insert_with(|| json!([])).as_array_mut().ok_or_else(|| broken(name))
}

fn broken(at: &str) -> Error {
    refusals::BROKEN_REFERENCE.describe(format!("roles: {at} is not what it must be")).into()
}
