//! Roles: applied for, approved, suspended, ended; their settings, networks and clients.

use serde_json::{Value, json};

use super::{LENDER, Network, jwk, key, lender, receipts};

#[tokio::test]
async fn a_role_is_applied_for_reviewed_and_approved() {
    for network in Network::on_each().await {
        let made = network.add_lender().await;
        assert_eq!(receipts(&made), ["role-applied"]);
        assert_eq!(
            (made["participantRoleStatus"].as_str(), made["isApproved"].as_bool()),
            (Some("APPLIED"), Some(false))
        );
        network.put(LENDER, json!({"participantRoleStatus": "UNDER_REVIEW"})).await;
        network.server.wait(60);
        let approved = network
            .ask("approver", "PUT", LENDER, json!({"participantRoleStatus": "APPROVED"}))
            .await
            .expect(200)
            .json();
        assert_eq!(receipts(&approved), ["status-changed"]);
        assert_eq!(approved["isApproved"], true);
        assert_eq!(approved["approvedOn"], "2027-01-15T08:01:00.000Z");
        assert_eq!(approved["createdOn"], "2027-01-15T08:00:00.000Z");
        assert_eq!(approved["approvedBy"].as_str().map(str::len), Some(36), "the user's id");
        assert_eq!(network.get("participants/bank/roles").await[0]["seq"], 3);
        let refused = network.refused("PUT", LENDER, json!({"participantRoleStatus": "APPLIED"}), 400).await;
        assert_eq!(refused, "participantRoleStatus: APPROVED can't become APPLIED");
        network.refused("PUT", LENDER, json!({"participantRoleStatus": "FINE"}), 400).await;
    }
}

#[tokio::test]
async fn a_client_that_is_made_with_a_role_gets_tokens_and_its_secret_is_told_once() {
    let network = Network::start().await;
    let made = network.add_lender().await;
    let secret = made["clientSecret"].as_str().expect("a secret");
    assert!(network.get(LENDER).await["clientSecret"].is_null());
    let form = [("grant_type", "client_credentials"), ("client_id", "lender-client"), ("client_secret", secret)];
    let path = network.server.path("token");
    network.server.ask(wire_tests::Ask::form(path, &form)).await.expect(200);
    let clients = network.get("clients?clientId=lender-client").await;
    let flags = ["standardFlowEnabled", "implicitFlowEnabled", "directAccessGrantsEnabled", "publicClient"];
    assert!(flags.iter().all(|flag| clients[0][flag] == false));
    assert!(!network.get("admin-events").await.to_string().contains(secret));
}

#[tokio::test]
async fn a_client_has_one_role_that_has_not_ended() {
    let network = Network::with_lender().await;
    let mut second = lender("second");
    second["clientId"] = json!("lender-client");
    network.refused("POST", "participants/bank/roles", second.clone(), 409).await;
    second["createClient"] = json!(false);
    network.refused("POST", "participants/bank/roles", second.clone(), 409).await;
    network.put(LENDER, json!({"participantRoleStatus": "ENDED"})).await;
    network.post("participants/bank/roles", second).await;
}

#[tokio::test]
async fn a_client_that_is_there_is_taken_only_by_who_may_change_clients_and_never_one_of_the_realm() {
    let network = Network::with_lender().await;
    let with =
        |id: &str, client: &str| json!({"id": id, "participantRole": "LENDER", "clientId": client, "profile": "ocen"});
    network.ask("keeper", "POST", "participants/bank/roles", with("a", "app")).await.expect(403);
    network.post("participants/bank/roles", with("a", "app")).await;
    for client in ["realm-management", "message-signing", "account", "nobody"] {
        network.refused("POST", "participants/bank/roles", with("b", client), 400).await;
    }
    let mut new = with("c", "other");
    new["createClient"] = json!(true);
    network.refused("POST", "participants/bank/roles", new, 409).await;
}

