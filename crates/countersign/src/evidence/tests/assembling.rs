//! `evidence assemble`.

use std::fs;
use std::path::PathBuf;

use ::evidence::Bundle;
use ::evidence::bundle::Claim;
use ledger::Receipt;
use ledger::text::{Digest, Octets};
use registry::Word;
use serde_json::{Value, json};

use super::Desk;
use super::network::{ASK, LATER, Network, Sent, conversation, es256};
use crate::evidence::Found;
use crate::evidence::assemble::{AssembleRequest, assemble};
use crate::evidence::bundle::{BundleRequest, Form, verify_bundle};

/// A line as a gateway keeps it.
fn line(receipt: &Receipt) -> String {
    let reply = json!({"valid": true, "code": "ok", "receipt": receipt}).to_string();
    json!({"keptAt": "2026-01-01T00:00:00.000Z", "reply": reply, "signature": "h..s"}).to_string() + "\n"
}

/// An agent's message to a lender, of which the lender kept receipt and body; a saved copy of the log; and a bundle of before.
struct Case {
    desk: Desk,
    network: Network,
    request: AssembleRequest,
    ask: u64,
    answer: u64,
}

impl Case {
    fn new() -> Self {
        let desk = Desk::new();
        let (mut network, [ask, answer], lines) = conversation();
        // What the lender has had since it joined: another message of the agent's.
        let older = network.bundle(Claim::Messages, &[answer], &["agent-1", "lender-1"]);
        let with = desk.file("older.evidence.json", older.write().unwrap());
        network.range("agent-1");
        network.save(&desk.0.join("log"));
        // Only an older head is cosigned.
        desk.file("log/keys", json!({"cosigned": network.cosigned()}).to_string());
        fs::create_dir_all(desk.0.join("receipts")).unwrap();
        let kept = line(&network.receipt(answer)) + &line(&network.receipt(ask)) + "{\"keptAt\": torn";
        desk.file("receipts/2026-01-01.jsonl", kept);
        desk.file("receipts/log-keys.json", "{}");
        let request = AssembleRequest {
            receipts: vec![desk.0.join("receipts")],
            entries: vec![network.id(ask)],
            with: vec![with],
            bodies: vec![desk.file("loan.json", ASK)],
            ledger: Some(desk.0.join("log").display().to_string()),
            trust: Some(desk.file("trust.policy", network.policy(&lines))),
            out: desk.0.join("loan.evidence.json"),
            ..AssembleRequest::default()
        };
        Self { desk, network, request, ask, answer }
    }

    /// What `verify bundle` ends with.
    fn judged(&self) -> u8 {
        let (file, trust) = (self.request.out.clone(), self.request.trust.clone());
        verify_bundle(&BundleRequest { file, trust, at: None, form: Form::Text }, None, LATER).unwrap().status
    }

    fn made(&self) -> Bundle {
        Bundle::read(&fs::read(&self.request.out).unwrap()).unwrap()
    }

    /// A bundle that was taken out before.
    fn before(&self, name: &str, change: impl FnOnce(&mut Bundle)) -> PathBuf {
        let mut bundle = self.network.bundle(Claim::Messages, &[self.ask], &["agent-1"]);
        change(&mut bundle);
        self.desk.file(name, bundle.write().unwrap())
    }
}

async fn found(request: &AssembleRequest) -> Found {
    assemble(request, None, LATER).await.unwrap()
}

#[tokio::test]
async fn receipts_bodies_public_files_and_an_older_bundle_make_one_that_is_proved() {
    let case = Case::new();
    let told = found(&case.request).await;
    assert!(told.status == 0 && told.text.starts_with("PROVED"), "{}", told.text);
    assert!(told.text.contains("left out: ") && told.text.contains("line 3"), "{}", told.text);
    assert_eq!(case.judged(), 0);
    let made = case.made();
    assert_eq!((made.messages.len(), made.claim), (1, Claim::Messages));
    assert_eq!(made.messages[0].body, Some(Octets(ASK.to_vec())));
    assert_eq!(made.checkpoints.last().unwrap().note, case.network.cosigned(), "the newest with an outside time");
    let again = assemble(&case.request, None, LATER).await.unwrap_err().to_string();
    assert!(again.contains("is there already"), "{again}");
}

