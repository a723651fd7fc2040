//! `docs/evidence.md`: its worked example is what the code writes, and it names every member that there is.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "these are tests")]

use std::collections::BTreeSet;
use std::fmt::Write as _;

use evidence::bundle::{Bundle, Claim, Entry, Head, Message, Token};
use jose::{Algorithm, SigningKey, b64};
use ledger::hash::{Hash, node_hash, sha256};
use ledger::leaf::{Leaf, commit};
use ledger::record::{
    Asked, Asker, BodyDigest, ErasureRecord, Failures, MessageRecord, MoveRecord, Named, PolicyRecord, ProfileName,
    ProfileRecord, RangeRecord, RenewalRecord, ServiceKeyRecord, ServiceUse, SummaryRecord, TimeForm, TimeRecord,
    TokenDigest, Version, write,
};
use ledger::text::{Digest, Octets, UtcTime};
use ledger::{Checkpoint, Kind, Note, Policy, Proof, Receipt, Signer};
use registry::record::{Actor, Change, Record};
use registry::{Moment, Settings, Status, Word};
use serde_json::{Value, json};

use crate::{read, root};

const PAGE: &str = "docs/evidence.md";
const MARK: &str = "<!-- made by xtask/tests/docs/evidence.rs; UPDATE_EXPECT=1 writes it anew -->\n";
const ORIGIN: &str = "ledger.example/net";
/// 2026-11-26T00:00:00Z, in milliseconds.
const AT: u64 = 1_795_651_200_000;
/// The seeds of RFC 8032, section 7.1, tests 1 and 2.
const SEEDS: [&str; 2] = ["nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDus6xyLh-A", "TM0Immiapz-KZ2C_2ZhiwB8zjdnJn5LYMJkCyt2xj_s"];

fn key(seed: &str) -> SigningKey {
    // RFC 8410, section 7: PKCS#8 of an Ed25519 seed.
    let head = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
    let der = [head.as_slice(), &b64::decode(seed, "seed").unwrap()].concat();
    SigningKey::from_der(Algorithm::EdDSA, &der).unwrap().with_kid("k1")
}

fn digest(of: &str) -> Digest {
    Digest(sha256(of.as_bytes()))
}

fn message(log: &SigningKey) -> MessageRecord {
    let body = br#"{"amount": 100}"#;
    let header = json!({"alg": "EdDSA", "kid": "k1", "b64": false, "crit": ["b64"]}).to_string();
    MessageRecord {
        v: Version,
        kind: Asked::Message,
        recorded_at: UtcTime(AT),
        participant_role_id: "agent-1".to_owned(),
        participant_id: "agent".to_owned(),
        kid: "k1".to_owned(),
        profile: ProfileName { name: "strict".to_owned(), version: 1, digest: digest("profile") },
        registry_head: digest("head"),
        method: "POST".to_owned(),
        target: "/v4/loans".to_owned(),
        target_stated_by: "caller".to_owned(),
        body: BodyDigest { sha256: Digest(sha256(body)), length: body.len() as u64 },
        jws: jose::detached::sign(&header, body, log).unwrap(),
        token: Some(TokenDigest { jti: "t-1".to_owned(), sha256: digest("t"), payload_sha256: digest("p") }),
        request_id: Some("r-1".to_owned()),
        trace_id: Some("c-1".to_owned()),
        verdict: "ok".to_owned(),
        signed: true,
        first: Some(digest("first")),
        asked_by: Asker { client_id: "lender".to_owned(), participant_role_id: Some("lender-1".to_owned()) },
        seen_at: None,
        answers: Some(digest("request")),
    }
}

fn changes(jwk: &Value) -> Vec<Change> {
    let role = Settings {
        participant_role: "LENDER".to_owned(),
        client_id: "lender".to_owned(),
        base_url: Some("https://lender.example".to_owned()),
        profile: "strict".to_owned(),
        addresses: vec!["192.0.2.1".to_owned()],
        product_networks: vec!["loans".to_owned()],
        issuer: Some("lender.example".to_owned()),
        anchor: Some("anchor.example".to_owned()),
    };
    let (at, none) = (Moment::from_ms(AT as i64), None);
    let word = Word::PreviousKey { kid: "k0".to_owned(), jws: "e30.e30.AAAA".to_owned() };
    vec![
        Change::KeyAdded {
            kid: "k1".to_owned(),
            jwk: jwk.clone(),
            valid_from: at,
            valid_until: none,
            proof: None,
            word,
        },
        Change::RoleApplied { participant_id: "lender".to_owned(), role: role.clone() },
        Change::RoleStated { role },
        Change::StatusChanged { status: Status::Approved, reason: None },
        Change::KeyEnded { kid: "k1".to_owned(), at },
        Change::KeyRevoked { kid: "k1".to_owned(), since: at, reason: "stolen".to_owned() },
        Change::SecretRotated { previous_until: None, expires: None },
    ]
}

