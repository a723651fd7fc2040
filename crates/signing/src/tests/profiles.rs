//! What profiles may say: members that may be left out, and what is refused.

use jose::{Algorithm, SigningKey};
use serde_json::{Value, json};

use super::{BODY, NOW, RECEIVER, by_hand, code, key, message, profile, sender, signed};
use crate::profile::{PROFILES, Profile, ProfileError};
use crate::{Code, Judged, Message, SignError, Signing, cause, judge, sign};

/// A profile like one that every realm has, with these members.
fn like(name: &str, members: &Value) -> Profile {
    Profile::parse(&with(name, members)).unwrap()
}

fn with(name: &str, members: &Value) -> String {
    let mut whole = serde_json::to_value(profile(name)).unwrap();
    whole["name"] = "own".into();
    whole.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    whole.to_string()
}

/// A parameter of a name, and what it is.
fn parameter(name: &str, is: &str) -> Value {
    json!({"parameters": [{"name": name, "is": is}]})
}

fn judged(profile: &Profile, key: &SigningKey, signature: &str, message: &Message<'_>) -> Judged {
    let headers = [("x-jws-signature", signature.as_bytes())];
    judge(profile, Some(&sender(&[key])), &Message { headers: &headers, ..*message }, Some(&RECEIVER), NOW)
}

#[test]
fn the_digests_of_profiles_that_say_no_more_than_before_stay_as_they_are_recorded() {
    for (name, digest) in [
        ("strict", "rBI1iDFblL6EZbY0RjxqoAUB1fS2yMhoJXFHYDW_tik"),
        ("ocen", "BjMRbxsa6oeTRTlNgC8IJ7IcfUSHaNVuobyXX0dS2uE"),
        ("rebit", "MdMMiGGmk13y-wLvbTjVof7vz9Rs1KzmVGLTJQziG_k"),
        ("encoded", "UXYGXMQlNPT9K3QKmAgHo1XWDyTuplGVdZ8XBepfEys"),
        ("uk-ob-3.1.3", "-4ReLgg7NuD3aGpVl-rc5Lk7vb9bqXf31VVP7OX6RSs"),
        ("uk-ob-4.0", "PoDsZvgRonv-pmnG7ior2vX7Nljh-buet18aWfJpx8M"),
        ("bound", "gQE3_JlX9a0iIS-SU2RDEn9GVoVgvbsdW9ZSNRv1XL4"),
    ] {
        assert_eq!(jose::b64::encode(profile(name).digest()), digest, "{name}");
    }
    let strict = like("strict", &json!({}));
    let said = like("strict", &json!({"answers": "named", "no_body": "target", "age": null, "coding": "none"}));
    assert_eq!(said.digest(), strict.digest(), "what is so anyway is one profile");
    for member in [json!({"no_body": "refused"}), json!({"coding": "any"})] {
        assert_ne!(like("strict", &member).digest(), strict.digest(), "{member}");
    }
}

#[test]
fn without_a_body_the_target_is_signed_or_no_octets_or_the_message_is_refused() {
    let key = key(Algorithm::ES256, "k");
    let none = message(&[], b"");
    let header = |profile: &Profile| {
        let signature = signed(profile, &key, BODY);
        let (header, _) = signature.split_once('.').unwrap();
        serde_json::from_slice::<Value>(&jose::b64::decode(header, "header").unwrap()).unwrap()
    };
    let empty = like("bound", &json!({"no_body": "empty"}));
    let target = like("bound", &json!({}));
    let over = |octets: &[u8]| by_hand(&key, &header(&empty), octets);
    for (profile, octets, expected) in [
        (&empty, &b""[..], Code::Ok),
        (&empty, none.target.as_bytes(), Code::SignatureInvalid),
        (&target, b"", Code::SignatureInvalid),
        (&target, none.target.as_bytes(), Code::Ok),
    ] {
        assert_eq!(judged(profile, &key, &over(octets), &none).verdict.code, expected, "{octets:?}");
    }
    let signature = signed(&empty, &key, b"");
    assert_eq!(judged(&empty, &key, &signature, &none).verdict.code, Code::Ok);
    let elsewhere = Message { target: "/v4/loans", ..none };
    assert_eq!(judged(&empty, &key, &signature, &elsewhere).verdict.code, Code::ClaimInvalid, "the address is signed");
    let likely = |profile: &Profile, octets: &[u8]| {
        let signature = over(octets);
        let headers = [("x-jws-signature", signature.as_bytes())];
        cause::find(profile, &sender(&[&key]), &message(&headers, b""), &[]).unwrap_or_default()
    };
    assert!(likely(&empty, none.target.as_bytes()).contains("wants no octets signed"));
    assert!(likely(&target, b"").contains("wants the target signed"));
}

