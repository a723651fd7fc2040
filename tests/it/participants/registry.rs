//! Participants: registered, found, changed; by whom.

use serde_json::{Value, json};
use wire_tests::Ask;

use super::{LENDER, Network, lender, receipts};
use crate::messages::replies::{digest, signed_header};

#[tokio::test]
async fn a_participant_is_registered_found_and_changed_with_a_receipt_for_each_change() {
    for network in Network::on_each().await {
        let sent = json!({"id": "bank-1", "participantName": "First Bank", "website": "https://bank.example"});
        let reply = network.ask("keeper", "POST", "participants", sent).await.expect(201);
        assert_eq!(reply.header("location"), "https://id.example/admin/realms/token/participants/bank-1");
        let made = reply.json();
        assert_eq!(receipts(&made), ["participant-stated"]);
        assert_eq!((made["id"].as_str(), made["seq"].as_i64()), (Some("bank-1"), Some(1)));
        let unnamed = network.post("participants", json!({"participantName": "Second Bank"})).await;
        assert_eq!(unnamed["id"].as_str().map(str::len), Some(36));
        let listed = network.get("participants?search=FIRST").await;
        assert_eq!((listed[0]["id"].as_str(), listed.as_array().map(Vec::len)), (Some("bank-1"), Some(1)));
        assert_eq!(network.get("participants?first=1&max=1").await[0]["participantName"], "Second Bank");
        assert_eq!(network.get("participants/count").await, 2);
        let changed = network.put("participants/bank-1", json!({"phone": "1", "website": null})).await;
        assert_eq!(receipts(&changed), ["participant-stated"]);
        let now = network.get("participants/bank-1").await;
        assert_eq!((&now["phone"], &now["website"], &now["seq"]), (&json!("1"), &Value::Null, &json!(2)));
        assert_eq!(now["head"], changed["head"]);
    }
}

#[tokio::test]
async fn participants_are_found_by_a_part_of_their_name_or_by_their_id() {
    for network in Network::on_each().await {
        for (id, name) in [("bank-1", "First Bank"), ("bank-2", "Second_Bank"), ("agency", "Agentur Süd")] {
            network.post("participants", json!({"id": id, "participantName": name})).await;
        }
        for (search, ids) in [
            ("", &["agency", "bank-1", "bank-2"][..]),
            ("bank", &["bank-1", "bank-2"]),
            ("FIRST", &["bank-1"]),
            ("t%20B", &["bank-1"]),
            ("agency", &["agency"]),
            ("bank-2", &["bank-2"]),
            ("bank-", &[]),
            ("nobody", &[]),
            // Neither stands for other characters.
            ("_", &["bank-2"]),
            ("%25", &[]),
            ("S%C3%BCd", &["agency"]),
        ] {
            let found = network.get(&format!("participants?search={search}")).await;
            let found: Vec<&str> = found.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
            assert_eq!(found, ids, "{search}");
            let count = network.get(&format!("participants/count?search={search}")).await;
            assert_eq!(count, ids.len(), "{search}");
        }
    }
}

#[tokio::test]
async fn replies_of_the_registry_are_signed_for_administrators_too() {
    let network = Network::with_lender().await;
    let statement = json!({"id": "agency", "participantName": "Agency"});
    for (method, path, body) in [
        ("POST", "participants", statement.clone()),
        ("POST", "participants", statement),
        ("GET", "participants/agency", Value::Null),
        ("GET", "participants/nobody", Value::Null),
        ("PUT", LENDER, json!({"participantRoleStatus": "APPROVED"})),
        ("PUT", "product-networks/gst/roles/lender", Value::Null),
        ("GET", "product-networks/gst/roles", Value::Null),
        ("DELETE", "product-networks/gst/roles/lender", Value::Null),
    ] {
        let reply = network.ask("boss", method, path, body.clone()).await;
        let header = signed_header(&network.server, &reply).await;
        let sent = if body.is_null() { String::new() } else { body.to_string() };
        assert_eq!(header["req"], digest(method, &format!("/admin/realms/token/{path}"), &sent), "{method} {path}");
        if reply.status < 300 && method != "GET" {
            assert!(!receipts(&reply.json()).is_empty(), "{method} {path}: a change has its receipt");
        }
    }
    let other = network.ask("boss", "GET", "users", Value::Null).await.expect(200);
    assert_eq!(other.header("x-jws-signature"), "", "what is not the registry's is Keycloak's");
}

