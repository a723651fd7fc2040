//! A full disk: nothing is recorded, and nothing that was answered is lost.

use std::collections::BTreeSet;

use store::{Batch, params};
use wire_tests::{Server, Setup};

use super::network;

/// Lets the database grow to so many pages, as a disk of that size does.
async fn resize(server: &Server, pages: i64) {
    let mut batch = Batch::new();
    batch.push(format!("PRAGMA max_page_count = {pages}").leak(), params![]);
    server.core.store.db().commit(batch).await.expect("a new size");
}

#[tokio::test]
async fn a_full_disk_is_503_and_when_there_is_room_again_all_that_was_answered_gets_its_index() {
    let server = Setup::of("messages").start().await;
    let (agent, bank) = network(&server).await;
    let token = bank.token().await;
    let ask = async |n: usize| {
        let sent = agent.sign("bank", "/loans", format!("{n:>8000}").as_bytes());
        server.ask(sent.ask(&server, "verify").bearer(&token)).await
    };
    ask(0).await.expect(200);
    server.core.sequence_all().await.unwrap();
    let pages = server.core.store.db().read_one("PRAGMA page_count", params![]).await.unwrap().unwrap().int(0).unwrap();
    resize(&server, pages + 60).await;
    let mut answered = BTreeSet::new();
    let mut refused = 0;
    for n in 1..200 {
        let reply = ask(n).await;
        match reply.status {
            200 => {
                answered.insert(reply.json()["entry"]["id"].as_str().unwrap().to_owned());
            }
            status => {
                assert_eq!(status, 503, "{}", reply.body);
                refused += 1;
            }
        }
        let _ = server.core.sequence_all().await;
    }
    assert!(refused > 100 && !answered.is_empty(), "{refused} refused, {} answered", answered.len());
    resize(&server, 1_000_000).await;
    ask(200).await.expect(200);
    server.core.sequence_all().await.expect("goes on");
    let plan = server.core.plan("net", domain::Fresh::Now).await.unwrap().unwrap();
    let ledger = plan.network.as_ref().unwrap().ledger.clone().unwrap();
    let row = store::ledger::find(&server.core.store, &ledger.id).await.unwrap().unwrap();
    let entries = store::ledger::entries(&server.core.store, &ledger.id, 0, i64::MAX).await.unwrap();
    assert!(entries.iter().map(|entry| entry.position.unwrap()).eq(0..row.size));
    let there: BTreeSet<String> = entries.into_iter().map(|entry| entry.id).collect();
    assert!(answered.is_subset(&there));
}
