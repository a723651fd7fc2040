//! What who left a log for another could try, by withholding, dropping or stalling; and what is not held against who is honest.

use std::fs;
use std::sync::Arc;

use ledger::text::UtcTime;
use ledger::{Checkpoint, Kind, Leaf, Note};
use serde_json::json;
use tokio::sync::Notify;

use super::moved::{AT, Case, LATER, NEXT, alarms, cosigned, look};
use super::saved::{ORIGIN, Saved};
use super::served::FAILING;
use crate::evidence::watch::Watch;

const LAST: &str = "ledger.example/last";

/// A leaf of nobody's of that time.
fn leaf(at_ms: u64) -> Leaf {
    Leaf { kind: Kind::Summary, at_ms, nonce: [2; 16], commitment: [3; 32] }
}

#[tokio::test]
async fn a_rest_that_no_quorum_of_the_trust_saw_honours_nothing_where_leaves_are_gone() {
    let case = Case::new().await;
    let early = case.log.as_of(300);
    // The witnesses saw 304 leaves without this one. It is put into another tree, of which "the rest was lost".
    let (receipt, dropped) = early.receipt(AT + 9);
    let mut other = case.log.as_of(300);
    other.append(&dropped);
    other.fill(1);
    let next = case.leave_as(&other, &case.log.note());
    let trust = case.trust(&[&next]);
    let asked_for_none = fs::read_to_string(&trust).unwrap().replace("quorum w", "quorum none");
    let asked_for_none = case.desk.file("none.policy", asked_for_none);
    let place = case.realm.left(ORIGIN);
    let mut unseen = other.as_of(302);
    unseen.witness = Saved::new().witness;
    for (note, trust, status) in [
        (other.note(), &trust, 1),
        (cosigned(&other), &asked_for_none, 1),
        (cosigned(&unseen), &trust, 1),
        // As long as witnesses are honest, there is none of these.
        (cosigned(&other), &trust, 0),
    ] {
        fs::write(place.join("checkpoint"), note.to_string()).unwrap();
        let told = case.check(&receipt, trust.clone()).await;
        assert_eq!(told.status, status, "{}", told.text);
        let part = "under the head of 302 leaves of ledger.example/net is of the 304 leaves that are gone on from";
        assert_eq!(told.text.contains(part), status == 1, "{}", told.text);
    }
    // Nor does a head of the other tree show it, which they did see.
    fs::write(place.join("checkpoint"), other.note().to_string()).unwrap();
    let seen = json!({"cosigned": cosigned(&case.log.as_of(302)).to_string()}).to_string();
    fs::write(place.join("keys"), seen).unwrap();
    assert_eq!(case.check(&receipt, trust).await.status, 1);
    // Nor is another log between, of which the first entry then says nothing.
    let case = Case::new().await;
    let mut next = case.leave(304, &case.log.note());
    next.fill(9);
    let there = next.as_of(25);
    let last = case.go_on(&next, &there, LAST);
    let trust = case.trust(&[&next, &last]);
    assert_eq!(case.check(&case.receipts[0], trust.clone()).await.status, 0);
    fs::write(case.realm.left(NEXT).join("checkpoint"), there.note().to_string()).unwrap();
    let told = case.check(&case.receipts[0], trust).await;
    assert!(
        told.status == 1
            && told.text.contains("nothing shows that index 0 under the head of 25 leaves of ledger.example/next"),
        "{}",
        told.text
    );
}

#[tokio::test]
async fn what_is_left_is_honoured_as_far_as_the_witnesses_are_shown_to_have_seen_it() {
    let case = Case::new().await;
    let rest = case.log.as_of(302);
    let next = case.leave_as(&rest, &case.log.note());
    let (place, trust) = (case.realm.left(ORIGIN), case.trust(&[&next]));
    // Its last head has no line of theirs: the entry of the time at which they saw it stands behind it.
    fs::write(place.join("checkpoint"), rest.note().to_string()).unwrap();
    let mut unsigned = cosigned(&rest);
    unsigned.lines.remove(0);
    let unsigned = unsigned.to_string();
    for (seen, statuses) in [
        (cosigned(&case.log.as_of(301)).to_string(), [0, 1]),
        (cosigned(&rest).to_string(), [0, 0]),
        (rest.note().to_string(), [1, 1]),
        (unsigned, [1, 1]),
    ] {
        // A newer one with lines of others alone hides none.
        let others = json!({"cosigned": by_another(&rest).to_string(), "cosignedBefore": [seen]});
        for keys in [json!({"cosigned": seen}), others] {
            fs::write(place.join("keys"), keys.to_string()).unwrap();
            for (receipt, status) in case.receipts.iter().zip(statuses) {
                let told = case.check(receipt, trust.clone()).await;
                assert_eq!(told.status, status, "{}", told.text);
            }
        }
    }
}

