//! Messages signed and judged, by each profile and against each check.

use jose::{Algorithm, SigningKey, generate};
use serde_json::{Value, json};

use crate::cause;
use crate::profile::{PROFILES, Profile, Rule};
use crate::{Code, Message, Receiver, Sender, SenderKey, SignError, Signing, judge, request_digest, sign};

mod profiles;

const NOW: i64 = 1_800_000_000;
const BODY: &[u8] = br#"{"metadata": {"requestId": "r-1"}, "amount": 10.50}"#;
const RECEIVER: Receiver<'static> = Receiver { id: "lender-1", origin: "https://lender.example" };

fn key(algorithm: Algorithm, kid: &str) -> SigningKey {
    let der = match algorithm {
        Algorithm::EdDSA => generate::ed25519(),
        Algorithm::ES256 => generate::ec(jose::Curve::P256),
        _ => generate::rsa(2048),
    };
    SigningKey::from_der(algorithm, &der.unwrap()).unwrap().with_kid(kid)
}

fn registered(key: &SigningKey) -> SenderKey {
    let kid = key.kid().to_owned();
    SenderKey { kid, key: key.verifying_key().clone(), valid_from: 0, valid_until: None, revoked_since: None }
}

fn sender(keys: &[&SigningKey]) -> Sender {
    Sender {
        id: "agent-1".to_owned(),
        approved: true,
        keys: keys.iter().map(|key| registered(key)).collect(),
        issuer: Some("0015800001041RHAAY/agent".to_owned()),
        anchor: Some("openbanking.org.uk".to_owned()),
    }
}

fn profile(name: &str) -> &'static Profile {
    Profile::find(name).unwrap()
}

/// A message with these headers.
fn message<'m>(headers: &'m [(&'m str, &'m [u8])], body: &'m [u8]) -> Message<'m> {
    Message { headers, method: "POST", target: "/v4/loans?x=1", body, answers: None }
}

fn signed(profile: &Profile, key: &SigningKey, body: &[u8]) -> String {
    let signing = Signing {
        profile,
        key,
        now: NOW,
        unique: "once",
        receiver: Some(RECEIVER),
        issuer: Some("0015800001041RHAAY/agent"),
        anchor: Some("openbanking.org.uk"),
    };
    sign(&signing, &message(&[], body)).unwrap()
}

fn code(profile: &Profile, sender: &Sender, signature: &str, body: &[u8]) -> Code {
    let headers = [("X-JWS-Signature", signature.as_bytes())];
    judge(profile, Some(sender), &message(&headers, body), Some(&RECEIVER), NOW).verdict.code
}

/// Signs a header of our own making.
fn by_hand(key: &SigningKey, header: &Value, body: &[u8]) -> String {
    let payload = match header.get("b64") == Some(&json!(false)) {
        true => jose::detached::Payload::Unencoded,
        false => jose::detached::Payload::Encoded,
    };
    jose::detached::sign_as(&header.to_string(), body, payload, key).unwrap()
}

#[test]
fn what_each_profile_signs_it_finds_good_with_and_without_a_body() {
    for (name, _) in PROFILES {
        let profile = profile(name);
        for algorithm in profile.algorithms.iter().filter_map(|name| Algorithm::parse(name)) {
            let key = key(algorithm, "k");
            for body in [BODY, b""] {
                let signature = signed(profile, &key, body);
                assert_eq!(code(profile, &sender(&[&key]), &signature, body), Code::Ok, "{name} {}", algorithm.name());
            }
        }
    }
}

#[test]
fn a_message_without_a_body_is_signed_over_its_target() {
    let key = key(Algorithm::ES256, "k");
    let signature = signed(profile("strict"), &key, b"");
    let headers = [("x-jws-signature", signature.as_bytes())];
    let other = Message { target: "/v4/loans?x=2", ..message(&headers, b"") };
    let judged = judge(profile("strict"), Some(&sender(&[&key])), &other, None, NOW);
    assert_eq!(judged.verdict.code, Code::SignatureInvalid);
}

