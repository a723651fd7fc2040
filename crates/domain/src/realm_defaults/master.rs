//! The master realm, and the client by which it administers another.

use serde_json::{Value, json};

use super::data::{Names, file, filled};
use super::json::{edit, list, object, take_object, take_objects, text, texts};
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

/// The representation of the master realm: a new realm with the role `admin`, with `master-realm` in place of
/// `realm-management`, without the flows of organizations, and with settings of its own, among them a user profile
/// that requires nothing. The differences are in `master.json`.
#[must_use]
pub fn master_realm(id: &str) -> Rep {
    let mut differences = object(file("master.json").clone());
    let mut realm = new_realm("master", id);
    realm.extend(take_object(&mut differences, "settings"));
    let own = realm_admin_client("master");
    set_roles(&mut realm, &mut differences, &own);

    let without = texts(&differences, "withoutAttributes");
    edit(&mut realm, "attributes", |attributes| attributes.retain(|name, _| !without.contains(name)));
    let without = texts(&differences, "withoutClients");
    let mut clients = take_objects(&mut realm, "clients");
    clients.retain(|client| !without.iter().any(|id| id == text(client, "clientId")));
    clients.push(with_scopes_of(clients.first(), own.client));
    realm.insert("clients".to_owned(), list(clients));

    drop_flows(&mut realm, &texts(&differences, "withoutFlows"));
    let profile = differences.get("userProfile").map(Value::to_string);
    let component = json!({
        "providerId": "declarative-user-profile",
        "config": {"kc.user.profile.config": profile.as_slice()},
    });
    edit(&mut realm, "components", |types| {
        types.insert("org.keycloak.userprofile.UserProfileProvider".to_owned(), Value::Array(vec![component]));
    });
    complete::complete(realm)
}

fn set_roles(realm: &mut Rep, differences: &mut Rep, own: &RealmAdminClient) {
    let without = texts(differences, "withoutClients");
    edit(realm, "roles", |roles| {
        let mut of_realm = take_objects(roles, "realm");
        for mut role in take_objects(differences, "roles") {
            if text(&role, "name") == "admin" {
                let of_admin = own.admin_parts();
                edit(&mut role, "composites", |parts| parts.insert("client".to_owned(), of_admin.into()));
            }
            of_realm.push(role);
        }
        roles.insert("realm".to_owned(), list(of_realm));
        edit(roles, "client", |of_clients| {
            of_clients.retain(|id, _| !without.contains(id));
            of_clients.insert("master-realm".to_owned(), list(own.roles.clone()));
        });
    });
}

/// Of all clients that administer a realm, master's own has the usual scopes.
fn with_scopes_of(other: Option<&Rep>, mut client: Rep) -> Rep {
    for member in ["defaultClientScopes", "optionalClientScopes"] {
        let scopes = other.and_then(|other| other.get(member)).cloned().unwrap_or_default();
        client.insert(member.to_owned(), scopes);
    }
    client
}

/// Takes flows away, and the steps that lead to them.
fn drop_flows(realm: &mut Rep, without: &[String]) {
    let gone = |map: &Rep, member: &str| without.iter().any(|alias| alias == text(map, member));
    let mut flows = take_objects(realm, "authenticationFlows");
    flows.retain(|flow| !gone(flow, "alias"));
    for flow in &mut flows {
        let mut steps = take_objects(flow, "authenticationExecutions");
        steps.retain(|step| !gone(step, "flowAlias"));
        flow.insert("authenticationExecutions".to_owned(), list(steps));
    }
    realm.insert("authenticationFlows".to_owned(), list(flows));
}
