//! Bundles of a small network, judged as they are and as somebody would like them to be.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]

#[path = "network/attempts.rs"]
mod attempts;
mod network;

use evidence::bundle::{Bundle, Claim};
use evidence::{Outcome, Report, verify};
use ledger::Policy;
use ledger::record::ServiceUse;
use ledger::text::{Digest, Octets, UtcTime};
use network::{ASK, LATER, Network, Sent, conversation, es256, foreign, with_token};
use registry::{Change, Moment, Status, Word};

fn judged(bundle: &Bundle, policy: &str) -> Report {
    let policy = Policy::parse(policy).unwrap();
    verify(&bundle.write().unwrap(), Some(&policy), LATER)
}

fn proved(bundle: &Bundle, policy: &str) -> bool {
    judged(bundle, policy).outcome == Outcome::Proved
}

/// One message, one signer: the smallest that can be proved.
fn smallest() -> (Vec<u8>, Policy) {
    let (network, [ask, _], lines) = conversation();
    let bundle = network.bundle(Claim::Messages, &[ask], &["agent-1"]);
    (bundle.write().unwrap(), Policy::parse(&network.policy(&lines)).unwrap())
}

#[test]
fn a_conversation_is_proved_to_whoever_trusts_log_witness_and_keys() {
    let (network, messages, lines) = conversation();
    let claim = Claim::Conversation { request_id: "r-1".to_owned(), other_origins: Vec::new() };
    let bundle = network.bundle(claim, &messages, &["agent-1", "lender-1"]);
    let report = judged(&bundle, &network.policy(&lines));
    assert_eq!(report.outcome, Outcome::Proved, "{}", report.to_text());
    let text = report.to_text();
    for part in
        ["the word of its previous key \"a1\"", "witness.example", "pinned it", "verdict ok", "between 2026-01-01T"]
    {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert_eq!(Bundle::read(&bundle.write().unwrap()), Ok(bundle));
}

#[test]
fn a_conversation_says_on_its_makers_word_in_which_other_logs_it_goes_on() {
    let (network, messages, lines) = conversation();
    let judged = |others: &[&str]| {
        let other_origins = others.iter().map(|&other| other.to_owned()).collect();
        let claim = Claim::Conversation { request_id: "r-1".to_owned(), other_origins };
        judged(&network.bundle(claim, &messages, &["agent-1", "lender-1"]), &network.policy(&lines))
    };
    let beside = judged(&["ledger.example/old"]);
    assert_eq!(beside.outcome, Outcome::Proved);
    let stated = "messages with this request id are also in ledger.example/old, and this tells nothing of those";
    assert!(beside.to_text().contains(stated), "{}", beside.to_text());
    for odd in [&["ledger.example/old"; 2][..], &[network::ORIGIN], &["another log"]] {
        assert_eq!(judged(odd).outcome, Outcome::NotProved, "{odd:?}");
    }
}

#[test]
fn a_roles_complete_range_is_proved_and_a_gap_in_it_is_not() {
    let (network, [ask, answer], lines) = conversation();
    let policy = network.policy(&lines);
    let claim = Claim::Range {
        participant_role_id: "agent-1".to_owned(),
        from: 0,
        to: ask + 1,
        other_origins: Vec::new(),
        left_at: None,
    };
    let complete = network.bundle(claim.clone(), &[ask], &["agent-1"]);
    assert!(proved(&complete, &policy), "{}", judged(&complete, &policy).to_text());
    let other = network.bundle(claim, &[answer], &["agent-1", "lender-1"]);
    assert!(judged(&other, &policy).to_text().contains("1 leaves that the role's range records name are not here"));
    let claim = Claim::Range {
        participant_role_id: "agent-1".to_owned(),
        from: 0,
        to: answer + 100,
        other_origins: Vec::new(),
        left_at: None,
    };
    assert!(!proved(&network.bundle(claim, &[ask], &["agent-1"]), &policy));
}

#[test]
fn without_trust_it_can_only_be_consistent_in_itself() {
    let (bytes, _) = smallest();
    let report = verify(&bytes, None, LATER);
    assert_eq!((report.outcome, report.not_proved.len()), (Outcome::NotProved, 1));
    assert!(report.to_text().contains("consistent in itself, trust not given"));
    assert_eq!(verify(b"{}", None, LATER).outcome.status(), 2);
    assert_eq!(verify(b"\xff", None, LATER).outcome.status(), 2);
}

#[test]
fn under_another_trust_it_is_not_proved() {
    let (network, [ask, _], lines) = conversation();
    let bundle = network.bundle(Claim::Messages, &[ask], &["agent-1"]);
    let other = Network::new();
    let good = network.policy(&lines);
    assert!(proved(&bundle, &good));
    let (log, witness) = (network.log.verifier().to_string(), network.witness.verifier().to_string());
    let without = |what: &str, why: &str| {
        let report = judged(&bundle, what);
        assert_eq!(report.outcome, Outcome::NotProved);
        assert!(report.not_proved.iter().any(|finding| finding.text.contains(why)), "{}", report.to_text());
    };
    without(&good.replace(&log, &other.log.verifier().to_string()), "no log key of this trust");
    without(&good.replace(&witness, &other.witness.verifier().to_string()), "too few witnesses");
    without(&format!("log {log}\nquorum none\n{lines}"), "no head has an outside time");
    without(&network.policy(""), "the operator's word alone");
    without(
        &network.policy(&lines.replace("grade previous-key", "grade operator")),
        "which this trust does not accept",
    );
    let early =
        verify(&bundle.write().unwrap(), Some(&Policy::parse(&good).unwrap()), UtcTime(network::START - 1_000_000));
    assert!(early.to_text().contains("later than the moment of judging"));
}

#[test]
fn every_single_bit_of_the_file_counts() {
    let (bytes, policy) = smallest();
    flipped(&bytes, &policy, 1);
}

/// The larger ones are tried at some of their octets: a prime step comes to all parts of what repeats in them.
#[test]
fn bits_of_conversations_ranges_and_what_came_with_messages_count_as_well() {
    let (network, [ask, answer], lines) = conversation();
    let policy = Policy::parse(&network.policy(&lines)).unwrap();
    let other_origins = vec!["ledger.example/old".to_owned()];
    let claim = Claim::Conversation { request_id: "r-1".to_owned(), other_origins: other_origins.clone() };
    let both = network.bundle(claim, &[ask, answer], &["agent-1", "lender-1"]);
    flipped(&both.write().unwrap(), &policy, 31);
    let (participant_role_id, left_at) = ("agent-1".to_owned(), Some(ask + 9));
    let claim = Claim::Range { participant_role_id, from: 0, to: ask + 1, other_origins, left_at };
    flipped(&network.bundle(claim, &[ask], &["agent-1"]).write().unwrap(), &policy, 31);
    let (bundle, lines) = with_token(ServiceUse::Token);
    flipped(&bundle.write().unwrap(), &Policy::parse(&lines).unwrap(), 31);
}

/// Flips each bit of every such octet.
fn flipped(bytes: &[u8], policy: &Policy, step: usize) {
    assert_eq!(verify(bytes, Some(policy), LATER).outcome, Outcome::Proved);
    for at in (0..bytes.len()).step_by(step) {
        for bit in 0..8 {
            let mut other = bytes.to_vec();
            other[at] ^= 1 << bit;
            assert_ne!(verify(&other, Some(policy), LATER).outcome, Outcome::Proved, "bit {bit} of octet {at}");
        }
    }
}

/// Whoever alters a file can make its digest anew: so each text in it must count by itself.
#[test]
fn a_text_that_is_changed_is_refused_also_under_a_new_digest() {
    let (bytes, policy) = smallest();
    let bundle = Bundle::read(&bytes).unwrap();
    let texts = strings(&serde_json::to_value(&bundle).unwrap(), String::new());
    assert!(texts.len() > 40);
    for pointer in texts {
        let mut value = serde_json::to_value(&bundle).unwrap();
        let text = value.pointer_mut(&pointer).unwrap();
        let old = text.as_str().unwrap().to_owned();
        for at in [0, old.len() / 2, old.len().saturating_sub(1)] {
            let Some(c) = old.get(at..=at) else { continue };
            let new = if c == "A" { "B" } else { "A" };
            let mut changed = old.clone();
            changed.replace_range(at..=at, new);
            *value.pointer_mut(&pointer).unwrap() = changed.into();
            let Ok(altered) = serde_json::from_value::<Bundle>(value.clone()) else { continue };
            let outcome = verify(&altered.write().unwrap(), Some(&policy), LATER).outcome;
            assert_ne!(outcome, Outcome::Proved, "{pointer} at {at}");
        }
    }
}

/// Pointers to each text of a value.
fn strings(value: &serde_json::Value, pointer: String) -> Vec<String> {
    match value {
        serde_json::Value::String(_) => vec![pointer],
        serde_json::Value::Array(items) => {
            items.iter().enumerate().flat_map(|(n, item)| strings(item, format!("{pointer}/{n}"))).collect()
        }
        serde_json::Value::Object(members) => {
            members.iter().flat_map(|(name, item)| strings(item, format!("{pointer}/{name}"))).collect()
        }
        _ => Vec::new(),
    }
}

#[test]
fn a_revocation_that_was_in_the_log_before_the_verdict_refutes_it() {
    let (mut network, key) = (Network::new(), es256("k"));
    network.join("agent-1", "strict", &key);
    let sent = Sent {
        role: "agent-1",
        key: &key,
        profile: "strict",
        method: "POST",
        target: "/x",
        body: ASK,
        receiver: "lender-1",
    };
    let good = network.send(&sent);
    let before = network.role("agent-1").head.digest;
    let revoked = Moment::from_ms(network.now as i64);
    let why = "stolen".to_owned();
    network.change("agent-1", Change::KeyRevoked { kid: "k".to_owned(), since: revoked, reason: why });
    // The operator lets the message pass, and names the chain as it was before.
    let profile = signing::Profile::find("strict").unwrap();
    let jws = jose::detached::sign(&jose::detached::header(&key, jose::detached::Payload::Unencoded, None), ASK, &key);
    let mut record = network.record_of(&sent, profile, jws.unwrap());
    record.registry_head = Digest(jose::b64::decode(before, "digest").unwrap().try_into().unwrap());
    let late = network.record(&record, ASK);
    network.checkpoint();
    let policy = network.policy(&network.pin("agent-1", &key));
    let first = network.bundle(Claim::Messages, &[good], &["agent-1"]);
    assert!(proved(&first, &policy), "{}", judged(&first, &policy).to_text());
    let second = judged(&network.bundle(Claim::Messages, &[late], &["agent-1"]), &policy);
    assert!(second.to_text().contains("left out a record of the role that was in the log"), "{}", second.to_text());
    let mut hidden = network.bundle(Claim::Messages, &[good], &["agent-1"]);
    hidden.chains[0].pop();
    assert!(proved(&hidden, &policy), "a record after the verdict is not needed for it");
    hidden.chains[0].pop();
    assert!(!proved(&hidden, &policy));
}

/// A message by a key that stands on this word, under these lines of trust.
fn on_word(word: impl Fn(&jose::SigningKey, &str) -> Word, lines: &str) -> Report {
    let (mut network, first, key) = (Network::new(), es256("first"), es256("k"));
    network.join("agent-1", "strict", &first);
    let thumbprint = key.public_jwk().unwrap().thumbprint();
    network.add_key("agent-1", &key, word(&key, &thumbprint));
    let (method, target, body, receiver) = ("POST", "/x", ASK, "lender-1");
    let ask = network.send(&Sent { role: "agent-1", key: &key, profile: "strict", method, target, body, receiver });
    network.checkpoint();
    judged(&network.bundle(Claim::Messages, &[ask], &["agent-1"]), &network.policy(lines))
}

#[test]
fn a_key_stands_on_a_word_that_the_reader_accepts_and_can_check() {
    let person = network::ed25519();
    let confirmed = |by: &jose::SigningKey, name: &str, jkt: &str| {
        let claims = serde_json::json!({"sub": "agent-1", "jkt": jkt, "name": name}).to_string();
        let header = jose::jws::header(by, Some("key-voucher+jwt"));
        let jws = jose::jws::encode(&header, claims.as_bytes(), by).unwrap();
        Word::Confirmed { name: name.to_owned(), jws }
    };
    let jwk = person.public_jwk().unwrap().to_value();
    let ann = format!("#countersign person ann {jwk}\n");
    let grade = "#countersign grade confirmed\n".to_owned();
    let by_ann = on_word(|_, jkt| confirmed(&person, "ann", jkt), &(ann.clone() + &grade));
    assert_eq!(by_ann.outcome, Outcome::Proved, "{}", by_ann.to_text());
    assert!(by_ann.to_text().contains("the word of ann, who confirmed its fingerprint"));
    let refused = |report: Report, why: &str| assert!(report.to_text().contains(why), "{}", report.to_text());
    refused(on_word(|_, jkt| confirmed(&person, "ann", jkt), &ann), "which this trust does not accept");
    refused(on_word(|_, jkt| confirmed(&person, "ann", jkt), &grade), "without a key of theirs in this trust");
    let forged = on_word(|key, jkt| confirmed(key, "ann", jkt), &(ann.clone() + &grade));
    refused(forged, "without a key of theirs in this trust");
    refused(on_word(|_, _| confirmed(&person, "ann", "other"), &(ann + &grade)), "\"jkt\"");
    let operator = on_word(|_, _| Word::Operator, "#countersign grade operator\n");
    assert_eq!(operator.outcome, Outcome::Proved);
    refused(operator, "the operator's word alone");
}

#[test]
fn a_certificate_vouches_for_its_own_key_under_a_root_that_the_reader_names() {
    let (mut network, der) = (Network::new(), jose::generate::ec(jose::Curve::P256).unwrap());
    let key = jose::SigningKey::from_der(jose::Algorithm::ES256, &der).unwrap().with_kid("k");
    let certificate = jose::certificate::self_signed("Agent Ltd", jose::Algorithm::ES256, &der, 0, 4_000_000_000);
    let x5c = vec![jose::b64::encode_standard(certificate.unwrap())];
    let named = format!("#countersign grade certificate\n{}", attempts::subject("agent-1", "Agent Ltd"));
    let root = format!("{named}#countersign ca registrar {}\n", x5c[0]);
    network.join("agent-1", "strict", &es256("first"));
    network.add_key("agent-1", &key, Word::Certificate { x5c: x5c.clone() });
    let (method, target, body, receiver) = ("POST", "/x", ASK, "lender-1");
    let ask = network.send(&Sent { role: "agent-1", key: &key, profile: "strict", method, target, body, receiver });
    network.checkpoint();
    let bundle = network.bundle(Claim::Messages, &[ask], &["agent-1"]);
    let report = judged(&bundle, &network.policy(&root));
    assert_eq!(report.outcome, Outcome::Proved, "{}", report.to_text());
    assert!(report.to_text().contains("a certificate of CN=Agent Ltd under registrar"));
    let unnamed = judged(&bundle, &network.policy(&named));
    assert!(unnamed.to_text().contains("leads to none that this trust names"));
    let another = on_word(|_, _| Word::Certificate { x5c: x5c.clone() }, &root);
    assert!(another.to_text().contains("is another key's"), "{}", another.to_text());
}

#[test]
fn no_more_is_proved_than_is_so() {
    for attempt in attempts::all() {
        let report = judged(&attempt.bundle, &attempt.trust);
        let text = report.to_text();
        assert_eq!(report.outcome == Outcome::Proved, attempt.is_proved, "{}: {text}", attempt.name);
        assert!(text.contains(attempt.says), "{}: {text}", attempt.name);
    }
}

#[test]
fn what_the_record_says_must_be_what_judging_anew_says() {
    let (mut network, key) = (Network::new(), es256("k"));
    network.join("agent-1", "strict", &key);
    network.join("agent-2", "bound", &key);
    network.join("lender-1", "bound", &es256("l"));
    let sent = Sent {
        role: "agent-1",
        key: &key,
        profile: "strict",
        method: "POST",
        target: "/v4/loans?id=7",
        body: ASK,
        receiver: "lender-1",
    };
    let bound = network.send(&Sent { role: "agent-2", profile: "bound", body: b"", ..sent });
    let chosen = network.send(&Sent { profile: "bound", ..sent });
    let profile = signing::Profile::find("strict").unwrap();
    let forged = network.record_of(&sent, profile, "e30..AAAA".to_owned());
    let forged = network.record(&forged, ASK);
    let mut denied = network.record_of(&sent, profile, "e30..AAAA".to_owned());
    (denied.verdict, denied.signed) = ("signature_malformed".to_owned(), false);
    let denied = network.record(&denied, ASK);
    network.change("agent-1", Change::StatusChanged { status: Status::Suspended, reason: None });
    let suspended = network.send(&sent);
    network.checkpoint();
    let policy = network.policy(&(network.pin("agent-1", &key) + &network.pin("agent-2", &key)));
    let report = |index: u64, roles: &[&str]| judged(&network.bundle(Claim::Messages, &[index], roles), &policy);
    let with_receiver = report(bound, &["agent-2", "lender-1"]);
    assert_eq!(with_receiver.outcome, Outcome::Proved, "{}", with_receiver.to_text());
    for (index, role, why) in [
        (bound, "agent-2", "judged anew it is claim_invalid"),
        (chosen, "agent-1", "and its signer's is strict"),
        (forged, "agent-1", "judged anew it is signature_malformed"),
        (denied, "agent-1", "its record says signature_malformed: of such a message nothing is recorded"),
        (suspended, "agent-1", "judged anew it is participant_not_approved"),
    ] {
        let text = report(index, &[role]).to_text();
        assert!(text.contains(why), "{text}");
    }
}

#[test]
fn parts_that_belong_elsewhere_are_refused() {
    let (network, [ask, answer], lines) = conversation();
    let policy = network.policy(&lines);
    let good = network.bundle(Claim::Messages, &[ask], &["agent-1"]);
    let changed = |change: &dyn Fn(&mut Bundle)| {
        let mut bundle = good.clone();
        change(&mut bundle);
        !proved(&bundle, &policy)
    };
    assert!(proved(&good, &policy));
    assert!(changed(&|b| b.messages[0].body = Some(Octets(b"{}".to_vec()))));
    assert!(changed(&|b| b.messages[0].body = None));
    assert!(changed(&|b| b.messages[0].entry.index += 1));
    assert!(changed(&|b| b.messages[0].entry.inclusion[0] = Digest(foreign())));
    assert!(changed(&|b| b.messages[0].entry = network.entry(answer)));
    assert!(changed(&|b| b.messages[0].entry = b.chains[0][0].clone()));
    assert!(changed(&|b| b.messages.clear()));
    assert!(changed(&|b| b.chains.clear()));
    assert!(changed(&|b| b.chains.push(b.chains[0].clone())));
    assert!(changed(&|b| drop(b.chains[0].remove(1))));
    assert!(changed(&|b| b.chains[0].swap(1, 2)));
    assert!(changed(&|b| b.checkpoints.clear()));
    assert!(changed(&|b| b.checkpoints.reverse()));
    assert!(changed(&|b| b.checkpoints[1].consistency[0] = Digest(foreign())));
    assert!(changed(&|b| b.checkpoints[1].note = b.checkpoints[1].note.replace('\n', "\r\n")));
    assert!(changed(&|b| b.origin = "elsewhere.example".to_owned()));
    assert!(changed(&|b| b.claim = Claim::Conversation { request_id: "r-2".to_owned(), other_origins: Vec::new() }));
    assert!(changed(&|b| b.times[0] = b.chains[0][0].clone()));
}

#[test]
fn a_token_is_the_one_that_its_record_names_and_of_the_realm_that_signed_it() {
    let (bundle, policy) = with_token(ServiceUse::Token);
    let report = judged(&bundle, &policy);
    assert_eq!(report.outcome, Outcome::Proved, "{}", report.to_text());
    let text = report.to_text();
    assert!(text.contains("the token \"t-1\" was issued under the realm's key \"realm\""), "{text}");
    assert!(text.contains("agent-1-org is \"Agent Ltd\""), "{text}");
    let changed = |change: &dyn Fn(&mut Bundle)| {
        let mut bundle = bundle.clone();
        change(&mut bundle);
        judged(&bundle, &policy)
    };
    let living = changed(&|b| b.tokens[0].signature = None);
    assert!(living.outcome == Outcome::Proved && living.to_text().contains("header and payload of the token"));
    let not = |change: &dyn Fn(&mut Bundle)| assert_eq!(changed(change).outcome, Outcome::NotProved);
    not(&|b| b.tokens[0].signing_input.push('A'));
    not(&|b| b.tokens[0].signature = Some(Octets(vec![0; 64])));
    not(&|b| b.service_keys.clear());
    not(&|b| b.service_keys = b.participants[0].clone());
    not(&|b| b.participants = b.chains.clone());
    not(&|b| drop(b.participants[0].pop()));
    let (reply, policy) = with_token(ServiceUse::Reply);
    assert!(!proved(&reply, &policy), "a key for replies signs no tokens");
}

#[test]
fn what_was_reported_later_counts_from_its_record_and_only_quotes_when_it_came() {
    let (mut network, key) = (Network::new(), es256("k"));
    network.join("agent-1", "strict", &key);
    let (method, target, body, receiver) = ("POST", "/x", ASK, "lender-1");
    let sent = Sent { role: "agent-1", key: &key, profile: "strict", method, target, body, receiver };
    let header = jose::detached::header(&key, jose::detached::Payload::Unencoded, None);
    let jws = jose::detached::sign(&header, body, &key).unwrap();
    let mut record = network.record_of(&sent, signing::Profile::find("strict").unwrap(), jws);
    record.seen_at = Some(UtcTime(network::START - 3_600_000));
    record.kind = ledger::record::Asked::Report;
    let index = network.record(&record, body);
    network.checkpoint();
    let bundle = network.bundle(Claim::Messages, &[index], &["agent-1"]);
    let report = judged(&bundle, &network.policy(&network.pin("agent-1", &key)));
    assert_eq!(report.outcome, Outcome::Proved, "{}", report.to_text());
    assert!(
        report
            .stated
            .iter()
            .any(|finding| finding.text.contains("who states to have had it at 2025-12-31T23:00:00.000Z"))
    );
}

#[test]
fn a_body_that_could_be_a_target_is_told_where_the_profile_does_not_sign_which_it_was() {
    let told = |profile: &str, body: &[u8]| {
        let mut network = Network::new();
        let mut refusing = serde_json::to_value(signing::Profile::find("strict").unwrap()).unwrap();
        refusing["name"] = "refusing".into();
        refusing["no_body"] = "refused".into();
        network.profiles = vec![serde_json::from_value(refusing).unwrap()];
        let (agent, lender) = (es256("a1"), es256("l1"));
        network.join("agent-1", profile, &agent);
        network.join("lender-1", profile, &lender);
        network.checkpoint();
        let (method, target, receiver) = ("POST", "/pay", "lender-1");
        let sent = network.send(&Sent { role: "agent-1", key: &agent, profile, method, target, body, receiver });
        network.checkpoint();
        let lines = network.pin("agent-1", &agent);
        let bundle = network.bundle(Claim::Messages, &[sent], &["agent-1", "lender-1"]);
        judged(&bundle, &network.policy(&lines)).to_text().contains("its body begins as a target does")
    };
    assert!(told("strict", b"/q1?x=1"));
    assert!(!told("strict", b"{}"));
    assert!(!told("bound", b"/q1?x=1"), "its signature says which target and which body");
    assert!(!told("refusing", b"/q1?x=1"), "no request without a body passes by it");
}