#[test]
fn the_negative_tests_of_a_certification_are_refused() {
    let own = key(Algorithm::RS256, "k");
    let foreign = key(Algorithm::RS256, "k");
    let profile = profile("rebit");
    let sender = sender(&[&own]);
    let good = signed(profile, &own, BODY);
    assert_eq!(code(profile, &sender, &signed(profile, &foreign, BODY), BODY), Code::SignatureInvalid);
    let altered = [&BODY[..BODY.len() - 1], b" }"].concat();
    assert_eq!(code(profile, &sender, &good, &altered), Code::SignatureInvalid);
    for at in [0, good.find("..").unwrap() + 2, good.len() - 1] {
        let mut less = good.clone();
        less.remove(at);
        let mut more = good.clone();
        more.insert(at, 'A');
        for bad in [less, more] {
            let code = code(profile, &sender, &bad, BODY);
            assert!(matches!(code, Code::SignatureInvalid | Code::SignatureMalformed), "{bad}: {code:?}");
        }
    }
}

#[test]
fn each_check_says_its_own_code() {
    let key = key(Algorithm::ES256, "k");
    let sender = sender(&[&key]);
    let strict = json!({"alg": "ES256", "kid": "k", "b64": false, "crit": ["b64"]});
    let with = |name: &str, value: Value| {
        let mut header = strict.clone();
        header[name] = value;
        header
    };
    let without = |name: &str| {
        let mut header = strict.clone();
        header.as_object_mut().unwrap().shift_remove(name);
        header
    };
    for (header, expected) in [
        (strict.clone(), Code::Ok),
        (with("alg", json!("HS256")), Code::AlgorithmNotAllowed),
        (with("alg", json!("none")), Code::AlgorithmNotAllowed),
        (with("alg", json!("ES512")), Code::AlgorithmNotAllowed),
        (with("alg", json!("RS256")), Code::AlgorithmNotAllowed),
        (without("alg"), Code::SignatureMalformed),
        (without("crit"), Code::CritMissing),
        (with("crit", json!([])), Code::SignatureMalformed),
        (with("crit", json!("b64")), Code::SignatureMalformed),
        (with("crit", json!(["b64", "b64"])), Code::SignatureMalformed),
        (with("crit", json!(["b64", "absent"])), Code::SignatureMalformed),
        (with("crit", json!(["b64", "alg"])), Code::CritUnknown),
        (with("b64", json!(true)), Code::B64Mismatch),
        (with("b64", json!("false")), Code::SignatureMalformed),
        (without("kid"), Code::KidMissing),
        (with("kid", json!("other")), Code::KidUnknown),
        (with("kid", json!(7)), Code::SignatureMalformed),
    ] {
        assert_eq!(code(profile("strict"), &sender, &by_hand(&key, &header, BODY), BODY), expected, "{header}");
    }
    let encoded = by_hand(&key, &json!({"alg": "ES256", "kid": "k", "b64": true}), BODY);
    assert_eq!(code(profile("encoded"), &sender, &encoded, BODY), Code::B64Mismatch);
}

#[test]
fn a_signature_header_is_there_once_and_detached() {
    let key = key(Algorithm::RS256, "k");
    let sender = sender(&[&key]);
    let ocen = profile("ocen");
    let good = signed(ocen, &key, BODY);
    let judged =
        |headers: &[(&str, &[u8])]| judge(ocen, Some(&sender), &message(headers, BODY), None, NOW).verdict.code;
    assert_eq!(judged(&[("Signature", good.as_bytes())]), Code::Ok);
    assert_eq!(judged(&[("digest", good.as_bytes())]), Code::SignatureMissing);
    let missing = judge(ocen, Some(&sender), &message(&[], BODY), None, NOW).verdict.detail;
    assert_eq!(missing, "The message has no signature: its profile has it in the header x-jws-signature or signature");
    assert_eq!(
        judged(&[("signature", good.as_bytes()), ("x-jws-signature", good.as_bytes())]),
        Code::SignatureMalformed
    );
    assert_eq!(judged(&[("signature", good.as_bytes()), ("Signature", good.as_bytes())]), Code::SignatureMalformed);
    assert_eq!(judged(&[("signature", format!("{good}, {good}").as_bytes())]), Code::SignatureMalformed);
    assert_eq!(judged(&[("signature", good.replace("..", ".e30.").as_bytes())]), Code::PayloadAttached);
    assert_eq!(judged(&[("signature", good.replace("..", ".").as_bytes())]), Code::SignatureMalformed);
    assert_eq!(judged(&[("signature", format!(" {good}").as_bytes())]), Code::SignatureMalformed);
    assert_eq!(judged(&[("signature", b"\xff\xfe")]), Code::SignatureMalformed);
    assert_eq!(judged(&[("signature", b"")]), Code::SignatureMalformed);
}

