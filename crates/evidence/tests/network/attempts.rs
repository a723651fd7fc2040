//! Bundles by which somebody tries to have more proved than is so, each with what the report must say of it.

#![allow(dead_code, reason = "each test takes what it needs")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "only tests and their example use this")]

use evidence::bundle::{Bundle, Claim};
use jose::{Algorithm, SigningKey};
use ledger::hash::sha256;
use ledger::leaf::Kind;
use ledger::record::{Asked, MessageRecord, Named, RangeRecord, ServiceUse, Version, write};
use ledger::text::{Digest, UtcTime};
use registry::{Change, Status, Word};
use serde_json::json;
use signing::Profile;

use crate::network::{ASK, Network, Sent, conversation, es256, ml_dsa, with_token};

#[path = "profiles.rs"]
mod profiles;

/// A bundle, its trust, and a part of the report: of what is not proved, or of what is, where all of it is.
pub struct Attempt {
    pub name: &'static str,
    pub bundle: Bundle,
    pub trust: String,
    pub is_proved: bool,
    pub says: &'static str,
}

fn refused(name: &'static str, bundle: Bundle, trust: &str, says: &'static str) -> Attempt {
    Attempt { name, bundle, trust: trust.to_owned(), is_proved: false, says }
}

fn proved(name: &'static str, bundle: Bundle, trust: &str, says: &'static str) -> Attempt {
    Attempt { name, bundle, trust: trust.to_owned(), is_proved: true, says }
}

