//! The keys of a ledger's checkpoints: two that sign, and one that follows on another.

use domain::clock::Clock as _;
use evidence::bundle::Entry;
use evidence::told::Handover;
use evidence::{Outcome, verify};
use ledger::text::UtcTime;
use ledger::{Checkpoint, KeyType, Note, Policy, VerifierKey};
use messages::bundle::{self, Selection};
use wire_tests::{Ask, Engine, Server, Setup};

use super::times::{Witness, introduce, set, start};
use super::{BODY, network};

async fn checkpoint(server: &Server) -> Note {
    // What is told may be half a second old.
    server.wait(1);
    let told = server.ask(Ask::get("/realms/net/evidence/checkpoint")).await.expect(200).body;
    Note::parse(told.as_bytes()).unwrap()
}

async fn verifiers(server: &Server) -> Vec<VerifierKey> {
    let told = server.ask(Ask::get("/realms/net/evidence/keys")).await.expect(200).json();
    let texts = told["verifiers"].as_array().unwrap().iter();
    texts.map(|text| VerifierKey::parse(text.as_str().unwrap()).unwrap()).collect()
}

async fn judge(server: &Server, id: &str, policy: &str) -> evidence::Report {
    let plan = server.core.plan("net", domain::Fresh::Now).await.unwrap().unwrap();
    let octets = bundle::make(&server.core, &plan, &Selection::Messages(vec![id.to_owned()])).await.unwrap();
    let policy = Policy::parse(policy).unwrap();
    verify(&octets, Some(&policy), UtcTime(server.clock.now_ms().unsigned_abs()))
}

#[tokio::test]
async fn each_checkpoint_is_signed_by_ed25519_and_by_ml_dsa_and_receipts_carry_the_short_line() {
    let server = start(false).await;
    let (agent, bank) = network(&server).await;
    let answer = bank.verify(&agent.sign("bank", "/loans", BODY)).await.expect(200).json();
    server.core.sequence_all().await.unwrap();
    let keys = verifiers(&server).await;
    assert_eq!(keys.iter().map(VerifierKey::kind).collect::<Vec<_>>(), [KeyType::Ed25519, KeyType::MlDsaCosignature]);
    let note = checkpoint(&server).await;
    assert_eq!(note.verify(&keys).unwrap().len(), 2);
    let carried = Note::parse(answer["receipt"]["checkpoint"].as_str().unwrap().as_bytes()).unwrap();
    Checkpoint::of_note(&carried, &keys[0]).unwrap();
    assert!(carried.verify_one(&keys[1]).is_err());
}

#[tokio::test]
async fn a_new_key_takes_over_by_an_entry_under_a_checkpoint_of_both() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(server) = Setup::of("messages").remembering().on(engine).try_start().await else { continue };
        set(&server, &[]).await;
        takes_over(server).await;
    }
}

#[tokio::test]
async fn a_rotation_that_was_cut_short_is_finished_by_asking_for_it_again() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(server) = Setup::of("messages").on(engine).try_start().await else { continue };
        let (agent, bank) = network(&server).await;
        let old = introduce(&server).await;
        bank.verify(&agent.sign("bank", "/loans", BODY)).await.expect(200);
        server.core.sequence_all().await.unwrap();
        let realm = store::realms::find(&server.core.store, "net").await.unwrap().unwrap();
        let ledger = store::ledger::find_open(&server.core.store, &realm.id).await.unwrap().unwrap();
        let waiting = async || {
            let keys = store::ledger_keys::list(&server.core.store, &ledger.id).await.unwrap();
            let waiting = keys.into_iter().filter(|key| key.state == store::ledger_keys::State::Waits);
            waiting.map(|key| key.verifier).collect::<Vec<_>>()
        };
        // By a node that can't give them their index, and ends before another does.
        let command = server.restarted();
        let added = async {
            while waiting().await.is_empty() {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        tokio::select! {
            done = command.core.rotate_ledger_key(&realm.id) => panic!("{done:?}"),
            () = added => {}
        }
        let next = waiting().await;
        assert_eq!(next.len(), 2);
        let rotated = server.core.rotate_ledger_key(&realm.id).await.unwrap();
        assert_eq!((rotated.old[0].as_str(), rotated.new), (old.to_string().as_str(), next));
        assert_eq!((waiting().await.len(), verifiers(&server).await.len()), (0, 4), "no others were made");
    }
}