#[test]
fn who_sends_comes_before_what_is_sent() {
    let key = key(Algorithm::ES256, "k");
    let mut sender = sender(&[&key]);
    let judged =
        |sender: Option<&Sender>| judge(profile("strict"), sender, &message(&[], BODY), None, NOW).verdict.code;
    assert_eq!(judged(None), Code::ParticipantUnknown);
    assert_eq!(judged(Some(&sender)), Code::SignatureMissing);
    sender.approved = false;
    assert_eq!(judged(Some(&sender)), Code::ParticipantNotApproved);
}

#[test]
fn a_key_counts_from_its_first_second_to_the_one_before_its_last() {
    let key = key(Algorithm::ES256, "k");
    let signature = signed(profile("strict"), &key, BODY);
    let judged = |change: fn(&mut SenderKey)| {
        let mut sender = sender(&[&key]);
        change(&mut sender.keys[0]);
        code(profile("strict"), &sender, &signature, BODY)
    };
    assert_eq!(judged(|k| k.valid_from = NOW), Code::Ok);
    assert_eq!(judged(|k| k.valid_from = NOW + 1), Code::KeyNotYetValid);
    assert_eq!(judged(|k| k.valid_until = Some(NOW + 1)), Code::Ok);
    assert_eq!(judged(|k| k.valid_until = Some(NOW)), Code::KeyEnded);
    assert_eq!(judged(|k| k.revoked_since = Some(NOW + 1)), Code::Ok);
    assert_eq!(judged(|k| k.revoked_since = Some(NOW)), Code::KeyRevoked);
}

#[test]
fn of_a_key_that_does_not_count_it_is_told_from_when_on() {
    let key = key(Algorithm::ES256, "k");
    let signature = signed(profile("strict"), &key, BODY);
    let told = |change: fn(&mut SenderKey)| {
        let mut sender = sender(&[&key]);
        change(&mut sender.keys[0]);
        let headers = [("x-jws-signature", signature.as_bytes())];
        judge(profile("strict"), Some(&sender), &message(&headers, BODY), None, NOW).verdict.detail
    };
    assert_eq!(told(|k| k.valid_from = NOW + 60), "The key is not valid yet: it is from 2027-01-15T08:01:00Z on");
    let ended = "The key has ended at 2027-01-15T07:59:00Z: sign with its successor";
    assert_eq!(told(|k| k.valid_until = Some(NOW - 60)), ended);
    let revoked = "The key is revoked since 2027-01-15T08:00:00Z: sign with another one that is registered";
    assert_eq!(told(|k| k.revoked_since = Some(NOW)), revoked);
    assert_eq!(told(|k| k.revoked_since = Some(i64::MIN)), Code::KeyRevoked.sentence(), "no time is told");
}

#[test]
fn without_a_kid_four_valid_keys_are_tried_and_no_more() {
    let own = key(Algorithm::RS256, "");
    let others: Vec<SigningKey> = (0..4).map(|n| key(Algorithm::RS256, &format!("other-{n}"))).collect();
    let ocen = profile("ocen");
    let signature = signed(ocen, &own, BODY);
    let last = own.clone().with_kid("last");
    let of = |n: usize| sender(&others.iter().take(n).chain([&last]).collect::<Vec<_>>());
    assert_eq!(code(ocen, &of(3), &signature, BODY), Code::Ok);
    assert_eq!(code(ocen, &of(4), &signature, BODY), Code::SignatureInvalid);
    assert_eq!(code(ocen, &sender(&[]), &signature, BODY), Code::KidUnknown);
}

