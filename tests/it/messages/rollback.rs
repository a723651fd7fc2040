//! A store that was set back is not signed, and a ledger that can't go on is left for another.

use domain::clock::Clock as _;
use ledger::record::{self, MoveRecord};
use ledger::{Checkpoint, Kind, Note};
use store::Batch;
use wire_tests::{Ask, Party, Server};

use super::times::{Witness, introduce, set, start};
use super::{BODY, network};

/// Sends a message and has it sequenced; whether it was recorded.
async fn send(agent: &Party<'_>, bank: &Party<'_>, server: &Server, n: usize) -> u16 {
    let answered = bank.verify(&agent.sign("bank", "/loans", format!("{n}").as_bytes())).await;
    server.core.sequence_all().await.unwrap();
    server.wait(1);
    answered.status
}

pub(super) async fn ledger(server: &Server) -> store::ledger::LedgerRow {
    let realm = store::realms::find(&server.core.store, "net").await.unwrap().unwrap();
    store::ledger::find_open(&server.core.store, &realm.id).await.unwrap().unwrap()
}

/// Sets the ledger back to what it was, as restoring an old copy of the database does.
pub(super) async fn set_back(server: &Server, to: &store::ledger::LedgerRow) {
    let mut batch = Batch::new();
    let place = || vec![to.id.as_str().into(), to.size.into()];
    const PLACED: [&str; 3] = [
        "DELETE FROM ledger_place WHERE ledger = (SELECT n FROM ledger WHERE id = $1) AND position >= $2",
        "DELETE FROM ledger_message WHERE ledger = (SELECT n FROM ledger WHERE id = $1) AND position >= $2",
        "DELETE FROM ledger_word WHERE ledger = (SELECT n FROM ledger WHERE id = $1) AND position >= $2",
    ];
    for placed in PLACED {
        batch.push(placed, place());
    }
    batch.push("DELETE FROM ledger_head WHERE ledger_id = $1 AND size > $2", place());
    batch.push(
        "UPDATE ledger SET size = $2, root = $3, checkpoint = $4, lease_ms = 0 WHERE id = $1",
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
    let restarted = server.restarted();
    restarted.core.look_at_ledgers().await.unwrap();
    assert_eq!(restarted.core.refused_ledgers().len(), 1, "a start looks, before anybody asks");
    for node in [server.clone(), restarted] {
        let sent = agent.sign("bank", "/loans", BODY);
        let token = bank.token().await;
        let refused = node.ask(sent.ask(&node, "verify").bearer(&token)).await.expect(503);
        assert!(refused.body.contains("not the one that was signed"), "{}", refused.body);
        assert!(refused.body.contains("ledger recover"), "{}", refused.body);
        // Whoever asks by a report of nothing whether it could report, as gateways do, is told so, too.
        let nothing = Ask::new("POST", "/realms/net/signing/report").body("application/json", "[]");
        node.ask(nothing.bearer(&token)).await.expect(503);
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
    // A node whose files somebody set back as well, so that it goes on from the old copy.
    set_back(&server, &early).await;
    std::fs::write(server.place.heads().join(format!("{}.checkpoint", early.id)), &early.checkpoint).unwrap();
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
    let witness = Witness::of(&server).await;
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
async fn a_node_that_nobody_tells_what_was_signed_signs_nothing_until_somebody_does() {
    let server = start(false).await;
    let (agent, bank) = network(&server).await;
    send(&agent, &bank, &server, 0).await;
    // The node that led the ledger is gone, and its lease has ended.
    server.wait(60);
    let node = server.restarted();
    let ask = async |body: &[u8]| {
        let (sent, token) = (agent.sign("bank", "/loans", body), bank.token().await);
        node.ask(sent.ask(&node, "verify").bearer(&token)).await
    };
    let refused = ask(b"1").await.expect(503);
    assert!(
        refused.body.contains("remembers no head") && refused.body.contains("no witness tells"),
        "{}",
        refused.body
    );
    let size = ledger(&node).await.size;
    node.core.sequence_all().await.unwrap();
    assert_eq!((ledger(&node).await.size, node.core.refused_ledgers().len()), (size, 1));
    // Another node at work tells: it holds the lease.
    assert_eq!(send(&agent, &bank, &server, 2).await, 200);
    server.wait(6);
    assert!(server.core.holds(&ledger(&server).await.id).await.unwrap());
    ask(b"3").await.expect(200);
    assert_eq!(node.core.refused_ledgers().len(), 0);
}

#[tokio::test]
async fn a_node_that_comes_new_to_a_quiet_network_is_told_by_one_that_is_idle() {
    let server = start(false).await;
    let (agent, bank) = network(&server).await;
    send(&agent, &bank, &server, 0).await;
    server.wait(60);
    let node = server.restarted();
    let (sent, token) = (agent.sign("bank", "/loans", b"1"), bank.token().await);
    node.ask(sent.ask(&node, "verify").bearer(&token)).await.expect(503);
    // It calls for a leader, and is none itself; nothing waits for an index.
    node.core.sequence_all().await.unwrap();
    assert!(
        !store::ledger::is_led(&server.core.store, &ledger(&server).await.id, "", server.clock.now_ms()).await.unwrap()
    );
    server.core.sequence_all().await.unwrap();
    server.wait(3);
    node.ask(sent.ask(&node, "verify").bearer(&token)).await.expect(200);
    assert_eq!(node.core.refused_ledgers().len(), 0);
}

#[tokio::test]
async fn a_node_that_cannot_sign_keeps_no_other_from_it() {
    let server = start(false).await;
    let (agent, bank) = network(&server).await;
    send(&agent, &bank, &server, 0).await;
    server.wait(60);
    let node = server.restarted();
    assert_eq!(bank.code(&agent.sign("bank", "/loans", b"1")).await, "ok");
    let before = ledger(&server).await.size;
    // The one that remembers nothing comes first.
    assert_eq!(node.core.sequence_all().await.unwrap(), 0);
    assert!(server.core.sequence_all().await.unwrap() > 0 && ledger(&server).await.size > before);
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
    let name = format!("{}-2", lost.origin);
    set(&server, &[("countersign.ledger-origin", &name)]).await;
    let plan = server.core.plan("net", domain::Fresh::Now).await.unwrap().unwrap();
    let moved = server.core.recover_ledger(&plan, "restored from an old copy").await.expect("recovers");
    assert_eq!((moved.last, moved.missing()), (lost.size.unsigned_abs(), (lost.size - early.size).unsigned_abs()));
    let new = ledger(&server).await;
    assert_eq!(new.origin, name, "the one that the realm names, which none had");
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
async fn a_search_goes_on_into_the_ledger_that_was_left_page_by_page() {
    let server = start(true).await;
    let (agent, bank) = network(&server).await;
    for n in 0..3 {
        send(&agent, &bank, &server, n).await;
    }
    let old = ledger(&server).await;
    let plan = server.core.plan("net", domain::Fresh::Now).await.unwrap().unwrap();
    server.core.recover_ledger(&plan, "left").await.expect("recovers");
    for n in 3..5 {
        send(&agent, &bank, &server, n).await;
    }
    server.core.sequence_all().await.unwrap();
    let new = ledger(&server).await;
    let token = server.client("auditor").token(&[("grant_type", "client_credentials")]).await.expect(200);
    let page = async |first: usize, max: usize| {
        let path = format!("/realms/net/evidence/messages?participantRoleId=agent&first={first}&max={max}");
        let found = server.ask(Ask::get(path).bearer(&token.text("access_token"))).await.expect(200).json();
        found.as_array().unwrap().clone()
    };
    let all = page(0, 100).await;
    let origins: Vec<&str> = all.iter().map(|found| found["entry"]["origin"].as_str().unwrap()).collect();
    assert_eq!(origins, [&new.origin, &new.origin, &old.origin, &old.origin, &old.origin].map(String::as_str));
    for first in 0..=all.len() {
        for max in 0..=all.len() {
            let wanted: Vec<_> = all.iter().skip(first).take(max).cloned().collect();
            assert_eq!(page(first, max).await, wanted, "{max} from {first} on");
        }
    }
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
    let entry = server.ask(Ask::get(format!("/realms/net/evidence/entries/{}", found[0].1))).await.expect(200).json();
    assert!(entry["proof"].as_str().unwrap().contains(&open.origin), "{entry}");
    // Over HTTP for those with rights and for participants, and for nobody else.
    let auditor = server.client("auditor").token(&[("grant_type", "client_credentials")]).await.text("access_token");
    let export = format!("{{\"messages\": [\"{}\"]}}", found[0].1);
    for token in [auditor, agent.token().await] {
        let ask = |path: &str| server.ask(Ask::get(format!("/realms/net/evidence/{path}")).bearer(&token));
        ask(&format!("records/{}", found[0].1)).await.expect(200);
        assert_eq!(ask("messages").await.expect(200).json().as_array().unwrap().len(), 1);
        let wanted = Ask::new("POST", "/realms/net/evidence/export").bearer(&token);
        server.ask(wanted.body("application/json", export.clone())).await.expect(200);
        ask("checkpoint").await.expect(200);
    }
    server.ask(Ask::get(format!("/realms/net/evidence/records/{}", found[0].1))).await.expect(401);
}

#[tokio::test]
async fn evidence_of_a_ledger_that_was_left_is_proved_by_it_and_what_waited_goes_along() {
    let server = start(true).await;
    let (agent, bank) = network(&server).await;
    send(&agent, &bank, &server, 0).await;
    let old = ledger(&server).await;
    let all = store::ledger::Search::default();
    let first = store::ledger::search(&server.core.store, &old.id, &all, 0, 9).await.unwrap()[0].1.clone();
    // One that is answered, and a change of the registry, wait for their index while nothing more is signed.
    let waits = bank.verify(&agent.sign("bank", "/loans", b"waits")).await.expect(200).json();
    agent.add_key(&wire_tests::new_key(jose::Algorithm::ES256, "agent-2")).await;
    server.core.refuse_to_sign(&old, "a test says so");
    let plan = server.core.plan("net", domain::Fresh::Now).await.unwrap().unwrap();
    let moved = server.core.recover_ledger(&plan, "set back").await.expect("recovers");
    assert_eq!(moved.waiting, 2);
    server.core.sequence_all().await.unwrap();
    let plan = server.core.plan("net", domain::Fresh::Now).await.unwrap().unwrap();
    for (id, origin) in [(first.as_str(), &old.origin), (waits["entry"]["id"].as_str().unwrap(), &moved.new.origin)] {
        let path = format!("/realms/net/evidence/entries/{id}");
        let entry = server.ask(Ask::get(path)).await.expect(200).json();
        assert!(entry["proof"].as_str().unwrap().contains(origin), "{entry}");
        let wanted = messages::bundle::Selection::Messages(vec![id.to_owned()]);
        let octets = messages::bundle::make(&server.core, &plan, &wanted).await.expect("a bundle");
        let report = evidence::verify(&octets, None, ledger::text::UtcTime(server.core.clock.now_ms().unsigned_abs()));
        assert_eq!(report.not_proved.len(), 1, "only trust is not given: {:?}", report.not_proved);
    }
    let both = [first, waits["entry"]["id"].as_str().unwrap().to_owned()];
    let wanted = messages::bundle::Selection::Messages(both.to_vec());
    messages::bundle::make(&server.core, &plan, &wanted).await.expect_err("one bundle is of one ledger");
}

#[tokio::test]
async fn what_speaks_against_a_ledger_is_told_and_of_a_sound_one_nothing() {
    let server = start(true).await;
    let (agent, bank) = network(&server).await;
    introduce(&server).await;
    let witness = Witness::new("w.example", &server);
    send(&agent, &bank, &server, 0).await;
    let early = ledger(&server).await;
    send(&agent, &bank, &server, 1).await;
    set(&server, &[("countersign.witnesses", &witness.stands(&server))]).await;
    messages::times::ask_all(&server.core).await.unwrap();
    let speaks = async |node: &Server| node.core.speaks_against(&ledger(node).await).await.unwrap();
    for node in [server.clone(), server.restarted()] {
        assert_eq!(speaks(&node).await, None);
    }
    set_back(&server, &early).await;
    let why = speaks(&server.restarted()).await.expect("set back");
    assert!(why.contains("is not the one that was signed"), "{why}");
    // Somebody set the node's file back as well: only the witness tells.
    std::fs::write(server.place.heads().join(format!("{}.checkpoint", early.id)), &early.checkpoint).unwrap();
    let why = speaks(&server.restarted()).await.expect("doubted");
    assert!(why.contains("the witness w.example cosigned another tree"), "{why}");
}

#[tokio::test]
async fn what_waits_in_a_ledger_that_was_left_half_way_is_carried_over_by_asking_again() {
    let server = start(true).await;
    let (agent, bank) = network(&server).await;
    send(&agent, &bank, &server, 0).await;
    let old = ledger(&server).await;
    let plan = server.core.plan("net", domain::Fresh::Now).await.unwrap().unwrap();
    server.core.recover_ledger(&plan, "left").await.expect("recovers");
    assert_eq!(server.core.carry_rest(&old.realm_id).await.unwrap(), 0);
    // As where the process died before it carried them: an entry is left in the one before.
    let new = ledger(&server).await;
    let entry = domain::network::entry::Entry::new(Kind::Summary, server.clock.now_ms(), b"{}".to_vec()).unwrap();
    let mut batch = Batch::new();
    entry.append(&mut batch, &new.clone().into());
    let left = || vec![old.id.as_str().into(), entry.leaf.to_bytes().to_vec().into()];
    const LEFT: [&str; 2] = [
        "UPDATE ledger_waiting SET ledger = (SELECT n FROM ledger WHERE id = $1) \
         WHERE arrival = (SELECT arrival FROM ledger_entry WHERE leaf = $2)",
        "UPDATE ledger_entry SET ledger = (SELECT n FROM ledger WHERE id = $1) WHERE leaf = $2",
    ];
    for statement in LEFT {
        batch.push(statement, left());
    }
    server.core.store.db().commit(batch).await.unwrap();
    assert_eq!(store::ledger::count_waiting(&server.core.store, &old.id).await.unwrap(), 1);
    assert_eq!(server.core.carry_rest(&old.realm_id).await.unwrap(), 1);
    assert_eq!(store::ledger::count_waiting(&server.core.store, &old.id).await.unwrap(), 0);
    assert_eq!(ledger(&server).await.size, new.size + 1);
}
