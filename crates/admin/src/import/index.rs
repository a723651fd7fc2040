//! The names of a realm's things, and the ids they go by.

use std::collections::{HashMap, HashSet};

use domain::{Plan, Result, ids};
use model::Document;
use serde_json::{Map, Value};

use crate::refusals::BROKEN_REFERENCE;

/// Names and ids of a full representation.
#[derive(Default)]
pub(super) struct Index {
    realm_roles: HashMap<String, String>,
    /// By `clientId`, then by name.
    client_roles: HashMap<String, HashMap<String, String>>,
    clients: HashMap<String, String>,
    scopes: HashMap<String, String>,
    /// By path.
    groups: HashMap<String, String>,
    flows: HashSet<String>,
    configs: HashSet<String>,
    providers: HashSet<String>,
}

impl Index {
    /// Reads a full representation, in which everything has an id; what has none can't be referred to.
    pub(super) fn of(full: &Document) -> Result<Self> {
        let mut index = Self::default();
        let names = |member: &str, name: &str| names(full, member, name);
        index.clients = names("clients", "clientId")?;
        index.scopes = names("clientScopes", "name")?;
        index.flows = names("authenticationFlows", "alias")?.into_keys().collect();
        index.configs = names("authenticatorConfig", "alias")?.into_keys().collect();
        index.providers = names("identityProviders", "alias")?.into_keys().collect();
        names("users", "username")?;
        if let Some(roles) = full.object("roles") {
            index.realm_roles = named(roles.get("realm"), "name", "roles.realm")?;
            for (client, list) in roles.get("client").and_then(Value::as_object).into_iter().flatten() {
                let at = format!("roles.client.{client}");
                index.client_roles.insert(client.clone(), named(Some(list), "name", &at)?);
            }
        }
        index.add_groups(full.list("groups"), "")?;
        Ok(index)
    }

    /// The roles, groups and clients of a realm that is there; clients as far as they have roles.
    pub(super) fn of_plan(plan: &Plan) -> Self {
        let mut index = Self::default();
        for role in plan.roles.iter() {
            match &role.client {
                None => {
                    index.realm_roles.insert(role.name.clone(), role.id.clone());
                }
                Some(of) => {
                    index.clients.insert(of.client_id.clone(), of.id.clone());
                    index
                        .client_roles
                        .entry(of.client_id.clone())
                        .or_default()
                        .insert(role.name.clone(), role.id.clone());
                }
            }
        }
        index.groups = plan.groups.iter().map(|g| (plan.groups.path(&g.id), g.id.clone())).collect();
        index
    }

    fn add_groups(&mut self, groups: &[Value], parent: &str) -> Result<()> {
        for group in groups {
            let name = group.get("name").and_then(Value::as_str).unwrap_or_default();
            let path = format!("{parent}/{}", name.replace('/', "~/"));
            let id = group.get("id").and_then(Value::as_str).unwrap_or_default();
            if self.groups.insert(path.clone(), id.to_owned()).is_some() {
                return Err(broken("groups", &format!("two groups have the path \"{path}\"")));
            }
            let children = group.get("subGroups").and_then(Value::as_array);
            self.add_groups(children.map_or(&[], Vec::as_slice), &path)?;
        }
        Ok(())
    }

    pub(super) fn realm_role(&self, name: &str) -> Option<&str> {
        self.realm_roles.get(name).map(String::as_str)
    }

    pub(super) fn client_role(&self, client: &str, name: &str) -> Option<&str> {
        self.client_roles.get(client)?.get(name).map(String::as_str)
    }

    pub(super) fn client(&self, client_id: &str) -> Option<&str> {
        self.clients.get(client_id).map(String::as_str)
    }

    pub(super) fn scope(&self, name: &str) -> Option<&str> {
        self.scopes.get(name).map(String::as_str)
    }

    /// A group by its path, with or without the slash at its beginning.
    pub(super) fn group(&self, path: &str) -> Option<&str> {
        let whole = self.groups.get(path).or_else(|| self.groups.get(&format!("/{path}")));
        whole.map(String::as_str)
    }

    pub(super) fn has_flow(&self, alias: &str) -> bool {
        self.flows.contains(alias)
    }

    pub(super) fn has_config(&self, alias: &str) -> bool {
        self.configs.contains(alias)
    }

    pub(super) fn has_provider(&self, alias: &str) -> bool {
        self.providers.contains(alias)
    }

    /// Ids of the roles that `{"realm": [names], "client": {clientId: [names]}}` means; unknown ones are left out.
    pub(super) fn roles<'a>(&'a self, realm: Option<&Value>, client: Option<&Value>) -> Vec<&'a str> {
        let of_realm = strings(realm).filter_map(|name| self.realm_role(name));
        let mut out: Vec<&str> = of_realm.collect();
        for (client, names) in client.and_then(Value::as_object).into_iter().flatten() {
            out.extend(strings(Some(names)).filter_map(|name| self.client_role(client, name)));
        }
        out
    }
}

/// The texts of a list.
pub(super) fn strings(value: Option<&Value>) -> impl Iterator<Item = &str> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// The id of a thing; one that has none gets a new one.
pub(super) fn id_of(map: &Map<String, Value>, name: &str) -> Result<String> {
    match map.get(name).and_then(Value::as_str) {
        Some(id) if !id.is_empty() => Ok(id.to_owned()),
        _ => Ok(ids::uuid()?),
    }
}

/// The refusal for a reference to what isn't there, or a name used twice.
pub(super) fn broken(at: &str, why: &str) -> domain::Error {
    BROKEN_REFERENCE.describe(format!("{at}: {why}")).into()
}

fn names(full: &Document, member: &str, name: &str) -> Result<HashMap<String, String>> {
    named(full.0.get(member), name, member)
}

/// Names and ids of a list of things, each name once.
fn named(list: Option<&Value>, name: &str, at: &str) -> Result<HashMap<String, String>> {
    let mut out = HashMap::new();
    for (n, thing) in list.and_then(Value::as_array).into_iter().flatten().enumerate() {
        let text = |key: &str| thing.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let id = Some(text("id")).filter(|id| !id.is_empty()).unwrap_or_else(|| text("internalId"));
        let called = text(name);
        if called.is_empty() {
            return Err(broken(&format!("{at}[{n}]"), &format!("no {name}")));
        }
        if out.insert(called.clone(), id).is_some() {
            return Err(broken(&format!("{at}[{n}].{name}"), &format!("\"{called}\" is there twice")));
        }
    }
    Ok(out)
}
