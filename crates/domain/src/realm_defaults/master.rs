//! The master realm, and the client by which it administers another.

use serde_json::Value;

use super::data::{Names, file, filled};
use super::json::{edit, list, object, take_object, take_objects, text};
use super::{Rep, complete, new_realm};

/// What the master realm gains when a realm is created.
pub struct RealmAdminClient {
    /// The client `<realm>-realm`, bearer-only.
    pub client: Rep,
    /// Its roles. All of them belong to the composites of master's role `admin`: [`RealmAdminClient::admin_parts`].
    pub roles: Vec<Rep>,
}

impl RealmAdminClient {
    /// What master's role `admin` gains: `{"<realm>-realm": [names]}`, to be put under `composites.client`.
    #[must_use]
    pub fn admin_parts(&self) -> Rep {
        let names: Vec<Value> = self.roles.iter().map(|role| text(role, "name").into()).collect();
        Rep::from_iter([(text(&self.client, "clientId").to_owned(), names.into())])
    }
}

/// The representation of the master realm: a new realm with the role `admin`, with `master-realm` in place of
/// `realm-management`, and with settings of its own (`master.json`).
#[must_use]
pub fn master_realm(id: &str) -> Rep {
    let differences = object(file("master.json").clone());
    let mut realm = new_realm("master", id);
    for (member, value) in differences.get("settings").and_then(Value::as_object).into_iter().flatten() {
        realm.insert(member.clone(), value.clone());
    }
    let own = realm_admin_client("master");
    let of_admin = own.admin_parts();
    let without = differences.get("without").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut clients = take_objects(&mut realm, "clients");
    clients.retain(|client| !without.iter().any(|id| id == text(client, "clientId")));
    clients.push(own.client);

    edit(&mut realm, "roles", |roles| {
        let mut of_realm = take_objects(roles, "realm");
        for role in differences.get("roles").and_then(Value::as_array).into_iter().flatten() {
            let mut role = object(role.clone());
            if text(&role, "name") == "admin" {
                edit(&mut role, "composites", |parts| parts.insert("client".to_owned(), of_admin.clone().into()));
            }
            of_realm.push(role);
        }
        roles.insert("realm".to_owned(), list(of_realm));
        edit(roles, "client", |of_clients| {
            of_clients.retain(|id, _| !without.iter().any(|gone| gone == id));
            of_clients.insert("master-realm".to_owned(), list(own.roles));
        });
    });

    realm.insert("clients".to_owned(), list(clients));
    complete::complete(realm)
}

/// The client `<realm>-realm` of master with its roles, to be added when a realm is created and removed with it.
#[must_use]
pub fn realm_admin_client(realm: &str) -> RealmAdminClient {
    let mut data = object(filled(file("realm_admin_client.json"), &Names { realm, id: "" }));
    let roles = take_objects(&mut data, "roles");
    let client = complete::shaped("client", take_object(&mut data, "client"));
    let id = text(&client, "id").to_owned();
    let roles = roles.into_iter().map(|role| complete::complete_role(role, &id, true)).collect();
    RealmAdminClient { client, roles }
}
