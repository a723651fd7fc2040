//! A log that was left for another: `verify receipt` and `watch` see what of it counts, and what was lost.

use std::fs;

use ledger::Note;
use serde_json::{Value, json};

use super::moved::{AT, Case, NEXT, alarms, look};
use super::saved::{ORIGIN, Saved};

#[tokio::test]
async fn a_receipt_of_a_log_that_was_left_whole_is_honoured_there_and_the_next_one_is_shown_to_commit_to_it() {
    let case = Case::new().await;
    let next = case.leave(304, &case.log.note());
    for (n, receipt) in (300..).zip(&case.receipts) {
        let told = case.check(receipt, case.trust(&[&next])).await;
        assert_eq!(told.status, 0, "{}", told.text);
        assert!(
            told.text.contains(&format!("takes no more, at index {n}, under the head of 304 leaves")),
            "{}",
            told.text
        );
        assert!(told.text.contains("commits to the head of 304 leaves of ledger.example/net"), "{}", told.text);
    }
    // Who doesn't know the next log can't tell whether it does.
    let told = case.check(&case.receipts[0], case.trust(&[])).await;
    assert!(told.status == 1 && told.text.contains("ask for the new log's line"), "{}", told.text);
    assert!(told.text.contains("takes no more, at index 300"), "{}", told.text);
}

#[tokio::test]
async fn of_a_log_that_was_set_back_what_is_there_is_honoured_and_the_rest_is_lost_by_a_record_of_the_next_one() {
    let case = Case::new().await;
    let next = case.leave(302, &case.log.note());
    let trust = case.trust(&[&next]);
    for receipt in &case.receipts[..2] {
        let told = case.check(receipt, trust.clone()).await;
        assert_eq!(told.status, 0, "{}", told.text);
    }
    for receipt in &case.receipts[2..] {
        let told = case.check(receipt, trust.clone()).await;
        assert_eq!(told.status, 1, "{}", told.text);
        for part in [
            "BROKEN PROMISE",
            "not among the 302 leaves that are there of ledger.example/net, nor in ledger.example/next",
            "the leaves of ledger.example/net from index 302 to 303 are not served any more",
            "the operator gives as its reason \"disk lost\", in the first entry of ledger.example/next",
            "the first entry of ledger.example/next",
            "says why: \"disk lost\"",
        ] {
            assert!(told.text.contains(part), "{part} in {}", told.text);
        }
    }
}

#[tokio::test]
async fn what_waited_when_its_log_was_left_is_found_in_the_next_one_and_over_two_moves() {
    let case = Case::new().await;
    let (receipt, leaf) = case.log.receipt(AT + 9);
    let mut next = case.leave(304, &case.log.note());
    next.append(&leaf);
    next.save(&case.realm.evidence, &next.note());
    let told = case.check(&receipt, case.trust(&[&next])).await;
    assert!(
        told.status == 0
            && told.text.contains("is in ledger.example/next, which goes on from ledger.example/net, at index 21"),
        "{}",
        told.text
    );
    // That one is left as well.
    let last = case.go_on(&next, &next, "ledger.example/last");
    let trust = case.trust(&[&next, &last]);
    for (receipt, part) in [
        (&receipt, "is in ledger.example/next, which goes on from ledger.example/net, at index 21"),
        (&case.receipts[3], "at index 303"),
    ] {
        let told = case.check(receipt, trust.clone()).await;
        assert!(told.status == 0 && told.text.contains(part), "{}", told.text);
    }
    let (never, _) = case.log.receipt(AT + 10);
    let told = case.check(&never, trust).await;
    assert!(told.text.contains("nor in ledger.example/next, nor in ledger.example/last. "), "{}", told.text);
}

#[tokio::test]
async fn a_next_log_that_commits_to_less_or_to_another_tree_or_by_no_entry_of_its_own_is_told() {
    let case = Case::new().await;
    let check = async |old: &Saved, committed: &Note| {
        let next = case.leave_as(old, committed);
        let told = case.check(&case.receipts[3], case.trust(&[&next])).await;
        assert_eq!(told.status, 1, "{}", told.text);
        told.text
    };
    let early = case.log.as_of(301);
    let text = check(&case.log, &early.note()).await;
    assert!(text.contains("at index 303, behind the 301 leaves that are gone on from"), "{text}");
    assert!(text.contains("FORK: its key signed a head of 303 leaves"), "{text}");
    let mut other = case.log.other();
    other.fill(5);
    other.fill(299);
    assert!(check(&case.log, &other.note()).await.contains("FORK: the head of 304 leaves of ledger.example/net"));
    let forged = Saved::new();
    assert!(check(&case.log, &forged.note()).await.contains("the head of ledger.example/net that ledger.example/next"));
    // An entry that isn't in the log shows nothing.
    let next = case.leave(304, &case.log.note());
    let (_, told) = Saved::go_on(NEXT, &early.note(), AT);
    fs::write(case.realm.evidence.join("keys"), told.to_string()).unwrap();
    let told = case.check(&case.receipts[0], case.trust(&[&next])).await;
    assert!(told.status == 1 && told.text.contains("is not its first"), "{}", told.text);
}

