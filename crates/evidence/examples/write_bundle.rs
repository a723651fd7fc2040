//! Writes bundles, trust policies and what this crate finds of them into a folder, for other verifiers to be compared
//! with: `cargo run -p evidence --example write_bundle -- FOLDER`.
//!
//! `cases.json` lists them: name, moment of judging in milliseconds, whether `NAME.trust` is to be given, exit status.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "only tests run this")]

#[path = "../tests/network/attempts.rs"]
mod attempts;
#[path = "../tests/network/mod.rs"]
mod network;

use std::path::PathBuf;

use evidence::bundle::{Bundle, Claim};
use evidence::verify;
use jose::SigningKey;
use ledger::Policy;
use ledger::record::ServiceUse;
use ledger::text::{Digest, Octets, UtcTime};
use network::{ASK, LATER, Network, Sent, conversation, es256, foreign, rs256, with_token};
use registry::{Change, Moment, Status, Word};
use serde_json::{Value, json};

struct Folder {
    path: PathBuf,
    cases: Vec<Value>,
}

impl Folder {
    fn add(&mut self, name: &str, octets: &[u8], trust: Option<&str>, at: UtcTime) {
        std::fs::write(self.path.join(format!("{name}.json")), octets).unwrap();
        let policy = trust.map(|text| {
            std::fs::write(self.path.join(format!("{name}.trust")), text).unwrap();
            Policy::parse(text).unwrap()
        });
        let report = verify(octets, policy.as_ref(), at);
        std::fs::write(self.path.join(format!("{name}.txt")), report.to_text()).unwrap();
        let status = report.outcome.status();
        self.cases.push(json!({"name": name, "at": at.0, "trust": trust.is_some(), "status": status}));
    }

    fn bundle(&mut self, name: &str, bundle: &Bundle, trust: &str) {
        self.add(name, &bundle.write().unwrap(), Some(trust), LATER);
    }
}

fn main() {
    let path = PathBuf::from(std::env::args().nth(1).unwrap());
    std::fs::create_dir_all(&path).unwrap();
    let mut folder = Folder { path, cases: Vec::new() };
    good_and_altered(&mut folder);
    tokens(&mut folder);
    words(&mut folder);
    verdicts(&mut folder);
    for attempt in attempts::all() {
        folder.bundle(attempt.name, &attempt.bundle, &attempt.trust);
    }
    let cases = serde_json::to_string_pretty(&folder.cases).unwrap();
    std::fs::write(folder.path.join("cases.json"), cases).unwrap();
}