#[tokio::test]
async fn a_bundle_without_its_body_is_made_whole_by_who_has_it_without_a_log() {
    let mut case = Case::new();
    let lacking = case.before("lacking.json", |bundle| bundle.messages[0].body = None);
    case.request = AssembleRequest {
        with: vec![lacking],
        bodies: case.request.bodies.clone(),
        trust: case.request.trust.clone(),
        out: case.request.out.clone(),
        ..AssembleRequest::default()
    };
    let without = AssembleRequest { bodies: Vec::new(), replaces: true, ..case.request.clone() };
    let told = found(&without).await;
    assert!(told.status == 1 && told.text.contains("its body is not disclosed"), "{}", told.text);
    fs::remove_file(&case.request.out).unwrap();
    // One octet is another one.
    let mut other = ASK.to_vec();
    other[5] ^= 1;
    let altered = AssembleRequest { bodies: vec![case.desk.file("other.json", other)], ..case.request.clone() };
    let told = found(&altered).await;
    assert!(told.status == 1 && told.text.contains("no octet may differ"), "{}", told.text);
    assert!(!case.request.out.exists());
    assert_eq!(found(&case.request).await.status, 0);
    assert_eq!(case.judged(), 0);
    let more = AssembleRequest { entries: vec![Digest([0; 32])], replaces: true, ..case.request.clone() };
    let told = assemble(&more, None, LATER).await.unwrap_err().to_string();
    assert!(told.contains("without --ledger"), "{told}");
}

#[tokio::test]
async fn a_body_or_a_log_that_cannot_be_read_is_an_error_and_no_finding() {
    let case = Case::new();
    let nowhere = case.desk.0.join("nowhere.json");
    let without_log = AssembleRequest {
        receipts: Vec::new(),
        entries: Vec::new(),
        ledger: None,
        bodies: vec![nowhere.clone()],
        ..case.request.clone()
    };
    fs::create_dir_all(case.desk.0.join("empty")).unwrap();
    let empty = case.desk.0.join("empty").display().to_string();
    for (unread, named) in [
        (without_log, "nowhere.json cannot be read"),
        (AssembleRequest { bodies: vec![nowhere], ..case.request.clone() }, "nowhere.json cannot be read"),
        // Nobody answers at port 0.
        (AssembleRequest { ledger: Some("http://127.0.0.1:0/l".to_owned()), ..case.request.clone() }, "127.0.0.1"),
        (AssembleRequest { ledger: Some(empty), ..case.request.clone() }, "has no checkpoint"),
    ] {
        let told = assemble(&unread, None, LATER).await.unwrap_err().to_string();
        assert!(told.contains(named), "{told}");
        assert!(!case.request.out.exists());
    }
}

#[tokio::test]
async fn a_receipt_whose_leaf_is_not_in_the_log_makes_no_bundle_and_is_told_as_verify_receipt_does() {
    let mut case = Case::new();
    // The network goes on, and what is served stays as it was.
    let next = case.network.append(ledger::Kind::Message, fs::read(case.desk.0.join("loan.json")).unwrap());
    let mut lost = case.network.receipt(case.ask);
    lost.received_at = case.network.receipt(next).received_at;
    let leaf = ledger::Leaf::parse(&lost.leaf.0).unwrap();
    let forgotten = ledger::Leaf { at_ms: lost.received_at.0, nonce: [9; 16], ..leaf };
    lost.leaf = Octets(forgotten.to_bytes().to_vec());
    case.request.receipts = vec![case.desk.file("lost.json", serde_json::to_vec(&lost).unwrap())];
    case.request.entries = Vec::new();
    let told = found(&case.request).await;
    assert!(told.status == 1 && told.text.starts_with("NOT PUT TOGETHER"), "{}", told.text);
    assert!(
        told.text.contains(&Digest(forgotten.id()).to_string()) && told.text.contains("NOT PROVED"),
        "{}",
        told.text
    );
    assert!(told.text.contains("when it was due") || told.text.contains("BROKEN PROMISE"), "{}", told.text);
    assert!(!case.request.out.exists());
}