#[test]
fn a_profile_that_takes_no_message_without_a_body_signs_none_and_finds_none_good() {
    let key = key(Algorithm::ES256, "k");
    let refused = like("strict", &json!({"no_body": "refused"}));
    let none = message(&[], b"");
    let signing =
        Signing { profile: &refused, key: &key, now: NOW, unique: "once", receiver: None, issuer: None, anchor: None };
    assert_eq!(sign(&signing, &none), Err(SignError::NoBody("own".to_owned())));
    assert_eq!(judged(&refused, &key, &signed(&refused, &key, BODY), &message(&[], BODY)).verdict.code, Code::Ok);
    for octets in [&b""[..], none.target.as_bytes()] {
        let signature = by_hand(&key, &json!({"alg": "ES256", "kid": "k", "b64": false, "crit": ["b64"]}), octets);
        let found = judged(&refused, &key, &signature, &none);
        assert_eq!((found.verdict.code, found.is_signed), (Code::SignatureInvalid, false));
        assert!(found.verdict.detail.contains("without a body"), "{}", found.verdict.detail);
    }
}

#[test]
fn a_signed_time_may_be_off_by_the_age_that_the_profile_says() {
    let key = key(Algorithm::ES256, "k");
    let at = |profile: &Profile, off: i64| {
        let header = json!({"alg": "ES256", "kid": "k", "t": NOW.saturating_sub(off), "b64": false, "crit": ["b64"]});
        let found = judged(profile, &key, &by_hand(&key, &header, BODY), &message(&[], BODY)).verdict;
        (found.code, found.detail.into_owned())
    };
    let (now, past) = (parameter("t", "now"), parameter("t", "past"));
    let aged = |members: &Value, age: i64| {
        let mut members = members.clone();
        members["age"] = age.into();
        like("strict", &members)
    };
    for (profile, late, early) in [
        (like("strict", &now), Some(300), 300),
        (aged(&now, 1), Some(1), 1),
        (aged(&now, 86_400), Some(86_400), 86_400),
        (like("strict", &past), None, 0),
        (aged(&past, 60), Some(60), 0),
    ] {
        assert_eq!(at(&profile, late.unwrap_or(NOW)).0, Code::Ok, "{profile:?}");
        assert_eq!(at(&profile, -early).0, Code::Ok, "{profile:?}");
        assert_eq!(at(&profile, -early - 1).0, Code::TooOld, "{profile:?}");
        if let Some(late) = late {
            assert_eq!(at(&profile, late + 1).0, Code::TooOld, "{profile:?}");
        }
    }
    assert_eq!(at(&like("strict", &now), 900).1, "Signed 900 seconds before the receipt; 300 are allowed");
    let ahead = "Signed 900 seconds after the receipt; 300 are allowed: a clock is wrong";
    assert_eq!(at(&like("strict", &now), -900).1, ahead);
    assert_eq!(at(&like("strict", &past), -900).1, "Signed 900 seconds after the receipt: a clock is wrong");
    assert_eq!(at(&like("strict", &now), i64::MIN).0, Code::TooOld);
}

#[test]
fn a_message_is_remembered_for_as_long_as_its_signed_time_lets_it_pass() {
    let of = |members: Value| like("strict", &members).lasts();
    assert_eq!(of(json!({})), None);
    assert_eq!(of(parameter("t", "past")), None, "of any age");
    assert_eq!(of(parameter("t", "now")), Some(601));
    let aged = |is: &str| of(json!({"parameters": [{"name": "t", "is": is}], "age": 7200}));
    assert_eq!((aged("now"), aged("past")), (Some(14_401), Some(7201)));
    let inside = json!({"times": {"time": "/at", "request_id": null, "trace_id": null}, "age": 60});
    let inside = like("strict", &inside);
    assert_eq!((inside.drift_inside(), inside.lasts()), (60, None));
    assert_eq!(profile("ocen").drift_inside(), 900);
}

#[test]
fn the_octets_as_sent_are_signed_whatever_is_said_of_codings() {
    let key = key(Algorithm::ES256, "k");
    let coded = b"\x1f\x8b\x08 and so on";
    for coding in ["none", "any"] {
        let own = like("strict", &json!({"coding": coding}));
        assert_eq!(code(&own, &sender(&[&key]), &signed(&own, &key, coded), coded), Code::Ok, "{coding}");
    }
}

