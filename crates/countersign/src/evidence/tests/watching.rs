//! `watch`.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::Desk;
use super::network::es256;
use super::saved::{Saved, ml_dsa};
use super::served::{Realm, Serving, TOKEN, serve};
use crate::config::Secret;
use crate::evidence::access::Access;
use crate::evidence::watch::{Watch, WatchRequest};

fn listed(keys: &[&jose::SigningKey]) -> Value {
    let one = |key: &&jose::SigningKey| {
        let jwk = key.public_jwk().unwrap();
        json!({"kid": key.kid(), "jwk": jwk.to_value(), "thumbprint": jwk.thumbprint(), "addedAt": "2026-11-26T00:00:00Z",
            "word": "operator", "status": "VALID"})
    };
    json!({"keys": keys.iter().map(one).collect::<Vec<_>>(), "head": "x"})
}

/// A realm with a log of 300 leaves, where the agent has one key, which it pinned.
struct Case {
    desk: Desk,
    log: Saved,
    realm: Realm,
    own: jose::SigningKey,
    serving: Serving,
}

impl Case {
    async fn new() -> Self {
        let (desk, mut log, own) = (Desk::new(), Saved::new(), es256("a1"));
        log.fill(300);
        let realm = Realm { keys: Arc::new(Mutex::new(listed(&[&own]))), ..Realm::of(desk.0.join("log")) };
        log.save(&realm.evidence, &log.note());
        let serving = serve(realm.clone().router()).await;
        Self { desk, log, realm, own, serving }
    }

    fn request(&self) -> WatchRequest {
        let thumbprint = self.own.public_jwk().unwrap().thumbprint();
        let policy = format!("{}#countersign pin agent-1 a1 {thumbprint}\n", self.log.policy());
        WatchRequest {
            ledger: format!("http://{}/realms/net/evidence", self.serving.address),
            role: "agent-1".to_owned(),
            trust: Some(self.desk.file("trust.policy", policy)),
            state: Some(self.desk.0.join("state")),
            access: Access::Client { id: "agent".to_owned(), secret: Secret::new("hush".to_owned()), scope: None },
            authorities: Vec::new(),
        }
    }
}

async fn look(request: &WatchRequest) -> Vec<String> {
    let mut watch = Watch::open(request.clone(), None).unwrap();
    let looked = watch.look().await;
    watch.told().unwrap();
    assert_eq!(looked.failures, Vec::<String>::new());
    looked.alarms
}

#[tokio::test]
async fn nothing_is_cried_while_the_log_goes_on_and_all_keys_are_pinned() {
    let mut case = Case::new().await;
    assert_eq!(look(&case.request()).await, Vec::<String>::new());
    case.log.fill(250);
    case.log.save(&case.realm.evidence, &case.log.note());
    assert_eq!(look(&case.request()).await, Vec::<String>::new());
    let desk = case.desk.0.clone();
    let seen = || std::fs::read_to_string(desk.join("state/checkpoint")).unwrap();
    let before = case.log.note().to_string();
    assert_eq!(seen(), before);
    case.log.fill(20);
    case.log.save(&case.realm.evidence, &case.log.note());
    let mut watch = Watch::open(case.request(), None).unwrap();
    watch.look().await;
    assert_eq!(seen(), before, "not before it is told");
    watch.told().unwrap();
    assert_eq!(seen(), case.log.note().to_string());
}

#[tokio::test]
async fn a_key_that_is_not_pinned_is_cried_with_the_line_that_would_pin_it() {
    let case = Case::new().await;
    let stranger = es256("a1");
    *case.realm.keys.lock().unwrap() = listed(&[&case.own, &stranger]);
    let alarms = look(&case.request()).await;
    let thumbprint = stranger.public_jwk().unwrap().thumbprint();
    assert_eq!(alarms.len(), 1);
    assert!(alarms[0].contains(&format!("#countersign pin agent-1 a1 {thumbprint}")), "{alarms:?}");
    // What the list says of a key's thumbprint is not believed.
    let mut lie = listed(&[&stranger]);
    lie["keys"][0]["thumbprint"] = case.own.public_jwk().unwrap().thumbprint().into();
    *case.realm.keys.lock().unwrap() = lie;
    assert_eq!(look(&case.request()).await.len(), 1);
}

