//! The past: what was true at a moment, what was recorded by another, and the chain that shows it.

use registry::Role;
use serde_json::{Value, json};

use super::{LENDER, Network, jwk, key, lender};

#[tokio::test]
async fn the_chain_of_a_role_is_told_record_by_record() {
    let network = Network::with_lender().await;
    network.put(LENDER, json!({"participantRoleStatus": "APPROVED"})).await;
    let changed = network.put(LENDER, json!({"issuer": "x"})).await;
    let history = network.get(&format!("{LENDER}/history")).await;
    let what: Vec<&Value> = history.as_array().expect("records").iter().map(|one| &one["change"]["what"]).collect();
    assert_eq!(json!(what), json!(["role-applied", "status-changed", "role-stated"]));
    assert_eq!(history[2]["digest"], changed["head"]);
    assert_eq!(history[0]["actor"]["realm"], "token");
    assert_eq!(history[0]["actor"]["clientId"], "admin-cli");
    assert!(history[0]["entry"]["id"].as_str().is_some_and(|id| id.len() == 43));
    let own = network.get("participants/bank/history").await;
    assert_eq!(own[0]["change"]["participant"], json!({"participantName": "Bank"}));
    let page = network.get(&format!("{LENDER}/history?first=1&max=1")).await;
    assert_eq!((page.as_array().map(Vec::len), &page[0]["seq"]), (Some(1), &json!(2)));
    let realm = network.server.core.plan("token", domain::Fresh::Now).await.expect("read").expect("a realm");
    let rows = store::participants::records(&network.server.core.store, &realm.realm.id, "lender").await.expect("rows");
    let role = Role::fold(rows.iter().map(|row| row.octets.as_slice())).expect("a chain").expect("a role");
    assert_eq!(role.head.digest, changed["head"].as_str().expect("a digest"));
}

#[tokio::test]
async fn what_was_true_is_asked_by_at_and_what_was_known_by_as_of() {
    let network = Network::with_lender().await;
    network.post(&format!("{LENDER}/keys"), json!({"jwk": jwk(&key("k"))})).await;
    network.server.wait(3600);
    network.put(LENDER, json!({"participantRoleStatus": "APPROVED", "issuer": "new"})).await;
    network.server.wait(3600);
    let revoke = json!({"status": "REVOKED", "revokedSince": "2027-01-15T08:30:00Z", "reason": "theft"});
    network.put(&format!("{LENDER}/keys/k"), revoke).await;
    let role = |query: &str| format!("{LENDER}?{query}");
    let then = network.get(&role("at=2027-01-15T08:30:00Z")).await;
    assert_eq!((&then["participantRoleStatus"], &then["issuer"]), (&json!("APPLIED"), &Value::Null));
    let later = network.get(&role("at=2027-01-15T09:30:00Z")).await;
    assert_eq!((&later["participantRoleStatus"], &later["issuer"]), (&json!("APPROVED"), &json!("new")));
    assert_eq!(network.get(&role("asOf=2027-01-15T08:30:00Z")).await["seq"], 2);
    let keys = |query: &str| format!("{LENDER}/keys/jwks?{query}");
    let count = |found: Value| found["keys"].as_array().map(Vec::len);
    assert_eq!(count(network.get(&keys("at=2027-01-15T08:45:00Z")).await), Some(0));
    assert_eq!(count(network.get(&keys("at=2027-01-15T08:45:00Z&asOf=2027-01-15T09:00:00Z")).await), Some(1));
    network.refused("GET", &role("asOf=2026-01-01T00:00:00Z"), Value::Null, 404).await;
    network.refused("GET", &role("at=then"), Value::Null, 400).await;
}

#[tokio::test]
async fn participants_their_roles_addresses_and_networks_are_told_as_they_were() {
    for network in Network::on_each().await {
        network.add_lender().await;
        network.put("product-networks/gst/roles/lender", Value::Null).await;
        network.server.wait(3600);
        network.put("participants/bank", json!({"participantName": "New Bank"})).await;
        network.put(&format!("{LENDER}/addresses"), json!(["192.0.2.1"])).await;
        network.ask("boss", "DELETE", "product-networks/gst/roles/lender", Value::Null).await.expect(200);
        network.put("product-networks/msme/roles/lender", Value::Null).await;
        network.put(LENDER, json!({"participantRoleStatus": "APPROVED"})).await;
        network.post("participants/bank/roles", lender("second")).await;
        for (query, [name, count, addresses, gst, msme, status]) in [
            ("at=2027-01-15T08:30:00Z", ["Bank", "1", "0", "1", "0", "APPLIED"]),
            ("asOf=2027-01-15T08:30:00Z", ["Bank", "1", "0", "1", "0", "APPLIED"]),
            ("at=2027-01-15T09:30:00Z&asOf=2027-01-15T08:30:00Z", ["Bank", "1", "0", "1", "0", "APPLIED"]),
            ("at=2027-01-15T09:00:00Z", ["New Bank", "2", "1", "0", "1", "APPROVED"]),
            ("", ["New Bank", "2", "1", "0", "1", "APPROVED"]),
        ] {
            let get = async |path: &str| network.get(&format!("{path}?{query}")).await;
            let length = async |path: &str| get(path).await.as_array().expect("a list").len().to_string();
            assert_eq!(get("participants/bank").await["participantName"], name, "{query}");
            assert_eq!(length("participants/bank/roles").await, count, "{query}");
            assert_eq!(get("participants/bank/roles").await[0]["participantRoleStatus"], status, "{query}");
            assert_eq!(length(&format!("{LENDER}/addresses")).await, addresses, "{query}");
            assert_eq!(length("product-networks/gst/roles").await, gst, "{query}");
            assert_eq!(length("product-networks/msme/roles").await, msme, "{query}");
            let one = if gst == "1" { "gst" } else { "msme" };
            assert_eq!(get("product-networks").await, json!([{"id": one, "roles": 1}]), "{query}");
        }
        let before = "at=2027-01-15T07:59:00Z";
        for path in ["participants/bank", "participants/bank/roles", LENDER, &format!("{LENDER}/addresses")] {
            network.refused("GET", &format!("{path}?{before}"), Value::Null, 404).await;
        }
        assert_eq!(network.get(&format!("product-networks?{before}")).await, json!([]));
        assert_eq!(network.get(&format!("product-networks/gst/roles?{before}")).await, json!([]));
    }
}
