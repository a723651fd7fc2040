//! A realm with its collections, all but users.

use std::collections::{BTreeMap, HashMap};

use domain::keys::KEY_PROVIDER;
use domain::{Plan, Result};
use model::{Client, Document};
use serde_json::{Map, Value, json};
use store::Store;
use store::groups::GroupRow;
use store::parts::{Kind, Part};
use store::realms::RealmRow;
use store::roles::RoleRow;

use super::{Secrets, in_order, users};
use crate::mask::{self, MASK};
use crate::rep::{
    AUTHENTICATOR_CONFIG, CLIENT, CLIENT_SCOPE, FLOW, GROUP, IDENTITY_PROVIDER, IDENTITY_PROVIDER_MAPPER,
    REQUIRED_ACTION, ROLE, Rep,
};
use crate::{clients, roles};

/// The realm with all collections but users.
pub(super) async fn whole(store: &Store, plan: &Plan, secrets: Secrets) -> Result<Document> {
    let mut doc = settings(store, plan, secrets).await?;
    let clients = store::clients::list(store, &plan.realm.id, 0, i64::MAX).await?;
    with_roles(store, plan, &clients, &mut doc).await?;
    with_clients(plan, clients, secrets, &mut doc);
    Ok(doc)
}

/// What `partial-export` gives: without secrets, and of users only service accounts.
pub(crate) async fn partial(store: &Store, plan: &Plan, with_clients_too: bool, with_roles_too: bool) -> Result<Value> {
    let mut doc = settings(store, plan, Secrets::Masked).await?;
    let clients = store::clients::list(store, &plan.realm.id, 0, i64::MAX).await?;
    if with_roles_too {
        with_roles(store, plan, &clients, &mut doc).await?;
    }
    if with_clients_too {
        let mut accounts = Vec::new();
        for client in clients.iter().filter(|client| client.service_accounts) {
            if let Some(user) = store::users::find_service_account(store, &plan.realm.id, &client.id).await? {
                accounts.push(users::representation(store, plan, &user, Secrets::Masked).await?);
            }
        }
        if !accounts.is_empty() {
            doc.set("users", accounts);
        }
        with_clients(plan, clients, Secrets::Masked, &mut doc);
    }
    Ok(in_order(doc).into_value())
}

/// The realm's own members, and its parts.
async fn settings(store: &Store, plan: &Plan, secrets: Secrets) -> Result<Document> {
    let realm = &plan.realm;
    let row =
        RealmRow { id: realm.id.clone(), name: realm.name.clone(), version: plan.version, doc: realm.doc.clone() };
    let mut doc = Document::from_value(crate::realms::representation(store, &row).await?);
    for (name, value) in &realm.doc.0 {
        if !doc.0.contains_key(name) || (name == "smtpServer" && secrets == Secrets::Shown) {
            doc.set(name, value.clone());
        }
    }
    if !doc.0.contains_key("localizationTexts") {
        doc.set("localizationTexts", json!({}));
    }
    with_parts(store, &realm.id, secrets, &mut doc).await?;
    doc.set("keycloakVersion", KEYCLOAK);
    Ok(doc)
}

async fn with_parts(store: &Store, realm_id: &str, secrets: Secrets, doc: &mut Document) -> Result<()> {
    let mut lists: HashMap<&str, Vec<Value>> = LISTS.iter().map(|list| (list.member, Vec::new())).collect();
    let mut components = Vec::new();
    for part in store::parts::list(store, realm_id).await? {
        match LISTS.iter().find(|list| list.kind == part.kind) {
            Some(list) => lists.entry(list.member).or_default().push(list.shown(part, secrets)),
            None => components.push(part),
        }
    }
    for list in LISTS {
        let mut things = lists.remove(list.member).unwrap_or_default();
        if list.kind == Kind::RequiredAction {
            things.sort_by_key(|thing| thing.get("priority").and_then(Value::as_i64));
        }
        doc.set(list.member, things);
    }
    doc.set("components", component_tree(&components, realm_id, None, secrets));
    Ok(())
}