fn good_and_altered(folder: &mut Folder) {
    let (network, [ask, answer], lines) = conversation();
    let trust = network.policy(&lines);
    let good = network.bundle(Claim::Messages, &[ask], &["agent-1"]);
    let octets = good.write().unwrap();
    folder.bundle("good", &good, &trust);
    folder.add("without-trust", &octets, None, LATER);
    folder.add("before-its-time", &octets, Some(&trust), UtcTime(network::START - 1_000_000));
    let of = |claim| network.bundle(claim, &[ask, answer], &["agent-1", "lender-1"]);
    let belonging = |request_id: &str, others: &[&str]| Claim::Conversation {
        request_id: request_id.to_owned(),
        other_origins: others.iter().map(|&origin| origin.to_owned()).collect(),
    };
    folder.bundle("conversation", &of(belonging("r-1", &[])), &trust);
    folder.bundle("other-conversation", &of(belonging("r-2", &[])), &trust);
    folder.bundle("conversation-beside-another", &of(belonging("r-1", &["ledger.example/old"])), &trust);
    folder.bundle("conversation-beside-itself", &of(belonging("r-1", &[network::ORIGIN])), &trust);
    folder.bundle("conversation-beside-no-name", &of(belonging("r-1", &["another log"])), &trust);
    let beside = |from, to, others: &[&str]| Claim::Range {
        participant_role_id: "agent-1".to_owned(),
        from,
        to,
        other_origins: others.iter().map(|&origin| origin.to_owned()).collect(),
        left_at: (!others.is_empty()).then_some(to + 2),
    };
    let range = |from, to| beside(from, to, &[]);
    folder.bundle("range", &network.bundle(range(0, ask + 1), &[ask], &["agent-1"]), &trust);
    for (name, others) in [
        ("range-beside-others", &["ledger.example/old", "ledger.example/older"][..]),
        ("range-beside-one-twice", &["ledger.example/old", "ledger.example/old"]),
        ("range-beside-itself", &["ledger.example/old", network::ORIGIN]),
        ("range-beside-no-name", &["ledger.example/old", "another log"]),
        ("range-beside-nothing", &["ledger.example/old", ""]),
    ] {
        folder.bundle(name, &network.bundle(beside(0, ask + 1, others), &[ask], &["agent-1"]), &trust);
    }
    let many: Vec<String> = (0..=evidence::bundle::MOST_OTHERS).map(|n| format!("ledger.example/{n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    folder.bundle("range-beside-many", &network.bundle(beside(0, ask + 1, &many[1..]), &[ask], &["agent-1"]), &trust);
    folder.bundle("range-beside-too-many", &network.bundle(beside(0, ask + 1, &many), &[ask], &["agent-1"]), &trust);
    folder.bundle("range-with-a-gap", &network.bundle(range(0, ask + 1), &[answer], &["agent-1", "lender-1"]), &trust);
    folder.bundle("range-too-long", &network.bundle(range(0, 99), &[ask], &["agent-1"]), &trust);
    let other = Network::new();
    folder.bundle("other-trust", &good, &other.policy(&lines));
    folder.bundle("no-grade", &good, &network.policy(&network.pin("agent-1", &es256("a2"))));
    folder.bundle("no-outside-time", &good, &format!("log {}\nquorum none\n{lines}", network.log.verifier()));
    let mut changed = |name: &str, change: &dyn Fn(&mut Bundle)| {
        let mut bundle = good.clone();
        change(&mut bundle);
        folder.bundle(name, &bundle, &trust);
    };
    changed("other-body", &|b| b.messages[0].body = Some(Octets(b"{}".to_vec())));
    changed("no-body", &|b| b.messages[0].body = None);
    changed("other-index", &|b| b.messages[0].entry.index += 1);
    changed("other-salt", &|b| b.messages[0].entry.salt = Digest(foreign()));
    changed("other-inclusion", &|b| b.messages[0].entry.inclusion[0] = Digest(foreign()));
    changed("longer-inclusion", &|b| b.messages[0].entry.inclusion.push(Digest(foreign())));
    changed("another-kind", &|b| b.messages[0].entry = b.chains[0][0].clone());
    changed("no-message", &|b| b.messages.clear());
    changed("no-chain", &|b| b.chains.clear());
    changed("chain-twice", &|b| b.chains.push(b.chains[0].clone()));
    changed("chain-with-a-gap", &|b| drop(b.chains[0].remove(1)));
    changed("chain-cut", &|b| drop(b.chains[0].pop()));
    changed("no-head", &|b| b.checkpoints.clear());
    changed("other-consistency", &|b| b.checkpoints[1].consistency[0] = Digest(foreign()));
    changed("other-origin", &|b| b.origin = "elsewhere.example".to_owned());
    changed("other-time", &|b| b.times[0] = b.chains[0][0].clone());
    changed("idle-profile", &|b| b.profiles.push(Octets(b"{}".to_vec())));
    changed("idle-range", &|b| b.ranges = b.times.clone());
    changed("header-besides", &|b| b.messages[0].headers = vec![("Accept".to_owned(), "*/*".to_owned())]);
    let mut flipped = octets.clone();
    flipped[octets.len() / 2] ^= 1;
    folder.add("flipped", &flipped, Some(&trust), LATER);
    folder.add("newline", &[octets.as_slice(), b"\n"].concat(), Some(&trust), LATER);
    folder.add("empty", b"{}", Some(&trust), LATER);
    folder.add("nothing", b"", Some(&trust), LATER);
}

fn tokens(folder: &mut Folder) {
    for (name, key_use) in [("token", ServiceUse::Token), ("token-by-another-key", ServiceUse::Reply)] {
        let (bundle, trust) = with_token(key_use);
        folder.bundle(name, &bundle, &trust);
        let mut living = bundle.clone();
        living.tokens[0].signature = None;
        folder.bundle(&format!("{name}-that-lives"), &living, &trust);
        let mut other = bundle;
        other.participants = other.chains.clone();
        folder.bundle(&format!("{name}-of-nobody"), &other, &trust);
    }
}

/// A key on that word signs a message.
fn word(folder: &mut Folder, name: &str, key: &SigningKey, word: impl Fn(&Network) -> Word, lines: &str) {
    let (mut network, first) = (Network::new(), es256("first"));
    network.join("agent-1", "strict", &first);
    let word = word(&network);
    network.add_key("agent-1", key, word);
    let (method, target, body, receiver) = ("POST", "/x", ASK, "lender-1");
    let ask = network.send(&Sent { role: "agent-1", key, profile: "strict", method, target, body, receiver });
    network.checkpoint();
    let bundle = network.bundle(Claim::Messages, &[ask], &["agent-1"]);
    folder.bundle(name, &bundle, &network.policy(lines));
}

fn words(folder: &mut Folder) {
    let der = jose::generate::ec(jose::Curve::P256).unwrap();
    let key = SigningKey::from_der(jose::Algorithm::ES256, &der).unwrap().with_kid("k");
    let thumbprint = key.public_jwk().unwrap().thumbprint();
    let person = network::ed25519();
    let claims = json!({"sub": "agent-1", "jkt": thumbprint, "name": "ann"}).to_string();
    let header = jose::jws::header(&person, Some("key-voucher+jwt"));
    let jws = jose::jws::encode(&header, claims.as_bytes(), &person).unwrap();
    let ann = format!("#countersign person ann {}\n", person.public_jwk().unwrap().to_value());
    let stranger = format!("#countersign person ann {}\n", network::ed25519().public_jwk().unwrap().to_value());
    let confirmed = |_: &Network| Word::Confirmed { name: "ann".to_owned(), jws: jws.clone() };
    word(folder, "confirmed", &key, confirmed, &(ann.clone() + "#countersign grade confirmed\n"));
    word(folder, "confirmed-by-a-stranger", &key, confirmed, &(stranger + "#countersign grade confirmed\n"));
    word(folder, "confirmed-without-grade", &key, confirmed, &ann);
    let certificate = jose::certificate::self_signed("Agent", jose::Algorithm::ES256, &der, 0, 4_000_000_000).unwrap();
    let x5c = vec![jose::b64::encode_standard(certificate)];
    let root = format!("#countersign ca registrar {}\n{}", x5c[0], attempts::subject("agent-1", "Agent"));
    let certified = |_: &Network| Word::Certificate { x5c: x5c.clone() };
    word(folder, "certified", &key, certified, &(root + "#countersign grade certificate\n"));
    word(folder, "certified-by-a-stranger", &key, certified, "#countersign grade certificate\n");
    word(folder, "operator", &key, |_| Word::Operator, "#countersign grade operator\n");
    let jws = jose::jws::encode(&header, claims.as_bytes(), &person).unwrap();
    let forged = |_: &Network| Word::PreviousKey { kid: "first".to_owned(), jws: jws.clone() };
    let lines = "#countersign grade operator\n#countersign grade previous-key\n";
    word(folder, "vouched-by-a-stranger", &key, forged, lines);
}

fn verdicts(folder: &mut Folder) {
    let (mut network, key, old) = (Network::new(), es256("k"), rs256("r"));
    network.join("agent-1", "strict", &key);
    network.join("agent-2", "bound", &key);
    network.join("agent-3", "ocen", &old);
    network.join("lender-1", "bound", &es256("l"));
    let (method, target, body, receiver) = ("POST", "/v4/loans?id=7", ASK, "lender-1");
    let sent = Sent { role: "agent-1", key: &key, profile: "strict", method, target, body, receiver };
    let ocen = network.send(&Sent { role: "agent-3", key: &old, profile: "ocen", ..sent });
    let bound = network.send(&Sent { role: "agent-2", profile: "bound", body: b"", ..sent });
    let chosen = network.send(&Sent { profile: "bound", ..sent });
    let profile = signing::Profile::find("strict").unwrap();
    let forged = network.record_of(&sent, profile, "e30..AAAA".to_owned());
    let forged = network.record(&forged, ASK);
    let detached = |octets: &[u8]| {
        let header = jose::detached::header(&key, jose::detached::Payload::Unencoded, None);
        jose::detached::sign(&header, octets, &key).unwrap()
    };
    let mut replayed = network.record_of(&sent, profile, detached(ASK));
    replayed.verdict = "replayed".to_owned();
    let replayed = network.record(&replayed, ASK);
    let not_it = network.record_of(&sent, profile, detached(b"something else"));
    let not_it = network.record(&not_it, ASK);
    let since = Moment::from_ms(network.now as i64);
    let before = network.role("agent-1").head.digest;
    network.change("agent-1", Change::KeyRevoked { kid: "k".to_owned(), since, reason: "stolen".to_owned() });
    let mut revoked = network.record_of(&sent, profile, detached(ASK));
    let mut hidden = revoked.clone();
    revoked.verdict = "key_revoked".to_owned();
    let revoked = network.record(&revoked, ASK);
    hidden.registry_head = Digest(jose::b64::decode(before, "digest").unwrap().try_into().unwrap());
    hidden.recorded_at = UtcTime(network.now);
    let hidden = network.record(&hidden, ASK);
    network.change("agent-1", Change::StatusChanged { status: Status::Suspended, reason: None });
    let suspended = network.send(&sent);
    network.checkpoint();
    let pins = network.pin("agent-1", &key) + &network.pin("agent-2", &key) + &network.pin("agent-3", &old);
    let trust = network.policy(&pins);
    for (name, index, roles) in [
        ("ocen", ocen, ["agent-3", "lender-1"].as_slice()),
        ("bound", bound, &["agent-2", "lender-1"]),
        ("bound-without-its-receiver", bound, &["agent-2"]),
        ("profile-of-its-choice", chosen, &["agent-1"]),
        ("forged", forged, &["agent-1"]),
        ("replayed", replayed, &["agent-1"]),
        ("another-text", not_it, &["agent-1"]),
        ("revoked-key", revoked, &["agent-1"]),
        ("hidden-revocation", hidden, &["agent-1"]),
        ("suspended", suspended, &["agent-1"]),
    ] {
        folder.bundle(name, &network.bundle(Claim::Messages, &[index], roles), &trust);
    }
}
