//! The master realm: made at the first start, and its share of every other realm.

use std::collections::HashMap;
use std::sync::Arc;

use domain::realm_defaults::{self, Rep};
use domain::{Core, Fresh, Result, ids};
use model::Document;
use serde_json::Value;
use store::Batch;
use store::roles::RoleRow;

use crate::import;

/// The realm whose administrators may administer others.
pub const MASTER: &str = "master";
/// The role of master that may do everything.
pub const ADMIN: &str = "admin";

/// The client of master whose roles administer a realm.
pub(crate) fn client_of(realm: &str) -> String {
    format!("{realm}-realm")
}

/// Makes the master realm if there is none; whether it was made.
pub(crate) async fn ensure(core: &Arc<Core>) -> Result<bool> {
    if core.plan(MASTER, Fresh::Now).await?.is_some() {
        return Ok(false);
    }
    let full = Document(realm_defaults::master_realm(&ids::uuid()?));
    import::stage(core, full).await?;
    Ok(true)
}

/// Whether master has a client for a realm.
pub(crate) async fn has_client_of(core: &Core, realm: &str) -> Result<bool> {
    let Some(master) = core.plan(MASTER, Fresh::Now).await? else { return Ok(false) };
    Ok(store::clients::find(&core.store, &master.realm.id, &client_of(realm)).await?.is_some())
}

/// Gives master the client whose roles administer a new realm, those given besides too, and master's administrators those
/// roles.
pub(crate) async fn add_realm(core: &Core, realm: &str, besides: Vec<Rep>, batch: &mut Batch) -> Result<()> {
    if realm == MASTER {
        return Ok(());
    }
    let Some(master) = core.plan(MASTER, Fresh::Now).await? else { return Ok(()) };
    let master_id = master.realm.id.as_str();
    let given = realm_defaults::realm_admin_client(realm);
    let mut client = Document(given.client);
    let id = taken(&mut client, "id").map_or_else(ids::uuid, Ok)?;
    let client_id = taken(&mut client, "clientId").unwrap_or_else(|| client_of(realm));
    if store::clients::find(&core.store, master_id, &client_id).await?.is_some() {
        // Somebody made a client of that name: whoever has its roles must not administer the new realm by them.
        return Err(domain::CONFLICT.into());
    }
    store::clients::insert(&core.store, batch, master_id, &id, &client_id, &client)?;
    let admin = master.roles.realm_role(ADMIN).map(|role| role.id.as_str());
    let roles = given.roles.into_iter().chain(besides).collect();
    insert_roles(batch, master_id, &id, roles, admin)?;
    store::realms::touch(batch, master_id);
    Ok(())
}

fn insert_roles(batch: &mut Batch, master: &str, client: &str, roles: Vec<Rep>, admin: Option<&str>) -> Result<()> {
    let mut ids_by_name = HashMap::new();
    let mut parts = Vec::new();
    for role in roles {
        let mut doc = Document(role);
        let id = taken(&mut doc, "id").map_or_else(ids::uuid, Ok)?;
        let name = taken(&mut doc, "name").unwrap_or_default();
        for child in doc.object("composites").and_then(|c| c.get("client")?.as_object()).into_iter().flatten() {
            let names = child.1.as_array().into_iter().flatten().filter_map(Value::as_str);
            parts.extend(names.map(|child| (id.clone(), child.to_owned())));
        }
        for member in ["composite", "composites", "clientRole", "containerId"] {
            doc.take(member);
        }
        let row = RoleRow { id: id.clone(), container: client.to_owned(), name: name.clone(), doc };
        store::roles::insert(batch, master, &row);
        if let Some(admin) = admin {
            store::roles::add_composite(batch, admin, &id);
        }
        ids_by_name.insert(name, id);
    }
    for (parent, child) in parts {
        if let Some(child) = ids_by_name.get(&child) {
            store::roles::add_composite(batch, &parent, child);
        }
    }
    Ok(())
}

fn taken(doc: &mut Document, member: &str) -> Option<String> {
    doc.take(member)?.as_str().map(str::to_owned)
}

/// Takes that away when the realm goes.
pub(crate) async fn remove_realm(core: &Core, realm: &str, batch: &mut Batch) -> Result<()> {
    let Some(master) = core.plan(MASTER, Fresh::Now).await? else { return Ok(()) };
    let master_id = master.realm.id.as_str();
    if let Some(client) = store::clients::find(&core.store, master_id, &client_of(realm)).await? {
        store::clients::delete(batch, master_id, &client.id);
        store::realms::touch(batch, master_id);
    }
    Ok(())
}

/// Lets the client follow the realm's new name.
pub(crate) async fn rename_realm(core: &Core, from: &str, to: &str, batch: &mut Batch) -> Result<()> {
    let Some(master) = core.plan(MASTER, Fresh::Now).await? else { return Ok(()) };
    let master_id = master.realm.id.as_str();
    if store::clients::find(&core.store, master_id, &client_of(to)).await?.is_some() {
        return Err(domain::CONFLICT.into());
    }
    if let Some(client) = store::clients::find(&core.store, master_id, &client_of(from)).await? {
        let mut doc = client.doc;
        doc.set("name", format!("{to} Realm"));
        store::clients::update(&core.store, batch, master_id, &client.id, &client_of(to), &doc)?;
        store::realms::touch_seen(batch, master_id, master.version);
    }
    Ok(())
}