/// A log's head with the line of a witness that the trust doesn't name.
fn by_another(log: &Saved) -> Note {
    let mut note = log.note();
    note.lines.push(Saved::new().witness.sign(&note.text, AT / 1000).unwrap());
    note
}

#[tokio::test]
async fn a_receipt_whose_own_head_nothing_shows_any_more_is_not_good() {
    let case = Case::new().await;
    let (receipt, _) = case.log.as_of(303).receipt(AT + 1);
    let next = case.leave(302, &case.log.note());
    let told = case.check(&receipt, case.trust(&[&next])).await;
    assert!(told.text.contains("takes no more, at index 301"), "{}", told.text);
    assert!(told.status == 1 && told.text.contains("nothing there shows that the head of 303 leaves"), "{}", told.text);
}

#[tokio::test]
async fn what_can_not_be_told_where_the_move_is_not_shown_is_neither_a_fork_nor_a_broken_promise() {
    let case = Case::new().await;
    // This one waited when the log was left, and was carried over as promised.
    let (carried, leaf) = case.log.receipt(AT + 9);
    let mut next = case.leave(304, &case.log.note());
    next.append(&leaf);
    next.save(&case.realm.evidence, &next.note());
    let told = case.check(&carried, case.trust(&[])).await;
    assert!(told.status == 1 && !told.text.contains("BROKEN"), "{}", told.text);
    assert!(told.text.contains("in what goes on from it, can't be told"), "{}", told.text);
    assert!(told.text.contains("until it is shown, the promise is not kept"), "{}", told.text);
    // The same with a log between that is not served, and after leaves were lost.
    let last = case.go_on(&next, &next, LAST);
    fs::remove_dir_all(case.realm.left(NEXT)).unwrap();
    let told = case.check(&carried, case.trust(&[&next, &last])).await;
    assert!(told.status == 1 && !told.text.contains("BROKEN"), "{}", told.text);
    case.leave(302, &case.log.note());
    let told = case.check(&case.receipts[3], case.trust(&[])).await;
    assert!(told.status == 1 && !told.text.contains("BROKEN") && !told.text.contains("FORK"), "{}", told.text);
    // What is a fork without any move still is one.
    let mut fork = case.log.other();
    fork.fill(6);
    fork.fill(500);
    case.leave_as(&fork, &case.log.note());
    let told = case.check(&case.receipts[3], case.trust(&[])).await;
    assert!(told.status == 1 && told.text.contains("FORK"), "{}", told.text);
}

#[tokio::test]
async fn a_move_is_cried_again_if_the_look_that_saw_it_was_cut_short() {
    let case = Case::new().await;
    assert!(alarms(&case.watching(case.trust(&[]))).await.is_empty());
    let next = case.leave(302, &case.log.note());
    let (request, asked) = (case.watching(case.trust(&[&next])), Arc::new(Notify::new()));
    *case.realm.stalled.lock().unwrap() = Some(asked.clone());
    let mut watch = Watch::open(request.clone(), None).unwrap();
    tokio::select! {
        looked = watch.look() => panic!("{looked:?}"),
        () = asked.notified() => {}
    }
    drop(watch);
    *case.realm.stalled.lock().unwrap() = None;
    let looked = Watch::open(request.clone(), None).unwrap().look().await;
    assert_eq!(looked.alarms.len(), 1, "{looked:?}");
    // Not told yet either.
    assert_eq!(alarms(&request).await, looked.alarms);
    assert!(alarms(&request).await.is_empty());
}

#[tokio::test]
async fn an_old_head_that_does_not_count_is_cried_and_kept() {
    let mut case = Case::new().await;
    assert!(alarms(&case.watching(case.trust(&[]))).await.is_empty());
    let next = case.leave(304, &case.log.note());
    let request = case.watching(case.trust(&[&next]));
    let place = case.realm.left(ORIGIN);
    let mut foreign = case.log.as_of(304);
    foreign.log = Saved::new().log;
    // The head of before, and of a tree that doesn't go on from the one by which its key took over.
    let keys = json!({"handovers": [case.log.rotate(AT)]}).to_string();
    let mut fork = case.log.other();
    fork.fill(400);
    for (there, why) in [(&foreign, "the last head of ledger.example/net"), (&fork, "FORK: the last head of")] {
        there.save(&place, &there.note());
        fs::write(place.join("keys"), &keys).unwrap();
        let looked = look(&request).await;
        assert!(looked.alarms.len() == 1 && looked.failures.is_empty(), "{looked:?}");
        assert!(looked.alarms[0].contains(why), "{looked:?}");
        assert_eq!(case.kept("other-"), 1);
    }
}

