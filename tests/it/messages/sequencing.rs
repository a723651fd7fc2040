//! What it costs to give entries their indexes.

use domain::network::entry::Entry;
use ledger::Kind;
use ledger::record::{self, MessageRecord};
use store::Batch;
use wire_tests::Server;

use super::{BODY, network};

const ENTRIES: u32 = 10_000;
/// Microseconds of a core for an entry, with its range and all that it is found by.
const MOST: u64 = 70;

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
    let before = cpu_microseconds();
    assert!(server.core.sequence(&ledger.id).await.unwrap() >= u64::from(ENTRIES));
    let each = (cpu_microseconds() - before) / u64::from(ENTRIES);
    println!("{each} microseconds of a core an entry");
    assert!(each <= MOST, "{each}");
}

/// What this process and the kernel for it have worked so far; Linux counts it in hundredths of a second.
fn cpu_microseconds() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let numbers: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    (numbers[11].parse::<u64>().unwrap() + numbers[12].parse::<u64>().unwrap()) * 10_000
}