#[tokio::test]
async fn a_log_that_was_rewritten_is_cried_and_both_heads_are_kept() {
    let case = Case::new().await;
    assert!(look(&case.request()).await.is_empty());
    let before = std::fs::read_to_string(case.desk.0.join("state/checkpoint")).unwrap();
    let mut other = case.log.other();
    other.fill(3);
    for count in [90, 400] {
        other.fill(count);
        other.save(&case.realm.evidence, &other.note());
        let alarms = look(&case.request()).await;
        assert!(alarms.len() == 1 && alarms[0].contains("not shown to go on"), "{alarms:?}");
    }
    assert_eq!(std::fs::read_to_string(case.desk.0.join("state/checkpoint")).unwrap(), before);
    let kept = std::fs::read_dir(case.desk.0.join("state")).unwrap().flatten();
    assert_eq!(kept.filter(|file| file.file_name().to_string_lossy().starts_with("other-")).count(), 2);
}

#[tokio::test]
async fn a_registry_that_does_not_answer_hides_no_rewritten_log() {
    let case = Case::new().await;
    assert!(look(&case.request()).await.is_empty());
    let mut other = case.log.other();
    other.fill(3);
    other.fill(400);
    other.save(&case.realm.evidence, &other.note());
    let access = Access::TokenFile(case.desk.file("token", "another"));
    let looked = Watch::open(WatchRequest { access, ..case.request() }, None).unwrap().look().await;
    assert_eq!((looked.alarms.len(), looked.failures.len()), (1, 1), "{looked:?}");
}

#[tokio::test]
async fn who_can_not_look_is_told_why() {
    let case = Case::new().await;
    let told = async |request: WatchRequest| match Watch::open(request, None) {
        Ok(mut watch) => watch.look().await.failures.join("; "),
        Err(failure) => failure.to_string(),
    };
    assert!(told(WatchRequest { trust: None, ..case.request() }).await.contains("--trust"));
    let token = Access::TokenFile(case.desk.file("token", "another\n"));
    assert!(told(WatchRequest { access: token, ..case.request() }).await.contains("refuses (401"));
    let key = Access::TokenFile(case.desk.file("key.pem", "-----BEGIN PRIVATE KEY-----\nMC4=\n"));
    assert!(told(WatchRequest { access: key, ..case.request() }).await.contains("key.pem holds no access token"));
    let token = Access::TokenFile(case.desk.file("token", format!("{TOKEN}\n")));
    let unknown = WatchRequest { access: token, role: "nobody".to_owned(), ..case.request() };
    assert!(told(unknown).await.contains("is the role's id right?"));
    let other = Some(case.desk.file("other.policy", Saved::new().policy()));
    assert!(!told(WatchRequest { trust: other, state: None, ..case.request() }).await.is_empty());
    let taken = Watch::open(case.request(), None).unwrap();
    assert!(told(case.request()).await.contains("another process's"));
    drop(taken);
    let gone = WatchRequest { ledger: PathBuf::from("/nowhere").display().to_string(), ..case.request() };
    assert!(told(gone).await.contains("neither an http URL nor a folder"));
}

#[tokio::test]
async fn tokens_are_asked_for_with_the_scope_that_was_given() {
    let case = Case::new().await;
    for (name, may_look) in [("message-signing", true), ("profile", false)] {
        let mut request = case.request();
        if let Access::Client { scope, .. } = &mut request.access {
            *scope = Some(name.to_owned());
        }
        let mut watch = Watch::open(request, None).unwrap();
        let looked = watch.look().await;
        assert_eq!(looked.failures.is_empty(), may_look, "{name}: {looked:?}");
    }
}

