//! Participants, roles and keys as the Admin API shows them, by the network's names.

use registry::role::Key;
use registry::{Moment, Participant, Role, Status};
use serde::Serialize;
use serde_json::{Map, Value, json};
use store::participants::ParticipantRow;

/// A participant of a list.
pub(super) fn row(row: &ParticipantRow) -> Value {
    let mut out = Map::from_iter([("id".to_owned(), row.id.as_str().into())]);
    if let Ok(Value::Object(said)) = serde_json::from_str(&row.doc) {
        out.extend(said);
    }
    out.insert("seq".to_owned(), row.seq.into());
    out.insert("head".to_owned(), row.head.as_str().into());
    Value::Object(out)
}

/// A participant.
pub(super) fn participant(participant: &Participant) -> Value {
    let mut out = Map::from_iter([("id".to_owned(), participant.id.as_str().into())]);
    out.extend(members(&participant.statement));
    out.insert("updatedOn".to_owned(), json!(participant.head.at));
    out.insert("seq".to_owned(), participant.head.seq.into());
    out.insert("head".to_owned(), participant.head.digest.as_str().into());
    Value::Object(out)
}

/// A role.
pub(super) fn role(role: &Role) -> Value {
    let standings = &role.standings;
    let status = role.status();
    let approved = standings.iter().rev().find(|standing| standing.status == Status::Approved);
    let mut out = Map::new();
    out.insert("id".to_owned(), role.id.as_str().into());
    out.insert("participantId".to_owned(), role.participant_id.as_str().into());
    out.extend(members(&role.settings));
    out.insert("addresses".to_owned(), json!(role.settings.addresses));
    out.insert("productNetworks".to_owned(), json!(role.settings.product_networks));
    out.insert("participantRoleStatus".to_owned(), status.name().into());
    out.insert("isApproved".to_owned(), (status == Status::Approved).into());
    if let Some(standing) = approved {
        out.insert("approvedBy".to_owned(), standing.by.as_str().into());
        out.insert("approvedOn".to_owned(), json!(standing.since));
    }
    if let Some(reason) = standings.last().and_then(|standing| standing.reason.as_deref()) {
        out.insert("reason".to_owned(), reason.into());
    }
    out.insert("createdOn".to_owned(), json!(role.standings.first().map(|standing| standing.since)));
    out.insert("updatedOn".to_owned(), json!(role.head.at));
    out.insert("seq".to_owned(), role.head.seq.into());
    out.insert("head".to_owned(), role.head.digest.as_str().into());
    Value::Object(out)
}

/// A key and its state at a moment.
pub(super) fn key(key: &Key, at: Moment) -> Value {
    let mut out = json!({
        "kid": key.kid,
        "status": key.state(at),
        "jwk": key.jwk,
        "thumbprint": key.thumbprint,
        "addedAt": key.added,
        "validFrom": key.valid_from,
        "isProved": key.is_proved,
        "word": key.word,
    });
    let times = [("validUntil", key.valid_until), ("endedOn", key.ended), ("revokedSince", key.revoked_since)];
    if let Some(members) = out.as_object_mut() {
        for (name, time) in times {
            members.extend(time.map(|time| (name.to_owned(), json!(time))));
        }
        members.extend(key.reason.as_deref().map(|reason| ("reason".to_owned(), reason.into())));
    }
    out
}

fn members(what: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(what) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}
