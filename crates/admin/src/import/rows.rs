//! A full representation as rows: the realm, its parts, clients, roles, groups and scope mappings, in the order in which
//! each refers to those before it.

use domain::Result;
use domain::network::profiles::Profiles;
use domain::network::{ORIGIN, role_names};
use model::Document;
use registry::Moment;
use serde_json::{Map, Value};
use store::groups::GroupRow;
use store::parts::{Kind, Part};
use store::roles::RoleRow;

use super::index::{Index, id_of, strings};
use super::staging::Staging;
use crate::participants::file::{self, Around};
use crate::participants::{origins, switch};

/// Inserts all of a realm but its users.
pub(super) async fn insert(staging: &mut Staging<'_>, mut full: Document, index: &Index) -> Result<()> {
    let mut taken = Map::new();
    for member in COLLECTIONS {
        if let Some(value) = full.take(member) {
            taken.insert((*member).to_owned(), value);
        }
    }
    let collections = Document(taken);
    let core = staging.core();
    store::realms::insert(&core.store, &mut staging.batch, &staging.realm_id, staging.since_ms, &full)?;
    parts(staging, &collections).await?;
    clients(staging, &collections).await?;
    roles(staging, &collections, index).await?;
    let defaults: Vec<&str> = strings(collections.0.get("defaultGroups")).filter_map(|p| index.group(p)).collect();
    for group in collections.list("groups") {
        Box::pin(groups(staging, group, "", index, &defaults)).await?;
    }
    scope_mappings(staging, &collections, index);
    if switch::is_on(&full) {
        participants(staging, collections.0.get(file::MEMBER), &full, index).await?;
    }
    staging.pace().await
}

async fn participants(
    staging: &mut Staging<'_>,
    registry: Option<&Value>,
    full: &Document,
    index: &Index,
) -> Result<()> {
    let (core, origin) = (staging.core(), full.nested("attributes", ORIGIN).filter(|origin| !origin.is_empty()));
    let name = full.text("realm").unwrap_or_default();
    let Some(registry) = registry else { return origins::check(core, (&staging.realm_id, name), origin, &[]).await };
    let around = Around {
        roles: role_names(full),
        profiles: Profiles::of(full),
        origin,
        has_client: |client: &str| index.client(client).is_some(),
        now: Moment::from_ms(core.clock.now_ms()),
    };
    let registry = file::read(registry.clone(), &around)?;
    file::examine(core, &registry.chains).await?;
    origins::check(core, (&staging.realm_id, name), origin, &registry.ledgers).await?;
    store::ledger::insert_elsewhere(&mut staging.batch, &staging.realm_id, &registry.ledgers);
    for rows in registry.chains {
        file::insert(&mut staging.batch, &staging.realm_id, &rows);
        staging.pace().await?;
    }
    Ok(())
}

async fn parts(staging: &mut Staging<'_>, all: &Document) -> Result<()> {
    for (member, kind, name) in PARTS {
        for thing in all.list(member) {
            part(staging, *kind, name, thing)?;
        }
        staging.pace().await?;
    }
    for (provider_type, list) in all.object("components").into_iter().flatten() {
        components(staging, provider_type, list, None)?;
    }
    staging.pace().await
}

fn part(staging: &mut Staging<'_>, kind: Kind, name: &str, thing: &Value) -> Result<()> {
    let mut doc = Document::from_value(thing.clone());
    let id = id_of(&doc.0, if kind == Kind::IdentityProvider { "internalId" } else { "id" })?;
    doc.take("id");
    doc.take("internalId");
    let name = doc.take(name).and_then(|n| n.as_str().map(str::to_owned)).unwrap_or_default();
    let row = Part { id, kind, name, doc };
    Ok(store::parts::insert(&staging.core().store, &mut staging.batch, &staging.realm_id, &row)?)
}

/// Components of one provider type, and those within them.
fn components(staging: &mut Staging<'_>, provider_type: &str, list: &Value, parent: Option<&str>) -> Result<()> {
    for component in list.as_array().into_iter().flatten() {
        let mut doc = Document::from_value(component.clone());
        let id = id_of(&doc.0, "id")?;
        doc.take("id");
        let children = doc.take("subComponents");
        let name = doc.take("name").and_then(|n| n.as_str().map(str::to_owned)).unwrap_or_default();
        doc.set("providerType", provider_type);
        if let Some(parent) = parent {
            doc.set("parentId", parent);
        }
        let row = Part { id: id.clone(), kind: Kind::Component, name, doc };
        store::parts::insert(&staging.core().store, &mut staging.batch, &staging.realm_id, &row)?;
        for (provider_type, list) in children.as_ref().and_then(Value::as_object).into_iter().flatten() {
            components(staging, provider_type, list, Some(&id))?;
        }
    }
    Ok(())
}

async fn clients(staging: &mut Staging<'_>, all: &Document) -> Result<()> {
    for client in all.list("clients") {
        let mut doc = Document::from_value(client.clone());
        let id = id_of(&doc.0, "id")?;
        let client_id = doc.string("clientId").unwrap_or_else(|| id.clone());
        for member in ["id", "clientId", "access", "origin"] {
            doc.take(member);
        }
        let store = &staging.core().store;
        store::clients::insert(store, &mut staging.batch, &staging.realm_id, &id, &client_id, &doc)?;
        staging.pace().await?;
    }
    Ok(())
}

