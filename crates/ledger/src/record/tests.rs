//! Records are read as they were written, and only so.

use serde_json::json;

use super::{
    Asked, Asker, BodyDigest, MessageRecord, Named, ProfileName, RangeRecord, Record as _, ServiceKeyRecord,
    ServiceUse, Version, parse, write,
};
use crate::hash::sha256;
use crate::leaf::Kind;
use crate::text::{Digest, UtcTime};

fn message() -> MessageRecord {
    MessageRecord {
        v: Version,
        kind: Asked::Message,
        recorded_at: UtcTime(1_795_728_273_123),
        participant_role_id: "agent-1".to_owned(),
        participant_id: "org-1".to_owned(),
        kid: "k".to_owned(),
        profile: ProfileName { name: "strict".to_owned(), version: 1, digest: Digest([1; 32]) },
        registry_head: Digest([2; 32]),
        method: "POST".to_owned(),
        target: "/x".to_owned(),
        target_stated_by: "caller".to_owned(),
        body: BodyDigest { sha256: Digest(sha256(b"{}")), length: 2 },
        jws: "a..b".to_owned(),
        token: None,
        request_id: Some("r".to_owned()),
        trace_id: None,
        verdict: "ok".to_owned(),
        signed: true,
        first: None,
        asked_by: Asker { client_id: "lender".to_owned(), participant_role_id: None },
        seen_at: None,
        answers: None,
    }
}

#[test]
fn a_record_begins_with_version_kind_and_time_and_has_no_white_space() {
    let text = String::from_utf8(write(&message()).unwrap()).unwrap();
    let beginning = r#"{"v":1,"kind":"message","recordedAt":"2026-11-26T21:24:33.123Z","participantRoleId":"agent-1","#;
    assert!(text.starts_with(beginning), "{text}");
    assert_eq!(parse::<MessageRecord>(text.as_bytes()), Ok(message()));
}

#[test]
fn another_spelling_is_another_record_and_is_refused() {
    let text = String::from_utf8(write(&message()).unwrap()).unwrap();
    for (from, to) in [
        ("\"v\":1", "\"v\":2"),
        ("\"v\":1", "\"v\": 1"),
        ("\"message\"", "\"range\""),
        ("33.123Z", "33.1230Z"),
        ("33.123Z", "33.123+00:00"),
        ("\"signed\":true", "\"signed\":true,\"more\":1"),
        ("\"signed\":true", "\"signed\":true,\"signed\":true"),
        ("\"signed\":true,", ""),
        ("\"kid\":\"k\"", "\"kid\":\"\\u006b\""),
        ("\"requestId\":\"r\"", "\"requestId\":null"),
    ] {
        assert_ne!(text.replace(from, to), text);
        assert!(parse::<MessageRecord>(text.replace(from, to).as_bytes()).is_err(), "{to}");
    }
}

#[test]
fn a_report_has_the_time_of_its_receiver_and_a_message_has_none() {
    let seen_at = Some(UtcTime(1_795_728_000_000));
    let report = MessageRecord { kind: Asked::Report, seen_at, ..message() };
    let octets = write(&report).unwrap();
    assert_eq!((report.kind(), message().kind()), (Kind::Report, Kind::Message));
    assert_eq!(parse::<MessageRecord>(&octets), Ok(report));
    for odd in [MessageRecord { kind: Asked::Report, ..message() }, MessageRecord { seen_at, ..message() }] {
        assert!(parse::<MessageRecord>(&write(&odd).unwrap()).is_err(), "{odd:?}");
    }
}

#[test]
fn each_kind_of_record_has_its_own_name() {
    let at = UtcTime(0);
    let range = RangeRecord {
        v: Version,
        kind: Named,
        recorded_at: at,
        participant_role_id: "agent-1".to_owned(),
        from: 3,
        to: 9,
        leaves: vec![Digest([7; 32])],
        prev: None,
    };
    let octets = write(&range).unwrap();
    assert!(octets.starts_with(br#"{"v":1,"kind":"range","recordedAt":"1970-01-01T00:00:00.000Z","#));
    assert_eq!(parse::<RangeRecord>(&octets), Ok(range));
    let key = ServiceKeyRecord {
        v: Version,
        kind: Named,
        recorded_at: at,
        kid: "r1".to_owned(),
        jwk: json!({"kty": "OKP", "crv": "Ed25519", "x": "AA"}),
        key_use: ServiceUse::Reply,
        from: at,
    };
    let octets = write(&key).unwrap();
    assert!(octets.ends_with(br#""use":"reply","from":"1970-01-01T00:00:00.000Z"}"#));
    assert_eq!(parse::<ServiceKeyRecord>(&octets), Ok(key));
}
