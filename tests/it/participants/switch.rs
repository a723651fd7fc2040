//! The switch: what it brings, to whom, and what it keeps.

use serde_json::{Value, json};
use wire_tests::{Ask, Server, Setup};

use super::{LENDER, Network, user};

const SIGNING: [&str; 4] = ["export-evidence", "sign-messages", "verify-messages", "view-evidence"];
const ADMINISTERING: [&str; 3] = ["approve-participants", "manage-participants", "view-participants"];

async fn root(server: &Server, method: &str, path: &str, body: Value) -> wire_tests::Reply {
    let ask = Ask::new(method, format!("/admin/realms{path}")).bearer(&server.admin_token().await);
    server.ask(if body.is_null() { ask } else { ask.body("application/json", body.to_string()) }).await
}

/// Names of the roles of a client.
async fn roles(server: &Server, realm: &str, client: &str) -> Vec<String> {
    let found = root(server, "GET", &format!("/{realm}/clients?clientId={client}"), Value::Null).await.json();
    let Some(id) = found[0]["id"].as_str() else { return Vec::new() };
    let roles = root(server, "GET", &format!("/{realm}/clients/{id}/roles"), Value::Null).await.json();
    roles.as_array().expect("roles").iter().map(|role| role["name"].as_str().expect("a name").to_owned()).collect()
}

async fn has_all(server: &Server) -> bool {
    let has = |roles: Vec<String>, wanted: &[&str]| wanted.iter().all(|name| roles.iter().any(|role| role == name));
    roles(server, "token", "message-signing").await == SIGNING
        && has(roles(server, "token", "realm-management").await, &ADMINISTERING)
        && has(roles(server, "master", "token-realm").await, &ADMINISTERING)
}

#[tokio::test]
async fn a_realm_that_is_made_with_the_switch_has_its_client_and_roles_within_those_of_administrators() {
    let server = Network::setup().master().start().await;
    assert!(has_all(&server).await);
    let master = server.core.plan("master", domain::Fresh::Now).await.expect("read").expect("a realm");
    let admin = master.roles.realm_role("admin").expect("a role");
    let given = master.roles.expand([admin.id.as_str()]);
    let token = server.core.plan("token", domain::Fresh::Now).await.expect("read").expect("a realm");
    let chief = token.roles.client_role("realm-management", "realm-admin").expect("a role");
    let of_chief = token.roles.expand([chief.id.as_str()]);
    for name in ADMINISTERING {
        assert!(given.contains(&master.roles.client_role("token-realm", name).expect("a role").id), "{name}");
        assert!(of_chief.contains(&token.roles.client_role("realm-management", name).expect("a role").id), "{name}");
    }
    root(&server, "GET", "/token/participants", Value::Null).await.expect(200);
}

#[tokio::test]
async fn a_realm_without_the_switch_has_nothing_of_it() {
    let server = Setup::of("token").master().start().await;
    assert_eq!(roles(&server, "token", "message-signing").await, [""; 0]);
    for (realm, client) in [("token", "realm-management"), ("master", "token-realm"), ("master", "master-realm")] {
        let roles = roles(&server, realm, client).await;
        assert!(!roles.is_empty() && !roles.iter().any(|role| role.contains("participants")), "{roles:?}");
    }
    for path in ["participants", "participants/x/roles/y/keys", "product-networks"] {
        root(&server, "GET", &format!("/token/{path}"), Value::Null).await.expect(404);
    }
    let whole = root(&server, "GET", "/token", Value::Null).await.json();
    assert!(!whole["attributes"].to_string().contains("countersign"));
}

#[tokio::test]
async fn the_switch_can_be_thrown_later_and_again_and_what_is_there_stays() {
    let server = Setup::of("token").master().start().await;
    let on = json!({"attributes": {"countersign.participants": "true"}});
    let off = json!({"attributes": {"countersign.participants": "false"}});
    for change in [&on, &off, &on, &on] {
        root(&server, "PUT", "/token", change.clone()).await.expect(204);
    }
    assert!(has_all(&server).await);
    root(&server, "GET", "/token/participants", Value::Null).await.expect(200);
}

