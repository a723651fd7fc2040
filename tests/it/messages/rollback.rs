//! A store that was set back is not signed, and a ledger that can't go on is left for another.

use ledger::record::{self, MoveRecord};
use ledger::{Checkpoint, Kind, Note};
use store::Batch;
use wire_tests::{Party, Server};

use super::times::{Witness, introduce, set, start};
use super::{BODY, network};

/// Sends a message and has it sequenced; whether it was recorded.
async fn send(agent: &Party<'_>, bank: &Party<'_>, server: &Server, n: usize) -> u16 {
    let answered = bank.verify(&agent.sign("bank", "/loans", format!("{n}").as_bytes())).await;
    server.core.sequence_all().await.unwrap();
    server.wait(1);
    answered.status
}

async fn ledger(server: &Server) -> store::ledger::LedgerRow {
    let realm = store::realms::find(&server.core.store, "net").await.unwrap().unwrap();
    store::ledger::find_open(&server.core.store, &realm.id).await.unwrap().unwrap()
}

/// Sets the ledger back to what it was, as restoring an old copy of the database does.
async fn set_back(server: &Server, to: &store::ledger::LedgerRow) {
    let mut batch = Batch::new();
    let place = || vec![to.id.as_str().into(), to.size.into()];
    batch.push("DELETE FROM ledger_message WHERE ledger_id = $1 AND position >= $2", place());
    batch.push("DELETE FROM ledger_entry WHERE ledger_id = $1 AND position >= $2", place());
    batch.push("DELETE FROM ledger_head WHERE ledger_id = $1 AND size > $2", place());
    batch.push(
        "UPDATE ledger SET size = $2, root = $3, checkpoint = $4 WHERE id = $1",
        vec![to.id.as_str().into(), to.size.into(), to.root.clone().into(), to.checkpoint.as_str().into()],
    );
    server.core.store.db().commit(batch).await.unwrap();
}

#[tokio::test]
async fn a_node_that_remembers_a_later_head_refuses_to_sign() {
    let server = start(true).await;
    let (agent, bank) = network(&server).await;
    assert_eq!(send(&agent, &bank, &server, 0).await, 200);
    let early = ledger(&server).await;
    for n in 1..4 {
        assert_eq!(send(&agent, &bank, &server, n).await, 200);
    }
    set_back(&server, &early).await;
    // At once while it runs, and after a new start, when all that is left is its file.
    for node in [server.clone(), server.restarted()] {
        let sent = agent.sign("bank", "/loans", BODY);
        let token = bank.token().await;
        let refused = node.ask(sent.ask(&node, "verify").bearer(&token)).await.expect(503);
        assert!(refused.body.contains("not the one that was signed"), "{}", refused.body);
        assert!(refused.body.contains("ledger recover"), "{}", refused.body);
        node.core.sequence_all().await.unwrap();
        assert_eq!(ledger(&node).await.size, early.size, "nothing was signed");
        assert_eq!(node.core.refused_ledgers().len(), 1);
    }
}

#[tokio::test]
async fn a_tree_that_does_not_go_on_from_the_remembered_one_is_refused() {
    let server = start(true).await;
    let (agent, bank) = network(&server).await;
    send(&agent, &bank, &server, 0).await;
    let early = ledger(&server).await;
    send(&agent, &bank, &server, 1).await;
    let seen = ledger(&server).await;
    // A node without memory, which somebody let go on from the old copy.
    set_back(&server, &early).await;
    std::fs::remove_dir_all(server.place.heads()).unwrap();
    let fork = server.restarted();
    for n in 2..5 {
        let sent = agent.sign("bank", "/loans", format!("{n}").as_bytes());
        let token = bank.token().await;
        fork.ask(sent.ask(&fork, "verify").bearer(&token)).await.expect(200);
        server.wait(9);
        fork.core.sequence_all().await.unwrap();
    }
    assert!(ledger(&server).await.size > seen.size);
    assert_eq!(send(&agent, &bank, &server, 9).await, 503);
    assert!(server.core.refused_ledgers()[0].contains("does not go on"), "{:?}", server.core.refused_ledgers());
}