#[tokio::test]
async fn a_client_that_can_get_no_token_of_its_own_is_refused_as_a_roles_and_warned_of_later() {
    for network in Network::on_each().await {
        network.add_lender().await;
        for (id, members, why) in [
            ("public", json!({"publicClient": true, "serviceAccountsEnabled": true}), "is a public client"),
            ("accountless", json!({"secret": "s", "publicClient": false}), "has no service account"),
            ("bearing", json!({"bearerOnly": true}), "is no client that a participant could use"),
        ] {
            let mut client = members;
            client["clientId"] = json!(id);
            network.ask("boss", "POST", "clients", client).await.expect(201);
            let mut role = lender("second");
            role["clientId"] = json!(id);
            role["createClient"] = json!(false);
            for (method, path, body) in
                [("POST", "participants/bank/roles", role), ("PUT", LENDER, json!({"clientId": id}))]
            {
                let text = network.refused(method, path, body, 400).await;
                assert!(text.starts_with(&format!("clientId: {id} {why}")), "{text}");
            }
        }
        let client = network.get("clients?clientId=lender-client").await[0]["id"].as_str().expect("an id").to_owned();
        let now = async || network.get(LENDER).await["warnings"].clone();
        assert_eq!(now().await, Value::Null);
        for (worse, better, why) in [
            (json!({"publicClient": true}), json!({"publicClient": false}), "is a public client"),
            (
                json!({"serviceAccountsEnabled": false}),
                json!({"serviceAccountsEnabled": true}),
                "has no service account",
            ),
            (json!({"enabled": false}), json!({"enabled": true}), "is disabled"),
        ] {
            network.ask("boss", "PUT", &format!("clients/{client}"), worse).await.expect(204);
            let told = now().await[0].as_str().expect("a warning").to_owned();
            assert!(told.starts_with(&format!("No token can be had: the client lender-client {why}")), "{told}");
            assert_eq!(network.get("participants/bank/roles").await[0]["warnings"][0], told);
            let changed = network.put(&format!("{LENDER}/addresses"), json!(["192.0.2.1"])).await;
            assert_eq!(changed["warnings"][0], told, "it is no refusal of other changes");
            network.ask("boss", "PUT", &format!("clients/{client}"), better).await.expect(204);
            assert_eq!(now().await, Value::Null);
        }
        let ended = network.put(LENDER, json!({"participantRoleStatus": "ENDED"})).await;
        assert_eq!((&ended["warnings"], now().await), (&Value::Null, Value::Null), "its end is no mishap");
    }
}

#[tokio::test]
async fn a_roles_client_is_neither_renamed_nor_deleted_before_the_role_has_ended() {
    let network = Network::with_lender().await;
    let client = network.get("clients?clientId=lender-client").await[0]["id"].as_str().expect("an id").to_owned();
    let path = format!("clients/{client}");
    let text = network.refused("DELETE", &path, Value::Null, 409).await;
    assert!(text.contains("participant role lender"), "{text}");
    network.refused("PUT", &path, json!({"clientId": "other-name"}), 409).await;
    network.ask("boss", "PUT", &path, json!({"name": "Lender"})).await.expect(204);
    network.put(LENDER, json!({"participantRoleStatus": "ENDED"})).await;
    network.ask("boss", "DELETE", &path, Value::Null).await.expect(204);
}

#[tokio::test]
async fn settings_are_checked_with_the_reason() {
    let network = Network::with_lender().await;
    let many: Vec<String> = (0..101).map(|n| format!("10.0.0.{n}/32")).collect();
    for (change, why) in [
        (json!({"participantRole": "PIRATE"}), "participantRole: must be one of LENDER, LOAN_AGENT"),
        (json!({"profile": "none"}), "profile: "),
        (json!({"profile": null}), "missing field `profile`"),
        (json!({"baseUrl": "http://lender.example"}), "baseUrl: "),
        (json!({"baseUrl": "https://lender.example/?x"}), "baseUrl: "),
        (json!({"baseUrl": "https://lender.example/#x"}), "baseUrl: "),
        (json!({"baseUrl": "https://u:p@lender.example/"}), "baseUrl: "),
        (json!({"baseUrl": "/v4"}), "baseUrl: "),
        (json!({"baseUrl": "https:///v4"}), "baseUrl: "),
        (json!({"baseUrl": "https://lender.example\\@other.example/"}), "baseUrl: "),
        (json!({"baseUrl": "https://lender.exam\nple/v4"}), "baseUrl: "),
        (json!({"baseUrl": " https://lender.example/v4"}), "baseUrl: "),
        (json!({"addresses": ["192.0.2.1", "here"]}), "\"here\" is neither"),
        (json!({"addresses": ["192.0.2.1", "192.0.2.1"]}), "there twice"),
        (json!({"addresses": many}), "addresses: at most 100"),
        (json!({"productNetworks": ["a b"]}), "productNetworks: "),
        (json!({"issuer": "x".repeat(2001)}), "issuer: "),
    ] {
        let text = network.refused("PUT", LENDER, change, 400).await;
        assert!(text.contains(why), "{text}");
    }
    let good =
        json!({"baseUrl": "http://localhost:8080/v4", "addresses": ["192.0.2.1", "2001:db8::/32"], "profile": "bound"});
    let now = network.put(LENDER, good).await;
    assert_eq!((receipts(&now), &now["profile"]), (vec!["role-stated".to_owned()], &json!("bound")));
}

#[tokio::test]
async fn which_roles_there_are_is_the_realms_to_say() {
    let setup =
        Network::setup().with(|realm| realm["attributes"]["countersign.participant-roles"] = json!("BUYER, SELLER"));
    let network = Network { server: setup.start().await };
    network.post("participants", json!({"id": "bank", "participantName": "Bank"})).await;
    let text = network.refused("POST", "participants/bank/roles", lender("a"), 400).await;
    assert_eq!(text, "participantRole: must be one of BUYER, SELLER");
    let mut buyer = lender("a");
    buyer["participantRole"] = json!("BUYER");
    network.post("participants/bank/roles", buyer).await;
}