#[tokio::test]
async fn a_realm_that_is_switched_off_before_it_had_a_ledger_is_as_it_was() {
    let server = Setup::of("token").master().start().await;
    for value in ["true", "false"] {
        root(&server, "PUT", "/token", json!({"attributes": {"countersign.participants": value}})).await.expect(204);
    }
    assert_eq!(roles(&server, "token", "message-signing").await, [""; 0]);
    for (realm, client) in [("token", "realm-management"), ("master", "token-realm")] {
        let roles = roles(&server, realm, client).await;
        assert!(!roles.is_empty() && !roles.iter().any(|role| role.contains("participants")), "{roles:?}");
    }
    root(&server, "GET", "/token/participants", Value::Null).await.expect(404);
}

#[tokio::test]
async fn the_client_of_messages_stays_as_long_as_there_are_participants() {
    let server = Network::setup().master().start().await;
    let found = root(&server, "GET", "/token/clients?clientId=message-signing", Value::Null).await.json();
    let path = format!("/token/clients/{}", found[0]["id"].as_str().expect("an id"));
    root(&server, "DELETE", &path, Value::Null).await.expect(400);
    root(&server, "PUT", &path, json!({"clientId": "nobodys-yet"})).await.expect(400);
    root(&server, "PUT", &path, json!({"description": "For gateways"})).await.expect(204);
    assert!(has_all(&server).await);
    // Evidence is shown after its ledger was closed, too.
    let realm = server.core.plan("token", domain::Fresh::Now).await.expect("read").expect("a realm").realm.id.clone();
    root(&server, "POST", "/token/participants", json!({"participantName": "Bank"})).await.expect(201);
    server.core.sequence_all().await.expect("indexes");
    server.core.close_ledger(&realm).await.expect("closes");
    root(&server, "DELETE", &path, Value::Null).await.expect(400);
    root(&server, "DELETE", &format!("{path}/roles/view-evidence"), Value::Null).await.expect(400);
    root(&server, "POST", &format!("{path}/roles"), json!({"name": "other"})).await.expect(201);
    root(&server, "PUT", &format!("{path}/roles/other"), json!({"name": "view-evidence"})).await.expect(400);
}

#[tokio::test]
async fn the_roles_of_messages_stay_too_and_what_is_missing_of_all_comes_back_with_the_next_change() {
    let server = Network::setup().master().start().await;
    let found = root(&server, "GET", "/token/clients?clientId=message-signing", Value::Null).await.json();
    let client = format!("/token/clients/{}/roles", found[0]["id"].as_str().expect("an id"));
    for name in SIGNING {
        let path = format!("{client}/{name}");
        let role = root(&server, "GET", &path, Value::Null).await.json();
        for path in [path, format!("/token/roles-by-id/{}", role["id"].as_str().expect("an id"))] {
            root(&server, "DELETE", &path, Value::Null).await.expect(400);
            root(&server, "PUT", &path, json!({"name": "nobodys-yet"})).await.expect(400);
            root(&server, "PUT", &path, json!({"name": name, "description": "Ours"})).await.expect(204);
        }
    }
    root(&server, "POST", &client, json!({"name": "other"})).await.expect(201);
    root(&server, "DELETE", &format!("{client}/other"), Value::Null).await.expect(204);
    assert!(has_all(&server).await);
    // As it may have been before the roles were kept.
    let version = masters_version(&server).await;
    let token = server.core.plan("token", domain::Fresh::Now).await.expect("read").expect("a realm");
    let mut batch = store::Batch::new();
    let lost = token.roles.client_role("message-signing", "verify-messages").expect("a role");
    store::roles::delete(&mut batch, &lost.id);
    store::realms::touch(&mut batch, &token.realm.id);
    server.core.store.db().commit(batch).await.expect("deleted");
    assert!(!has_all(&server).await);
    root(&server, "PUT", "/token", json!({"displayName": "Other"})).await.expect(204);
    assert!(has_all(&server).await);
    assert_eq!(masters_version(&server).await, version, "of master nothing was missing");
}