#[tokio::test]
async fn what_is_missing_is_told_and_who_has_it_and_may_be_added_later() {
    let mut case = Case::new();
    let older = std::mem::take(&mut case.request.with);
    let told = found(&case.request).await;
    assert!(
        told.status == 1 && told.text.contains("the chain of agent-1 lacks the records from 1 to the one"),
        "{}",
        told.text
    );
    assert!(told.text.contains("--client-id"), "{}", told.text);
    assert_eq!(case.judged(), 1);
    // What was made lacks the chain, which another has.
    let first = case.desk.0.join("first.json");
    fs::rename(&case.request.out, &first).unwrap();
    let completed = AssembleRequest {
        receipts: Vec::new(),
        bodies: Vec::new(),
        with: [vec![first], older].concat(),
        ..case.request.clone()
    };
    let told = found(&completed).await;
    assert_eq!(told.status, 0, "{}", told.text);
    // So do the registrar's receipts; one that is missing is named by its place.
    let changes = case.network.receipts_of("agent-1");
    let texts: Vec<PathBuf> = changes
        .iter()
        .enumerate()
        .map(|(n, one)| case.desk.file(&format!("change-{n}.json"), serde_json::to_vec(one).unwrap()))
        .collect();
    let by = |places: &[PathBuf]| AssembleRequest {
        receipts: [case.request.receipts.as_slice(), places].concat(),
        replaces: true,
        ..case.request.clone()
    };
    let told = found(&by(&texts)).await;
    assert_eq!(told.status, 0, "{}", told.text);
    let told = found(&by(&[&texts[..1], &texts[2..]].concat())).await;
    assert!(told.status == 1 && told.text.contains("the chain of agent-1 lacks record 2:"), "{}", told.text);
    let told = found(&by(&texts[..2])).await;
    assert!(told.text.contains("lacks the records from 3 to the one with the digest"), "{}", told.text);
}

#[tokio::test]
async fn a_bundle_that_the_log_does_not_go_on_from_is_a_fork() {
    let mut case = Case::new();
    let mut other = Network::new();
    (other.log, other.witness) = (case.network.log.clone(), case.network.witness.clone());
    let key = es256("k");
    other.join("agent-1", "strict", &key);
    let (method, target, body, receiver) = ("POST", "/x", ASK, "lender-1");
    let sent = other.send(&Sent { role: "agent-1", key: &key, profile: "strict", method, target, body, receiver });
    other.checkpoint();
    let bundle = other.bundle(Claim::Messages, &[sent], &["agent-1"]);
    case.request.with.push(case.desk.file("other.json", bundle.write().unwrap()));
    let told = found(&case.request).await;
    assert!(told.status == 1 && told.text.contains("FORK"), "{}", told.text);
    // Without a trust anybody could have written that bundle.
    let untrusting = AssembleRequest { trust: None, ..case.request.clone() };
    let told = found(&untrusting).await;
    assert!(told.status == 1 && told.text.contains("the heads disagree"), "{}", told.text);
    assert!(told.text.contains("No signature was checked") && !told.text.contains("FORK"), "{}", told.text);
    // So is a copy of the log that is older than a head which somebody kept.
    let mut case = Case::new();
    case.network.range("agent-1");
    case.network.checkpoint();
    case.request.with.push(case.before("newer.json", |_| {}));
    let told = found(&case.request).await;
    assert!(told.status == 1 && told.text.contains("the log was set back"), "{}", told.text);
}