async fn takes_over(server: Server) {
    let (agent, bank) = network(&server).await;
    let old = introduce(&server).await;
    let witness = Witness::of(&server).await;
    let send = async || {
        let id = bank.verify(&agent.sign("bank", "/loans", BODY)).await.expect(200).json()["entry"]["id"].clone();
        server.core.sequence_all().await.unwrap();
        server.wait(600);
        assert_eq!(messages::times::ask_all(&server.core).await.unwrap(), 1);
        server.core.sequence_all().await.unwrap();
        id.as_str().unwrap().to_owned()
    };
    let before = send().await;
    let realm = store::realms::find(&server.core.store, "net").await.unwrap().unwrap();
    let old_beside = verifiers(&server).await.remove(1);
    let rotated = server.core.rotate_ledger_key(&realm.id).await.unwrap();
    assert_eq!(rotated.old, [old.to_string(), old_beside.to_string()]);
    let new = introduce(&server).await;
    let new_beside = verifiers(&server).await.remove(3);
    assert_eq!(rotated.new, [new.to_string(), new_beside.to_string()]);
    let handover = Note::parse(rotated.handover.as_bytes()).unwrap();
    assert_eq!(handover.verify([&old, &new, &old_beside, &new_beside]).unwrap().len(), 4);
    // Who knows the old key alone is shown the change.
    let told = server.ask(Ask::get("/realms/net/evidence/keys")).await.expect(200).json();
    let [shown, beside] = told["handovers"].as_array().unwrap().as_slice() else { panic!("{told}") };
    for (shown, before, after, other) in [(shown, &old, &new, &old_beside), (beside, &old_beside, &new_beside, &old)] {
        let entry: Entry = serde_json::from_value(shown["entry"].clone()).unwrap();
        let note = shown["checkpoint"].as_str().unwrap();
        let handover: Handover = serde_json::from_value(shown.clone()).unwrap();
        let follow = |known: &VerifierKey| handover.follow(old.name(), std::slice::from_ref(known));
        let (head, key) = follow(before).unwrap();
        assert_eq!((&key, note), (after, rotated.handover.as_str()));
        assert!((1..=2).contains(&(head.size - entry.index)), "the head that first holds it");
        follow(after).expect_err("of itself");
        follow(other).expect_err("a key hands over to one of its own type");
    }
    let after = send().await;
    let note = checkpoint(&server).await;
    assert!(note.verify_one(&new).is_ok() && note.verify_one(&old).is_err());
    assert!(note.verify_one(&new_beside).is_ok() && note.verify_one(&old_beside).is_err());
    let keys = verifiers(&server).await;
    let policy = |keys: &[&VerifierKey]| {
        let logs: String = keys.iter().map(|key| format!("log {key}\n")).collect();
        format!("{logs}witness w {}\nquorum w\n#countersign grade operator\n", witness.key())
    };
    let cases = [
        (&before, vec![&old]),
        (&after, vec![&old]),
        (&before, vec![&old, &old_beside]),
        (&after, vec![&old, &old_beside]),
        (&after, keys.iter().collect()),
    ];
    for (id, keys) in cases {
        let report = judge(&server, id, &policy(&keys)).await;
        assert_eq!(report.outcome, Outcome::Proved, "{}", report.to_text());
    }
    let report = judge(&server, &after, &policy(&[&old, &old_beside])).await.to_text();
    assert_eq!(report.matches("both keys signed the head of").count(), 2, "{report}");
    // A node that starts anew goes on by the new key, from the head that it remembers by either.
    let again = server.restarted();
    again
        .ask(agent.sign("bank", "/loans", b"again").ask(&again, "verify").bearer(&bank.token().await))
        .await
        .expect(200);
    server.wait(9);
    again.core.sequence_all().await.unwrap();
    assert_eq!(checkpoint(&again).await.verify([&new, &new_beside]).unwrap().len(), 2);
    assert!(again.core.refused_ledgers().is_empty());
}
