//! Roles of an imported realm, and its default role.

use std::collections::HashSet;

use serde_json::Value;

use super::scopes::OFFLINE_ACCESS;
use super::{Import, ImportError};
use crate::realm_defaults::Rep;
use crate::realm_defaults::json::{
    add_texts, array, edit, find_mut, flag, has, holds, list, object, take_object, take_objects, text, texts,
};

impl Import {
    /// Adds the file's roles to the built-in ones.
    pub(super) fn roles(&mut self) -> Result<(), ImportError> {
        let mut given = take_object(&mut self.file, "roles");
        let of_realm = take_objects(&mut given, "realm");
        let of_clients = take_object(&mut given, "client");
        let mut roles = take_object(&mut self.realm, "roles");
        let built_in = take_objects(&mut roles, "realm");
        let merged = self.realm_roles(built_in, of_realm);
        roles.insert("realm".to_owned(), list(merged));
        let merged = self.client_roles(take_object(&mut roles, "client"), of_clients)?;
        roles.insert("client".to_owned(), merged.into());
        self.realm.insert("roles".to_owned(), roles.into());
        Ok(())
    }

    fn realm_roles(&mut self, built_in: Vec<Rep>, mut given: Vec<Rep>) -> Vec<Rep> {
        let usual = edit(&mut self.realm, "defaultRole", |role| text(role, "name").to_owned());
        let chosen = take_object(&mut self.file, "defaultRole");
        let name = if text(&chosen, "name").is_empty() { usual.clone() } else { text(&chosen, "name").to_owned() };
        let mut roles = Vec::new();
        for mut role in built_in {
            let id = text(&role, "name");
            if id == usual {
                self.default_role(&mut role, &chosen, find_mut(&mut given, "name", &name));
                roles.push(role);
            } else if id == OFFLINE_ACCESS && !self.brings_offline || !holds(&given, "name", id) {
                roles.push(role);
            }
        }
        given.retain(|role| has(role, "name") && !holds(&roles, "name", text(role, "name")));
        roles.extend(given);
        self.realm.insert("defaultRole".to_owned(), Rep::from_iter([("name".to_owned(), name.into())]).into());
        roles
    }

    /// The default role holds what the file gives it, and those built-in roles whose origin is built in.
    fn default_role(&mut self, role: &mut Rep, chosen: &Rep, given: Option<&mut Rep>) {
        let mut parts = take_object(role, "composites");
        if self.has_client("account") {
            parts.shift_remove("client");
        }
        if self.brings_offline {
            let realm: Vec<_> = texts(&parts, "realm").into_iter().filter(|name| name != OFFLINE_ACCESS).collect();
            parts.insert("realm".to_owned(), realm.into());
        }
        let old = texts(&self.file, "defaultRoles");
        add_texts(&mut parts, "realm", &old);
        let given = given.map(std::mem::take);
        if !chosen.is_empty() {
            for member in ["id", "name", "description"] {
                role.shift_remove(member);
            }
        }
        for source in [Some(chosen), given.as_ref()].into_iter().flatten() {
            role.extend(
                source.iter().filter(|(member, _)| *member != "composites").map(|(k, v)| (k.clone(), v.clone())),
            );
            add_parts(&mut parts, source);
        }
        role.insert("composites".to_owned(), parts.into());
    }

    fn client_roles(&self, mut built_in: Rep, given: Rep) -> Result<Rep, ImportError> {
        let clients = self.realm.get("clients").and_then(Value::as_array).into_iter().flatten();
        let clients: Vec<Rep> = clients.filter_map(Value::as_object).cloned().collect();
        built_in.retain(|id, _| holds(&clients, "clientId", id));
        for client in &clients {
            built_in.entry(text(client, "clientId")).or_insert_with(|| Value::Array(Vec::new()));
        }
        for (client, roles) in &mut built_in {
            if !self.has_client(client) {
                continue;
            }
            let kept = |name: &str| client == "realm-management" || (client == "account" && name == "delete-account");
            let all = array(roles.take()).into_iter().map(object);
            *roles = list(all.filter(|role| kept(text(role, "name"))).collect());
        }
        for (client, roles) in given {
            if !holds(&clients, "clientId", &client) {
                return Err(ImportError::NoClient(client));
            }
            let mut known = take_objects(&mut built_in, &client);
            let roles = array(roles).into_iter().map(object);
            if self.has_client(&client) {
                let roles: Vec<Rep> = roles.collect();
                known.retain(|role| !holds(&roles, "name", text(role, "name")));
                known.extend(roles);
            } else {
                let fresh: Vec<Rep> = roles.filter(|role| !holds(&known, "name", text(role, "name"))).collect();
                known.extend(fresh);
            }
            built_in.insert(client, list(known));
        }
        for client in clients.iter().filter(|client| flag(client, "authorizationServicesEnabled")) {
            add_role(&mut built_in, text(client, "clientId"), UMA_PROTECTION);
        }
        Ok(built_in)
    }

    /// Makes the roles that users or groups name and that don't exist.
    pub(super) fn make_missing_roles(&mut self, holders: &[Rep]) {
        let mut of_realm = HashSet::new();
        let mut of_clients = HashSet::new();
        for holder in holders {
            of_realm.extend(texts(holder, "realmRoles"));
            for (client, names) in holder.get("clientRoles").and_then(Value::as_object).into_iter().flatten() {
                let names = names.as_array().into_iter().flatten().filter_map(Value::as_str);
                of_clients.extend(names.map(|name| (client.clone(), name.to_owned())));
            }
        }
        edit(&mut self.realm, "roles", |roles| {
            for name in of_realm {
                add_role(roles, "realm", &name);
            }
            edit(roles, "client", |clients| {
                for (client, name) in of_clients {
                    if has(clients, &client) {
                        add_role(clients, &client, &name);
                    }
                }
            });
        });
    }
}

fn add_role(lists: &mut Rep, member: &str, name: &str) {
    let mut roles = take_objects(lists, member);
    if !holds(&roles, "name", name) {
        roles.push(Rep::from_iter([("name".to_owned(), name.into())]));
    }
    lists.insert(member.to_owned(), list(roles));
}

fn add_parts(parts: &mut Rep, source: &Rep) {
    let Some(more) = source.get("composites").and_then(Value::as_object) else { return };
    add_texts(parts, "realm", &texts(more, "realm"));
    let of_clients = more.get("client").and_then(Value::as_object).cloned().unwrap_or_default();
    edit(parts, "client", |clients| {
        for client in of_clients.keys() {
            add_texts(clients, client, &texts(&of_clients, client));
        }
    });
}

/// The role of a client with authorization services.
pub(super) const UMA_PROTECTION: &str = "uma_protection";
