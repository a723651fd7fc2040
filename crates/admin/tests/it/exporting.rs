//! Realms out in the form that a Keycloak writes and reads.

use model::Document;
use serde_json::{Value, json};

use crate::support::{Place, cochrane, realm_file};

/// The same value with every list in one order: Keycloak's come out of a database in none.
fn sorted(value: Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.into_iter().map(sorted).collect();
            items.sort_by_key(Value::to_string);
            Value::Array(items)
        }
        Value::Object(map) => {
            let mut entries: Vec<(String, Value)> = map.into_iter().map(|(k, v)| (k, sorted(v))).collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(entries.into_iter().collect())
        }
        other => other,
    }
}

fn differences(at: &str, want: &Value, got: &Value, out: &mut Vec<String>) {
    match (want, got) {
        (Value::Object(a), Value::Object(b)) => {
            let names: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for name in names {
                let of = |map: &serde_json::Map<String, Value>| map.get(name).cloned().unwrap_or(json!("<absent>"));
                differences(&format!("{at}.{name}"), &of(a), &of(b), out);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (n, (a, b)) in a.iter().zip(b).enumerate() {
                differences(&format!("{at}[{n}]"), a, b, out);
            }
        }
        _ if want == got => {}
        _ => out.push(format!("{at}: {want} became {got}")),
    }
}

async fn there_and_back(file: Document) -> Document {
    let place = Place::with_master().await;
    let name = file.text("realm").unwrap().to_owned();
    admin::import::realm(&place.core, file).await.unwrap();
    admin::export::whole(&place.core, &name).await.unwrap().unwrap()
}

fn assert_same(name: &str, want: Document, got: Document) {
    let mut found = Vec::new();
    differences(name, &sorted(want.into_value()), &sorted(got.into_value()), &mut found);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// What a Keycloak itself changes when it imports its own exports; `compat/realm_files.py` judges that.
const CHANGED_BY_IMPORTS: [&str; 3] = ["attributes", "clients", "clientScopes"];

#[tokio::test]
async fn what_a_keycloak_exported_comes_out_as_it_went_in() {
    for name in ["ocen", "cochrane"] {
        let mut file = realm_file(&format!("compat/exported-by-keycloak-26.7.4/{name}-realm.json"));
        let mut back = there_and_back(file.clone()).await;
        for member in CHANGED_BY_IMPORTS {
            file.take(member);
            back.take(member);
        }
        assert_same(name, file, back);
    }
}

#[tokio::test]
async fn a_realm_that_went_out_and_in_once_stays_the_same() {
    for name in ["ocen", "cochrane"] {
        let file = realm_file(&format!("compat/exported-by-keycloak-26.7.4/{name}-realm.json"));
        let once = there_and_back(file).await;
        assert_same(name, once.clone(), there_and_back(once).await);
    }
}

#[tokio::test]
async fn an_export_has_the_order_of_keycloaks() {
    let file = realm_file("compat/exported-by-keycloak-26.7.4/cochrane-realm.json");
    let back = there_and_back(file.clone()).await;
    assert!(file.0.keys().eq(back.0.keys()), "{:?}", back.0.keys().collect::<Vec<_>>());
    let first = |doc: &Document, list: &str| doc.list(list)[0].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    for list in ["clients", "users", "clientScopes", "authenticationFlows", "requiredActions"] {
        assert_eq!(first(&file, list), first(&back, list), "{list}");
    }
}

#[tokio::test]
async fn an_export_of_a_short_file_makes_the_same_realm_again() {
    let once = there_and_back(cochrane()).await;
    let again = there_and_back(once).await;
    assert_same("cochrane", again.clone(), there_and_back(again).await);
}

#[tokio::test]
async fn users_come_in_pages() {
    let place = Place::with_master().await;
    admin::import::realm(&place.core, cochrane()).await.unwrap();
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = admin::export::users_after(&place.core, "cochrane", &after, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        after = last["id"].as_str().unwrap().to_owned();
        seen.extend(page.iter().map(|user| user["username"].as_str().unwrap().to_owned()));
    }
    seen.sort();
    assert_eq!(seen, ["former", "miriam", "newcomer", "service-account-archie", "tomas"]);
}

#[tokio::test]
async fn what_nobody_here_interprets_goes_out_as_it_came_in() {
    let mut file = cochrane();
    file.set("organizations", json!([{"name": "o", "alias": "o", "domains": []}]));
    file.set("clientPolicies", json!({"policies": [{"name": "p", "enabled": true}]}));
    let back = there_and_back(file.clone()).await;
    for member in ["organizations", "clientPolicies"] {
        assert_eq!(back.0.get(member), file.0.get(member), "{member}");
    }
}

#[tokio::test]
async fn a_whole_export_comes_into_a_new_database_with_the_administrators() {
    let from = Place::with_master().await;
    admin::import::realm(&from.core, cochrane()).await.unwrap();
    admin::bootstrap::user(&from.core, "chief", "chief-password").await.unwrap();
    let to = Place::new().await;
    for name in ["master", "cochrane"] {
        let export = admin::export::whole(&from.core, name).await.unwrap().unwrap();
        admin::import::with_master(&to.core, export).await.unwrap();
        let plan = to.plan(name).await;
        assert_eq!(plan.keys.jwks, from.plan(name).await.keys.jwks);
    }
    let master = to.plan("master").await;
    let chief = to.core.person_by_login(&master, "chief").await.unwrap().unwrap();
    let mut roles = master.roles.iter().filter(|r| r.client.as_ref().is_some_and(|c| c.client_id == "cochrane-realm"));
    assert!(roles.any(|role| role.name == "manage-realm"));
    let (held, _) = store::users::memberships(&to.core.store, &chief.user.id).await.unwrap();
    assert!(held.iter().any(|id| master.roles.find(id).is_some_and(|role| role.name == "admin")));
}