#[test]
fn what_a_profile_binds_a_message_to_is_all_it_passes_for() {
    let key = key(Algorithm::ES256, "k");
    let bound = profile("bound");
    let signature = signed(bound, &key, BODY);
    let headers = [("x-jws-signature", signature.as_bytes())];
    let good = message(&headers, BODY);
    let sender = sender(&[&key]);
    let judged = |message: &Message<'_>, receiver: Receiver<'_>, at: i64| {
        judge(bound, Some(&sender), message, Some(&receiver), at).verdict.code
    };
    assert_eq!(judged(&good, RECEIVER, NOW), Code::Ok);
    assert_eq!(judged(&good, Receiver { id: "lender-2", ..RECEIVER }, NOW), Code::ClaimInvalid);
    assert_eq!(judged(&good, Receiver { origin: "https://other.example", ..RECEIVER }, NOW), Code::ClaimInvalid);
    assert_eq!(judged(&Message { method: "PUT", ..good }, RECEIVER, NOW), Code::ClaimInvalid);
    assert_eq!(judged(&Message { target: "/v4/loans", ..good }, RECEIVER, NOW), Code::ClaimInvalid);
    for (at, expected) in
        [(NOW + 300, Code::Ok), (NOW + 301, Code::TooOld), (NOW - 300, Code::Ok), (NOW - 301, Code::TooOld)]
    {
        assert_eq!(judged(&good, RECEIVER, at), expected);
    }
    assert_eq!(judge(bound, Some(&sender), &good, None, NOW).verdict.code, Code::ClaimInvalid);
    let bare = json!({"alg": "ES256", "kid": "k", "b64": false, "crit": ["b64"]});
    assert_eq!(code(bound, &sender, &by_hand(&key, &bare, BODY), BODY), Code::CritMissing);
}

#[test]
fn the_same_message_has_the_same_digest_and_another_has_not() {
    let key = key(Algorithm::ES256, "k");
    let strict = profile("strict");
    let digest = |signature: &str, body: &[u8]| {
        let headers = [("x-jws-signature", signature.as_bytes())];
        judge(strict, Some(&sender(&[&key])), &message(&headers, body), None, NOW).signed_digest
    };
    let (once, again) = (signed(strict, &key, BODY), signed(strict, &key, BODY));
    assert_ne!(once, again, "ECDSA signs with a random number");
    assert_eq!(digest(&once, BODY), digest(&again, BODY));
    assert_ne!(digest(&once, BODY), digest(&once, b"other"));
}

#[test]
fn the_likely_cause_of_a_wrong_signature_is_found() {
    let key = key(Algorithm::ES256, "k");
    let next = key_of_rotation();
    let strict = profile("strict");
    let spaced = br#"{"a": 1, "b": [1, 2]}"#;
    let compact = br#"{"a":1,"b":[1,2]}"#;
    let cause = |signature: &str, body: &[u8], sender: &Sender, others: &[(&str, &jose::VerifyingKey)]| {
        let headers = [("x-jws-signature", signature.as_bytes())];
        let message = message(&headers, body);
        assert_eq!(judge(strict, Some(sender), &message, None, NOW).verdict.code, Code::SignatureInvalid);
        cause::find(strict, sender, &message, others).unwrap_or_default()
    };
    let own = sender(&[&key, &next]);
    let of = |body: &[u8]| signed(strict, &key, body);
    assert!(cause(&of(compact), &[compact, b"\n".as_slice()].concat(), &own, &[]).contains("came ends in a newline"));
    assert!(cause(&of(&[compact, b"\n".as_slice()].concat()), compact, &own, &[]).contains("signed ends in a newline"));
    assert!(cause(&of(compact), spaced, &own, &[]).contains("without white space"));
    assert!(cause(&of(spaced), compact, &own, &[]).contains("a blank after each"));
    let rotated = signed(strict, &next.clone().with_kid("k"), compact);
    assert!(cause(&rotated, compact, &own, &[]).contains("\"next\""));
    let encoded = jose::detached::sign_as(
        r#"{"alg":"ES256","kid":"k","b64":false,"crit":["b64"]}"#,
        compact,
        jose::detached::Payload::Encoded,
        &key,
    );
    assert!(cause(&encoded.unwrap(), compact, &own, &[]).contains("base64url was signed"));
    let alone = sender(&[&key]);
    let theirs = next.verifying_key().clone();
    assert!(cause(&rotated, compact, &alone, &[("agent-2", &theirs)]).contains("agent-2"));
    assert_eq!(cause(&of(b"something else"), compact, &alone, &[]), "");
}

