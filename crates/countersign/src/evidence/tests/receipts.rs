//! `verify receipt`.

use axum::routing::get;
use jose::detached::sign;
use ledger::Receipt;
use ledger::text::UtcTime;
use serde_json::json;

use super::Desk;
use super::network::{START, es256};
use super::saved::{Saved, ml_dsa};
use super::served::{Realm, serve};
use crate::evidence::Found;
use crate::evidence::receipt::{ReceiptRequest, verify_receipt};

const AT: u64 = START + 1_000_000;
const LATER: UtcTime = UtcTime(AT + 3_600_000);

/// An answer as `verify` gives it.
fn answer(receipt: &Receipt) -> String {
    json!({"valid": true, "code": "ok", "receipt": receipt}).to_string()
}

async fn found(request: &ReceiptRequest, now: UtcTime) -> Found {
    verify_receipt(request, None, now).await.unwrap()
}

/// A log in a folder, a receipt in a file, and what asks whether the one has the other.
struct Case {
    desk: Desk,
    log: Saved,
    request: ReceiptRequest,
}

impl Case {
    /// The receipt is given when there are 300 leaves; its own is the next, unless it is forgotten.
    fn new(is_forgotten: bool) -> Self {
        let (desk, mut log) = (Desk::new(), Saved::new());
        log.fill(300);
        let (receipt, leaf) = log.receipt(AT);
        if !is_forgotten {
            log.append(&leaf);
        }
        log.fill(5);
        log.save(&desk.0.join("log"), &log.note());
        let request = ReceiptRequest {
            file: desk.file("answer.json", answer(&receipt)),
            ledger: Some(desk.0.join("log").display().to_string()),
            trust: Some(desk.file("trust.policy", log.policy())),
            ..ReceiptRequest::default()
        };
        Self { desk, log, request }
    }
}

#[tokio::test]
async fn a_receipt_whose_leaf_is_in_the_log_is_good_as_answer_or_alone() {
    let case = Case::new(false);
    let told = found(&case.request, LATER).await;
    assert_eq!(told.status, 0, "{}", told.text);
    assert!(told.text.contains("in the log at index 300, under the head of 306 leaves"), "{}", told.text);
    assert!(told.text.contains("a message of agent-1 by its key \"a1\", verdict ok"), "{}", told.text);
    let whole = std::fs::read_to_string(&case.request.file).unwrap();
    let whole: serde_json::Value = serde_json::from_str(&whole).unwrap();
    for octets in [whole["receipt"].to_string(), json!({"token": {}, "message": whole}).to_string()] {
        let request = ReceiptRequest { file: case.desk.file("other.json", octets), ..case.request.clone() };
        assert_eq!(found(&request, LATER).await.status, 0);
    }
}

#[tokio::test]
async fn a_leaf_that_was_put_in_after_its_delay_is_late_where_the_log_shows_it() {
    // By a leaf before it, which is from after it was due, by 10 seconds.
    for (before, status) in [(AT + 9_000, 0), (AT + 11_000, 1)] {
        let mut case = Case::new(true);
        let (_, other) = case.log.receipt(before);
        let (_, own) = case.log.receipt(AT);
        for leaf in [other, own] {
            case.log.append(&leaf);
        }
        case.log.fill(5);
        case.log.save(&case.desk.0.join("log"), &case.log.note());
        let told = found(&case.request, LATER).await;
        assert_eq!(told.status, status, "{}", told.text);
        let late =
            "but late: it was due at 2026-01-01T00:16:50.000Z, and comes behind a leaf of 2026-01-01T00:16:51.000Z";
        assert!(
            told.text.contains("it is in the log at index 306") && told.text.contains(late) == (status == 1),
            "{}",
            told.text
        );
    }
    // By a head without it, which a witness saw after that.
    // Its clock may have been five minutes ahead.
    for (size, seen, status) in [(300, 311, 1), (300, 309, 0), (301, 311, 0)] {
        let case = Case::new(false);
        let mut note = case.log.as_of(size).note();
        note.lines.push(case.log.witness.sign(&note.text, AT / 1000 + seen).unwrap());
        let keys = json!({"cosigned": case.log.note().to_string(), "cosignedBefore": [note.to_string()]});
        std::fs::write(case.desk.0.join("log/keys"), keys.to_string()).unwrap();
        let told = found(&case.request, LATER).await;
        assert_eq!(told.status, status, "{}", told.text);
        assert_eq!(told.text.contains("a witness saw the 300 leaves before it at"), status == 1, "{}", told.text);
    }
}