#[tokio::test]
async fn older_bundles_are_proved_anew_with_their_claim_and_a_conversation_is_one_of_the_receipts() {
    let mut case = Case::new();
    let size = 9;
    let claim = Claim::Range {
        participant_role_id: "agent-1".to_owned(),
        from: 0,
        to: size,
        other_origins: Vec::new(),
        left_at: None,
    };
    let range = case.network.bundle(claim.clone(), &[case.ask], &["agent-1"]);
    let range = case.desk.file("range.json", range.write().unwrap());
    case.network.checkpoint();
    case.network.save(&case.desk.0.join("log"));
    case.desk.file("log/keys", json!({"cosigned": case.network.cosigned()}).to_string());
    let only = AssembleRequest {
        receipts: Vec::new(),
        entries: Vec::new(),
        bodies: Vec::new(),
        with: vec![range],
        ..case.request.clone()
    };
    let told = found(&only).await;
    assert_eq!(told.status, 0, "{}", told.text);
    let made = case.made();
    assert_eq!((made.claim, made.checkpoints.last().unwrap().note.clone()), (claim, case.network.cosigned()));
    let conversation = AssembleRequest {
        entries: Vec::new(),
        request_id: Some("r-1".to_owned()),
        replaces: true,
        ..case.request.clone()
    };
    let told = found(&conversation).await;
    assert_eq!(told.status, 0, "{}", told.text);
    let made = case.made();
    assert!(matches!(made.claim, Claim::Conversation { .. }) && made.messages.len() == 2);
    let odd = AssembleRequest { request_id: Some("r-2".to_owned()), ..conversation };
    assert!(assemble(&odd, None, LATER).await.unwrap_err().to_string().contains("holds such a message"));
    let odd = AssembleRequest { entries: vec![Digest([3; 32])], replaces: true, ..case.request.clone() };
    assert!(assemble(&odd, None, LATER).await.unwrap_err().to_string().contains("holds the entry AwMD"));
    assert!(case.answer > case.ask);
}

#[tokio::test]
async fn a_key_that_took_over_and_a_timestamp_come_from_what_the_log_tells() {
    let mut case = Case::new();
    let (next, entry) = case.network.rotate();
    case.network.next = Some(next);
    case.network.checkpoint();
    let handover = json!({"checkpoint": case.network.cosigned(), "entry": case.network.entry(entry)});
    let (method, target, body, receiver) = ("POST", "/x", ASK, "lender-1");
    let key = es256("l2");
    case.network.add_key("lender-1", &key, Word::Operator);
    let sent = Sent { role: "lender-1", key: &key, profile: "strict", method, target, body, receiver };
    let sent = case.network.send(&sent);
    case.network.checkpoint();
    case.network.save(&case.desk.0.join("log"));
    let cosigned = case.network.cosigned();
    let told = |more: Value| {
        let mut keys = json!({"cosigned": cosigned, "handovers": [handover]});
        keys.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        keys.to_string()
    };
    case.desk.file("log/keys", told(json!({})));
    case.desk.file("receipts/2026-01-02.jsonl", line(&case.network.receipt(sent)));
    let mut changes = case.network.receipts_of("lender-1").into_iter();
    let change = |receipt: Receipt, name: &str| case.desk.file(name, serde_json::to_vec(&receipt).unwrap());
    case.request.receipts.push(change(changes.next_back().unwrap(), "changed.json"));
    case.request.entries = vec![case.network.id(sent)];
    let trust = fs::read_to_string(case.request.trust.as_ref().unwrap()).unwrap();
    case.request.trust = Some(case.desk.file("trust.policy", trust + "#countersign grade operator\n"));
    let found_first = found(&case.request).await;
    assert_eq!(found_first.status, 0, "{}", found_first.text);
    assert_eq!(case.made().service_keys.len(), 1);
    // Beside the witness's time there is an authority's, which this trust doesn't name.
    let stamped = json!({"stamped": {"checkpoint": cosigned, "timestamp": jose::b64::encode([1, 2, 3])}});
    case.desk.file("log/keys", told(stamped));
    let again = found(&AssembleRequest { replaces: true, ..case.request.clone() }).await;
    assert_eq!(again.status, 0, "{}", again.text);
    assert_eq!(case.made().checkpoints.last().unwrap().timestamps, [Octets(vec![1, 2, 3])]);
    // Nothing counts that no key of the trust leads to.
    case.desk.file("log/keys", json!({"cosigned": cosigned}).to_string());
    let without = found(&AssembleRequest { replaces: true, ..case.request.clone() }).await;
    assert!(without.status == 1 && without.text.contains("ask for its line"), "{}", without.text);
}

