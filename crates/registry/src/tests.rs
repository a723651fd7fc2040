use jose::{Algorithm, SigningKey};
use serde_json::{Value, json};

use crate::record::{Kind, digest};
use crate::*;

const DAY: i64 = 86_400_000;

fn key(kid: &str) -> SigningKey {
    let der = jose::generate::ec(jose::Curve::P256).expect("a key");
    SigningKey::from_der(Algorithm::ES256, &der).expect("a key").with_kid(kid)
}

fn jwk(key: &SigningKey) -> Value {
    key.public_jwk().expect("a public key").to_value()
}

fn actor() -> Actor {
    Actor { realm: "ocen".to_owned(), client_id: "registrar".to_owned(), user_id: None }
}

/// A chain that grows.
struct Chain(Vec<Vec<u8>>);

impl Chain {
    fn of_a_role() -> Self {
        let role = Settings {
            participant_role: "LENDER".to_owned(),
            client_id: "lender".to_owned(),
            profile: "strict".to_owned(),
            ..Settings::default()
        };
        let mut chain = Self(Vec::new());
        chain.add(0, Change::RoleApplied { participant_id: "bank".to_owned(), role });
        chain
    }

    fn add(&mut self, at: i64, change: Change) -> &mut Self {
        let prev = self.0.last().map(|octets| digest(octets));
        let seq = self.0.len() as u64 + 1;
        let recorded_at = Moment::from_ms(at);
        let (v, kind, subject) = (1, Kind::Registry, "role-1".to_owned());
        self.0.push(Record { v, kind, subject, seq, recorded_at, actor: actor(), change, prev }.to_bytes());
        self
    }

    fn add_key(&mut self, at: i64, key: &SigningKey) -> &mut Self {
        let (kid, jwk, valid_from) = (key.kid().to_owned(), jwk(key), Moment::from_ms(at));
        self.add(at, Change::KeyAdded { kid, jwk, valid_from, valid_until: None, proof: None, word: Word::Operator })
    }

    fn status(&mut self, at: i64, status: Status) -> &mut Self {
        self.add(at, Change::StatusChanged { status, reason: None })
    }

    fn role(&self) -> Result<Role, ChainError> {
        Role::fold(self.0.iter().map(Vec::as_slice)).map(|role| role.expect("a role"))
    }
}

#[test]
fn a_role_is_its_records_put_together() {
    let (old, new) = (key("old"), key("new"));
    let mut chain = Chain::of_a_role();
    chain.status(DAY, Status::Approved).add_key(DAY, &old).add_key(5 * DAY, &new);
    chain.add(6 * DAY, Change::KeyEnded { kid: "old".to_owned(), at: Moment::from_ms(7 * DAY) });
    let role = chain.role().expect("a chain");
    assert_eq!(role.status(), Status::Approved);
    assert_eq!(role.head.seq, 5);
    assert_eq!(role.head.digest, digest(chain.0.last().expect("a record")));
    let counting = |at: i64| -> Vec<&str> {
        role.keys.iter().filter(|key| key.counts(Moment::from_ms(at))).map(|key| key.kid.as_str()).collect()
    };
    assert_eq!(counting(DAY - 1), [""; 0]);
    assert_eq!(counting(2 * DAY), ["old"]);
    assert_eq!(counting(6 * DAY), ["old", "new"], "while keys are changed both count");
    assert_eq!(counting(7 * DAY), ["new"]);
}

#[test]
fn what_was_recorded_by_a_moment_can_be_told_from_what_is_known_now() {
    let stolen = key("stolen");
    let mut chain = Chain::of_a_role();
    chain.status(DAY, Status::Approved).add_key(DAY, &stolen);
    let before = chain.role().expect("a chain");
    let since = Moment::from_ms(2 * DAY);
    chain.add(9 * DAY, Change::KeyRevoked { kid: "stolen".to_owned(), since, reason: "theft".to_owned() });
    let after = chain.role().expect("a chain");
    let at = Moment::from_ms(3 * DAY);
    assert!(before.keys[0].counts(at) && !after.keys[0].counts(at));
    assert_eq!(after.keys[0].state(at), "REVOKED");
    assert_eq!(after.status_at(Moment::from_ms(DAY - 1)), Some(Status::Applied));
}