#[tokio::test]
async fn what_is_withheld_hides_nothing_else_that_was_found() {
    let case = Case::new().await;
    let place = case.realm.left(ORIGIN);
    let withhold = |path: &str| fs::write(place.join(path), FAILING).unwrap();
    // The hashes that would show the receipt's head, and not the leaves.
    let (never, _) = case.log.as_of(301).receipt(AT + 10);
    let next = case.leave(302, &case.log.note());
    withhold("tile/0/001.p/46");
    let told = case.check(&never, case.trust(&[&next])).await;
    assert!(told.status == 1 && told.text.contains("BROKEN PROMISE"), "{}", told.text);
    assert!(told.text.contains("status 500"), "{}", told.text);
    // The keys, among which the answer's would be.
    withhold("keys");
    let told = case.check_signed(&never, case.trust(&[&next]), LATER, Some("e30..AAAA")).await;
    assert!(told.status == 1 && told.text.contains("BROKEN PROMISE"), "{}", told.text);
    assert!(told.text.contains("signature counts can't be told"), "{}", told.text);
    // The leaves, and not what speaks against the head.
    let next = case.leave(304, &case.log.as_of(301).note());
    withhold("tile/entries/000");
    withhold("tile/0/001.p/48");
    let told = case.check(&case.receipts[3], case.trust(&[&next])).await;
    assert!(told.status == 1 && told.text.contains("FORK: its key signed a head of 303 leaves"), "{}", told.text);
    assert!(told.text.contains("until it is shown, the promise is not kept"), "{}", told.text);
    assert!(!told.text.contains("BROKEN"), "{}", told.text);
    // The head itself.
    withhold("checkpoint");
    let told = case.check(&case.receipts[3], case.trust(&[&next])).await;
    assert!(told.status == 1 && told.text.contains("FORK") && told.text.contains("status 500"), "{}", told.text);
}

#[tokio::test]
async fn what_is_not_served_is_told_of_each_log_with_the_reason_that_the_operator_gives() {
    let case = Case::new().await;
    let (carried, leaf) = case.log.receipt(AT + 9);
    let mut next = case.leave(304, &case.log.note());
    next.append(&leaf);
    let last = case.go_on(&next, &next.as_of(21), LAST);
    let trust = case.trust(&[&next, &last]);
    let gone = "the leaves of ledger.example/next from index 21 to 21 are not served any more; the operator gives as its \
                reason \"disk lost\", in the first entry of ledger.example/last";
    for (now, what) in [(LATER, "BROKEN PROMISE"), (UtcTime(AT + 9_500), "ask again then")] {
        let told = case.check_at(&carried, trust.clone(), now).await;
        assert!(told.status == 1 && told.text.contains(what) && told.text.contains(gone), "{}", told.text);
    }
    fs::remove_dir_all(case.realm.left(ORIGIN)).unwrap();
    let told = case.check(&carried, trust).await;
    assert!(told.status == 1 && told.text.contains("itself is not served there"), "{}", told.text);
    assert!(told.text.contains("until it is shown, the promise is not kept"), "{}", told.text);
    assert!(!told.text.contains("BROKEN"), "{}", told.text);
}

#[tokio::test]
async fn after_an_import_nobody_cries_that_all_is_lost() {
    let case = Case::new().await;
    assert!(alarms(&case.watching(case.trust(&[]))).await.is_empty());
    let next = case.leave(304, &case.log.note());
    fs::remove_dir_all(case.realm.left(ORIGIN)).unwrap();
    let request = case.watching(case.trust(&[&next]));
    let cried = alarms(&request).await;
    assert!(cried.len() == 1 && cried[0].contains("is not served here: ask its own server"), "{cried:?}");
    assert!(!cried[0].contains("lost;") && cried[0].contains("is shown to be of it"), "{cried:?}");
    assert!(alarms(&request).await.is_empty());
}

