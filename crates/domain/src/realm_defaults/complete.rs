//! Brings a realm's representation into its full form: every member in its place, every thing with an id, what
//! follows from other members filled in. What is there stays as it is.

use serde_json::Value;

use super::Rep;
use super::data::{file, new_id};
use super::json::{array, edit, flag, has, list, object, take_objects, text, texts};

/// See the module.
pub(super) fn complete(mut realm: Rep) -> Rep {
    for (member, kind) in COLLECTIONS {
        if has(&realm, member) {
            let items = take_objects(&mut realm, member).into_iter().map(|item| shaped(kind, item)).collect();
            realm.insert((*member).to_owned(), list(items));
        }
    }
    let groups = take_objects(&mut realm, "groups").into_iter().map(|group| complete_group(group, None)).collect();
    realm.insert("groups".to_owned(), list(groups));
    complete_components(&mut realm);
    complete_clients(&mut realm);
    complete_roles(&mut realm);
    ordered(file("realm.json"), realm, false)
}

/// A thing of a kind of `shapes.json`: its members in order, defaults where nothing is said.
pub(super) fn shaped(kind: &str, given: Rep) -> Rep {
    let mut thing = ordered(file("shapes.json").get(kind).unwrap_or(&Value::Null), given, true);
    for (member, kind) in NESTED {
        if has(&thing, member) {
            let items = take_objects(&mut thing, member).into_iter().map(|item| nested(kind, item)).collect();
            thing.insert((*member).to_owned(), list(items));
        }
    }
    thing
}

fn nested(kind: &str, mut given: Rep) -> Rep {
    if kind == "execution" && has(&given, "flowAlias") {
        for member in ["authenticatorFlow", "autheticatorFlow"] {
            given.insert(member.to_owned(), true.into());
        }
    }
    shaped(kind, given)
}

/// The members in the order of the shape, unknown ones last; with the shape's defaults or without.
fn ordered(shape: &Value, mut given: Rep, defaults: bool) -> Rep {
    let mut thing = Rep::new();
    for (member, default) in shape.as_object().into_iter().flatten() {
        let value = match given.shift_remove(member) {
            Some(value) => value,
            None if !defaults => continue,
            None if default == "{new}" => new_id().into(),
            None => default.clone(),
        };
        if !value.is_null() {
            thing.insert(member.clone(), value);
        }
    }
    thing.extend(given.into_iter().filter(|(_, value)| !value.is_null()));
    thing
}

fn complete_group(mut group: Rep, parent: Option<(&str, &str)>) -> Rep {
    let children = take_objects(&mut group, "subGroups");
    group.shift_remove("subGroups");
    let name = text(&group, "name").replace('/', "~/");
    let path = format!("{}/{name}", parent.map_or("", |(path, _)| path));
    group.insert("path".to_owned(), path.clone().into());
    if let Some((_, id)) = parent {
        group.insert("parentId".to_owned(), id.into());
    }
    let mut group = shaped("group", group);
    let id = text(&group, "id").to_owned();
    let children = children.into_iter().map(|child| complete_group(child, Some((&path, &id)))).collect();
    group.insert("subGroups".to_owned(), list(children));
    group
}

fn complete_components(realm: &mut Rep) {
    edit(realm, "components", |types| types.values_mut().for_each(complete_component_list));
}

fn complete_component_list(components: &mut Value) {
    let items = array(components.take()).into_iter().map(|item| {
        let mut component = object(item);
        edit(&mut component, "subComponents", |types| types.values_mut().for_each(complete_component_list));
        Value::Object(shaped("component", component))
    });
    *components = items.collect();
}

fn complete_clients(realm: &mut Rep) {
    let mut clients = take_objects(realm, "clients");
    for client in &mut clients {
        give_usual_scopes(realm, client);
        if flag(client, "authorizationServicesEnabled") && !has(client, "authorizationSettings") {
            let settings = file("shapes.json").get("authorizationSettings").cloned();
            client.insert("authorizationSettings".to_owned(), settings.unwrap_or_default());
        }
        *client = shaped("client", std::mem::take(client));
    }
    realm.insert("clients".to_owned(), list(clients));
}

/// Gives a client that names no scopes at all those of the realm that are of its protocol.
pub(super) fn give_usual_scopes(realm: &Rep, client: &mut Rep) {
    let lists = [
        ("defaultClientScopes", "defaultDefaultClientScopes"),
        ("optionalClientScopes", "defaultOptionalClientScopes"),
    ];
    if lists.iter().any(|(member, _)| has(client, member)) {
        return;
    }
    let protocol = text(client, "protocol").to_owned();
    let scopes = realm.get("clientScopes").and_then(Value::as_array).into_iter().flatten();
    let scopes = scopes.filter_map(Value::as_object).filter(|scope| text(scope, "protocol") == protocol);
    let known: Vec<&str> = scopes.map(|scope| text(scope, "name")).collect();
    for (member, usual) in lists {
        let names: Vec<String> =
            texts(realm, usual).into_iter().filter(|name| known.contains(&name.as_str())).collect();
        client.insert(member.to_owned(), names.into());
    }
}

/// Gives roles their containers, every client a list of roles, and the realm its default role.
fn complete_roles(realm: &mut Rep) {
    let realm_id = text(realm, "id").to_owned();
    let clients = realm.get("clients").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object);
    let clients: Vec<(String, String)> =
        clients.map(|client| (text(client, "clientId").to_owned(), text(client, "id").to_owned())).collect();
    let of_realm = edit(realm, "roles", |roles| {
        edit(roles, "client", |of_clients| {
            for (name, id) in clients {
                let roles = take_objects(of_clients, &name).into_iter().map(|role| complete_role(role, &id, true));
                let roles = list(roles.collect());
                of_clients.insert(name, roles);
            }
        });
        let of_realm = take_objects(roles, "realm").into_iter().map(|role| complete_role(role, &realm_id, false));
        let of_realm: Vec<Rep> = of_realm.collect();
        roles.insert("realm".to_owned(), list(of_realm.clone()));
        of_realm
    });
    let name = edit(realm, "defaultRole", |role| text(role, "name").to_owned());
    if let Some(mut role) = of_realm.into_iter().find(|role| text(role, "name") == name) {
        role.shift_remove("composites");
        role.shift_remove("attributes");
        realm.insert("defaultRole".to_owned(), role.into());
    }
}

/// A role in its container: a realm or a client.
pub(super) fn complete_role(mut role: Rep, container: &str, of_client: bool) -> Rep {
    let composite = role.get("composites").and_then(Value::as_object).is_some_and(|parts| !parts.is_empty());
    if composite {
        role.insert("composite".to_owned(), true.into());
    }
    role.insert("clientRole".to_owned(), of_client.into());
    role.insert("containerId".to_owned(), container.into());
    shaped("role", role)
}

/// Members of a realm that are plain lists, and the kind of what is in them.
const COLLECTIONS: &[(&str, &str)] = &[
    ("clientScopes", "clientScope"),
    ("authenticationFlows", "flow"),
    ("authenticatorConfig", "authenticatorConfig"),
    ("requiredActions", "requiredAction"),
    ("identityProviders", "identityProvider"),
    ("identityProviderMappers", "identityProviderMapper"),
    ("users", "user"),
];

/// Lists within things.
const NESTED: &[(&str, &str)] = &[("protocolMappers", "protocolMapper"), ("authenticationExecutions", "execution")];