#[tokio::test]
async fn a_node_without_memory_learns_from_a_witness_that_the_store_is_behind() {
    let server = start(false).await;
    let (agent, bank) = network(&server).await;
    introduce(&server).await;
    let witness = Witness::new("w.example", &server);
    set(&server, &[("countersign.witnesses", &witness.stands(&server))]).await;
    send(&agent, &bank, &server, 0).await;
    let early = ledger(&server).await;
    send(&agent, &bank, &server, 1).await;
    messages::times::ask_all(&server.core).await.unwrap();
    assert!(witness.size() > early.size.unsigned_abs());
    set_back(&server, &early).await;
    let node = server.restarted();
    let token = bank.token().await;
    let sent = agent.sign("bank", "/loans", BODY);
    let refused = node.ask(sent.ask(&node, "verify").bearer(&token)).await.expect(503);
    assert!(refused.body.contains("the witness w.example cosigned another tree"), "{}", refused.body);
}

#[tokio::test]
async fn a_recovered_ledger_begins_with_the_old_ones_last_head_and_says_what_is_missing() {
    let server = start(true).await;
    let (agent, bank) = network(&server).await;
    send(&agent, &bank, &server, 0).await;
    let early = ledger(&server).await;
    send(&agent, &bank, &server, 1).await;
    let lost = ledger(&server).await;
    set_back(&server, &early).await;
    assert_eq!(send(&agent, &bank, &server, 2).await, 503);
    let plan = server.core.plan("net", domain::Fresh::Now).await.unwrap().unwrap();
    let moved = server.core.recover_ledger(&plan, "restored from an old copy").await.expect("recovers");
    assert_eq!((moved.last, moved.missing()), (lost.size.unsigned_abs(), (lost.size - early.size).unsigned_abs()));
    let new = ledger(&server).await;
    assert_ne!(new.origin, lost.origin);
    let first = &store::ledger::entries(&server.core.store, &new.id, 0, 1).await.unwrap()[0];
    assert_eq!(first.kind, i64::from(Kind::Move.number()));
    let record: MoveRecord = record::parse(first.record.as_deref().unwrap()).unwrap();
    let head = Checkpoint::parse(&Note::parse(record.old_checkpoint.as_bytes()).unwrap().text).unwrap();
    assert_eq!((head.origin, head.size), (lost.origin, lost.size.unsigned_abs()));
    assert_eq!(send(&agent, &bank, &server, 3).await, 200);
    // The registry stands in the new ledger, too, so that it proves by itself.
    let found =
        store::ledger::search(&server.core.store, &new.id, &store::ledger::Search::default(), 0, 9).await.unwrap();
    let plan = server.core.plan("net", domain::Fresh::Now).await.unwrap().unwrap();
    let wanted = messages::bundle::Selection::Messages(vec![found[0].1.clone()]);
    let octets = messages::bundle::make(&server.core, &plan, &wanted).await.expect("a bundle");
    let report = evidence::verify(&octets, None, ledger::text::UtcTime(server.core.clock.now_ms().unsigned_abs()));
    assert_eq!(report.not_proved.len(), 1, "only trust is not given: {:?}", report.not_proved);
}

#[tokio::test]
async fn a_closed_ledger_keeps_its_evidence_and_takes_nothing_more() {
    let server = start(true).await;
    let (agent, bank) = network(&server).await;
    send(&agent, &bank, &server, 0).await;
    let open = ledger(&server).await;
    let found =
        store::ledger::search(&server.core.store, &open.id, &store::ledger::Search::default(), 0, 9).await.unwrap();
    let closed = server.core.close_ledger(&open.realm_id).await.expect("closes");
    assert!(closed.closed && closed.size >= open.size);
    assert_eq!(store::ledger::count_waiting(&server.core.store, &open.id).await.unwrap(), 0);
    server.wait(1);
    assert_eq!(send(&agent, &bank, &server, 1).await, 404);
    assert!(store::ledger::find_open(&server.core.store, &open.realm_id).await.unwrap().is_none(), "none is opened");
    let plan = server.core.plan("net", domain::Fresh::Now).await.unwrap().unwrap();
    let wanted = messages::bundle::Selection::Messages(vec![found[0].1.clone()]);
    messages::bundle::make(&server.core, &plan, &wanted).await.expect("a bundle");
}