#[tokio::test]
async fn of_a_roles_messages_no_more_is_said_than_the_server_was_asked_for() {
    for (found, says) in [
        (0, "by what the server says, no message of agent-1 is left there"),
        (999, "by what the server says, no message of agent-1 is left there"),
        (1000, "by what the server says, none of the newest 1000 messages of agent-1 is left there"),
    ] {
        let case = Case::new().await;
        assert!(alarms(&case.watching(case.trust(&[]))).await.is_empty());
        let next = case.leave(302, &case.log.note());
        let message = json!({"entry": {"origin": NEXT, "index": 9}});
        *case.realm.messages.lock().unwrap() = vec![message; found].into();
        let cried = alarms(&case.watching(case.trust(&[&next]))).await;
        assert!(cried.len() == 1 && cried[0].contains(says), "{cried:?}");
    }
}

#[tokio::test]
async fn a_leaf_that_was_carried_over_after_it_was_due_is_late() {
    let case = Case::new().await;
    let (receipt, carried) = case.log.receipt(AT + 9);
    for (before, is_late) in [(AT + 9_000, false), (AT + 10_009, false), (AT + 10_010, true)] {
        let mut next = case.leave(304, &case.log.note());
        next.append(&leaf(before));
        next.append(&carried);
        next.append(&leaf(AT + 600_000));
        let place = &case.realm.evidence;
        next.save(place, &next.note());
        let id = jose::b64::encode(carried.id());
        for told in [None, Some(22)] {
            fs::create_dir_all(place.join("entries")).unwrap();
            fs::write(place.join("entries").join(&id), json!({"index": told}).to_string()).unwrap();
            let told = case.check(&receipt, case.trust(&[&next])).await;
            assert!(told.text.contains("from ledger.example/net, at index 22"), "{}", told.text);
            assert_eq!(told.text.contains("late: it was due at"), is_late, "{}", told.text);
            assert_eq!(told.status, u8::from(is_late), "{}", told.text);
        }
    }
}

#[tokio::test]
async fn a_key_that_took_over_commits_to_what_goes_on_from_its_head_or_that_is_not_shown() {
    let mut case = Case::new().await;
    let before = case.log.as_of(304);
    let old = case.trust(&[]);
    let keys = json!({"handovers": [case.log.rotate(AT)]}).to_string();
    let mut fork = case.log.other();
    fork.fill(305);
    let same_size = fork.note();
    fork.fill(5);
    let lines = fs::read_to_string(&old).unwrap();
    // The key before signed on.
    let mut beside = before.as_of(304);
    beside.fill(5);
    for (committed, there, part) in [
        (fork.note(), &beside, "FORK: what is there of ledger.example/net, and is gone on from, is not shown to go on"),
        (fork.note(), &before, "nothing shows that its head of 310 leaves goes on from the one of 305"),
        (same_size, &before, "FORK: what is there of ledger.example/net, and is gone on from, is not shown to go on"),
    ] {
        let next = case.leave_as(there, &committed);
        fs::write(case.realm.left(ORIGIN).join("keys"), &keys).unwrap();
        let trust = case.desk.file("old.policy", format!("log {}\n{lines}", next.log.verifier()));
        let told = case.check(&case.receipts[0], trust.clone()).await;
        assert!(told.text.contains(part), "{}", told.text);
        assert_eq!(told.status, u8::from(part.contains("FORK")), "{}", told.text);
    }
}

#[tokio::test]
async fn no_more_than_thirty_two_logs_are_followed_and_no_more_leaves_looked_at_than_is_sensible() {
    let case = Case::new().await;
    let mut logs = vec![case.leave(304, &case.log.note())];
    for n in 1..33 {
        let trust = case.trust(&logs.iter().collect::<Vec<_>>());
        if n == 32 {
            let told = case.check(&case.receipts[0], trust).await;
            assert_eq!(told.status, 0, "{}", told.text);
        }
        let open = logs.last().unwrap();
        logs.push(case.go_on(open, open, &format!("ledger.example/{n}")));
    }
    let told = case.check(&case.receipts[0], case.trust(&logs.iter().collect::<Vec<_>>())).await;
    assert!(told.status == 1 && told.text.contains("more than 32 logs go on"), "{}", told.text);
    // A size is stated quickly.
    let head = Checkpoint::new(ORIGIN, 1 << 40, [0; 32]).sign_by([&case.log.log], 0).unwrap();
    case.log.save(&case.realm.evidence, &head);
    let told = case.check(&case.receipts[0], case.trust(&[])).await;
    assert!(told.status == 1 && told.text.contains("no more than 268435456 are"), "{}", told.text);
}