pub fn all() -> Vec<Attempt> {
    [
        certificates(),
        doubles(),
        ranges(),
        moved_receivers(),
        dated_back(),
        counted_records(),
        other_records(),
        reports(),
        used_again(),
        other_tokens(),
        log_keys(),
        two_keys(),
        weak_keys(),
        two_keys_followed(),
        profiles::all(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The line that names a certificate's subject, which is a common name alone.
pub fn subject(id: &str, common_name: &str) -> String {
    let wrapped = |tag: u8, octets: &[u8]| [&[tag, octets.len() as u8], octets].concat();
    let pair = [&[0x06, 0x03, 0x55, 0x04, 0x03], wrapped(0x0c, common_name.as_bytes()).as_slice()].concat();
    let name = wrapped(0x30, &wrapped(0x31, &wrapped(0x30, &pair)));
    format!("#countersign subject {id} {}\n", Digest(sha256(&name)))
}

fn sent<'s>(key: &'s SigningKey, role: &'s str, profile: &'s str) -> Sent<'s> {
    Sent { role, key, profile, method: "POST", target: "/v4/loans", body: ASK, receiver: "lender-1" }
}

fn certificates() -> Vec<Attempt> {
    let (mut network, der) = (Network::new(), jose::generate::ec(jose::Curve::P256).unwrap());
    let key = SigningKey::from_der(Algorithm::ES256, &der).unwrap().with_kid("k");
    let own = jose::certificate::self_signed("Agent Ltd", Algorithm::ES256, &der, 0, 4_000_000_000).unwrap();
    let x5c = vec![jose::b64::encode_standard(own)];
    network.join("agent-1", "strict", &es256("first"));
    network.add_key("agent-1", &key, Word::Certificate { x5c: x5c.clone() });
    let ask = network.send(&sent(&key, "agent-1", "strict"));
    network.checkpoint();
    let bundle = || network.bundle(Claim::Messages, &[ask], &["agent-1"]);
    let root = format!("#countersign grade certificate\n#countersign ca registrar {}\n", x5c[0]);
    let under = |lines: &str| network.policy(&format!("{root}{lines}"));
    let word = "a certificate of CN=Agent Ltd under registrar";
    let nobody = "is for nobody that this trust names as agent-1 or agent-1-org";
    vec![
        proved("certificate-of-the-role", bundle(), &under(&subject("agent-1", "Agent Ltd")), word),
        proved("certificate-of-the-participant", bundle(), &under(&subject("agent-1-org", "Agent Ltd")), word),
        refused("certificate-of-anybody", bundle(), &under(""), nobody),
        refused("certificate-of-another-name", bundle(), &under(&subject("agent-1", "Agent Ltd.")), nobody),
        refused("certificate-of-another-role", bundle(), &under(&subject("lender-1", "Agent Ltd")), nobody),
    ]
}

/// An operator has a verdict count a record of its signer, and not what that says.
fn counted_records() -> Vec<Attempt> {
    let suspended = |is_dated_back: bool| {
        let (mut network, key) = (Network::new(), es256("k"));
        network.join("agent-1", "strict", &key);
        network.now += 100_000;
        network.change("agent-1", Change::StatusChanged { status: Status::Suspended, reason: None });
        let sent = sent(&key, "agent-1", "strict");
        let ask = if is_dated_back {
            network.now -= 50_000;
            network.send(&sent)
        } else {
            let profile = Profile::find("strict").unwrap();
            let record = network.record_of(&sent, profile, network.signature(&sent));
            network.record(&MessageRecord { verdict: "participant_not_approved".to_owned(), ..record }, sent.body)
        };
        network.now += 50_000;
        network.checkpoint();
        let trust = network.policy(&network.pin("agent-1", &key));
        (network.bundle(Claim::Messages, &[ask], &["agent-1"]), trust)
    };
    let ((early, trust), (refused_anyway, its_trust)) = (suspended(true), suspended(false));
    vec![
        refused("dated-before-what-it-counts", early, &trust, "before the record of its signer that it counts"),
        refused("a-verdict-nobody-records", refused_anyway, &its_trust, "of such a message nothing is recorded"),
    ]
}

fn doubles() -> Vec<Attempt> {
    let (network, [ask, answer], lines) = conversation();
    let trust = network.policy(&lines);
    let good = network.bundle(Claim::Messages, &[ask, answer], &["agent-1", "lender-1"]);
    let changed = |change: &dyn Fn(&mut Bundle)| {
        let mut bundle = good.clone();
        change(&mut bundle);
        bundle
    };
    let order = "don't stand in the order of their indexes, each once";
    vec![
        refused("message-twice", changed(&|b| b.messages.insert(0, b.messages[0].clone())), &trust, order),
        refused("messages-turned-round", changed(&|b| b.messages.reverse()), &trust, order),
        refused("time-twice", changed(&|b| b.times.push(b.times[0].clone())), &trust, order),
    ]
}

/// An operator enters a range record of its own making, and claims what it says.
fn ranges() -> Vec<Attempt> {
    let with = |from: u64, to: u64, prev: Option<Digest>, claimed: (u64, u64)| {
        let (mut network, key) = (Network::new(), es256("k"));
        network.join("agent-1", "strict", &key);
        let ask = network.send(&sent(&key, "agent-1", "strict"));
        let leaves = [0, 1, 2, ask].map(|index| network.id(index)).to_vec();
        let (participant_role_id, recorded_at) = ("agent-1".to_owned(), UtcTime(network.now));
        let record = RangeRecord { v: Version, kind: Named, recorded_at, participant_role_id, from, to, leaves, prev };
        let index = network.append(Kind::Range, write(&record).unwrap());
        network.checkpoint();
        network.checkpoint();
        let mut bundle = network.bundle(Claim::Messages, &[ask], &["agent-1"]);
        bundle.ranges = vec![network.entry(index)];
        bundle.claim = Claim::Range {
            participant_role_id: "agent-1".to_owned(),
            from: claimed.0,
            to: claimed.1,
            other_origins: Vec::new(),
            left_at: None,
        };
        (bundle, network.policy(&network.pin("agent-1", &key)))
    };
    let attempt = |name, (bundle, trust): (Bundle, String), says| refused(name, bundle, &trust, says);
    let (good, trust) = with(0, 4, None, (0, 4));
    let beyond = "of no stretch of the log before it";
    vec![
        proved("range-of-all", good, &trust, "the role's range records name 4 leaves"),
        attempt("range-of-nothing", with(2, 2, None, (2, 2)), beyond),
        attempt("range-backwards", with(4, 0, None, (1, 3)), beyond),
        attempt("range-beyond-its-record", with(0, 5, None, (0, 5)), beyond),
        attempt("claim-of-nothing", with(0, 4, None, (3, 3)), "what is claimed is no stretch of the log"),
        attempt("range-without-the-one-before", with(1, 4, None, (1, 4)), "names none before it"),
        attempt("range-before-the-first", with(0, 4, Some(Digest([7; 32])), (0, 4)), "names none before it"),
    ]
}

/// The receiver's address changes: before or after a message that signs it.
fn moved_receivers() -> Vec<Attempt> {
    let (mut network, key) = (Network::new(), es256("k"));
    network.join("agent-1", "bound", &key);
    network.join("lender-1", "bound", &es256("l"));
    let before = network.send(&sent(&key, "agent-1", "bound"));
    let mut role = network.role("lender-1").settings;
    role.base_url = Some("https://new.example/api".to_owned());
    network.change("lender-1", Change::RoleStated { role });
    let after = network.send(&sent(&key, "agent-1", "bound"));
    network.checkpoint();
    let trust = network.policy(&network.pin("agent-1", &key));
    let of = |index| network.bundle(Claim::Messages, &[index], &["agent-1", "lender-1"]);
    vec![
        proved("receiver-moved-later", of(before), &trust, "by the signature: it was POST /v4/loans"),
        refused("receiver-moved-before", of(after), &trust, "judged anew it is claim_invalid"),
    ]
}

/// Entries that say to be older than what is before them in the log.
fn dated_back() -> Vec<Attempt> {
    const HOUR: u64 = 3_600_000;
    let (mut network, first, key) = (Network::new(), es256("first"), es256("k"));
    network.join("agent-1", "strict", &first);
    network.now += HOUR;
    network.checkpoint();
    network.now -= HOUR / 2;
    network.add_key("agent-1", &key, Word::Operator);
    let ask = network.send(&sent(&first, "agent-1", "strict"));
    network.now += HOUR;
    let later = network.send(&sent(&key, "agent-1", "strict"));
    network.checkpoint();
    let trust = network.policy(&(network.pin("agent-1", &first) + "#countersign grade operator\n"));
    let of = |index| network.bundle(Claim::Messages, &[index], &["agent-1"]);
    let late = "long after it says it was recorded";
    vec![refused("message-dated-back", of(ask), &trust, late), refused("key-dated-back", of(later), &trust, late)]
}

/// Records that say something else than what was signed.
fn other_records() -> Vec<Attempt> {
    let of = |change: &dyn Fn(&mut MessageRecord)| {
        let (mut network, key) = (Network::new(), es256("k"));
        network.join("agent-1", "strict", &key);
        // The same key under a second name, on another word.
        let word = network.vouched("agent-1", &key, &key.clone().with_kid("k2"));
        network.add_key("agent-1", &key.clone().with_kid("k2"), word);
        let sent = sent(&key, "agent-1", "strict");
        let header = jose::detached::header(&key, jose::detached::Payload::Unencoded, None);
        let jws = jose::detached::sign(&header, ASK, &key).unwrap();
        let mut record = network.record_of(&sent, Profile::find("strict").unwrap(), jws);
        change(&mut record);
        let index = network.record(&record, ASK);
        network.checkpoint();
        let trust = network.policy(&(network.pin("agent-1", &key) + "#countersign grade previous-key\n"));
        (network.bundle(Claim::Messages, &[index], &["agent-1"]), trust)
    };
    let attempt = |name, change: &dyn Fn(&mut MessageRecord), says| {
        let (bundle, trust) = of(change);
        refused(name, bundle, &trust, says)
    };
    let (good, trust) = of(&|_| {});
    vec![
        proved("its-own-record", good, &trust, "by whoever asked for the verdict: it was POST /v4/loans"),
        attempt("another-kid", &|r| r.kid = "k2".to_owned(), "names another key than the one that signed it"),
        attempt("target-said-to-be-signed", &|r| r.target_stated_by = "signature".to_owned(), "who stated its target"),
        attempt("another-time", &|r| r.recorded_at = UtcTime(r.recorded_at.0 - 1), "another time than its leaf"),
        attempt("another-participant", &|r| r.participant_id = "lender-1-org".to_owned(), "the role is agent-1-org's"),
    ]
}

/// What a receiver reports later is of a kind of its own, and nothing else is.
fn reports() -> Vec<Attempt> {
    let of = |leaf, kind, seen_at| {
        let (mut network, key) = (Network::new(), es256("k"));
        network.join("agent-1", "strict", &key);
        let sent = sent(&key, "agent-1", "strict");
        let record = network.record_of(&sent, Profile::find("strict").unwrap(), network.signature(&sent));
        let index = network.record_under(leaf, &MessageRecord { kind, seen_at, ..record }, ASK);
        network.checkpoint();
        let trust = network.policy(&network.pin("agent-1", &key));
        (network.bundle(Claim::Messages, &[index], &["agent-1"]), trust)
    };
    let seen = Some(UtcTime(crate::network::START - 60_000));
    let attempt = |name, (bundle, trust): (Bundle, String), says| refused(name, bundle, &trust, says);
    let (good, trust) = of(Kind::Report, Asked::Report, seen);
    vec![
        proved("report", good, &trust, "reported later by the receiver, who states to have had it at"),
        attempt("report-of-no-time", of(Kind::Report, Asked::Report, None), "record is malformed"),
        attempt("report-said-to-be-a-message", of(Kind::Report, Asked::Message, seen), "record is malformed"),
        attempt("message-with-a-time-of-its-receiver", of(Kind::Message, Asked::Message, seen), "record is malformed"),
        attempt("report-under-a-message", of(Kind::Message, Asked::Report, seen), "its leaf is of kind message"),
        attempt("message-under-a-report", of(Kind::Report, Asked::Message, None), "its leaf is of kind report"),
    ]
}

/// What is there twice, or for nothing, or stands on a key that was stolen when it vouched.
fn used_again() -> Vec<Attempt> {
    let (mut network, first, key) = (Network::new(), es256("first"), es256("k"));
    network.join("agent-1", "strict", &first);
    network.join("agent-2", "strict", &es256("other"));
    let stolen = registry::Moment::from_ms(network.now as i64);
    let word = network.vouched("agent-1", &first, &key);
    network.add_key("agent-1", &key, word);
    let header = jose::detached::header(&key, jose::detached::Payload::Unencoded, None);
    let jws = jose::detached::sign(&header, ASK, &key).unwrap();
    let profile = Profile::find("strict").unwrap();
    let mut places = Vec::new();
    for _ in 0..2 {
        let record = network.record_of(&sent(&key, "agent-1", "strict"), profile, jws.clone());
        places.push(network.record(&record, ASK));
    }
    let (kid, reason) = ("first".to_owned(), "stolen".to_owned());
    network.change("agent-1", Change::KeyRevoked { kid, since: stolen, reason });
    network.checkpoint();
    let trust = network.policy(&(network.pin("agent-1", &first) + "#countersign grade previous-key\n"));
    let of = |messages: &[u64], roles: &[&str]| network.bundle(Claim::Messages, messages, roles);
    vec![
        proved(
            "message-brought-twice",
            of(&places, &["agent-1"]),
            &trust,
            "has the same signature: it was signed once",
        ),
        proved("voucher-stolen", of(&places[..1], &["agent-1"]), &trust, "the key \"first\" was revoked later, as of"),
        refused("chain-for-nothing", of(&places[..1], &["agent-1", "agent-2"]), &trust, "no message is agent-2's"),
    ]
}

fn other_tokens() -> Vec<Attempt> {
    let (bundle, _) = with_token(ServiceUse::Token);
    let (mut network, key) = (Network::new(), es256("k"));
    network.join("agent-1", "strict", &key);
    let header = jose::detached::header(&key, jose::detached::Payload::Unencoded, None);
    let jws = jose::detached::sign(&header, ASK, &key).unwrap();
    let mut record = network.record_of(&sent(&key, "agent-1", "strict"), Profile::find("strict").unwrap(), jws);
    let payload_sha256 = Digest(sha256(bundle.tokens[0].signing_input.as_bytes()));
    let jti = "another".to_owned();
    record.token = Some(ledger::record::TokenDigest { jti, sha256: payload_sha256, payload_sha256 });
    let index = network.record(&record, ASK);
    network.checkpoint();
    let mut other = network.bundle(Claim::Messages, &[index], &["agent-1"]);
    other.tokens = bundle.tokens;
    other.tokens[0].signature = None;
    let trust = network.policy(&network.pin("agent-1", &key));
    vec![refused("token-of-another-id", other, &trust, "it has another id than its message's record names")]
}

/// A message under heads of a log whose key was followed by another.
fn log_keys() -> Vec<Attempt> {
    let (mut network, key) = (Network::new(), es256("k"));
    network.join("agent-1", "strict", &key);
    network.checkpoint();
    let pin = network.pin("agent-1", &key);
    let trust = network.policy(&pin);
    let old = network.log.clone();
    let (next, entry) = network.rotate();
    network.next = Some(next);
    network.checkpoint();
    let ask = network.send(&sent(&key, "agent-1", "strict"));
    network.checkpoint();
    let mut good = network.bundle(Claim::Messages, &[ask], &["agent-1"]);
    good.service_keys = vec![network.entry(entry)];
    let changed = |change: &dyn Fn(&mut Bundle)| {
        let mut bundle = good.clone();
        change(&mut bundle);
        bundle
    };
    let lines = |notes: &str, kept: &[usize]| {
        let (text, lines) = notes.split_once("\n\n").unwrap();
        let all: Vec<&str> = lines.lines().collect();
        let kept: Vec<&str> = kept.iter().map(|n| all[*n]).collect();
        format!("{text}\n\n{}\n", kept.join("\n"))
    };
    let unknown = "is signed by no log key of this trust";
    let only_old = changed(&|b| b.checkpoints[1].note = lines(&b.checkpoints[1].note, &[0, 2]));
    let only_new = changed(&|b| b.checkpoints[1].note = lines(&b.checkpoints[1].note, &[1, 2]));
    // The old key signs on, after it was followed.
    network.log = old;
    network.checkpoint();
    let mut other = network.bundle(Claim::Messages, &[ask], &["agent-1"]);
    other.service_keys = vec![network.entry(entry)];
    let of_new = trust.replace(trust.split_whitespace().nth(1).unwrap(), &good_key(&good));
    vec![
        proved("log-key-that-was-followed", good.clone(), &trust, "both keys signed the head of"),
        refused("log-key-by-no-entry", changed(&|b| b.service_keys.clear()), &trust, unknown),
        refused("log-key-of-the-old-alone", only_old, &trust, unknown),
        refused("log-key-of-the-new-alone", only_new, &trust, unknown),
        refused("log-key-of-the-old-later", other, &trust, unknown),
        refused("log-key-of-the-new-for-the-old", good.clone(), &of_new, unknown),
    ]
}

/// The key that a bundle's log goes on with, in its text form.
fn good_key(bundle: &Bundle) -> String {
    let record: ledger::record::ServiceKeyRecord = ledger::record::parse(&bundle.service_keys[0].record.0).unwrap();
    let x = jose::b64::decode(record.jwk["x"].as_str().unwrap(), "x").unwrap();
    ledger::VerifierKey::new(&bundle.origin, ledger::KeyType::Ed25519, &x).unwrap().to_string()
}

/// A log that signs by ML-DSA too, for readers that name that key and for those that don't.
fn two_keys() -> Vec<Attempt> {
    let (mut network, key) = (Network::new(), es256("k"));
    network.beside = Some(ml_dsa());
    network.join("agent-1", "strict", &key);
    let ask = network.send(&sent(&key, "agent-1", "strict"));
    network.checkpoint();
    let good = network.bundle(Claim::Messages, &[ask], &["agent-1"]);
    let trust = network.policy(&network.pin("agent-1", &key));
    let and = |other: &ledger::Signer| format!("log {}\n{trust}", other.verifier());
    let changed = |change: &dyn Fn(&mut Bundle)| {
        let mut bundle = good.clone();
        change(&mut bundle);
        bundle
    };
    let without = changed(&|b| {
        let mut note = ledger::Note::parse(b.checkpoints[0].note.as_bytes()).unwrap();
        note.lines.remove(1);
        b.checkpoints[0].note = note.to_string();
    });
    let broken = changed(&|b| {
        let mut note = ledger::Note::parse(b.checkpoints[0].note.as_bytes()).unwrap();
        note.lines[1].signature[100] ^= 1;
        b.checkpoints[0].note = note.to_string();
    });
    let own = and(network.beside.as_ref().unwrap());
    vec![
        proved("ml-dsa-unnamed", good.clone(), &trust, "is signed by the log's key"),
        proved("ml-dsa", good.clone(), &own, "is signed by the log's ML-DSA-44 key"),
        proved("ml-dsa-left-out-and-unnamed", without.clone(), &trust, "is signed by the log's key"),
        refused("ml-dsa-left-out", without, &own, "is signed by no log key of ML-DSA of this trust"),
        refused("ml-dsa-broken", broken, &own, "the signature of"),
        refused("ml-dsa-of-another", good.clone(), &and(&ml_dsa()), "is signed by no log key of ML-DSA of this trust"),
    ]
}

/// A log whose keys of both types were followed by others, each by one of its own type.
fn two_keys_followed() -> Vec<Attempt> {
    let (mut network, key) = (Network::new(), es256("k"));
    let old = ml_dsa();
    network.beside = Some(old.clone());
    network.join("agent-1", "strict", &key);
    network.checkpoint();
    let trust = network.policy(&network.pin("agent-1", &key));
    let both = format!("log {}\n{trust}", old.verifier());
    let ((next, first), (next_beside, second)) = (network.rotate(), network.rotate_beside());
    (network.next, network.next_beside) = (Some(next), Some(next_beside));
    network.checkpoint();
    let ask = network.send(&sent(&key, "agent-1", "strict"));
    network.checkpoint();
    let with = |network: &Network, entries: &[u64]| {
        let mut bundle = network.bundle(Claim::Messages, &[ask], &["agent-1"]);
        bundle.service_keys = entries.iter().map(|index| network.entry(*index)).collect();
        bundle
    };
    let good = with(&network, &[first, second]);
    let mut unsigned = good.clone();
    let mut note = ledger::Note::parse(unsigned.checkpoints[1].note.as_bytes()).unwrap();
    note.lines.retain(|line| !line.is_of(old.verifier()));
    unsigned.checkpoints[1].note = note.to_string();
    let mut later = network;
    later.beside = Some(old);
    later.checkpoint();
    let unknown = "is signed by no log key of ML-DSA of this trust";
    vec![
        proved("ml-dsa-that-was-followed", good.clone(), &both, "the log is signed by its ML-DSA-44 key"),
        proved("ml-dsa-that-was-followed-unnamed", good, &trust, "both keys signed the head of"),
        refused("ml-dsa-followed-by-no-entry", with(&later, &[first]), &both, unknown),
        refused("ml-dsa-followed-without-its-own-word", unsigned, &both, unknown),
        refused("ml-dsa-of-the-old-later", with(&later, &[first, second]), &both, unknown),
    ]
}

/// A chain with a key by which anybody, or nobody, can sign, beside the one that signed.
fn weak_keys() -> Vec<Attempt> {
    let with = |jwk: serde_json::Value| {
        let (mut network, key) = (Network::new(), es256("k"));
        network.join("agent-1", "strict", &key);
        let sent = sent(&key, "agent-1", "strict");
        let record = network.record_of(&sent, Profile::find("strict").unwrap(), network.signature(&sent));
        let (kid, valid_from) = ("weak".to_owned(), registry::Moment::from_ms(network.now as i64));
        let word = Word::Operator;
        let added = Change::KeyAdded { kid, jwk, valid_from, valid_until: None, proof: None, word };
        let added = network.change("agent-1", added);
        network.checkpoint();
        let registry_head = Digest(sha256(&network.entry(added).record.0));
        let recorded_at = UtcTime(network.now);
        let ask = network.record(&MessageRecord { registry_head, recorded_at, ..record }, sent.body);
        network.checkpoint();
        let trust = network.policy(&network.pin("agent-1", &key));
        (network.bundle(Claim::Messages, &[ask], &["agent-1"]), trust)
    };
    let okp = |x: [u8; 32]| json!({"kty": "OKP", "kid": "weak", "crv": "Ed25519", "x": jose::b64::encode(x)});
    let rsa = |n: &[u8], e: &str| json!({"kty": "RSA", "kid": "weak", "n": jose::b64::encode(n), "e": e});
    // 2^2203 - 1 is prime: it hides nothing, which no verifier looks for, since it takes long.
    let mut prime = [0xff; 276];
    prime[0] = 0x07;
    let mut one = [0; 32];
    one[0] = 1;
    // 2^255 - 16: 3 and the field's prime.
    let mut long = [0xff; 32];
    (long[0], long[31]) = (0xf0, 0x7f);
    let eighth = jose::b64::decode("JuiVj8KyJ7BFw_SJ8u-Y8NXfrAXTxjM5sTgCiG1T_AU", "x").unwrap().try_into().unwrap();
    let (good, its_trust) = with(rsa(&prime, "AQAB"));
    let mut attempts = vec![proved("rsa-that-is-not-weak-by-its-numbers", good, &its_trust, "verdict ok")];
    for (name, jwk) in [
        ("ed25519-of-order-1", okp(one)),
        ("ed25519-of-order-8", okp(eighth)),
        ("ed25519-in-another-spelling", okp(long)),
        ("rsa-exponent-3", rsa(&prime, "Aw")),
        ("rsa-exponent-even", rsa(&prime, "AQAC")),
        ("rsa-small-factor", rsa(&[0xff; 256], "AQAB")),
        ("rsa-of-2040-bits", rsa(&prime[..255], "AQAB")),
        ("rsa-over-8192-bits", rsa(&[0xfd; 1025], "AQAB")),
    ] {
        let (bundle, trust) = with(jwk);
        attempts.push(refused(name, bundle, &trust, "a key that is not taken"));
    }
    attempts
}