fn key_of_rotation() -> SigningKey {
    key(Algorithm::ES256, "next")
}

#[test]
fn what_does_not_go_together_is_not_signed() {
    let nameless = key(Algorithm::ES256, "");
    let signing = Signing {
        profile: profile("strict"),
        key: &nameless,
        now: NOW,
        unique: "once",
        receiver: None,
        issuer: None,
        anchor: None,
    };
    assert_eq!(sign(&signing, &message(&[], BODY)), Err(SignError::NoKid));
    let key = key(Algorithm::ES256, "k");
    let bound = Signing { profile: profile("bound"), key: &key, ..signing };
    assert_eq!(
        sign(&bound, &message(&[], BODY)),
        Err(SignError::Missing { name: "aud".to_owned(), rule: Rule::Receiver })
    );
    let ocen = Signing { profile: profile("ocen"), key: &key, ..signing };
    assert!(matches!(sign(&ocen, &message(&[], BODY)), Err(SignError::Algorithm { .. })));
}

#[test]
fn every_code_has_a_name_of_its_own_and_a_sentence() {
    let mut names: Vec<_> = Code::ALL.iter().map(|code| code.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 22);
    assert!(Code::ALL.iter().all(|code| code.sentence().len() > 20));
}

#[test]
fn an_answer_names_its_request_and_passes_for_nothing_else() {
    let key = key(Algorithm::RS256, "k");
    let sender = sender(&[&key]);
    let (request, another) = (request_digest("POST", "/loans", BODY), request_digest("PUT", "/loans", BODY));
    for name in ["strict", "encoded", "ocen"] {
        let profile = profile(name);
        let signing = Signing { profile, key: &key, now: NOW, unique: "", receiver: None, issuer: None, anchor: None };
        let answer = Message { answers: Some(&request), ..message(&[], BODY) };
        let signature = sign(&signing, &answer).unwrap();
        let plain = sign(&signing, &message(&[], BODY)).unwrap();
        let judged = |signature: &str, answers| {
            let headers = [("x-jws-signature", signature.as_bytes())];
            let message = Message { answers, ..message(&headers, BODY) };
            judge(profile, Some(&sender), &message, None, NOW).verdict.code
        };
        assert_eq!(judged(&signature, Some(&request)), Code::Ok, "{name}");
        assert_eq!(judged(&signature, Some(&another)), Code::ClaimInvalid, "{name}: another request's answer");
        assert_eq!(judged(&signature, None), Code::ClaimInvalid, "{name}: an answer sent as a request");
        assert_eq!(judged(&plain, None), Code::Ok, "{name}");
        let as_plain = if name == "ocen" { Code::Ok } else { Code::ClaimInvalid };
        assert_eq!(judged(&plain, Some(&request)), as_plain, "{name}: what doesn't say that it is an answer");
    }
}

#[test]
fn what_was_signed_for_another_use_is_no_message() {
    let key = key(Algorithm::RS256, "k");
    let sender = sender(&[&key]);
    for typ in [json!("JWT"), json!("at+jwt"), json!("key-proof+jwt"), json!("answer+jws"), json!("")] {
        let header = json!({"alg": "RS256", "kid": "k", "typ": typ});
        let signature = by_hand(&key, &header, BODY);
        assert_eq!(code(profile("encoded"), &sender, &signature, BODY), Code::ClaimInvalid, "{typ}");
    }
    let signature = by_hand(&key, &json!({"alg": "RS256", "kid": "k", "typ": "JOSE"}), BODY);
    assert_eq!(code(profile("encoded"), &sender, &signature, BODY), Code::Ok);
}

#[test]
fn an_answer_that_was_judged_as_a_request_is_told_how_to_say_so() {
    let key = key(Algorithm::RS256, "k");
    let signature = by_hand(&key, &json!({"alg": "RS256", "kid": "k", "typ": "answer+jws", "req": "x"}), BODY);
    let headers = [("x-jws-signature", signature.as_bytes())];
    let judged = judge(profile("encoded"), Some(&sender(&[&key])), &message(&headers, BODY), None, NOW);
    let told = judged.verdict.detail;
    assert!(told.contains("--answers") && told.contains("x-countersign-answers"), "{told}");
}