#[tokio::test]
async fn a_receipt_of_another_servers_log_is_told_where_to_ask_and_what_the_next_one_commits_to() {
    let case = Case::new().await;
    let next = case.leave(304, &case.log.note());
    fs::remove_dir_all(case.realm.left(ORIGIN)).unwrap();
    let told = case.check(&case.receipts[0], case.trust(&[&next])).await;
    assert!(told.status == 1 && told.text.contains("commits to the head of 304 leaves"), "{}", told.text);
    assert!(told.text.contains("itself is not served there: name where it is"), "{}", told.text);
}

#[tokio::test]
async fn a_log_that_was_left_whole_is_cried_once_and_the_next_one_is_watched() {
    let case = Case::new().await;
    let old = case.watching(case.trust(&[]));
    assert_eq!(alarms(&old).await, Vec::<String>::new());
    let mut next = case.leave(304, &case.log.note());
    // Not before the trust names it.
    let looked = look(&old).await;
    assert!(looked.alarms.is_empty() && looked.failures[0].contains("ask for the new log's line"), "{looked:?}");
    let request = case.watching(case.trust(&[&next]));
    let cried = alarms(&request).await;
    assert!(cried.len() == 1 && cried[0].contains("ledger.example/next goes on from it"), "{cried:?}");
    assert!(cried[0].contains("None of the leaves of ledger.example/net that had an index is lost"), "{cried:?}");
    assert_eq!((case.kept("left-304-"), case.kept("other-")), (1, 0));
    assert_eq!(alarms(&request).await, Vec::<String>::new());
    next.fill(5);
    next.save(&case.realm.evidence, &next.note());
    assert_eq!(alarms(&request).await, Vec::<String>::new());
    // It is still watched.
    let mut other = next.other();
    other.fill(400);
    other.save(&case.realm.evidence, &other.note());
    assert!(alarms(&request).await[0].contains("not shown to go on"));
}

#[tokio::test]
async fn what_was_lost_of_a_role_is_cried_once_with_where_its_messages_end() {
    for (seen, shows) in [
        (302, "is shown to be of what is still served of it"),
        (303, "Nothing there shows that the head of 303"),
        (304, "is shown to be of it"),
    ] {
        let case = Case::new().await;
        let before = case.log.as_of(seen);
        before.save(&case.realm.evidence, &before.note());
        assert_eq!(alarms(&case.watching(case.trust(&[]))).await, Vec::<String>::new());
        let next = case.leave(302, &case.log.note());
        let message = |origin: &str, index: u64| -> Value {
            json!({"entry": {"origin": origin, "index": index}, "receivedAt": "2026-11-26T00:00:00.000Z"})
        };
        let found = json!([message(NEXT, 9), message(ORIGIN, 301), message(ORIGIN, 300)]);
        *case.realm.messages.lock().unwrap() = found;
        let request = case.watching(case.trust(&[&next]));
        let cried = alarms(&request).await;
        assert_eq!(cried.len(), 1, "{cried:?}");
        for part in [
            "The leaves of ledger.example/net from index 302 to 303 are lost",
            "by what the server says, the last message of agent-1 that is left there is at index 301, received at 2026-11-26T00:00:00.000Z",
            "\"disk lost\"",
            shows,
        ] {
            assert!(cried[0].contains(part), "{part} in {cried:?}");
        }
        assert_eq!(alarms(&request).await, Vec::<String>::new(), "of {seen}");
    }
}

#[tokio::test]
async fn a_next_log_that_contradicts_what_was_seen_is_cried_for_as_long_as_it_does() {
    let case = Case::new().await;
    let request = case.watching(case.trust(&[]));
    assert_eq!(alarms(&request).await, Vec::<String>::new());
    let mut fork = case.log.other();
    fork.fill(6);
    fork.fill(500);
    let early = case.log.as_of(302);
    for (old, committed, why) in [
        (&early, &early, "goes on from that does so from 302 leaves alone"),
        (&fork, &fork, "is not shown to go on from its head of 304 leaves"),
        (&case.log, &fork.as_of(304), "FORK"),
    ] {
        let next = case.leave_as(old, &committed.note());
        let request = case.watching(case.trust(&[&next]));
        for _ in 0..2 {
            let cried = alarms(&request).await;
            assert!(cried.len() == 1 && cried[0].contains(why), "{why} in {cried:?}");
        }
    }
    // Nor is one taken that only says so.
    let next = case.leave(304, &case.log.note());
    fs::remove_file(case.realm.evidence.join("keys")).unwrap();
    let cried = alarms(&case.watching(case.trust(&[&next]))).await;
    assert!(cried.len() == 1 && cried[0].contains("shows no entry by which it goes on"), "{cried:?}");
    assert_eq!(case.kept("left-"), 0);
    assert!(case.kept("other-") > 0);
}