#[tokio::test]
async fn who_is_unknown_hears_that_and_not_that_what_they_sent_is_too_long() {
    let network = Network::start().await;
    let long = "x".repeat(5 << 20);
    for (method, path) in
        [("POST", "participants"), ("PUT", "participants/bank"), ("PUT", "product-networks/gst/roles/lender")]
    {
        let ask = Ask::new(method, format!("/admin/realms/token/{path}")).body("application/json", long.clone());
        for ask in [ask.clone(), ask.bearer("opaque")] {
            network.server.ask(ask).await.expect(401);
        }
    }
    let known = network.server.client_of("token", "admin-cli").password("boss", "pw").await.access;
    let ask = Ask::new("POST", "/admin/realms/token/participants").body("application/json", long);
    network.server.ask(ask.bearer(&known)).await.expect(413);
}

#[tokio::test]
async fn what_was_read_can_be_sent_back_unless_it_was_changed_meanwhile() {
    let network = Network::with_lender().await;
    for path in ["participants/bank", LENDER] {
        let read = network.get(path).await;
        assert_eq!(receipts(&network.put(path, read.clone()).await), [""; 0]);
        let change = if path == LENDER { json!({"issuer": "x"}) } else { json!({"phone": "1"}) };
        network.put(path, change).await;
        network.refused("PUT", path, read, 409).await;
    }
}

#[tokio::test]
async fn an_unknown_member_is_refused_and_named() {
    let network = Network::with_lender().await;
    let mut role = lender("other");
    role["colour"] = json!("red");
    for (method, path, body) in [
        ("POST", "participants", json!({"participantName": "x", "colour": "red"})),
        ("PUT", "participants/bank", json!({"colour": "red"})),
        ("POST", "participants/bank/roles", role),
        ("PUT", LENDER, json!({"colour": "red"})),
        ("POST", "participants/bank/roles/lender/keys", json!({"jwk": {}, "colour": "red"})),
        ("POST", "participants/bank/roles/lender/client-secret", json!({"colour": 1})),
    ] {
        let text = network.refused(method, path, body, 400).await;
        assert!(text.contains("`colour`"), "{method} {path}: {text}");
    }
}

#[tokio::test]
async fn an_id_is_short_plain_and_nobody_elses() {
    let network = Network::with_lender().await;
    for id in ["", "a/b", "ä", "..", "count", "expiring", "x y", &"x".repeat(101)] {
        network.refused("POST", "participants", json!({"id": id, "participantName": "x"}), 400).await;
    }
    for id in ["bank", "lender"] {
        network.refused("POST", "participants", json!({"id": id, "participantName": "x"}), 409).await;
        network.refused("POST", "participants/bank/roles", lender(id), 409).await;
    }
    network.refused("POST", "participants", json!({"participantName": "x".repeat(2001)}), 400).await;
    network.refused("POST", "participants", json!({"participantName": ""}), 400).await;
    network.refused("POST", "participants", json!({}), 400).await;
}

#[tokio::test]
async fn who_may_see_may_not_change_and_who_may_change_may_not_approve() {
    let network = Network::with_lender().await;
    for who in ["viewer", "keeper", "approver"] {
        for path in ["participants", "participants/bank", LENDER, "product-networks", "participants/expiring"] {
            network.ask(who, "GET", path, Value::Null).await.expect(200);
        }
    }
    let approve = json!({"participantRoleStatus": "APPROVED"});
    let both = json!({"participantRoleStatus": "APPROVED", "issuer": "x"});
    let settings = json!({"issuer": "y"});
    network.ask("outsider", "GET", "participants", Value::Null).await.expect(403);
    for who in ["viewer", "approver"] {
        network.ask(who, "POST", "participants", json!({"participantName": "x"})).await.expect(403);
        network.ask(who, "PUT", LENDER, settings.clone()).await.expect(403);
    }
    for (who, body) in [("keeper", &approve), ("keeper", &both), ("approver", &both), ("viewer", &approve)] {
        network.ask(who, "PUT", LENDER, body.clone()).await.expect(403);
    }
    network.ask("keeper", "PUT", LENDER, settings).await.expect(200);
    network.ask("approver", "PUT", LENDER, approve).await.expect(200);
}

#[tokio::test]
async fn changes_are_told_in_the_events_of_administrators() {
    let network = Network::with_lender().await;
    let events = network.get("admin-events").await;
    let kinds: Vec<&str> =
        events.as_array().expect("events").iter().filter_map(|e| e["resourceType"].as_str()).collect();
    for kind in ["PARTICIPANT", "PARTICIPANT_ROLE"] {
        assert!(kinds.contains(&kind), "{kinds:?}");
    }
}

#[tokio::test]
async fn a_page_that_is_none_is_refused_by_the_name_of_its_parameter() {
    let network = Network::with_lender().await;
    for path in ["participants", "participants/bank/history", "participants/bank/roles/lender/history"] {
        for name in ["first", "max"] {
            let text = network.refused("GET", &format!("{path}?{name}=x"), Value::Null, 400).await;
            assert_eq!(text, format!("{name}: must be a whole number"));
        }
        network.get(&format!("{path}?first=0&max=-1")).await;
    }
}