/// Master's version, another one after each of its changes.
async fn masters_version(server: &Server) -> i64 {
    server.core.plan("master", domain::Fresh::Now).await.expect("read").expect("a realm").version
}

#[tokio::test]
async fn master_can_have_participants_too() {
    let server = Setup::empty().master().start().await;
    root(&server, "PUT", "/master", json!({"attributes": {"countersign.participants": "true"}})).await.expect(204);
    assert_eq!(roles(&server, "master", "message-signing").await, SIGNING);
    root(&server, "POST", "/master/participants", json!({"participantName": "Bank"})).await.expect(201);
}

#[tokio::test]
async fn who_may_give_realm_admin_of_a_realm_without_participants_still_may() {
    let server = Setup::of("token")
        .with(|realm| realm["users"].as_array_mut().expect("users").push(user("x", &[])))
        .master()
        .start()
        .await;
    let id = root(&server, "GET", "/token/users?username=x", Value::Null).await.json()[0]["id"].clone();
    let client =
        root(&server, "GET", "/token/clients?clientId=realm-management", Value::Null).await.json()[0]["id"].clone();
    let (id, client) = (id.as_str().expect("an id"), client.as_str().expect("an id"));
    let role = root(&server, "GET", &format!("/token/clients/{client}/roles/realm-admin"), Value::Null).await.json();
    let path = format!("/token/users/{id}/role-mappings/clients/{client}");
    root(&server, "POST", &path, json!([role])).await.expect(204);
}

#[tokio::test]
async fn a_realm_with_an_open_ledger_is_not_switched_off_renamed_or_deleted() {
    let server = Network::setup().master().start().await;
    root(&server, "POST", "/token/participants", json!({"participantName": "Bank"})).await.expect(201);
    for (method, body) in [
        ("PUT", json!({"attributes": {"countersign.participants": "false"}})),
        ("PUT", json!({"attributes": {}})),
        ("PUT", json!({"realm": "other"})),
        ("DELETE", Value::Null),
    ] {
        let reply = root(&server, method, "/token", body).await.expect(409);
        let text = reply.text("errorMessage");
        assert!(text.contains("`countersign ledger close --realm=token`"), "{text}");
    }
    root(&server, "PUT", "/token", json!({"displayName": "Other"})).await.expect(204);
    root(&server, "GET", "/token/participants", Value::Null).await.expect(200);
}

#[tokio::test]
async fn the_realms_own_signing_profiles_are_checked_when_they_are_written() {
    let server = Network::setup().master().start().await;
    let with = |profiles: Value| json!({"attributes": {"countersign.participants": "true", "countersign.signing-profiles": profiles}});
    for (profiles, why) in [
        (json!("{}"), "not a JSON list"),
        (json!("[{\"name\": 1}]"), "countersign.signing-profiles: "),
        (json!(["x"]), "must be a text"),
    ] {
        let text = root(&server, "PUT", "/token", with(profiles)).await.expect(400).text("errorMessage");
        assert!(text.contains(why), "{text}");
    }
    root(&server, "PUT", "/token", with(json!("[]"))).await.expect(204);
}

