//! The realm's verdicts, with entries and receipts.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use jose::{b64, digest};
use ledger::record::{Asker, BodyDigest, MessageRecord, ProfileName, Record as _, Version};
use ledger::text::{Digest, Octets, UtcTime};
use ledger::{Leaf, Receipt, leaf};
use serde_json::{Value, json};
use signing::profile::Replay;
use signing::{Message, Sender, SenderKey, judge};

use super::realm::Realm;
use super::replies::Asked;

pub(super) async fn verify(
    State(realm): State<Realm>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let asked = match Asked::note(&realm, &method, &uri, &body) {
        Ok(asked) => asked,
        Err(away) => return away.into_response(),
    };
    let verdict = verdict(&realm, &headers, &body, None);
    {
        let mut state = realm.state();
        if state.lost_answers > 0 {
            state.lost_answers -= 1;
            return StatusCode::BAD_GATEWAY.into_response();
        }
    }
    asked.answer(&realm, StatusCode::OK, &verdict)
}

pub(super) async fn check(
    State(realm): State<Realm>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let asked = match Asked::note(&realm, &method, &uri, &body) {
        Ok(asked) => asked,
        Err(away) => return away.into_response(),
    };
    let token = jose::Compact::parse(headers["x-countersign-token"].to_str().unwrap()).unwrap();
    let mut claims = Value::Object(token.claims().unwrap());
    let active =
        token.verify(realm.0.key.verifying_key()).is_ok() && claims["exp"].as_i64().unwrap() > realm.now_ms() / 1000;
    claims["active"] = active.into();
    let token = if active { claims } else { json!({"active": false}) };
    let message = verdict(&realm, &headers, &body, None);
    asked.answer(&realm, StatusCode::OK, &json!({"token": token, "message": message}))
}

/// The verdict on a message that was reported.
pub(super) fn of_envelope(realm: &Realm, envelope: &Value) -> Value {
    let text = |name: &str| envelope[name].as_str().unwrap().to_owned();
    let mut headers = HeaderMap::new();
    let mut put = |name: &str, value: &str| {
        headers.insert(HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
    };
    for (name, value) in envelope["headers"].as_object().unwrap() {
        put(name, value.as_str().unwrap());
    }
    put("x-countersign-sender", &text("participantId"));
    put("x-countersign-method", &text("method"));
    put("x-countersign-target", &text("target"));
    put("idempotency-key", &b64::encode(digest::sha256(envelope.to_string().as_bytes())));
    let seen_at = UtcTime::parse(&text("seenAt")).filter(|_| !realm.state().forgets_reports);
    verdict(realm, &headers, &b64::decode(text("body"), "body").unwrap(), seen_at)
}

const SALT: [u8; 32] = [7; 32];

fn verdict(realm: &Realm, headers: &HeaderMap, body: &[u8], seen_at: Option<UtcTime>) -> Value {
    let now_ms = realm.now_ms();
    let stated = |name: &str| headers[name].to_str().unwrap().to_owned();
    let once = stated("idempotency-key");
    let mut state = realm.state();
    if let Some(before) = state.answered.get(&once) {
        let mut again = before.clone();
        again["repeated"] = true.into();
        return again;
    }
    let (id, method, target) =
        (stated("x-countersign-sender"), stated("x-countersign-method"), stated("x-countersign-target"));
    let one = state.participants.get(&id).unwrap().clone();
    let date = |name: &str| {
        one.key_record.get(name).map(|at| at.as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_second())
    };
    let key = SenderKey {
        kid: one.key.kid().to_owned(),
        key: one.key.verifying_key().clone(),
        valid_from: 0,
        valid_until: date("validUntil"),
        revoked_since: date("revokedSince"),
    };
    let sender = Sender { id: id.clone(), approved: one.status == "APPROVED", keys: vec![key], ..Sender::default() };
    let pairs: Vec<(&str, &[u8])> = headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    let answers = headers.get("x-countersign-answers").map(|digest| digest.to_str().unwrap());
    let message = Message { headers: &pairs, method: &method, target: &target, body, answers };
    // What a message's audience is, the receivers of these tests have checked already.
    let local = signing::Profile { parameters: Vec::new(), ..one.profile.clone() };
    let local = signing::Profile {
        crit: signing::profile::Crit {
            must: Vec::new(),
            may: one.profile.crit.must.iter().chain(&one.profile.crit.may).cloned().collect(),
        },
        ..local
    };
    let judged = judge(&local, Some(&sender), &message, None, now_ms / 1000);
    let mut answer = json!({
        "valid": judged.verdict.is_ok(), "code": judged.verdict.code.name(), "detail": judged.verdict.detail,
        "participantId": format!("{id}-organisation"), "participantRoleId": id, "kid": judged.kid,
        "receivedAt": "2026-01-01T00:00:00.000Z", "entry": null, "repeated": false,
    });
    if !judged.verdict.is_ok() {
        return answer;
    }
    let signed = judged.signed_digest.unwrap();
    if one.profile.replay == Replay::Refused && state.recorded.contains(&signed) {
        answer["valid"] = false.into();
        answer["code"] = "replayed".into();
        return answer;
    }
    state.recorded.push(signed);
    let jws = one.profile.headers.iter().find_map(|name| headers.get(name)).unwrap().to_str().unwrap();
    let shown: &[u8] = if state.wrong_record { b"another body" } else { body };
    let record = MessageRecord {
        v: Version,
        kind: ledger::record::Asked::of(seen_at),
        recorded_at: UtcTime(u64::try_from(now_ms).unwrap()),
        participant_role_id: id.clone(),
        participant_id: format!("{id}-organisation"),
        kid: one.key.kid().to_owned(),
        profile: ProfileName { name: one.profile.name.clone(), version: 1, digest: Digest([1; 32]) },
        registry_head: Digest([2; 32]),
        method,
        target,
        target_stated_by: "caller".to_owned(),
        body: BodyDigest {
            sha256: Digest(digest::sha256(shown).try_into().unwrap()),
            length: u64::try_from(shown.len()).unwrap(),
        },
        jws: jws.to_owned(),
        token: None,
        request_id: None,
        trace_id: None,
        verdict: "ok".to_owned(),
        signed: true,
        first: None,
        asked_by: Asker { client_id: "lender-client".to_owned(), participant_role_id: None },
        seen_at,
        answers: answers.map(|digest| Digest(b64::decode(digest, "digest").unwrap().try_into().unwrap())),
    };
    let (kind, record) = (record.kind(), ledger::record::write(&record).unwrap());
    let nonce = jose::random::bytes(16).unwrap().try_into().unwrap();
    let commitment = leaf::commit(&SALT, &record);
    let leaf = Leaf { kind, at_ms: u64::try_from(now_ms).unwrap(), nonce, commitment };
    state.leaves.push(leaf.id());
    let origin = realm.log_key().name().to_owned();
    let note = realm.checkpoint(state.head());
    answer["entry"] = json!({"id": b64::encode(leaf.id())});
    let receipt = Receipt {
        origin,
        leaf: Octets(leaf.to_bytes().to_vec()),
        salt: Digest(SALT),
        record: Octets(record),
        received_at: UtcTime(leaf.at_ms),
        checkpoint: Some(note.to_string()),
        max_delay_seconds: 1,
    };
    answer["receipt"] = serde_json::to_value(receipt).unwrap();
    state.answered.insert(once, answer.clone());
    answer
}