/// A list of parts: its member, its kind, how one is named, and whether it says its id.
struct List {
    member: &'static str,
    kind: Kind,
    name: &'static str,
    id: Option<&'static str>,
    rep: &'static Rep,
}

const fn list(
    member: &'static str,
    kind: Kind,
    name: &'static str,
    id: Option<&'static str>,
    rep: &'static Rep,
) -> List {
    List { member, kind, name, id, rep }
}

const LISTS: &[List] = &[
    list("clientScopes", Kind::ClientScope, "name", Some("id"), &CLIENT_SCOPE),
    list("identityProviders", Kind::IdentityProvider, "alias", Some("internalId"), &IDENTITY_PROVIDER),
    list("identityProviderMappers", Kind::IdentityProviderMapper, "name", Some("id"), &IDENTITY_PROVIDER_MAPPER),
    list("authenticationFlows", Kind::Flow, "alias", Some("id"), &FLOW),
    list("authenticatorConfig", Kind::AuthenticatorConfig, "alias", Some("id"), &AUTHENTICATOR_CONFIG),
    list("requiredActions", Kind::RequiredAction, "alias", None, &REQUIRED_ACTION),
];

impl List {
    fn shown(&self, part: Part, secrets: Secrets) -> Value {
        let mut doc = part.doc;
        if let Some(id) = self.id {
            doc.set(id, part.id);
        }
        doc.set(self.name, part.name);
        if self.kind == Kind::Flow {
            without_ids(&mut doc);
        }
        if let Some(Value::Object(config)) = doc.0.get_mut("config").filter(|_| secrets == Secrets::Masked) {
            mask::members(config, crate::identity_provider::SECRETS);
        }
        self.rep.ordered(doc)
    }
}

/// The steps of a flow have no ids in a representation.
pub(crate) fn without_ids(flow: &mut Document) {
    let steps = flow.0.get_mut("authenticationExecutions").and_then(Value::as_array_mut);
    for step in steps.into_iter().flatten().filter_map(Value::as_object_mut) {
        step.shift_remove("id");
    }
}

/// Components by provider type, each with those below it.
fn component_tree(all: &[Part], realm_id: &str, parent: Option<&str>, secrets: Secrets) -> Map<String, Value> {
    let mut out: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let is_below = |part: &&Part| match (part.doc.text("parentId"), parent) {
        (Some(of), Some(parent)) => of == parent,
        (Some(of), None) => of == realm_id,
        (None, None) => true,
        (None, Some(_)) => false,
    };
    for part in all.iter().filter(is_below) {
        let mut doc = part.doc.clone();
        let provider_type = doc.take("providerType").and_then(|t| t.as_str().map(str::to_owned)).unwrap_or_default();
        let mut config = doc.object("config").cloned().unwrap_or_default();
        if secrets == Secrets::Masked {
            hide(&provider_type, &mut config);
        }
        let mut shown = Document::default();
        shown.set("id", part.id.as_str());
        if !part.name.is_empty() {
            shown.set("name", part.name.as_str());
        }
        for member in ["providerId", "subType"] {
            if let Some(value) = doc.0.get(member).filter(|v| !v.is_null()) {
                shown.set(member, value.clone());
            }
        }
        shown.set("subComponents", component_tree(all, realm_id, Some(&part.id), secrets));
        shown.set("config", config);
        out.entry(provider_type).or_default().push(shown.into_value());
    }
    out.into_iter().map(|(provider_type, list)| (provider_type, list.into())).collect()
}

fn hide(provider_type: &str, config: &mut Map<String, Value>) {
    if provider_type == KEY_PROVIDER {
        config.retain(|key, _| crate::components::is_setting(key));
    }
    mask::members(config, mask::OF_COMPONENTS);
}

