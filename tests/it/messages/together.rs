//! Askers who give one Idempotency-Key at one moment, at two nodes: one message, and one answer to all of them.

use std::collections::BTreeSet;

use ledger::Kind;
use tokio::task::JoinSet;
use wire_tests::{Ask, Engine, Reply, Server, Setup};

use super::network;

/// How often all ask.
const ROUNDS: usize = 6;
/// How many ask at once.
const ASKERS: usize = 8;

/// Two nodes on PostgreSQL, if there is one, and one node twice on SQLite.
async fn pairs() -> Vec<[Server; 2]> {
    let mut pairs = Vec::new();
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(one) = Setup::of("messages").on(engine).try_start().await else { continue };
        let other = match engine {
            Engine::Sqlite => one.clone(),
            Engine::Postgres => one.node(None).await,
        };
        pairs.push([one, other]);
    }
    pairs
}

/// Asks all this at one moment, by turns at either node.
async fn ask_all(nodes: &[Server; 2], asks: Vec<Ask>) -> Vec<Reply> {
    let mut asked = JoinSet::new();
    for (n, ask) in asks.into_iter().enumerate() {
        let node = nodes[n % 2].clone();
        asked.spawn(async move { node.ask(ask).await });
    }
    asked.join_all().await
}

/// How many messages the ledger holds.
async fn messages(server: &Server) -> usize {
    server.core.sequence_all().await.unwrap();
    let plan = server.core.plan("net", domain::Fresh::Now).await.unwrap().unwrap();
    let ledger = plan.network.as_ref().unwrap().ledger.clone().unwrap();
    let entries = store::ledger::entries(&server.core.store, &ledger.id, 0, i64::MAX).await.unwrap();
    entries.iter().filter(|entry| entry.kind == i64::from(Kind::Message.number())).count()
}

/// The one entry that these answers name, of which all but one say that they repeat another.
fn one_entry(answers: &[Reply]) -> String {
    let answers: Vec<_> = answers.iter().map(Reply::json).collect();
    let entries: BTreeSet<_> =
        answers.iter().map(|answer| answer["entry"]["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(entries.len(), 1, "{entries:?}");
    assert_eq!(answers.iter().filter(|answer| answer["repeated"] != true).count(), 1, "{answers:?}");
    entries.into_iter().next().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_asked_about_at_once_under_one_key_is_one_entry_with_one_answer() {
    for nodes in pairs().await {
        let (agent, bank) = network(&nodes[0]).await;
        let token = bank.token().await;
        let mut entries = BTreeSet::new();
        for round in 0..ROUNDS {
            let sent = agent.sign("bank", "/loans", format!("{round}").as_bytes());
            let ask = || sent.ask(&nodes[0], "verify").bearer(&token).header("idempotency-key", format!("k-{round}"));
            let answers = ask_all(&nodes, (0..ASKERS).map(|_| ask()).collect()).await;
            assert!(answers.iter().all(|answer| answer.status == 200 && answer.text("code") == "ok"), "{answers:?}");
            entries.insert(one_entry(&answers));
        }
        assert_eq!((entries.len(), messages(&nodes[0]).await), (ROUNDS, ROUNDS));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_messages_that_are_asked_about_at_once_under_one_key_one_is_judged_and_the_others_are_refused() {
    for nodes in pairs().await {
        let (agent, bank) = network(&nodes[0]).await;
        let token = bank.token().await;
        for round in 0..ROUNDS {
            let sent = [1, 2].map(|n| agent.sign("bank", "/loans", format!("{round} {n}").as_bytes()));
            let ask = |n: usize| {
                // Each of them at both nodes.
                let ask = sent[n / 2 % 2].ask(&nodes[0], "verify").bearer(&token);
                ask.header("idempotency-key", format!("k-{round}"))
            };
            let answers = ask_all(&nodes, (0..ASKERS).map(ask).collect()).await;
            let (good, others): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
            assert_eq!((good.len(), others.len()), (ASKERS / 2, ASKERS / 2));
            one_entry(&good);
            for other in others {
                let used = "422 invalid_request: This Idempotency-Key was used for another message";
                assert_eq!(other.refusal(), used);
            }
        }
        assert_eq!(messages(&nodes[0]).await, ROUNDS);
    }
}