#[tokio::test]
async fn a_timestamp_of_nobody_in_the_trust_is_no_outside_time() {
    let mut case = Case::new();
    let trust = fs::read_to_string(case.request.trust.as_ref().unwrap()).unwrap();
    let (asked, whole) = (trust.lines().find(|line| line.starts_with("quorum")).unwrap(), trust.as_str());
    case.request.trust = Some(case.desk.file("trust.policy", whole.replace(asked, "quorum none")));
    let served = fs::read_to_string(case.desk.0.join("log/checkpoint")).unwrap();
    let stamped = json!({"checkpoint": served, "timestamp": jose::b64::encode([1, 2, 3])});
    let keys = json!({"cosigned": case.network.cosigned(), "stamped": stamped});
    case.desk.file("log/keys", keys.to_string());
    let told = found(&case.request).await;
    assert_eq!(told.status, 0, "{}", told.text);
    assert_eq!(
        case.made().checkpoints.last().unwrap().note,
        case.network.cosigned(),
        "the newest with an outside time"
    );
    case.desk.file("log/keys", json!({"stamped": stamped}).to_string());
    let alone = AssembleRequest { with: Vec::new(), replaces: true, ..case.request.clone() };
    assert!(found(&alone).await.text.contains("no head with an outside time is over all"));
    // Who trusts nobody yet can't tell.
    let untrusting = AssembleRequest { trust: None, ..alone };
    assert!(!found(&untrusting).await.text.contains("no head with an outside time"));
}

#[tokio::test]
async fn the_receivers_chain_is_needed_where_the_profile_signs_its_address() {
    let case = Case::new();
    let (mut network, key) = (Network::new(), es256("k"));
    network.join("agent-1", "bound", &key);
    network.join("lender-1", "strict", &es256("l"));
    let (method, target, body, receiver) = ("POST", "/x", ASK, "lender-1");
    let sent = network.send(&Sent { role: "agent-1", key: &key, profile: "bound", method, target, body, receiver });
    network.checkpoint();
    network.save(&case.desk.0.join("bound"));
    case.desk.file("bound/keys", json!({"cosigned": network.cosigned()}).to_string());
    let kept = |roles: &[&str], name: &str| {
        let lines = roles.iter().flat_map(|role| network.receipts_of(role)).map(|one| line(&one)).collect::<String>();
        case.desk.file(name, lines + &line(&network.receipt(sent)))
    };
    let request = |receipts: PathBuf| AssembleRequest {
        receipts: vec![receipts],
        bodies: case.request.bodies.clone(),
        ledger: Some(case.desk.0.join("bound").display().to_string()),
        trust: Some(case.desk.file("bound.policy", network.policy(&network.pin("agent-1", &key)))),
        out: case.request.out.clone(),
        replaces: true,
        ..AssembleRequest::default()
    };
    let told = found(&request(kept(&["agent-1"], "sender.jsonl"))).await;
    assert!(told.status == 1 && told.text.contains("only a profile that signs its receiver needs it"), "{}", told.text);
    let told = found(&request(kept(&["agent-1", "lender-1"], "both.jsonl"))).await;
    assert_eq!(told.status, 0, "{}", told.text);
}