async fn with_roles(store: &Store, plan: &Plan, clients: &[Client], doc: &mut Document) -> Result<()> {
    let realm_id = &plan.realm.id;
    let mut by_container: HashMap<String, Vec<Value>> = HashMap::new();
    for row in store::roles::list_all(store, realm_id).await? {
        by_container.entry(row.container.clone()).or_default().push(role(plan, &row));
    }
    let mut of_clients = Map::new();
    for client in clients {
        of_clients.insert(client.client_id.clone(), by_container.remove(&client.id).unwrap_or_default().into());
    }
    let of_realm = by_container.remove(realm_id).unwrap_or_default();
    doc.set("roles", json!({"realm": of_realm, "client": of_clients}));

    let rows = store::groups::list(store, realm_id).await?;
    let defaults: Vec<String> = rows.iter().filter(|g| g.is_default).map(|g| plan.groups.path(&g.id)).collect();
    if !defaults.is_empty() {
        doc.set("defaultGroups", defaults);
    }
    doc.set("groups", groups(plan, &rows, ""));
    Ok(())
}

fn role(plan: &Plan, row: &RoleRow) -> Value {
    let composites = plan.roles.find(&row.id).map_or(&[][..], |r| r.composites.as_slice());
    let mut doc = Document::from_value(roles::representation(&plan.realm.id, row, !composites.is_empty()));
    if !composites.is_empty() {
        let (of_realm, of_clients) = roles::names(plan, composites);
        let mut parts = Map::new();
        if !of_realm.is_empty() {
            parts.insert("realm".to_owned(), of_realm.into());
        }
        if !of_clients.is_empty() {
            parts.insert("client".to_owned(), of_clients.into());
        }
        doc.set("composites", parts);
    }
    for (name, value) in &row.doc.0 {
        doc.set(name, value.clone());
    }
    if doc.object("attributes").is_none() {
        doc.set("attributes", json!({}));
    }
    ROLE.ordered(doc)
}

fn groups(plan: &Plan, rows: &[GroupRow], parent: &str) -> Vec<Value> {
    let below = rows.iter().filter(|row| row.parent == parent);
    below
        .map(|row| {
            let mut doc = row.doc.clone();
            doc.set("id", row.id.as_str());
            doc.set("name", row.name.as_str());
            doc.set("path", plan.groups.path(&row.id));
            if !parent.is_empty() {
                doc.set("parentId", parent);
            }
            doc.set("subGroups", groups(plan, rows, &row.id));
            if doc.object("attributes").is_none() {
                doc.set("attributes", json!({}));
            }
            let roles = plan.groups.find(&row.id).map_or(&[][..], |g| g.roles.as_slice());
            let (of_realm, of_clients) = roles::names(plan, roles);
            doc.set("realmRoles", of_realm);
            doc.set("clientRoles", of_clients);
            GROUP.ordered(doc)
        })
        .collect()
}

fn with_clients(plan: &Plan, all: Vec<Client>, secrets: Secrets, doc: &mut Document) {
    scope_mappings(plan, &all, doc);
    let shown = all.into_iter().map(|client| {
        let mut doc = clients::representation(&client);
        if secrets == Secrets::Masked && doc.text("secret").is_some() {
            doc.set("secret", MASK);
        }
        CLIENT.ordered(doc)
    });
    doc.set("clients", shown.collect::<Vec<_>>());
}

/// Which clients and scopes may carry which roles, by their names.
fn scope_mappings(plan: &Plan, clients: &[Client], doc: &mut Document) {
    let scopes = plan.scopes.values().map(|s| (s.id.as_str(), "clientScope", s.name.as_str()));
    let mut holders: Vec<_> =
        scopes.chain(clients.iter().map(|c| (c.id.as_str(), "client", c.client_id.as_str()))).collect();
    holders.sort_unstable();
    let mut of_realm = Vec::new();
    let mut of_clients: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (id, kind, name) in holders {
        let (realm_roles, client_roles) = roles::names(plan, plan.direct_scope_mapping(id));
        if !realm_roles.is_empty() {
            of_realm.push(json!({kind: name, "roles": realm_roles}));
        }
        for (client, names) in client_roles {
            of_clients.entry(client).or_default().push(json!({kind: name, "roles": names}));
        }
    }
    if !of_realm.is_empty() {
        doc.set("scopeMappings", of_realm);
    }
    if !of_clients.is_empty() {
        let map: Map<String, Value> = of_clients.into_iter().map(|(client, list)| (client, list.into())).collect();
        doc.set("clientScopeMappings", map);
    }
}

/// The version whose form the file has.
const KEYCLOAK: &str = "26.7.4";