#[tokio::test]
async fn an_attribute_of_ours_that_could_not_be_read_is_refused_with_the_reason() {
    let server = Network::setup().master().start().await;
    for (name, value, why) in [
        ("replay-hours", json!("a day"), "must be a whole number from 1 to 8784"),
        ("keep-bodies", json!("no"), "must be the text true or false"),
        ("keep-bodies", json!(false), "must be a text"),
        ("reply-signature-algorithm", json!("HS256"), "must be an algorithm of public keys"),
        ("erase-after", json!("30"), "no attribute of realms"),
    ] {
        let attributes = json!({"countersign.participants": "true", format!("countersign.{name}"): value});
        let text =
            root(&server, "PUT", "/token", json!({"attributes": attributes})).await.expect(400).text("errorMessage");
        assert!(text.starts_with(&format!("countersign.{name}: {why}")), "{text}");
        let file = json!({"realm": "fresh", "attributes": attributes});
        root(&server, "POST", "", file).await.expect(400);
    }
    for (members, why) in [
        (json!({"headers": ["content-length"]}), "a header of the connection or of the content carries no signature"),
        (json!({"times": {"time": "x", "request_id": null, "trace_id": null}}), "times has JSON pointers"),
        (json!({"version": 0}), "version is a number from 1 on"),
        (json!({"no_body": "empty"}), "no_body is empty, and no parameter is the address"),
        (json!({"age": 60}), "age bounds a time, and the profile has none"),
        (
            json!({"age": 60, "coding": "any", "times": {"time": "/t", "request_id": null, "trace_id": null}}),
            "neither signed nor in a body without coding",
        ),
    ] {
        let mut own = serde_json::to_value(signing::Profile::find("strict").expect("a profile")).expect("a value");
        own["name"] = json!("ours");
        own.as_object_mut().expect("an object").extend(members.as_object().expect("members").clone());
        let attributes =
            json!({"countersign.participants": "true", "countersign.signing-profiles": json!([own]).to_string()});
        let text =
            root(&server, "PUT", "/token", json!({"attributes": attributes})).await.expect(400).text("errorMessage");
        assert!(text.contains(why), "{text}");
    }
    let odd = json!({"attributes": {"countersign.participants": "yes"}});
    root(&server, "PUT", "/token", odd.clone()).await.expect(400);
    let mut file = odd;
    file["realm"] = json!("fresh");
    root(&server, "POST", "", file).await.expect(400);
}

#[tokio::test]
async fn a_signing_profile_is_not_taken_from_roles_that_have_not_ended() {
    let network = Network { server: Network::setup().master().start().await };
    network.add_lender().await;
    let server = &network.server;
    let mut own = serde_json::to_value(signing::Profile::find("strict").expect("a profile")).expect("a value");
    let mut with = |names: &[&str]| {
        let list: Vec<Value> = names
            .iter()
            .map(|name| {
                own["name"] = json!(name);
                own.clone()
            })
            .collect();
        json!({"attributes": {"countersign.participants": "true",
            "countersign.signing-profiles": json!(list).to_string()}})
    };
    root(server, "PUT", "/token", with(&["ours", "other"])).await.expect(204);
    network.put(LENDER, json!({"profile": "ours"})).await;
    let bare = json!({"attributes": {"countersign.participants": "true", "countersign.signing-profiles": ""}});
    for change in [with(&["other"]), with(&[]), bare.clone()] {
        let text = root(server, "PUT", "/token", change).await.expect(409).text("errorMessage");
        assert!(text.contains("the profile ours is used by 1 role(s) that have not ended (lender)"), "{text}");
    }
    root(server, "PUT", "/token", with(&["ours"])).await.expect(204);
    network.put(LENDER, json!({"participantRoleStatus": "ENDED"})).await;
    root(server, "PUT", "/token", bare).await.expect(204);
}

#[tokio::test]
async fn the_name_of_what_a_role_is_is_not_taken_from_it() {
    let network = Network { server: Network::setup().master().start().await };
    network.add_lender().await;
    let with = |names: &str| json!({"attributes": {"countersign.participants": "true", "countersign.participant-roles": names}});
    let text = root(&network.server, "PUT", "/token", with("KING")).await.expect(409).text("errorMessage");
    assert!(text.contains("the name LENDER is used by 1 role(s) that have not ended (lender)"), "{text}");
    root(&network.server, "PUT", "/token", with("KING,LENDER")).await.expect(204);
}
