//! Realms in by their files.

use serde_json::json;

use crate::support::{Place, cochrane, document, realm_file, refused};

#[tokio::test]
async fn a_short_file_becomes_a_realm_whose_people_have_what_it_says() {
    let place = Place::with_master().await;
    admin::import::realm(&place.core, cochrane()).await.unwrap();
    let plan = place.plan("cochrane").await;
    let person = place.core.person_by_login(&plan, "miriam@reviews.example").await.unwrap().unwrap();
    let names: Vec<&str> = person.effective_roles(&plan).iter().map(|role| role.name.as_str()).collect();
    for role in ["editor", "author", "managing-editor", "offline_access", "documents:read", "documents:write"] {
        assert!(names.contains(&role), "{role} in {names:?}");
    }
    let mut writes = domain::Writes::default();
    let verdict = place.core.verify_password(&plan, &person, "miriam-password", &mut writes).await.unwrap();
    assert_eq!(verdict, domain::passwords::Verdict::Right);
}

#[tokio::test]
async fn a_new_realm_signs_and_seals_with_keys_of_its_own() {
    let place = Place::with_master().await;
    admin::import::realm(&place.core, document(json!({"realm": "fresh", "enabled": true}))).await.unwrap();
    let plan = place.plan("fresh").await;
    assert!(plan.keys.signer("RS256").is_some());
    assert!(plan.keys.signer("HS512").is_some());
    assert!(plan.keys.sealing().is_some());
    assert!(plan.keys.active("RSA-OAEP").is_some());
}

#[tokio::test]
async fn a_full_export_keeps_its_ids_and_keys() {
    let place = Place::with_master().await;
    let file = realm_file("compat/exported-by-keycloak-26.7.4/ocen-realm.json");
    let imported = admin::import::realm(&place.core, file.clone()).await.unwrap();
    assert_eq!(Some(imported.id.as_str()), file.text("id"));
    let plan = place.plan("ocen").await;
    let asha = place.core.person_by_login(&plan, "asha").await.unwrap().unwrap();
    let expected = file.list("users").iter().find(|u| u["username"] == "asha").unwrap();
    assert_eq!(expected["id"], asha.user.id.as_str());
    let key = &file.object("components").unwrap()["org.keycloak.keys.KeyProvider"];
    let key = key.as_array().unwrap().iter().find(|k| k["providerId"] == "rsa-generated").unwrap();
    let private = key["config"]["privateKey"][0].as_str().unwrap();
    let expected = jose::SigningKey::from_text(jose::Algorithm::RS256, private).unwrap();
    assert_eq!(plan.keys.signer("RS256").unwrap().kid(), expected.kid());
}

#[tokio::test]
async fn masters_administrators_may_administer_a_new_realm() {
    let place = Place::with_master().await;
    admin::bootstrap::user(&place.core, "Admin", "admin").await.unwrap();
    admin::import::realm(&place.core, document(json!({"realm": "fresh"}))).await.unwrap();
    let master = place.plan("master").await;
    let person = place.core.person_by_login(&master, "admin").await.unwrap().unwrap();
    let role = master.roles.client_role("fresh-realm", "query-users").unwrap();
    assert!(person.effective_roles(&master).contains(role.id.as_str()));
}