#[tokio::test]
async fn a_key_of_the_log_that_follows_on_the_trusts_is_followed_by_its_entry() {
    let mut case = Case::new().await;
    let (request, folder) = (case.request(), case.realm.evidence.clone());
    assert!(look(&request).await.is_empty());
    let shows = |handovers: &[&Value]| {
        std::fs::write(folder.join("keys"), json!({"origin": "x", "handovers": handovers}).to_string()).unwrap();
    };
    let first = case.log.rotate(1);
    case.log.fill(20);
    let second = case.log.rotate(2);
    case.log.fill(20);
    case.log.save(&folder, &case.log.note());
    for handovers in [vec![&first, &second], vec![&first, &second]] {
        shows(&handovers);
        assert_eq!(look(&request).await, Vec::<String>::new());
    }
    // By itself nobody takes over: not without the entry of each, nor by a line under an old head.
    let mut forged = second.clone();
    forged["entry"] = first["entry"].clone();
    for handovers in [vec![], vec![&second], vec![&first], vec![&first, &forged]] {
        shows(&handovers);
        let looked = Watch::open(request.clone(), None).unwrap().look().await;
        assert_eq!((looked.alarms.len(), looked.failures.len()), (0, 1), "{looked:?}");
        assert!(looked.failures[0].contains("ask for its line, by another way"), "{looked:?}");
    }
    // Another tree under the new key is still another tree.
    shows(&[&first, &second]);
    let mut other = case.log.other();
    other.fill(400);
    other.save(&folder, &other.note());
    let looked = Watch::open(request.clone(), None).unwrap().look().await;
    assert!(looked.alarms.len() == 1 && looked.alarms[0].contains("not shown to go on"), "{looked:?}");
    // Also for who saw none of it before.
    let fresh = Watch::open(WatchRequest { state: None, ..request }, None).unwrap().look().await;
    assert!(fresh.alarms.len() == 1 && fresh.alarms[0].contains("by which its key took over"), "{fresh:?}");
}

#[tokio::test]
async fn a_head_that_was_seen_under_a_key_between_is_gone_on_from_and_each_type_of_key_is_asked_for() {
    let mut case = Case::new().await;
    let (folder, own, beside) = (case.realm.evidence.clone(), case.request(), ml_dsa());
    let trust = std::fs::read_to_string(own.trust.as_ref().unwrap()).unwrap();
    let trust = case.desk.file("both.policy", format!("log {}\n{trust}", beside.verifier()));
    let request = WatchRequest { trust: Some(trust), ..own };
    case.log.beside = Some(beside);
    let mut handovers = Vec::new();
    for at in [1, 3] {
        handovers.extend([case.log.rotate(at), case.log.rotate_beside(at + 1)]);
        case.log.fill(20);
        case.log.save(&folder, &case.log.note());
        std::fs::write(folder.join("keys"), json!({"handovers": handovers}).to_string()).unwrap();
        assert_eq!(look(&request).await, Vec::<String>::new());
    }
    // Without the line of ML-DSA a head counts for nothing, nor with that of a key that nobody handed over to.
    let beside = case.log.beside.take();
    for other in [None, Some(ml_dsa())] {
        case.log.beside = other;
        case.log.save(&folder, &case.log.note());
        let looked = Watch::open(request.clone(), None).unwrap().look().await;
        assert!(looked.failures.len() == 1 && looked.failures[0].contains("no log key of ML-DSA"), "{looked:?}");
    }
    case.log.beside = beside;
    case.log.save(&folder, &case.log.note());
    assert_eq!(look(&request).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_log_that_was_left_for_another_is_told_with_what_to_do() {
    let case = Case::new().await;
    let stranger = ledger::VerifierKey::new("ledger.example/old", ledger::KeyType::Ed25519, &[0x58; 32]).unwrap();
    let trust = format!("log {stranger}\nquorum none\n");
    let request = WatchRequest { trust: Some(case.desk.file("old.policy", trust)), state: None, ..case.request() };
    let failures = Watch::open(request, None).unwrap().look().await.failures.join("; ");
    assert!(failures.contains("names no key of that, but of ledger.example/old"), "{failures}");
    assert!(failures.contains("ask for the new log's line"), "{failures}");
}

#[tokio::test]
async fn a_head_without_the_line_of_ml_dsa_is_not_taken_where_the_trust_names_that_key() {
    let mut case = Case::new().await;
    let beside = ml_dsa();
    // What was seen before the trust named the key is still what the log must go on from.
    assert!(look(&case.request()).await.is_empty());
    let trust = std::fs::read_to_string(case.request().trust.unwrap()).unwrap();
    let trust = case.desk.file("both.policy", format!("log {}\n{trust}", beside.verifier()));
    let request = WatchRequest { trust: Some(trust), ..case.request() };
    case.log.fill(5);
    case.log.save(&case.realm.evidence, &case.log.note());
    let failures = Watch::open(request.clone(), None).unwrap().look().await.failures.join("; ");
    assert!(failures.contains("by no log key of ML-DSA of this trust"), "{failures}");
    case.log.save(&case.realm.evidence, &case.log.note_beside(&beside));
    assert_eq!(look(&request).await, Vec::<String>::new());
    let mut other = case.log.other();
    other.fill(400);
    other.save(&case.realm.evidence, &other.note_beside(&beside));
    assert!(look(&request).await[0].contains("not shown to go on"));
}
