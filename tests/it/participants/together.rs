//! Operators who change the registry at one moment, on two nodes: one ledger, and no record lost or twice.

use std::collections::BTreeSet;

use ledger::Kind;
use serde_json::{Value, json};
use store::ledger::EntryRow;
use tokio::task::JoinSet;
use wire_tests::{Engine, Server};

use super::{LENDER, Network, jwk, key, lender};

/// Two nodes on PostgreSQL, if there is one, and one node twice on SQLite.
async fn pairs() -> Vec<[Server; 2]> {
    let mut pairs = Vec::new();
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(one) = Network::setup().on(engine).try_start().await else { continue };
        let other = match engine {
            Engine::Sqlite => one.clone(),
            Engine::Postgres => one.node(None).await,
        };
        pairs.push([one, other]);
    }
    pairs
}

/// Posts bodies at one moment, by turns at either node; who is told to come back does.
async fn post_all(nodes: &[Server; 2], path: &'static str, bodies: Vec<Value>) {
    let mut posts = JoinSet::new();
    for (n, body) in bodies.into_iter().enumerate() {
        let network = Network { server: nodes[n % 2].clone() };
        posts.spawn(async move {
            let mut reply = network.ask("boss", "POST", path, body.clone()).await;
            for _ in 0..11 {
                if reply.status != 503 {
                    break;
                }
                reply = network.ask("boss", "POST", path, body.clone()).await;
            }
            reply.expect(201);
        });
    }
    posts.join_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_come_first_at_once_open_one_ledger() {
    for nodes in pairs().await {
        let bodies = (0..6).map(|n| json!({"id": format!("p{n}"), "participantName": "x"})).collect();
        post_all(&nodes, "participants", bodies).await;
        let store = &nodes[0].core.store;
        let plan = nodes[0].core.plan("token", domain::Fresh::Now).await.expect("reads").expect("a realm");
        let open = store::ledger::find_open(store, &plan.realm.id).await.expect("reads").expect("a ledger");
        // Whoever waits for a key to be entered may have given some their indexes.
        let mut entries = store::ledger::pending(store, &open.id, 100).await.expect("reads");
        entries.extend(store::ledger::entries(store, &open.id, 0, i64::MAX).await.expect("reads"));
        let is_of_registry = |entry: &&EntryRow| entry.kind == i64::from(Kind::Registry.number());
        let ids: BTreeSet<&str> = entries.iter().filter(is_of_registry).map(|entry| entry.id.as_str()).collect();
        assert_eq!(ids.len(), 6, "every record is in the one ledger");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_registered_for_many_roles_at_once_is_one_roles() {
    for nodes in pairs().await {
        let network = Network { server: nodes[0].clone() };
        network.add_lender().await;
        let roles: Vec<String> = (0..6).map(|n| format!("role-{n}")).collect();
        for role in &roles {
            network.post("participants/bank/roles", lender(role)).await;
        }
        let mut posts = JoinSet::new();
        let shared = json!({"jwk": jwk(&key("shared"))});
        for (n, role) in roles.into_iter().enumerate() {
            let (network, body) = (Network { server: nodes[n % 2].clone() }, shared.clone());
            posts.spawn(async move {
                loop {
                    let path = format!("participants/bank/roles/{role}/keys");
                    let reply = network.ask("boss", "POST", &path, body.clone()).await;
                    if reply.status != 503 {
                        return reply.status;
                    }
                }
            });
        }
        let mut answers = posts.join_all().await;
        answers.sort_unstable();
        assert_eq!(answers, [201, 409, 409, 409, 409, 409]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_added_at_once_are_all_there_in_one_chain() {
    for nodes in pairs().await {
        let network = Network { server: nodes[0].clone() };
        network.add_lender().await;
        let bodies = (0..6).map(|n| json!({"jwk": jwk(&key(&format!("k{n}")))})).collect();
        post_all(&nodes, "participants/bank/roles/lender/keys", bodies).await;
        let history = network.get(&format!("{LENDER}/history")).await;
        assert_eq!(history.as_array().map(Vec::len), Some(7));
        assert_eq!(network.get(&format!("{LENDER}/keys")).await.as_array().map(Vec::len), Some(6));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_that_is_taken_out_while_a_role_is_given_it_stays_or_is_refused() {
    let mut own = serde_json::to_value(signing::Profile::find("strict").expect("a profile")).expect("a value");
    own["name"] = json!("ours");
    let with = |profiles: &str| json!({"attributes": {"countersign.participants": "true", "countersign.signing-profiles": profiles}});
    let (there, gone) = (with(&json!([own]).to_string()), with(""));
    for nodes in pairs().await {
        let [one, other] = nodes.map(|server| Network { server });
        one.add_lender().await;
        for _ in 0..8 {
            one.ask("boss", "PUT", "", there.clone()).await.expect(204);
            let (ours, strict) = (json!({"profile": "ours"}), json!({"profile": "strict"}));
            let (given, taken) =
                tokio::join!(one.ask("boss", "PUT", LENDER, ours), other.ask("boss", "PUT", "", gone.clone()));
            let answers = (given.status, taken.status);
            assert!([(200, 409), (400, 204)].contains(&answers), "one of the two is refused: {answers:?}");
            one.put(LENDER, strict).await;
        }
    }
}
