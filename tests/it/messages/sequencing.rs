//! What it costs to give entries their indexes.

use std::time::Instant;

use domain::network::entry::Entry;
use ledger::Kind;
use ledger::record::{self, MessageRecord};
use store::Batch;
use wire_tests::Server;

use super::{BODY, network};

const ENTRIES: u32 = 10_000;
/// Microseconds for an entry, with its range and all that it is found by.
const MOST: u128 = 70;

#[tokio::test]
#[ignore = "it measures: run it alone, and optimised"]
async fn an_entry_costs_at_most_70_microseconds() {
    let server = Server::start("messages").await;
    let (agent, bank) = network(&server).await;
    bank.verify(&agent.sign("bank", "/loans", BODY)).await.expect(200);
    server.core.sequence_all().await.unwrap();
    let plan = server.core.plan("net", domain::Fresh::Now).await.unwrap().unwrap();
    let ledger = plan.network.as_ref().unwrap().ledger.clone().unwrap();
    let all = store::ledger::entries(&server.core.store, &ledger.id, 0, 1000).await.unwrap();
    let message = all.iter().rfind(|entry| entry.kind == i64::from(Kind::Message.number())).unwrap();
    let mut message: MessageRecord = record::parse(message.record.as_deref().unwrap()).unwrap();
    // As long as with RSA-2048, a token and a long target.
    message.jws = "s".repeat(600);
    for n in 0..ENTRIES {
        (message.request_id, message.trace_id) = (Some(format!("request {n}")), Some(format!("trace {}", n / 4)));
        let mut batch = Batch::new();
        Entry::new(Kind::Message, server.core.clock.now_ms(), record::write(&message).unwrap())
            .unwrap()
            .append(&mut batch, &ledger);
        server.core.store.db().commit(batch).await.unwrap();
    }
    let begun = Instant::now();
    assert!(server.core.sequence(&ledger.id).await.unwrap() >= u64::from(ENTRIES));
    let each = begun.elapsed().as_nanos() / u128::from(ENTRIES);
    println!("{each} ns an entry");
    assert!(each <= MOST * 1000, "{each} ns an entry");
}