#[tokio::test]
async fn a_broken_reference_is_named_by_its_path_and_leaves_nothing() {
    let place = Place::with_master().await;
    let cases = [
        (
            json!({"users": [{"username": "a"}, {"username": "b", "groups": ["/x"]}]}),
            "users[1].groups[0]: no group at \"/x\"",
        ),
        (
            json!({"clients": [{"clientId": "c", "defaultClientScopes": ["profile", "nope"]}]}),
            "clients[0].defaultClientScopes[1]: no client scope named \"nope\"",
        ),
        (json!({"browserFlow": "mine"}), "browserFlow: no authentication flow with alias \"mine\""),
        (
            json!({"roles": {"realm": [{"name": "r", "composites": {"realm": ["s"]}}]}}),
            "roles.realm[0].composites.realm[0]: no realm role named \"s\"",
        ),
        (
            json!({"users": [{"username": "a", "clientRoles": {"gone": ["x"]}}]}),
            "users[0].clientRoles.gone: no client with clientId \"gone\"",
        ),
        (json!({"users": [{"username": "a"}, {"username": "A"}]}), "users[1].username: \"a\" is there twice"),
    ];
    for (mut file, expected) in cases {
        file["realm"] = json!("broken");
        let (status, body) = refused(admin::import::realm(&place.core, document(file)).await);
        assert_eq!((status, body), (400, json!({ "errorMessage": expected }).to_string()));
        assert!(!place.has_realm("broken").await);
        assert!(store::realms::list_hidden(&place.core.store).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn ids_that_another_realm_has_are_a_conflict_and_nothing_stays() {
    let place = Place::with_master().await;
    let mut file = realm_file("compat/exported-by-keycloak-26.7.4/ocen-realm.json");
    admin::import::realm(&place.core, file.clone()).await.unwrap();
    file.set("realm", "copy");
    file.set("id", "another-id");
    let (status, _) = refused(admin::import::realm(&place.core, file).await);
    assert_eq!(status, 409);
    assert!(store::realms::list_hidden(&place.core.store).await.unwrap().is_empty());
}

#[tokio::test]
async fn names_that_are_taken_missing_or_break_urls_are_refused() {
    let place = Place::with_master().await;
    let import = |name: &str| admin::import::realm(&place.core, document(json!({ "realm": name })));
    assert_eq!(refused(import("master").await), (409, r#"{"errorMessage":"Realm master already exists"}"#.to_owned()));
    assert_eq!(refused(import(" ").await), (400, r#"{"errorMessage":"Realm name cannot be empty"}"#.to_owned()));
    assert_eq!(refused(import("a/b").await), (400, r#"{"error":"Character '/' not allowed."}"#.to_owned()));
}

#[tokio::test]
async fn replacing_a_realm_takes_the_ids_of_the_one_before() {
    let place = Place::with_master().await;
    let file = realm_file("compat/exported-by-keycloak-26.7.4/ocen-realm.json");
    admin::import::realm(&place.core, file.clone()).await.unwrap();
    let mut next = file.clone();
    next.set("displayName", "Next");
    place.clock.advance_seconds(1);
    admin::import::replace(&place.core, next).await.unwrap();
    assert_eq!(place.plan("ocen").await.realm.display_name, "Next");
    let mut broken = file;
    broken.set("browserFlow", "nope");
    assert_eq!(refused(admin::import::replace(&place.core, broken).await).0, 400);
    assert_eq!(place.plan("ocen").await.realm.display_name, "Next");
}

#[tokio::test]
async fn client_ids_that_could_be_taken_for_another_things_are_refused() {
    let place = Place::with_master().await;
    for id in ["the-realm", "a.b", "a b", &"x".repeat(37)] {
        let file = json!({"realm": "r", "id": "the-realm", "clients": [{"id": id, "clientId": "c"}]});
        assert_eq!(refused(admin::import::realm(&place.core, document(file)).await).0, 400, "{id}");
    }
}

#[tokio::test]
async fn a_realm_that_another_node_is_importing_is_left_to_it() {
    let place = Place::with_master().await;
    let mut batch = store::Batch::new();
    let doc = document(json!({"enabled": true}));
    store::realms::insert(&place.core.store, &mut batch, "same", place.core.clock.now_ms(), &doc).unwrap();
    place.core.store.db().commit(batch).await.unwrap();
    let file = || document(json!({"realm": "r", "id": "same"}));
    assert_eq!(refused(admin::import::realm(&place.core, file()).await).0, 409);
    assert_eq!(store::realms::list_hidden(&place.core.store).await.unwrap().len(), 1);
    assert!(admin::is_importing(&place.core).await.unwrap());
    place.clock.advance_seconds(7 * 3600);
    assert!(!admin::is_importing(&place.core).await.unwrap());
    admin::import::realm(&place.core, file()).await.unwrap();
}

#[tokio::test]
async fn a_realm_that_cannot_be_replaced_stays_with_its_people() {
    let place = Place::with_master().await;
    let client = json!([{"id": "held", "clientId": "c"}]);
    admin::import::realm(&place.core, document(json!({"realm": "a", "clients": client}))).await.unwrap();
    admin::import::realm(&place.core, cochrane()).await.unwrap();
    let next = document(json!({"realm": "cochrane", "clients": client}));
    let (status, said) = refused(admin::import::replace(&place.core, next).await);
    assert_eq!(status, 409);
    assert!(said.contains("Conflict detected"), "{said}");
    let plan = place.plan("cochrane").await;
    let person = place.core.person_by_login(&plan, "miriam@reviews.example").await.unwrap().unwrap();
    let mut writes = domain::Writes::default();
    let verdict = place.core.verify_password(&plan, &person, "miriam-password", &mut writes).await.unwrap();
    assert_eq!(verdict, domain::passwords::Verdict::Right);
    assert!(store::realms::list_hidden(&place.core.store).await.unwrap().is_empty());
}
