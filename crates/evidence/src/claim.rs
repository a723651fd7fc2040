//! What is claimed besides the messages themselves: that they belong together, that they are all there are, and which
//! tokens came with them.

use std::collections::HashSet;

use jose::{Compact, Jwk, VerifyingKey};
use ledger::hash::{Hash, sha256};
use ledger::note;
use ledger::record::{RangeRecord, ServiceKeyRecord, ServiceUse};
use ledger::text::Digest;
use serde_json::Value;

use crate::bundle::{Bundle, Claim, MOST_OTHERS, Token};
use crate::chain::Chain;
use crate::log::Log;
use crate::message::Recorded;
use crate::report::Report;

/// Octets of a log's name, at most.
const LONGEST_ORIGIN: usize = 255;

pub(crate) fn judge(bundle: &Bundle, log: &Log, chains: &[Chain<'_>], messages: &[Recorded], report: &mut Report) {
    match &bundle.claim {
        Claim::Messages => {}
        Claim::Conversation { request_id, other_origins } => {
            report.claim("conversation", format!("the messages belong together by the request id {request_id:?}"));
            match messages.iter().all(|message| message.record.request_id.as_ref() == Some(request_id)) {
                true => report
                    .prove("conversation", format!("each record, made when its message came, carries {request_id:?}")),
                false => report.refute("conversation", format!("a message does not carry {request_id:?}")),
            }
            if can_be_named("conversation", &bundle.origin, other_origins, report) && !other_origins.is_empty() {
                let others = other_origins.join(", ");
                report.state(
                    "conversation",
                    format!(
                        "by whoever made the bundle: messages with this request id are also in {others}, and this tells nothing \
                         of those"
                    ),
                );
            }
        }
        Claim::Range { participant_role_id: role, from, to, other_origins, left_at } => {
            let origin = &bundle.origin;
            report.claim(
                "range",
                format!("these are all messages of {role} in the log {origin}, from index {from} to before {to}"),
            );
            elsewhere(origin, other_origins, report);
            if let Some(leaves) = left_at {
                report.state("range", left(*leaves, *to));
            }
            match complete(bundle, log, chains, messages, (role, *from, *to)) {
                Ok(count) => {
                    report.prove("range", format!("the role's range records name {count} leaves, all are here"));
                }
                Err(why) => report.refute("range", why),
            }
        }
    }
    idle(bundle, log, chains, messages, report);
    for (n, token) in bundle.tokens.iter().enumerate() {
        let about = format!("token {}", n + 1);
        match judge_token(bundle, log, messages, token) {
            Ok(text) => report.prove(&about, text),
            Err(why) => report.refute(&about, why),
        }
    }
}

/// Whether these are names of other logs than that of this origin, each once.
fn can_be_named(claim: &str, origin: &str, others: &[String], report: &mut Report) -> bool {
    if others.len() > MOST_OTHERS || !others.iter().all(|other| note::is_name(other) && other.len() <= LONGEST_ORIGIN) {
        report.refute(claim, "other logs are named that can't be: too many, or with no log's name".to_owned());
        return false;
    }
    let mut names: Vec<&str> = others.iter().map(String::as_str).chain([origin]).collect();
    names.sort_unstable();
    names.dedup();
    if names.len() <= others.len() {
        report.refute(claim, "another log of the realm is named twice, or is this one".to_owned());
    }
    true
}

/// Says of which logs a range tells nothing.
fn elsewhere(origin: &str, others: &[String], report: &mut Report) {
    if !can_be_named("range", origin, others, report) {
        return;
    }
    let text = match others.is_empty() {
        true => format!("by whoever made the bundle: no log of the realm is named but {origin}"),
        false => format!(
            "by whoever made the bundle: the realm also had {}, and this tells nothing of those",
            others.join(", ")
        ),
    };
    report.state("range", text);
}

/// Says of which leaves of a log that was left a range tells nothing.
fn left(leaves: u64, to: u64) -> String {
    let text = format!("by whoever made the bundle: another log goes on from this one's head of {leaves} leaves");
    match leaves > to {
        true => format!("{text}, and this tells nothing of those from index {to} on"),
        false => text,
    }
}

/// What nothing here rests on has no place in a bundle: nobody would have looked whether it is true.
fn idle(bundle: &Bundle, log: &Log, chains: &[Chain<'_>], messages: &[Recorded], report: &mut Report) {
    let claimed = match &bundle.claim {
        Claim::Range { participant_role_id, .. } => Some(participant_role_id),
        Claim::Messages | Claim::Conversation { .. } => None,
    };
    for role in chains.iter().map(|chain| &chain.role.id) {
        let is_of = |message: &Recorded| {
            let record = &message.record;
            record.participant_role_id == *role || record.asked_by.participant_role_id.as_ref() == Some(role)
        };
        if claimed != Some(role) && !messages.iter().any(is_of) {
            report.refute("chains", format!("no message is {role}'s, or was asked about by it"));
        }
    }
    for text in &bundle.profiles {
        let digest = Digest(sha256(&text.0));
        if !messages.iter().any(|message| message.record.profile.digest == digest) {
            report.refute("profiles", "the bundle defines a profile that no message was judged by".to_owned());
        }
    }
    if !bundle.ranges.is_empty() && !matches!(bundle.claim, Claim::Range { .. }) {
        report.refute("range", "there are range records, and no claim that needs them".to_owned());
    }
    for entry in &bundle.service_keys {
        if let Err(why) = log.read::<ServiceKeyRecord>(entry) {
            report.refute("service keys", why);
        }
    }
}

/// Follows the role's range records, without a gap, over the stretch that is claimed.
fn complete(
    bundle: &Bundle,
    log: &Log,
    chains: &[Chain<'_>],
    messages: &[Recorded],
    (role, from, to): (&str, u64, u64),
) -> Result<usize, String> {
    let of_chains = chains.iter().flat_map(|chain| chain.leaves().iter().copied());
    let shown: HashSet<Hash> = messages.iter().map(|message| message.id).chain(of_chains).collect();
    let mut before: Option<(u64, Digest)> = None;
    let mut named = HashSet::new();
    let mut first = None;
    for entry in &bundle.ranges {
        let (_, record) = log.read::<RangeRecord>(entry)?;
        // It tells of what was there before it: nothing else could have been counted.
        if record.participant_role_id != role || record.from >= record.to || record.to > entry.index {
            return Err("a range record is of another role, or of no stretch of the log before it".to_owned());
        }
        if record.prev.is_none() != (record.from == 0) {
            return Err("a range record is not the role's first, and names none before it".to_owned());
        }
        match before {
            Some((end, digest)) if record.from != end || record.prev != Some(digest) => {
                return Err("a range record does not go on where the one before ends".to_owned());
            }
            Some(_) => {}
            None => first = Some(record.from),
        }
        before = Some((record.to, Digest(sha256(&entry.record.0))));
        named.extend(record.leaves);
    }
    let end = before.map_or(0, |(end, _)| end);
    if from >= to || to > log.size() {
        return Err("what is claimed is no stretch of the log".to_owned());
    }
    if first.is_none_or(|first| first > from) || end < to {
        return Err("the range records do not cover what is claimed".to_owned());
    }
    let missing = named.iter().filter(|leaf| !shown.contains(&leaf.0)).count();
    if missing > 0 {
        return Err(format!("{missing} leaves that the role's range records name are not here"));
    }
    let inside =
        |message: &&Recorded| message.record.participant_role_id == role && (from..to).contains(&message.index);
    match messages.iter().filter(inside).all(|message| named.contains(&Digest(message.id))) {
        true => Ok(named.len()),
        false => Err("a message of the role is not named by its range records".to_owned()),
    }
}

/// The `jti` of a token without its signature; "" where it has none.
fn jti_of(signing_input: &str) -> String {
    let claims = signing_input.split_once('.').and_then(|(_, payload)| jose::b64::decode(payload, "payload").ok());
    let claims: Option<Value> = claims.and_then(|octets| serde_json::from_slice(&octets).ok());
    let jti = claims.as_ref().and_then(|claims| claims.get("jti")).and_then(Value::as_str);
    jti.unwrap_or_default().to_owned()
}

/// A token that a record names by its digest; with its signature, also who issued it.
fn judge_token(bundle: &Bundle, log: &Log, messages: &[Recorded], token: &Token) -> Result<String, String> {
    let payload = Digest(sha256(token.signing_input.as_bytes()));
    let named = messages.iter().filter_map(|message| message.record.token.as_ref());
    let digest = named.into_iter().find(|named| named.payload_sha256 == payload).ok_or("no record names it")?;
    if jti_of(&token.signing_input) != digest.jti {
        return Err("it has another id than its message's record names".to_owned());
    }
    let Some(signature) = &token.signature else {
        return Ok(format!(
            "header and payload of the token {:?} are those that its message's record names",
            digest.jti
        ));
    };
    let text = format!("{}.{}", token.signing_input, jose::b64::encode(&signature.0));
    if Digest(sha256(text.as_bytes())) != digest.sha256 {
        return Err("its signature is not the one that its message's record names".to_owned());
    }
    let compact = Compact::parse(&text).map_err(|error| error.to_string())?;
    for entry in &bundle.service_keys {
        let (_, record) = log.read::<ServiceKeyRecord>(entry)?;
        let key = Jwk::parse_public(&record.jwk).and_then(|jwk| VerifyingKey::from_jwk(&jwk));
        let is_its_key = record.key_use == ServiceUse::Token && compact.header.kid() == Some(&record.kid);
        if is_its_key && key.is_ok_and(|key| compact.verify(&key).is_ok()) {
            return Ok(format!("the token {:?} was issued under the realm's key {:?}", digest.jti, record.kid));
        }
    }
    Err("its signature is of no key of the realm in this bundle".to_owned())
}