#[test]
fn a_revocation_is_never_taken_back() {
    let mut chain = Chain::of_a_role();
    chain.add_key(DAY, &key("k"));
    let revoked = |since| Change::KeyRevoked { kid: "k".to_owned(), since: Moment::from_ms(since), reason: "x".into() };
    chain.add(5 * DAY, revoked(3 * DAY)).add(6 * DAY, revoked(6 * DAY));
    assert_eq!(chain.role().expect("a chain").keys[0].revoked_since, Some(Moment::from_ms(3 * DAY)));
}

#[test]
fn the_end_of_a_key_can_come_sooner_than_was_said_and_never_later() {
    let mut chain = Chain::of_a_role();
    chain.add_key(DAY, &key("k"));
    let ended = |at| Change::KeyEnded { kid: "k".to_owned(), at: Moment::from_ms(at) };
    chain.add(2 * DAY, ended(9 * DAY)).add(3 * DAY, ended(4 * DAY));
    assert_eq!(chain.role().expect("a chain").keys[0].until(), Some(Moment::from_ms(4 * DAY)));
    chain.add(5 * DAY, ended(6 * DAY));
    assert!(matches!(chain.role(), Err(ChainError::Impossible { seq: 5, .. })));
}

#[test]
fn a_chain_with_a_record_missing_changed_or_out_of_order_is_refused() {
    let mut chain = Chain::of_a_role();
    chain.status(DAY, Status::Approved).add_key(2 * DAY, &key("k")).status(3 * DAY, Status::Suspended);
    let fold = |records: Vec<&[u8]>| Role::fold(records).map(drop);
    let all: Vec<&[u8]> = chain.0.iter().map(Vec::as_slice).collect();
    assert_eq!(fold(all.clone()), Ok(()));
    assert_eq!(fold(vec![all[0], all[2]]), Err(ChainError::Gap { expected: 2, found: 3 }));
    assert_eq!(fold(vec![all[0], all[2], all[1]]), Err(ChainError::Gap { expected: 2, found: 3 }));
    assert_eq!(fold(vec![all[1]]), Err(ChainError::Gap { expected: 1, found: 2 }));
    let text = String::from_utf8(all[1].to_vec()).expect("text");
    let rejected = text.replace("APPROVED", "REJECTED");
    assert_eq!(fold(vec![all[0], rejected.as_bytes(), all[2]]), Err(ChainError::Broken(3)));
    let spaced = text.replace(":{", ": {");
    assert!(matches!(fold(vec![all[0], spaced.as_bytes()]), Err(ChainError::NotARecord(_))), "one spelling alone");
    let unknown = text.replacen('{', "{\"more\":1,", 1);
    assert!(matches!(fold(vec![all[0], unknown.as_bytes()]), Err(ChainError::NotARecord(_))));
    let mut backwards = Chain::of_a_role();
    backwards.status(2 * DAY, Status::Approved).status(DAY, Status::Suspended);
    assert_eq!(backwards.role().map(drop), Err(ChainError::Backwards(3)));
}

#[test]
fn nothing_follows_the_end_and_no_kid_comes_twice() {
    let mut chain = Chain::of_a_role();
    chain.status(DAY, Status::Ended).status(2 * DAY, Status::Approved);
    assert!(matches!(chain.role(), Err(ChainError::Impossible { seq: 3, .. })));
    let mut chain = Chain::of_a_role();
    chain.add_key(DAY, &key("k")).add_key(2 * DAY, &key("k"));
    assert!(matches!(chain.role(), Err(ChainError::Impossible { seq: 3, .. })));
    for status in Status::ALL {
        assert!(!Status::Ended.may_become(*status));
        assert_eq!(Status::parse(status.name()), Some(*status));
        assert_eq!(json!(status), status.name());
    }
}