#[tokio::test]
async fn suspending_changes_nothing_but_the_status() {
    let network = Network::with_lender().await;
    network.post(&format!("{LENDER}/keys"), json!({"jwk": jwk(&key("k"))})).await;
    network.put(LENDER, json!({"participantRoleStatus": "APPROVED"})).await;
    let before = network.get(LENDER).await;
    let now = network.put(LENDER, json!({"participantRoleStatus": "SUSPENDED", "reason": "late fees"})).await;
    assert_eq!((&now["isApproved"], &now["reason"]), (&json!(false), &json!("late fees")));
    assert_eq!(now["baseUrl"], before["baseUrl"]);
    assert_eq!(network.get("clients?clientId=lender-client").await[0]["enabled"], true);
    assert_eq!(network.get(&format!("{LENDER}/keys/k")).await["status"], "ACTIVE");
}

#[tokio::test]
async fn offboarding_ends_the_client_and_every_key_at_once_and_keeps_keys_and_history() {
    let network = Network::start().await;
    let secret = network.add_lender().await["clientSecret"].as_str().expect("a secret").to_owned();
    network.post(&format!("{LENDER}/keys"), json!({"jwk": jwk(&key("now"))})).await;
    let later = json!({"jwk": jwk(&key("later")), "validFrom": "2028-01-01T00:00:00Z"});
    network.post(&format!("{LENDER}/keys"), later).await;
    let ended = network.put(LENDER, json!({"participantRoleStatus": "ENDED"})).await;
    assert_eq!(receipts(&ended), ["key-ended", "key-ended", "status-changed"]);
    let form = [("grant_type", "client_credentials"), ("client_id", "lender-client"), ("client_secret", &secret)];
    network.server.ask(wire_tests::Ask::form(network.server.path("token"), &form)).await.expect(401);
    let keys = network.get(&format!("{LENDER}/keys")).await;
    assert!(keys.as_array().expect("keys").iter().all(|key| key["status"] == "ENDED"), "{keys}");
    assert_eq!(network.get(&format!("{LENDER}/keys/jwks?at=2028-06-01T00:00:00Z")).await, json!({"keys": []}));
    assert_eq!(network.get(&format!("{LENDER}/history")).await.as_array().map(Vec::len), Some(6));
    for (method, path, body) in [
        ("PUT", "", json!({"issuer": "x"})),
        ("PUT", "", json!({"participantRoleStatus": "APPROVED"})),
        ("POST", "/keys", json!({"jwk": jwk(&key("new"))})),
        ("POST", "/client-secret", json!({})),
    ] {
        network.refused(method, &format!("{LENDER}{path}"), body, 400).await;
    }
    let revoked = json!({"status": "REVOKED", "reason": "found out later"});
    network.put(&format!("{LENDER}/keys/now"), revoked).await;
}

#[tokio::test]
async fn a_role_is_put_into_product_networks_and_taken_out() {
    let network = Network::with_lender().await;
    let put =
        network.ask("keeper", "PUT", "product-networks/gst-loans/roles/lender", Value::Null).await.expect(200).json();
    assert_eq!((receipts(&put), &put["productNetworks"]), (vec!["role-stated".to_owned()], &json!(["gst-loans"])));
    assert_eq!(network.get("product-networks").await, json!([{"id": "gst-loans", "roles": 1}]));
    assert_eq!(network.get("product-networks/gst-loans/roles").await[0]["id"], "lender");
    network.ask("keeper", "DELETE", "product-networks/gst-loans/roles/lender", Value::Null).await.expect(200);
    network.refused("DELETE", "product-networks/gst-loans/roles/lender", Value::Null, 404).await;
    assert_eq!(network.get("product-networks").await, json!([]));
    let addresses = network.put(&format!("{LENDER}/addresses"), json!(["192.0.2.0/24"])).await;
    assert_eq!(addresses["addresses"], json!(["192.0.2.0/24"]));
    assert_eq!(network.get(&format!("{LENDER}/addresses")).await, json!(["192.0.2.0/24"]));
}

#[tokio::test]
async fn another_participants_role_is_not_found_under_this_one() {
    let network = Network::with_lender().await;
    network.post("participants", json!({"id": "other", "participantName": "Other"})).await;
    network.refused("GET", "participants/other/roles/lender", Value::Null, 404).await;
    network.refused("PUT", "participants/other/roles/lender", json!({"issuer": "x"}), 404).await;
    network.refused("GET", "participants/nobody/roles", Value::Null, 404).await;
}