fn registry_record(change: Change) -> Vec<u8> {
    let actor = Actor { realm: "net".to_owned(), client_id: "registrar".to_owned(), user_id: None };
    let prev = Some(digest("record").to_string());
    let (kind, recorded_at) = (registry::record::Kind::Registry, Moment::from_ms(AT as i64));
    Record { v: 1, kind, subject: "lender-1".to_owned(), seq: 3, recorded_at, actor, change, prev }.to_bytes()
}

/// A record of each kind that has a form, with all that it may hold.
fn records(jwk: &Value, note: &Note, line: &str) -> Vec<(&'static str, Vec<u8>)> {
    let (v, recorded_at) = (Version, UtcTime(AT));
    let key_use = ServiceUse::Reply;
    let service = ServiceKeyRecord {
        v,
        kind: Named,
        recorded_at,
        kid: "k1".to_owned(),
        jwk: jwk.clone(),
        key_use,
        from: recorded_at,
    };
    let definition = signing::profile::PROFILES[0].1.split_whitespace().collect::<String>();
    let (name, digest_of) = ("strict".to_owned(), digest(&definition));
    let profile = ProfileRecord { v, kind: Named, recorded_at, name, version: 1, digest: digest_of, definition };
    let (before, from, to) = (UtcTime(AT - 60_000), 0, 9);
    let erasure = ErasureRecord { v, kind: Named, recorded_at, before, from, to, messages: 7 };
    let role = "agent-1".to_owned();
    let (leaves, prev) = (vec![digest("leaf")], Some(digest("range")));
    let range = RangeRecord { v, kind: Named, recorded_at, participant_role_id: role, from: 0, to: 2, leaves, prev };
    let (checkpoint, token) = (note.to_string(), Octets(line.as_bytes().to_vec()));
    let time = TimeRecord { v, kind: Named, recorded_at, checkpoint, form: TimeForm::Cosignature, token };
    let ends = UtcTime(AT + 86_400_000);
    let (checkpoint, token) = (note.to_string(), Octets(b"a timestamp".to_vec()));
    let renewal = RenewalRecord { v, kind: Named, recorded_at, checkpoint, token, ends, until: ends };
    let settings = [("countersign.participants".to_owned(), "true".to_owned())].into();
    let policy = PolicyRecord { v, kind: Named, recorded_at, settings };
    let (old_checkpoint, old_origin) = (note.to_string(), ORIGIN.to_owned());
    let moved =
        MoveRecord { v, kind: Named, recorded_at, old_origin, old_checkpoint, reason: "a stolen key".to_owned() };
    let (client_id, claimed) = ("lender".to_owned(), "agent-1".to_owned());
    let failures = vec![Failures { client_id, claimed, code: "signature_invalid".to_owned(), count: 3 }];
    let summary = SummaryRecord { v, kind: Named, recorded_at, from: recorded_at, to: UtcTime(AT + 60_000), failures };
    vec![
        ("service-key", write(&service).unwrap()),
        ("profile", write(&profile).unwrap()),
        ("range", write(&range).unwrap()),
        ("time", write(&time).unwrap()),
        ("move", write(&moved).unwrap()),
        ("erasure", write(&erasure).unwrap()),
        ("renewal", write(&renewal).unwrap()),
        ("policy", write(&policy).unwrap()),
        ("summary", write(&summary).unwrap()),
    ]
}