#[test]
fn only_public_keys_for_signatures_that_are_strong_enough_are_taken() {
    let good = jwk(&key("k"));
    let read = PublicKey::read(&good).expect("a key");
    assert_eq!(read.kid, "k");
    let mut nameless = good.clone();
    nameless.as_object_mut().expect("an object").remove("kid");
    let named = PublicKey::read(&nameless).expect("a key");
    assert_eq!(named.kid, named.thumbprint);
    let with = |name: &str, value: Value| {
        let mut changed = good.clone();
        changed.as_object_mut().expect("an object").insert(name.to_owned(), value);
        PublicKey::read(&changed).map(drop)
    };
    assert_eq!(with("d", json!("AQ")), Err(KeyError::Private));
    assert_eq!(PublicKey::read(&json!({"kty": "oct", "k": "c2VjcmV0"})).map(drop), Err(KeyError::Private));
    assert_eq!(with("use", json!("enc")), Err(KeyError::Use("enc".to_owned())));
    assert!(matches!(with("key_ops", json!(["sign"])), Err(KeyError::Use(_))));
    assert_eq!(with("alg", json!("RS256")), Err(KeyError::Algorithm("RS256".to_owned())));
    assert_eq!(with("alg", json!("HS256")), Err(KeyError::Algorithm("HS256".to_owned())));
    assert_eq!(with("kid", json!("two words")), Err(KeyError::Name));
    assert_eq!(with("kid", json!("x".repeat(201))), Err(KeyError::Name));
    let small = json!({"kty": "RSA", "e": "AQAB", "n": jose::b64::encode([0xAB; 128])});
    assert!(matches!(PublicKey::read(&small), Err(KeyError::Unreadable(jose::Error::RsaTooSmall { bits: 1024 }))));
}

#[test]
fn a_key_with_which_anybody_could_sign_is_refused_with_the_reason() {
    let why = |jwk: Value| PublicKey::read(&jwk).map(drop).expect_err("refused").to_string();
    let mut point = [0; 32];
    point[0] = 1;
    let ed25519 = json!({"kty": "OKP", "crv": "Ed25519", "x": jose::b64::encode(point)});
    assert!(why(ed25519).contains("small order"));
    let rsa = |n: &[u8], e: &str| json!({"kty": "RSA", "n": jose::b64::encode(n), "e": e});
    let good = SigningKey::from_der(Algorithm::RS256, &jose::generate::rsa(2048).expect("a key")).expect("a key");
    let n = jose::b64::decode(jwk(&good)["n"].as_str().expect("n"), "n").expect("n");
    assert!(PublicKey::read(&rsa(&n, "AQAB")).is_ok());
    assert!(why(rsa(&n, "Aw")).contains("exponent is under 65537"));
    assert!(why(rsa(&n, "AQAA")).contains("exponent is even"));
    // 0xff… is a multiple of 3.
    assert!(why(rsa(&[0xff; 256], "AQAB")).contains("small prime factor"));
    let prime = (num_bigint::BigUint::from(2_u8).pow(2203) - 1_u8).to_bytes_be();
    let prime = PublicKey::examine(&rsa(&prime, "AQAB")).map(drop).expect_err("refused").to_string();
    assert!(prime.contains("a prime, a power"), "{prime}");
    assert!(PublicKey::examine(&rsa(&n, "AQAB")).is_ok() && PublicKey::examine(&jwk(&key("k"))).is_ok());
    for octets in [1025, 1026, 2048] {
        assert!(why(rsa(&vec![0xfd; octets], "AQAB")).contains("more than 8192 bits"), "{octets}");
    }
}

#[test]
fn a_chain_takes_no_key_that_the_registry_refuses() {
    let mut weak = jwk(&key("k"));
    weak["use"] = json!("enc");
    for (kid, jwk) in [("k", weak), ("other", jwk(&key("k")))] {
        let (kid, valid_from) = (kid.to_owned(), Moment::from_ms(DAY));
        let change = Change::KeyAdded { kid, jwk, valid_from, valid_until: None, proof: None, word: Word::Operator };
        assert!(matches!(Chain::of_a_role().add(DAY, change).role(), Err(ChainError::Impossible { seq: 2, .. })));
    }
}

