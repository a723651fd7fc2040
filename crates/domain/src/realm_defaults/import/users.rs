//! Users and groups of an imported realm, service accounts among them.
//!
//! A user has exactly the roles named, not even the default role; usernames and addresses are put in lower case. A
//! service account the file lists has what is listed; for a client with service accounts whose user isn't listed,
//! one is made with the default role, and the client gets the scope `service_account`.

use serde_json::{Value, json};

use super::Import;
use super::roles::UMA_PROTECTION;
use crate::realm_defaults::Rep;
use crate::realm_defaults::complete::give_usual_scopes;
use crate::realm_defaults::json::{add_texts, flag, has, holds, list, object, take_objects, text};

impl Import {
    /// See the module.
    pub(super) fn users(&mut self) {
        let mut users = take_objects(&mut self.file, "users");
        for user in &mut users {
            for member in ["username", "email"] {
                if has(user, member) {
                    let lower = text(user, member).to_lowercase();
                    user.insert(member.to_owned(), lower.into());
                }
            }
        }
        self.service_accounts(&mut users);
        for user in users.iter_mut().filter(|user| !has(user, "createdTimestamp")) {
            user.insert("createdTimestamp".to_owned(), self.now.into());
        }
        let groups = all_groups(self.file.get("groups"));
        self.make_missing_roles(&users);
        self.make_missing_roles(&groups);
        if !users.is_empty() {
            self.realm.insert("users".to_owned(), list(users));
        }
    }

    fn service_accounts(&mut self, users: &mut Vec<Rep>) {
        let default_role =
            self.realm.get("defaultRole").and_then(Value::as_object).map(|role| text(role, "name").to_owned());
        let scopes = self.realm.get("clientScopes").and_then(Value::as_array).into_iter().flatten();
        let has_scope = scopes.filter_map(Value::as_object).any(|scope| text(scope, "name") == SCOPE);
        let mut clients = take_objects(&mut self.realm, "clients");
        for client in clients.iter_mut().filter(|client| flag(client, "serviceAccountsEnabled")) {
            let id = text(client, "clientId").to_owned();
            if holds(users, "serviceAccountClientId", &id) {
                continue;
            }
            let mut user = object(json!({
                "username": format!("service-account-{}", id.to_lowercase()),
                "enabled": true,
                "serviceAccountClientId": id,
                "realmRoles": default_role.as_slice(),
            }));
            if flag(client, "authorizationServicesEnabled") {
                user.insert("clientRoles".to_owned(), Rep::from_iter([(id, json!([UMA_PROTECTION]))]).into());
            }
            users.push(user);
            if has_scope {
                give_usual_scopes(&self.realm, client);
                add_texts(client, "defaultClientScopes", &[SCOPE.to_owned()]);
            }
        }
        self.realm.insert("clients".to_owned(), list(clients));
    }
}

/// Groups at every depth.
fn all_groups(groups: Option<&Value>) -> Vec<Rep> {
    let mut found = Vec::new();
    for group in groups.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object) {
        found.push(group.clone());
        found.extend(all_groups(group.get("subGroups")));
    }
    found
}

const SCOPE: &str = "service_account";