/// The example as the page has it, and every JSON in it.
fn example() -> (String, Vec<Value>) {
    let [log, witness] = SEEDS.map(key);
    let jwk = log.public_jwk().unwrap().to_value();
    let message = message(&log);
    let record = write(&message).unwrap();
    let salt: Hash = sha256(b"salt");
    let leaf = Leaf { kind: Kind::Message, at_ms: AT, nonce: [7; 16], commitment: commit(&salt, &record) };
    let other = Leaf { kind: Kind::Summary, nonce: [8; 16], ..leaf };
    let (log, witness) = (Signer::log(ORIGIN, log).unwrap(), Signer::witness("witness.example/w1", witness).unwrap());
    let mut note = Checkpoint::new(ORIGIN, 2, node_hash(&leaf.id(), &other.id())).sign(&log).unwrap();
    let line = witness.sign(&note.text, AT / 1000).unwrap();
    note.lines.push(line.clone());
    let proof = Proof { extra: None, index: 0, hashes: vec![other.id()], checkpoint: note.clone() };
    proof.verify(&leaf.id(), log.verifier()).unwrap();
    let receipt = Receipt {
        origin: ORIGIN.to_owned(),
        leaf: Octets(leaf.to_bytes().to_vec()),
        salt: Digest(salt),
        record: Octets(record.clone()),
        received_at: UtcTime(AT),
        checkpoint: Some(note.to_string()),
        max_delay_seconds: 10,
    };
    receipt.verify().unwrap();
    let hex: String = leaf.to_bytes().iter().map(|octet| format!("{octet:02x}")).collect();
    let policy = format!(
        "log {}\nwitness w1 {} https://witness.example/w1\nquorum w1\n#countersign pin agent-1 k1 {}\n\
         #countersign subject agent {}\n#countersign grade previous-key\n#countersign reply-key 2026-1 {}\n",
        log.verifier(),
        witness.verifier(),
        jose::Jwk::parse_public(&jwk).unwrap().thumbprint(),
        digest("a subject in DER"),
        digest("a reply key"),
    );
    Policy::parse(&policy).unwrap();
    let mut page = String::new();
    let mut block = |about: &str, kind: &str, text: &str| {
        let _ = write!(page, "\n{about}\n\n```{kind}\n{}\n```\n", text.trim_end());
    };
    let text = |octets: &[u8]| String::from_utf8(octets.to_vec()).unwrap();
    block("The record of a message, on one line:", "json", &text(&record));
    block("Its salt, and the commitment:", "", &format!("{}\n{}", Digest(salt), Digest(leaf.commitment)));
    block("Its leaf in hexadecimal, and the leaf's id:", "", &format!("{hex}\n{}", Digest(leaf.id())));
    block("The proof file of that leaf, of two, under a cosigned checkpoint:", "", &proof.to_string());
    block(
        "A receipt for it, `record` and `checkpoint` being the ones above:",
        "json",
        &serde_json::to_string(&receipt).unwrap(),
    );
    block("A trust policy:", "", &policy);
    let report = MessageRecord { kind: Asked::Report, seen_at: Some(UtcTime(AT - 60_000)), ..message };
    block("That record, had the message been reported a minute later:", "json", &text(&write(&report).unwrap()));
    let mut values = vec![json(&record), json(&write(&report).unwrap()), serde_json::to_value(&receipt).unwrap()];
    let changes: Vec<Vec<u8>> = changes(&jwk).into_iter().map(registry_record).collect();
    block("A record of the registry:", "json", &text(&changes[0]));
    for (name, octets) in records(&jwk, &note, &line.to_string()) {
        block(&format!("A record of kind `{name}`:"), "json", &text(&octets));
        values.push(json(&octets));
    }
    values.extend(changes.iter().map(|octets| json(octets)));
    values.push(json(&bundle(&receipt, &note).write().unwrap()));
    (page, values)
}

fn json(octets: &[u8]) -> Value {
    serde_json::from_slice(octets).unwrap()
}

/// A bundle that has every member, whatever it proves.
fn bundle(receipt: &Receipt, note: &Note) -> Bundle {
    let (leaf, salt, record) = (receipt.leaf.clone(), receipt.salt, receipt.record.clone());
    let entry = Entry { leaf, salt, record: record.clone(), index: 0, inclusion: vec![digest("sibling")] };
    let headers = vec![("accept".to_owned(), "*/*".to_owned())];
    let all = || vec![entry.clone()];
    Bundle {
        claim: Claim::Range {
            participant_role_id: "agent-1".to_owned(),
            from: 0,
            to: 1,
            other_origins: vec!["ledger.example/old".to_owned()],
            left_at: Some(2),
        },
        origin: ORIGIN.to_owned(),
        checkpoints: vec![Head {
            note: note.to_string(),
            consistency: vec![digest("c")],
            timestamps: vec![record.clone()],
        }],
        messages: vec![Message { entry: entry.clone(), body: Some(record.clone()), headers }],
        chains: vec![all()],
        participants: vec![all()],
        profiles: vec![record.clone()],
        service_keys: all(),
        tokens: vec![Token { signing_input: "e30.e30".to_owned(), signature: Some(record) }],
        times: all(),
        ranges: all(),
    }
}

#[test]
fn worked_example_is_what_the_code_writes() {
    let text = read(PAGE);
    let (before, _) = text.split_once(MARK).expect("the page has the mark");
    let expected = format!("{before}{MARK}{}", example().0);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(root().join(PAGE), &expected).unwrap();
    }
    let hint = "UPDATE_EXPECT=1 cargo test -p xtask --test docs";
    assert!(read(PAGE) == expected, "{PAGE} is behind; write it with {hint}");
}

#[test]
fn the_page_names_every_member_and_every_kind() {
    let text = read(PAGE);
    let (before, _) = text.split_once(MARK).unwrap_or_default();
    let mut members = BTreeSet::new();
    for value in example().1 {
        collect(&value, &mut members);
    }
    // A JWK's members are RFC 7517's.
    let of_jwk = ["kty", "crv", "x", "alg"];
    let missing: Vec<_> = members.iter().filter(|name| !of_jwk.contains(&name.as_str())).collect();
    let missing: Vec<_> = missing.into_iter().filter(|name| !before.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "{PAGE} doesn't name {missing:?}");
    for kind in Kind::ALL {
        let row = format!("| {} `{}` |", kind.number(), kind.name());
        assert!(before.contains(&row), "{PAGE} has no row {row}");
    }
    for grade in ledger::policy::Grade::ALL {
        assert!(before.contains(&format!("`{}`", grade.name())));
    }
}

fn collect(value: &Value, members: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                members.insert(name.clone());
                collect(value, members);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, members)),
        _ => {}
    }
}