#[test]
fn a_parameter_that_crit_need_not_name_is_missed_by_its_name() {
    let key = key(Algorithm::ES256, "k");
    let own = like("strict", &parameter("org", "issuer"));
    let header = json!({"alg": "ES256", "kid": "k", "b64": false, "crit": ["b64"]});
    let found = judged(&own, &key, &by_hand(&key, &header, BODY), &message(&[], BODY)).verdict;
    assert_eq!((found.code, &*found.detail), (Code::ClaimMissing, "The header has no \"org\""));
}

#[test]
fn a_profile_that_nothing_could_satisfy_is_refused() {
    let (_, strict) = PROFILES[0];
    let changed = |from: &str, to: &str| Profile::parse(&strict.replace(from, to));
    assert!(matches!(changed("\"ES256\"", "\"HS256\""), Err(ProfileError::Algorithm(_))));
    assert!(matches!(changed("\"ES256\"", "\"none\""), Err(ProfileError::Algorithm(_))));
    assert!(matches!(changed("[\"b64\"]", "[\"b64\", \"exp\"]"), Err(ProfileError::Contradiction(_))));
    assert!(matches!(changed("\"unencoded\"", "\"encoded\""), Err(ProfileError::Contradiction(_))));
    assert!(matches!(changed("x-jws-signature", "X-JWS"), Err(ProfileError::Contradiction(_))));
    assert!(matches!(changed("\"replay\"", "\"reply\""), Err(ProfileError::NotAProfile(_))));
    for (from, to) in [
        ("\"strict\"", "\"\""),
        ("\"strict\"", "\"a/b\""),
        ("[\"b64\"]", "[\"b64\", \"b64\"]"),
        ("x-jws-signature", "authorization"),
        ("x-jws-signature", "x-countersign-signature"),
        ("\"parameters\": []", "\"parameters\": [{\"name\": \"typ\", \"is\": \"unique\"}]"),
    ] {
        assert!(matches!(changed(from, to), Err(ProfileError::Contradiction(_))), "{to}");
    }
    assert_eq!(Profile::parse(strict).unwrap().digest(), profile("strict").digest());
    assert!(PROFILES.iter().all(|(name, _)| profile(name).name == *name));
}

#[test]
fn a_profile_that_bounds_nothing_or_signs_nothing_is_refused() {
    for (members, why) in [
        (json!({"no_body": "empty"}), "one signature would pass"),
        (json!({"age": 60}), "the profile has none"),
        (json!({"age": 60, "times": {"time": null, "request_id": "/id", "trace_id": null}}), "the profile has none"),
        (json!({"age": 0, "parameters": [{"name": "t", "is": "now"}]}), "from 1 to 86400"),
        (json!({"age": 86_401, "parameters": [{"name": "t", "is": "now"}]}), "from 1 to 86400"),
        (json!({"age": -1}), "not a profile"),
        (json!({"age": "60"}), "not a profile"),
        (json!({"no_body": "nothing"}), "not a profile"),
        (json!({"coding": "gzip"}), "not a profile"),
    ] {
        for refused in [Profile::parse(&with("strict", &members)), Profile::recorded(&with("strict", &members))] {
            let refused = refused.unwrap_err().to_string();
            assert!(refused.contains(why), "{members}: {refused}");
        }
    }
}

#[test]
fn what_nobody_should_define_any_more_stays_what_was_judged_by() {
    let times = |time: &str| json!({"times": {"time": time, "request_id": null, "trace_id": null}});
    for (members, why) in [
        (json!({"version": 0}), "from 1 on"),
        (json!({"headers": ["content-length"]}), "of the connection or of the content"),
        (json!({"headers": ["x-jws-signature", "content-type"]}), "of the connection or of the content"),
        (json!({"headers": ["connection"]}), "of the connection or of the content"),
        (json!({"headers": ["transfer-encoding"]}), "of the connection or of the content"),
        (times("x"), "JSON pointers"),
        (times("/a~2b"), "JSON pointers"),
        (times("/a~"), "JSON pointers"),
        (json!({"times": {"time": null, "request_id": "id", "trace_id": null}}), "JSON pointers"),
        (json!({"times": {"time": null, "request_id": null, "trace_id": "id"}}), "JSON pointers"),
    ] {
        let text = with("strict", &members);
        let refused = Profile::parse(&text).unwrap_err().to_string();
        assert!(refused.contains(why), "{members}: {refused}");
        assert!(Profile::recorded(&text).is_ok(), "{members}");
    }
    for good in [times("/a~0b/c~1d"), times(""), json!({"headers": ["contents", "x-content-signature"]})] {
        assert!(Profile::parse(&with("strict", &good)).is_ok(), "{good}");
    }
}
