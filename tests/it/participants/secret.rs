//! The secret of a role's client: changed with a grace period, and what ends soon.

use serde_json::{Value, json};
use wire_tests::{Ask, Reply};

use super::{LENDER, Network, jwk, key, receipts};

const DAY: i64 = 86_400;

impl Network {
    async fn log_in(&self, secret: &str) -> Reply {
        let form = [("grant_type", "client_credentials"), ("client_id", "lender-client"), ("client_secret", secret)];
        self.server.ask(Ask::form(self.server.path("token"), &form)).await
    }

    async fn rotate(&self, body: Value) -> Value {
        self.ask("keeper", "POST", &format!("{LENDER}/client-secret"), body).await.expect(200).json()
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

#[tokio::test]
async fn the_secret_before_counts_for_its_grace_period_and_the_new_one_until_it_ends() {
    for network in Network::on_each().await {
        let old = text(&network.add_lender().await["clientSecret"]);
        let rotated = network.rotate(Value::Null).await;
        assert_eq!(receipts(&rotated), ["secret-rotated"]);
        assert_eq!(rotated["previousUntil"], "2027-01-16T08:00:00.000Z");
        assert_eq!(rotated["expiresOn"], "2027-07-14T08:00:00.000Z");
        let new = text(&rotated["value"]);
        for secret in [&old, &new] {
            network.log_in(secret).await.expect(200);
        }
        network.server.wait(DAY);
        network.log_in(&old).await.expect(401);
        network.log_in(&new).await.expect(200);
        network.server.wait(179 * DAY);
        network.log_in(&new).await.expect(401);
    }
}

#[tokio::test]
async fn without_grace_the_secret_before_is_gone_at_once_and_an_ended_one_does_not_come_back() {
    let network = Network::start().await;
    let old = text(&network.add_lender().await["clientSecret"]);
    let second = network.rotate(json!({"graceSeconds": 0, "expiresInDays": 1})).await;
    assert!(second["previousUntil"].is_null());
    network.log_in(&old).await.expect(401);
    network.server.wait(DAY);
    let third = network.rotate(json!({})).await;
    assert!(third["previousUntil"].is_null());
    network.log_in(&text(&second["value"])).await.expect(401);
    network.log_in(&text(&third["value"])).await.expect(200);
    let path = format!("{LENDER}/client-secret");
    network.refused("POST", &path, json!({"graceSeconds": -1}), 400).await;
    network.refused("POST", &path, json!({"expiresInDays": 0}), 400).await;
}

#[tokio::test]
async fn the_secret_of_a_client_by_which_somebody_administers_is_not_for_who_may_only_keep_participants() {
    let network = Network::with_lender().await;
    let client = text(&network.get("clients?clientId=lender-client").await[0]["id"]);
    let management = text(&network.get("clients?clientId=realm-management").await[0]["id"]);
    let account = text(&network.get(&format!("clients/{client}/service-account-user")).await["id"]);
    let role = network.get(&format!("clients/{management}/roles/manage-users")).await;
    let path = format!("users/{account}/role-mappings/clients/{management}");
    network.ask("boss", "POST", &path, json!([role])).await.expect(204);
    network.ask("keeper", "POST", &format!("{LENDER}/client-secret"), json!({})).await.expect(403);
    network.ask("boss", "POST", &format!("{LENDER}/client-secret"), json!({})).await.expect(200);
}

#[tokio::test]
async fn what_ends_soon_is_listed_the_soonest_first() {
    let network = Network::with_lender().await;
    let keys = format!("{LENDER}/keys");
    network.post(&keys, json!({"jwk": jwk(&key("soon")), "validUntil": "2027-01-20T00:00:00Z"})).await;
    network.post(&keys, json!({"jwk": jwk(&key("late")), "validUntil": "2028-01-20T00:00:00Z"})).await;
    network.rotate(json!({"expiresInDays": 20})).await;
    let found = network.get("participants/expiring").await;
    let what: Vec<&Value> = found.as_array().expect("a list").iter().map(|one| &one["what"]).collect();
    assert_eq!(json!(what), json!(["previous-secret", "key", "secret"]));
    assert_eq!((&found[1]["kid"], &found[1]["roleId"]), (&json!("soon"), &json!("lender")));
    assert_eq!(network.get("participants/expiring?days=3").await.as_array().map(Vec::len), Some(1));
    for days in ["-1", "x", "3661"] {
        let told = network.refused("GET", &format!("participants/expiring?days={days}"), Value::Null, 400).await;
        assert_eq!(told, "days: must be a number from 0 to 3660");
    }
}

#[tokio::test]
async fn a_secret_made_by_the_clients_own_route_ends_the_one_of_the_rotation_too() {
    let network = Network::start().await;
    let old = text(&network.add_lender().await["clientSecret"]);
    let second = text(&network.rotate(json!({"graceSeconds": 3600})).await["value"]);
    let client = text(&network.get("clients?clientId=lender-client").await[0]["id"]);
    let path = format!("clients/{client}/client-secret");
    let third = text(&network.ask("boss", "POST", &path, Value::Null).await.expect(200).json()["value"]);
    for (secret, status) in [(&old, 401), (&second, 401), (&third, 200)] {
        network.log_in(secret).await.expect(status);
    }
    network.rotate(json!({"graceSeconds": 3600})).await;
    network.log_in(&third).await.expect(200);
    network.ask("boss", "DELETE", &format!("{path}/rotated"), Value::Null).await.expect(204);
    network.log_in(&third).await.expect(401);
    network.ask("boss", "DELETE", &format!("{path}/rotated"), Value::Null).await.expect(404);
}

#[tokio::test]
async fn the_secret_of_a_role_that_has_ended_does_not_come_back_with_its_client() {
    let network = Network::start().await;
    let secret = text(&network.add_lender().await["clientSecret"]);
    network.put(LENDER, json!({"participantRoleStatus": "APPROVED"})).await;
    let client = text(&network.get("clients?clientId=lender-client").await[0]["id"]);
    network.put(LENDER, json!({"participantRoleStatus": "ENDED"})).await;
    network.ask("boss", "PUT", &format!("clients/{client}"), json!({"enabled": true})).await.expect(204);
    network.log_in(&secret).await.expect(401);
}

#[tokio::test]
async fn a_role_that_ends_takes_no_other_client_with_the_same_change() {
    let network = Network::start().await;
    let secret = text(&network.add_lender().await["clientSecret"]);
    let other = json!({"clientId": "spare", "publicClient": false, "serviceAccountsEnabled": true});
    network.ask("boss", "POST", "clients", other).await.expect(201);
    network.put(LENDER, json!({"participantRoleStatus": "APPROVED"})).await;
    let both = json!({"clientId": "spare", "participantRoleStatus": "ENDED"});
    let told = network.refused("PUT", LENDER, both, 400).await;
    assert!(told.starts_with("clientId: a role that ends keeps its client"), "{told}");
    network.put(LENDER, json!({"participantRoleStatus": "ENDED"})).await;
    network.log_in(&secret).await.expect(401);
}

#[tokio::test]
async fn a_client_that_was_read_before_a_rotation_and_is_written_after_it_brings_no_old_secret_back() {
    let network = Network::start().await;
    let old = text(&network.add_lender().await["clientSecret"]);
    let mut client = network.get("clients?clientId=lender-client").await[0].take();
    assert_eq!(client["secret"], old.as_str());
    let path = format!("clients/{}", text(&client["id"]));
    let new = text(&network.rotate(json!({"graceSeconds": 3600})).await["value"]);
    for _ in 0..2 {
        let refused = network.refused("PUT", &path, client.clone(), 400).await;
        assert!(refused.starts_with("The secret sent is the one before a rotation"), "{refused}");
        network.server.wait(3600); // Also after its time.
    }
    client["secret"] = json!(new);
    network.ask("boss", "PUT", &path, client).await.expect(204);
    network.log_in(&old).await.expect(401);
    network.log_in(&new).await.expect(200);
}

#[tokio::test]
async fn what_a_representation_says_of_rotations_before_changes_nothing_of_later_ones() {
    let network = Network::with_lender().await;
    network.rotate(json!({"graceSeconds": 0, "expiresInDays": 1})).await;
    let mut stale = network.get("clients?clientId=lender-client").await[0].clone();
    let path = format!("clients/{}", text(&stale["id"]));
    let second = network.rotate(json!({"graceSeconds": 3600, "expiresInDays": 90})).await;
    stale.as_object_mut().expect("an object").remove("secret");
    stale["description"] = json!("changed meanwhile");
    network.ask("boss", "PUT", &path, stale).await.expect(204);
    network.server.wait(2 * DAY);
    network.log_in(&text(&second["value"])).await.expect(200);
    assert_eq!(network.get(&path).await["description"], "changed meanwhile");
}
