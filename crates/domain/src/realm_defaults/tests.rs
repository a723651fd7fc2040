use serde_json::{Value, json};

use super::{Rep, data, master_realm, merge_import, new_client, new_realm, realm_admin_client};

const NOW: i64 = 1_795_331_467_000;

/// What a Keycloak 26.7.4 exported; identities replaced, key material taken out.
fn by_keycloak(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// Without identities and moments, lists in one order: what must be equal whatever made it.
fn normal(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            map.into_iter().filter(|(k, _)| !VARYING.contains(&k.as_str())).map(|(k, v)| (k, normal(v))).collect()
        }
        Value::Array(list) => {
            let mut list: Vec<Value> = list.into_iter().map(normal).collect();
            list.sort_by_key(|item| sorted(item).to_string());
            Value::Array(list)
        }
        other => other,
    }
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut members: Vec<_> = map.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            Value::Object(members.into_iter().map(|(k, v)| (k.clone(), sorted(v))).collect())
        }
        Value::Array(list) => list.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

const VARYING: &[&str] =
    &["id", "parentId", "containerId", "createdTimestamp", "createdDate", "secretData", "client.secret.creation.time"];

/// Says which member differs, rather than showing two realms.
fn assert_same(ours: &Value, theirs: &Value, at: &str) {
    match (ours, theirs) {
        (Value::Object(a), Value::Object(b)) => {
            for (key, value) in b {
                let own = a.get(key).unwrap_or_else(|| panic!("{at}/{key} is missing: {value}"));
                assert_same(own, value, &format!("{at}/{key}"));
            }
            for (key, value) in a {
                assert!(b.contains_key(key), "{at}/{key} is not Keycloak's: {value}");
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            assert_eq!(a.len(), b.len(), "{at}\n{ours:#}\n{theirs:#}");
            for (i, (own, value)) in a.iter().zip(b).enumerate() {
                let name = ["clientId", "alias", "username", "name"].iter().find_map(|key| value.get(key)?.as_str());
                assert_same(own, value, &format!("{at}/{i} {}", name.unwrap_or_default()));
            }
        }
        _ => assert_eq!(ours, theirs, "{at}"),
    }
}

fn assert_same_order(ours: &Value, theirs: &Value, at: &str) {
    match (ours, theirs) {
        (Value::Object(a), Value::Object(b)) if !UNORDERED.iter().any(|end| at.ends_with(end)) => {
            let names = |map: &Rep| map.keys().cloned().collect::<Vec<_>>();
            assert_eq!(names(a), names(b), "{at}");
            for (key, value) in b {
                assert_same_order(&a[key], value, &format!("{at}/{key}"));
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            for (own, value) in a.iter().zip(b) {
                assert_same_order(own, value, at);
            }
        }
        _ => {}
    }
}

/// Maps whose keys are no members.
const UNORDERED: &[&str] = &["/attributes", "/config", "/client", "/components", "/clientRoles"];

#[test]
fn every_file_is_json() {
    for (name, _) in data::SOURCES {
        assert!(!data::file(name).is_null(), "{name}");
    }
}

#[test]
fn a_new_realm_is_what_keycloak_makes() {
    let ours = normal(new_realm("fresh", "an-id").into());
    let theirs = normal(by_keycloak(include_str!("testdata/fresh-by-keycloak-26.7.4.json")));
    assert_same(&ours, &theirs, "");
    assert_same_order(&ours, &theirs, "");
}

#[test]
fn the_master_realm_is_what_keycloak_makes() {
    let mut ours = master_realm("an-id");
    add(&mut ours, realm_admin_client("fresh"));
    let ours = normal(ours.into());
    let theirs = normal(by_keycloak(include_str!("testdata/master-by-keycloak-26.7.4.json")));
    assert_same(&ours, &theirs, "");
    assert_same_order(&ours, &theirs, "");
}

/// As creating a realm does.
fn add(master: &mut Rep, own: super::RealmAdminClient) {
    let parts = own.admin_parts();
    for role in master["roles"]["realm"].as_array_mut().unwrap() {
        if role["name"] == "admin" {
            role["composites"]["client"].as_object_mut().unwrap().extend(parts.clone());
        }
    }
    let id = own.client["clientId"].as_str().unwrap().to_owned();
    master["roles"]["client"][id] = own.roles.into_iter().map(Value::Object).collect();
    master["clients"].as_array_mut().unwrap().push(own.client.into());
}

#[test]
fn names_are_put_where_they_belong() {
    let realm = new_realm("Mixed Case", "an-id");
    assert_eq!((&realm["id"], &realm["realm"]), (&json!("an-id"), &json!("Mixed Case")));
    assert_eq!(realm["defaultRole"]["name"], "default-roles-mixed case");
    assert_eq!(realm["defaultRole"]["containerId"], "an-id");
    let account = realm["clients"].as_array().unwrap().iter().find(|client| client["clientId"] == "account").unwrap();
    assert_eq!(account["baseUrl"], "/realms/Mixed%20Case/account/");
    assert_eq!(realm["roles"]["client"]["account"][0]["containerId"], account["id"]);
    let text = Value::from(realm).to_string();
    assert!(!text.contains("{realm") && !text.contains("{id}") && !text.contains("{new}"));
}

#[test]
fn every_thing_has_an_id_of_its_own() {
    fn ids(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(map) => {
                found.extend(map.get("id").and_then(Value::as_str).map(str::to_owned));
                map.iter().filter(|(key, _)| *key != "defaultRole").for_each(|(_, inner)| ids(inner, found));
            }
            Value::Array(list) => list.iter().for_each(|inner| ids(inner, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    ids(&new_realm("a", "id-of-a").into(), &mut found);
    ids(&new_realm("b", "id-of-b").into(), &mut found);
    let count = found.len();
    found.sort();
    found.dedup();
    assert_eq!(found.len(), count);
    assert!(count > 200, "{count}");
}

#[test]
fn a_new_client_has_the_usual_members() {
    let client = new_client();
    assert_eq!(client["fullScopeAllowed"], true);
    assert_eq!(client["nodeReRegistrationTimeout"], -1);
    assert_eq!(client["protocol"], "openid-connect");
    assert_ne!(client["id"], new_client()["id"]);
}

fn import(file: Value) -> Rep {
    let Value::Object(file) = file else { panic!("no object") };
    let name = file.get("realm").and_then(Value::as_str).unwrap_or_default();
    merge_import(new_realm(name, "an-id"), file.clone(), NOW).unwrap()
}

/// Secrets that were made are only alike in length; passwords are hashed later.
fn comparable(realm: &mut Value, made: &[&str]) {
    for client in realm["clients"].as_array_mut().unwrap() {
        if made.contains(&client["clientId"].as_str().unwrap()) {
            assert_eq!(client["secret"].as_str().map(str::len), Some(86), "{client}");
            assert!(client["attributes"]["client.secret.creation.time"].is_string(), "{client}");
            client["secret"] = json!("made");
        } else {
            assert!(client["attributes"].get("client.secret.creation.time").is_none(), "{client}");
        }
    }
    for user in realm["users"].as_array_mut().unwrap() {
        for credential in user["credentials"].as_array_mut().unwrap() {
            *credential = json!({"type": credential["type"]});
        }
    }
}

#[test]
fn the_ocen_file_is_imported_as_keycloak_does() {
    assert_imported(
        include_str!("testdata/ocen.json"),
        include_str!("testdata/ocen-by-keycloak-26.7.4.json"),
        &["lender-sunrise", "ocen-registry"],
    );
}

#[test]
fn the_cochrane_file_is_imported_as_keycloak_does() {
    assert_imported(
        include_str!("testdata/cochrane.json"),
        include_str!("testdata/cochrane-by-keycloak-26.7.4.json"),
        &["permissions-api"],
    );
}

fn assert_imported(file: &str, exported: &str, made: &[&str]) {
    let mut ours: Value = import(by_keycloak(file)).into();
    let mut theirs = by_keycloak(exported);
    comparable(&mut ours, made);
    comparable(&mut theirs, made);
    let (ours, theirs) = (normal(ours), normal(theirs));
    assert_same(&ours, &theirs, "");
    assert_same_order(&ours, &theirs, "");
}