#[tokio::test]
async fn a_receipt_that_was_altered_is_not_good() {
    let case = Case::new(false);
    let text = std::fs::read_to_string(&case.request.file).unwrap();
    let whole: serde_json::Value = serde_json::from_str(&text).unwrap();
    let changed = |member: &str, value: serde_json::Value| {
        let mut other = whole.clone();
        other["receipt"][member] = value;
        ReceiptRequest { file: case.desk.file(member, other.to_string()), ..case.request.clone() }
    };
    for request in [
        changed("record", json!("e30")),
        changed("salt", json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")),
        changed("receivedAt", json!("2026-11-26T00:00:00.000Z")),
        changed("origin", json!("ledger.example/other")),
    ] {
        let told = found(&request, LATER).await;
        assert_eq!(told.status, 1, "{}", told.text);
    }
    for octets in ["", "{}", r#"{"valid": false, "code": "signature_invalid", "entry": null}"#] {
        let request = ReceiptRequest { file: case.desk.file("none.json", octets), ..case.request.clone() };
        assert!(verify_receipt(&request, None, LATER).await.is_err(), "{octets}");
    }
}

#[tokio::test]
async fn a_leaf_that_is_not_there_after_its_delay_is_a_broken_promise() {
    let mut case = Case::new(true);
    let waiting = found(&case.request, UtcTime(AT + 5_000)).await;
    assert!(waiting.status == 1 && waiting.text.contains("promised for"), "{}", waiting.text);
    let saved_early = found(&case.request, LATER).await;
    assert!(saved_early.text.contains("may have been saved before"), "{}", saved_early.text);
    // A witness's time shows that the head is later than the promise.
    let mut note = case.log.note();
    note.lines.push(case.log.witness.sign(&note.text, AT / 1000 + 60).unwrap());
    case.log.save(&case.desk.0.join("log"), &note);
    let broken = found(&case.request, LATER).await;
    assert!(broken.status == 1 && broken.text.contains("BROKEN PROMISE"), "{}", broken.text);
    assert!(broken.text.contains("anyone could have written the receipt"), "{}", broken.text);
    // With the answer's signature, by a key that the reader pinned, it is proof.
    let (key, octets) = (es256("reply-1"), std::fs::read(&case.request.file).unwrap());
    let header =
        json!({"alg": "ES256", "kid": "reply-1", "typ": "reply+jws", "b64": false, "crit": ["b64"], "req": ""});
    let signature = sign(&header.to_string(), &octets, &key).unwrap();
    let jwk = key.public_jwk().unwrap();
    let pin = format!("{}#countersign reply-key reply-1 {}\n", case.log.policy(), jwk.thumbprint());
    case.request.keys = Some(case.desk.file("keys.json", json!({"keys": [{"jwk": jwk.to_value()}]}).to_string()));
    case.request.signature = Some(signature);
    let unpinned = found(&case.request, LATER).await;
    assert!(unpinned.text.contains("this trust pins no reply key"), "{}", unpinned.text);
    case.request.trust = Some(case.desk.file("pinned.policy", pin));
    let proof = found(&case.request, LATER).await;
    assert!(proof.text.contains("are proof against the operator"), "{}", proof.text);
}

#[tokio::test]
async fn a_served_log_is_looked_through_whatever_it_says_of_one_entry() {
    for is_forgotten in [false, true] {
        let mut case = Case::new(is_forgotten);
        let realm = Realm::of(case.desk.0.join("log"));
        let serving = serve(realm.router()).await;
        case.request.ledger = Some(format!("http://{}/realms/net/evidence/", serving.address));
        let answer: serde_json::Value = serde_json::from_slice(&std::fs::read(&case.request.file).unwrap()).unwrap();
        let leaf = jose::b64::decode(answer["receipt"]["leaf"].as_str().unwrap(), "leaf").unwrap();
        let id = jose::b64::encode(ledger::hash::leaf_hash(&leaf));
        for told in [None, Some(300), Some(301), Some(9999)] {
            std::fs::create_dir_all(case.desk.0.join("log/entries")).unwrap();
            case.desk.file(&format!("log/entries/{id}"), json!({"index": told}).to_string());
            let found = found(&case.request, LATER).await;
            let expected = if is_forgotten { "of the log as they are served now" } else { "in the log at index 300" };
            assert!(found.text.contains(expected), "{told:?} {}", found.text);
            assert_eq!(found.status, u8::from(is_forgotten));
        }
    }
}

#[tokio::test]
async fn a_log_that_is_left_after_its_head_was_read_is_still_the_one_that_is_read() {
    let mut case = Case::new(false);
    let realm = Realm::of(case.desk.0.join("next"));
    let note = case.log.note();
    case.log.save(&realm.left(note.text.lines().next().unwrap()), &note);
    case.desk.file("next/checkpoint", "ledger.example/next\n");
    let head = note.to_string();
    let router = realm.router().route("/realms/net/evidence/checkpoint", get(async move || head));
    let serving = serve(router).await;
    case.request.ledger = Some(format!("http://{}/realms/net/evidence/", serving.address));
    let found = found(&case.request, LATER).await;
    assert!(found.status == 0 && found.text.contains("in the log at index 300"), "{}", found.text);
}

#[tokio::test]
async fn a_token_is_no_signature_of_an_answer() {
    let mut case = Case::new(false);
    let (key, octets) = (es256("reply-1"), std::fs::read(&case.request.file).unwrap());
    let jwk = key.public_jwk().unwrap();
    let pin = format!("{}#countersign reply-key reply-1 {}\n", case.log.policy(), jwk.thumbprint());
    case.request.trust = Some(case.desk.file("pinned.policy", pin));
    case.request.keys = Some(case.desk.file("key.json", jwk.to_value().to_string()));
    for (typ, octets, status) in
        [("reply+jws", octets.as_slice(), 0), ("JWT", octets.as_slice(), 1), ("reply+jws", b"{}".as_slice(), 1)]
    {
        let header = json!({"alg": "ES256", "kid": "reply-1", "typ": typ, "b64": false, "crit": ["b64"]});
        case.request.signature = Some(sign(&header.to_string(), octets, &key).unwrap());
        let told = found(&case.request, LATER).await;
        assert_eq!(told.status, status, "{typ} {}", told.text);
    }
}

#[tokio::test]
async fn a_log_that_does_not_go_on_from_the_receipts_head_is_a_fork() {
    let case = Case::new(false);
    let mut other = case.log.other();
    other.fill(7);
    other.fill(400);
    other.save(&case.desk.0.join("log"), &other.note());
    let told = found(&case.request, LATER).await;
    assert!(told.status == 1 && told.text.contains("FORK"), "{}", told.text);
}

#[tokio::test]
async fn a_log_under_no_trusted_key_or_without_trust_proves_nothing() {
    let mut case = Case::new(false);
    case.request.trust = Some(case.desk.file("other.policy", Saved::new().policy()));
    let told = found(&case.request, LATER).await;
    assert!(told.status == 1, "{}", told.text);
    assert!(
        told.text.contains("signed by no log key of this trust") || told.text.contains("signature of"),
        "{}",
        told.text
    );
    case.request.trust = None;
    let told = found(&case.request, LATER).await;
    assert!(told.status == 1 && told.text.contains("trust not given"), "{}", told.text);
    case.request.ledger = None;
    let alone = found(&case.request, LATER).await;
    assert!(alone.status == 1 && alone.text.contains("NOT SHOWN TO BE HONOURED"), "{}", alone.text);
}

#[tokio::test]
async fn entries_that_are_not_the_checkpoints_prove_nothing() {
    let case = Case::new(true);
    let bundle = case.desk.0.join("log/tile/entries/000");
    let mut octets = std::fs::read(&bundle).unwrap();
    octets[20] ^= 1;
    std::fs::write(&bundle, octets).unwrap();
    let told = found(&case.request, LATER).await;
    assert!(told.status == 1 && told.text.contains("are not those of its checkpoint"), "{}", told.text);
    assert!(told.text.contains("until it is shown, the promise is not kept"), "{}", told.text);
}

#[tokio::test]
async fn a_receipt_under_a_key_that_followed_is_good_where_the_log_shows_the_change() {
    let mut case = Case::new(false);
    let folder = case.desk.0.join("log");
    let handover = case.log.rotate(AT);
    let (receipt, leaf) = case.log.receipt(AT + 1);
    case.log.append(&leaf);
    case.log.save(&folder, &case.log.note());
    std::fs::write(folder.join("keys"), json!({"handovers": [handover]}).to_string()).unwrap();
    let request = ReceiptRequest { file: case.desk.file("later.json", answer(&receipt)), ..case.request.clone() };
    for request in [&case.request, &request] {
        let told = found(request, LATER).await;
        assert_eq!(told.status, 0, "{}", told.text);
    }
    let alone = found(&ReceiptRequest { ledger: None, ..request.clone() }, LATER).await;
    assert!(alone.status == 1 && alone.text.contains("name the log with --ledger"), "{}", alone.text);
    std::fs::remove_file(folder.join("keys")).unwrap();
    let told = found(&request, LATER).await;
    assert!(told.status == 1 && told.text.contains("ask for its line"), "{}", told.text);
}

#[tokio::test]
async fn a_trust_that_names_the_logs_key_of_ml_dsa_wants_its_line_under_the_log_and_not_within_a_receipt() {
    let mut case = Case::new(false);
    let (folder, beside) = (case.desk.0.join("log"), ml_dsa());
    let trust = format!("log {}\n{}", beside.verifier(), case.log.policy());
    case.request.trust = Some(case.desk.file("both.policy", trust));
    let without = found(&case.request, LATER).await;
    assert!(without.status == 1 && without.text.contains("by no log key of ML-DSA of this trust"), "{}", without.text);
    case.log.save(&folder, &case.log.note_beside(&beside));
    let with = found(&case.request, LATER).await;
    assert_eq!(with.status, 0, "{}", with.text);
    // A key that followed on the Ed25519 key signs beside the same one of ML-DSA.
    let handover = case.log.rotate(AT);
    std::fs::write(folder.join("keys"), json!({"handovers": [handover]}).to_string()).unwrap();
    for (note, status) in [(case.log.note(), 1), (case.log.note_beside(&beside), 0)] {
        case.log.save(&folder, &note);
        let told = found(&case.request, LATER).await;
        assert_eq!(told.status, status, "{}", told.text);
    }
}