#[test]
fn a_proof_counts_for_its_key_its_role_and_its_nonce_alone() {
    let (mine, other) = (key("k"), key("o"));
    let thumbprint = PublicKey::read(&jwk(&mine)).expect("a key").thumbprint;
    let proof = proof::make(&mine, &thumbprint, "role-1", "nonce").expect("a proof");
    assert_eq!(proof::check(&proof, mine.verifying_key(), &thumbprint, "role-1"), Ok("nonce".to_owned()));
    let check = |key: &SigningKey, jkt: &str, role: &str| {
        proof::check(&proof, key.verifying_key(), jkt, role).expect_err("refused").to_string()
    };
    assert_eq!(check(&other, &thumbprint, "role-1"), "its signature is not of the key");
    assert_eq!(check(&mine, "other", "role-1"), "its claim \"jkt\" is missing or not what it must be");
    assert_eq!(check(&mine, &thumbprint, "role-2"), "its claim \"sub\" is missing or not what it must be");
    let voucher = voucher::make(&mine, "role-1", &thumbprint).expect("a voucher");
    let refused = proof::check(&voucher, mine.verifying_key(), &thumbprint, "role-1");
    assert_eq!(refused, Err(proof::ProofError::Form("key-proof+jwt")), "a voucher is no proof");
}

#[test]
fn a_previous_key_vouches_while_it_counts() {
    let (old, new) = (key("old"), key("new"));
    let read = PublicKey::read(&jwk(&new)).expect("a key");
    let mut chain = Chain::of_a_role();
    chain.add_key(DAY, &old);
    let role = chain.role().expect("a chain");
    let jws = voucher::make(&old, "role-1", &read.thumbprint).expect("a voucher");
    let word = |jws: &str, role: &Role, now: i64| {
        Voucher::PreviousKey { jws: jws.to_owned() }.check(role, &read.key, &read.thumbprint, Moment::from_ms(now))
    };
    let stands = word(&jws, &role, 2 * DAY).expect("a word");
    assert_eq!((stands.grade(), json!(stands)["kid"].as_str()), ("previous-key", Some("old")));
    assert!(word(&jws, &role, 0).is_err(), "before it counts");
    let a_proof = proof::make(&old, &read.thumbprint, "role-1", "nonce").expect("a proof");
    assert_eq!(
        word(&a_proof, &role, 2 * DAY).err(),
        Some(voucher::VoucherError::Statement(proof::ProofError::Form("key-voucher+jwt"))),
        "a proof is no voucher"
    );
    let by_itself = voucher::make(&new, "role-1", &read.thumbprint).expect("a voucher");
    assert!(word(&by_itself, &role, 2 * DAY).is_err(), "a key can't vouch for itself");
    let for_another = voucher::make(&old, "role-2", &read.thumbprint).expect("a voucher");
    assert!(word(&for_another, &role, 2 * DAY).is_err());
}

#[test]
fn a_certificate_vouches_for_the_key_that_is_in_it() {
    let der = jose::generate::ec(jose::Curve::P256).expect("a key");
    let mine = SigningKey::from_der(Algorithm::ES256, &der).expect("a key");
    let certificate = jose::certificate::self_signed("Bank", Algorithm::ES256, &der, 0, 4_000_000_000).expect("one");
    let x5c = vec![jose::b64::encode_standard(certificate)];
    assert_eq!(voucher::certified(&x5c, mine.verifying_key()), Ok("CN=Bank".to_owned()));
    assert!(voucher::certified(&x5c, key("o").verifying_key()).is_err());
    assert!(voucher::certified(&[], mine.verifying_key()).is_err());
    assert!(voucher::certified(&["%%".to_owned()], mine.verifying_key()).is_err());
}

#[test]
fn times_have_one_spelling() {
    let at: Moment = serde_json::from_value(json!("2026-11-26T21:24:33.123Z")).expect("a time");
    assert_eq!(at.to_string(), "2026-11-26T21:24:33.123Z");
    assert_eq!(Moment::parse("2026-11-26T22:24:33.123+01:00"), Some(at));
    for odd in ["2026-11-26T21:24:33Z", "2026-11-26T21:24:33.123+00:00", "2026-11-26", "1969-01-01T00:00:00.000Z"] {
        assert!(serde_json::from_value::<Moment>(json!(odd)).is_err(), "{odd}");
    }
}