async fn roles(staging: &mut Staging<'_>, all: &Document, index: &Index) -> Result<()> {
    let Some(roles) = all.object("roles") else { return Ok(()) };
    let realm_id = staging.realm_id.clone();
    let mut parts = Vec::new();
    for role in objects(roles.get("realm")) {
        let id = index.realm_role(text(role, "name")).unwrap_or_default();
        insert_role(staging, role, id, &realm_id);
        parts.push((id, role.get("composites")));
        staging.pace().await?;
    }
    for (client, list) in roles.get("client").and_then(Value::as_object).into_iter().flatten() {
        let Some(container) = index.client(client) else { continue };
        for role in objects(Some(list)) {
            let id = index.client_role(client, text(role, "name")).unwrap_or_default();
            insert_role(staging, role, id, container);
            parts.push((id, role.get("composites")));
            staging.pace().await?;
        }
    }
    for (id, composites) in parts {
        let Some(composites) = composites.and_then(Value::as_object) else { continue };
        for child in index.roles(composites.get("realm"), composites.get("client")) {
            store::roles::add_composite(&mut staging.batch, id, child);
        }
        staging.pace().await?;
    }
    Ok(())
}

fn insert_role(staging: &mut Staging<'_>, role: &Map<String, Value>, id: &str, container: &str) {
    let mut doc = Document(role.clone());
    for member in ["id", "name", "composite", "composites", "clientRole", "containerId"] {
        doc.take(member);
    }
    let name = text(role, "name").to_owned();
    let row = RoleRow { id: id.to_owned(), container: container.to_owned(), name, doc };
    store::roles::insert(&mut staging.batch, &staging.realm_id, &row);
}

async fn groups(
    staging: &mut Staging<'_>,
    group: &Value,
    parent: &str,
    index: &Index,
    defaults: &[&str],
) -> Result<()> {
    let mut doc = Document::from_value(group.clone());
    let id = id_of(&doc.0, "id")?;
    let name = doc.string("name").unwrap_or_default();
    let children = doc.take("subGroups");
    let roles = index.roles(doc.0.get("realmRoles"), doc.0.get("clientRoles"));
    for member in ["id", "name", "path", "parentId", "subGroupCount", "realmRoles", "clientRoles", "access"] {
        doc.take(member);
    }
    let is_default = defaults.contains(&id.as_str());
    let row = GroupRow { id: id.clone(), parent: parent.to_owned(), name, is_default, doc };
    store::groups::insert(&mut staging.batch, &staging.realm_id, &row);
    for role in roles {
        store::groups::add_role(&mut staging.batch, &id, role);
    }
    staging.pace().await?;
    for child in children.as_ref().and_then(Value::as_array).into_iter().flatten() {
        Box::pin(groups(staging, child, &id, index, defaults)).await?;
    }
    Ok(())
}

fn scope_mappings(staging: &mut Staging<'_>, all: &Document, index: &Index) {
    let realm_id = staging.realm_id.clone();
    let holder = |mapping: &Map<String, Value>| {
        let client = Some(text(mapping, "client")).filter(|c| !c.is_empty());
        client.map_or_else(|| index.scope(text(mapping, "clientScope")), |c| index.client(c))
    };
    for mapping in objects(all.0.get("scopeMappings")) {
        let Some(holder) = holder(mapping) else { continue };
        for role in strings(mapping.get("roles")).filter_map(|name| index.realm_role(name)) {
            store::clients::add_scope_mapping(&mut staging.batch, &realm_id, holder, role);
        }
    }
    for (client, list) in all.object("clientScopeMappings").into_iter().flatten() {
        for mapping in objects(Some(list)) {
            let Some(holder) = holder(mapping) else { continue };
            for role in strings(mapping.get("roles")).filter_map(|name| index.client_role(client, name)) {
                store::clients::add_scope_mapping(&mut staging.batch, &realm_id, holder, role);
            }
        }
    }
}

fn objects(value: Option<&Value>) -> impl Iterator<Item = &Map<String, Value>> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

fn text<'a>(map: &'a Map<String, Value>, name: &str) -> &'a str {
    map.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Members of a realm that have rows of their own, and those that its row's columns hold.
const COLLECTIONS: &[&str] = &[
    "id",
    "realm",
    "roles",
    "groups",
    "defaultGroups",
    "users",
    "federatedUsers",
    "scopeMappings",
    "clientScopeMappings",
    "clients",
    "clientScopes",
    "components",
    "authenticationFlows",
    "authenticatorConfig",
    "requiredActions",
    "identityProviders",
    "identityProviderMappers",
    "keycloakVersion",
    file::MEMBER,
];

/// Lists of parts: the member, the kind, and which member names one.
const PARTS: &[(&str, Kind, &str)] = &[
    ("clientScopes", Kind::ClientScope, "name"),
    ("authenticationFlows", Kind::Flow, "alias"),
    ("authenticatorConfig", Kind::AuthenticatorConfig, "alias"),
    ("requiredActions", Kind::RequiredAction, "alias"),
    ("identityProviders", Kind::IdentityProvider, "alias"),
    ("identityProviderMappers", Kind::IdentityProviderMapper, "name"),
];
