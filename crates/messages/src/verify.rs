//! Judging a message with evidence: the verdict, and the entry that proves it.
//!
//! A verdict on a good signature is in the ledger before anybody hears of it, and only while the sender's registry is as
//! it was when it was judged. Failures that anyone could cause are answered and counted, and name no one in the ledger.

use std::sync::Arc;

use domain::network::Network;
use domain::network::entry::Entry;
use domain::network::ledger::Open;
use domain::{Fault, Result, Writes};
use ledger::record::{self, Asked, Asker, BodyDigest, MessageRecord, ProfileName, Record as _, TokenDigest, Version};
use ledger::text::{Digest, UtcTime};
use oidc::{Claims, Cx};
use registry::{Moment, Role};
use signing::address::origin;
use signing::profile::Rule;
use signing::{Code, Judged, Profile, Receiver, Verdict, cause, judge};
use store::messages;

use crate::answer::{Answer, EntryRef, repeated};
use crate::caller::{Caller, ledger, network};
use crate::inside::{self, Inside};
use crate::refusals::{BAD_CALL, KEY_REUSED};
use crate::replay::{self, Trace};
use crate::submitted::{Submitted, digest_of};

/// What a caller hears.
pub struct Told {
    /// The verdict, as JSON text.
    pub body: String,
    /// The entry that waits for its index, if there is one.
    pub entry: Option<String>,
}

/// Milliseconds that the time of a report may be ahead of this node's clock.
const MOST_AHEAD_MS: i64 = 5 * 60 * 1000;
/// Seconds that an answer may be asked for again.
const ANSWERS_LAST: i64 = 24 * 3600;

/// A question about a message, with all that is known before it is judged.
struct Question<'q> {
    cx: &'q Cx<'q>,
    network: &'q Network,
    ledger: &'q Open,
    caller: &'q Caller,
    submitted: &'q Submitted,
    /// The claims of the token that came along, where that is asked about and counts.
    token: Option<Option<&'q Claims>>,
    /// When the message is judged, in milliseconds: never before what the sender's registry says, whatever this node's
    /// clock does.
    at_ms: i64,
}

/// What was found out about a message whose signature is good.
struct Found<'f> {
    profile: &'f Profile,
    profile_digest: Digest,
    role: &'f Role,
    judged: Judged,
    inside: Inside,
    trace: Option<Trace>,
}

/// Judges a message and records the verdict. `is_again`: whether it is decided anew; the first time nobody looks whether
/// the message was here before, since the batch counts only where it wasn't.
///
/// # Errors
/// For a call that is itself wrong; never for the message.
pub async fn verify(cx: &Cx<'_>, caller: &Caller, submitted: &Submitted, is_again: bool) -> Result<(Told, Writes)> {
    answer(cx, caller, submitted, None, is_again).await
}

/// The same with the token that came along: its introspection, and the verdict in its light.
///
/// # Errors
/// As [`verify`].
pub async fn check(cx: &Cx<'_>, caller: &Caller, submitted: &Submitted, is_again: bool) -> Result<(Told, Writes)> {
    let token = submitted.token.as_deref().unwrap_or_default();
    let (introspected, active) = oidc::introspect::told_of(cx, token).await?;
    let claims = active.as_ref().map(|active| active.claims());
    let (told, writes) = answer(cx, caller, submitted, Some(claims), is_again).await?;
    let body = format!("{{\"token\":{introspected},\"message\":{}}}", told.body);
    Ok((Told { body, ..told }, writes))
}

async fn answer(
    cx: &Cx<'_>,
    caller: &Caller,
    submitted: &Submitted,
    token: Option<Option<&Claims>>,
    is_again: bool,
) -> Result<(Told, Writes)> {
    if submitted.seen_at.is_some_and(|seen| seen.0 > u64::try_from(cx.now_ms + MOST_AHEAD_MS).unwrap_or(0)) {
        return Err(BAD_CALL.describe("seenAt is in the future: set the gateway's clock").into());
    }
    let (network, ledger) = (network(cx)?, ledger(cx).await?);
    let mut question = Question { cx, network, ledger, caller, submitted, token, at_ms: cx.now_ms };
    cx.core().may_record(question.network, question.ledger).await?;
    let Some(role) = cx.core().participant_role(&cx.plan.realm.id, &submitted.sender).await? else {
        return question.fail(None, None, &Code::ParticipantUnknown.into());
    };
    question.at_ms = cx.now_ms.max(role.head.at.ms());
    let (profile, profile_digest) = question.network.profiles.judging(&role.settings.profile)?;
    let again = submitted
        .idempotency_key
        .as_deref()
        .map(|key| (of_caller(caller, key), submitted.digest(profile, token.is_some())));
    if let Some((key, asked)) = &again
        && let Some((before, text)) = messages::answer(&cx.core().store, &cx.plan.realm.id, key, cx.now()).await?
    {
        if before != *asked {
            return Err(KEY_REUSED.into());
        }
        let body = repeated(&text).ok_or_else(|| Fault::new("a kept answer is not one"))?;
        return Ok((Told { body: body.to_string(), entry: None }, Writes::default()));
    }
    let mut judged = question.judge(profile, &role);
    if !judged.is_signed {
        if judged.verdict.code == Code::SignatureInvalid {
            question.explain(profile, &role, &mut judged.verdict).await?;
        }
        return question.fail(Some(&role), Some((profile, judged.kid.as_deref())), &judged.verdict);
    }
    cx.core().enter_policy(&cx.plan, question.ledger).await?;
    cx.core().enter_profile(question.ledger, profile, profile_digest).await?;
    let inside = inside::read(profile.times.as_ref(), &submitted.body);
    let trace = replay::look(cx, &role.id, profile, caller, &judged, is_again).await?;
    question.look_again(profile, &mut judged, &inside, trace.as_ref());
    let found = Found { profile, profile_digest, role: &role, judged, inside, trace };
    question.record(found, again.as_ref().map(|(key, asked)| (key.as_str(), asked.as_str()))).await
}

/// That a token doesn't count, and what to send where it is none.
fn inactive(token: Option<&str>) -> Verdict {
    let code = Code::TokenInactive;
    match token.unwrap_or_default() {
        "" => Verdict::new(code, "No access token came along: send the sender's in x-countersign-token"),
        text if text.get(..BEARER.len()).is_some_and(|start| start.eq_ignore_ascii_case(BEARER)) => {
            Verdict::new(code, "The access token begins with \"Bearer \": send what follows it alone")
        }
        _ => code.into(),
    }
}

/// What a token begins with in the header Authorization [RFC6750-2.1].
const BEARER: &str = "Bearer ";

/// A caller's key for asking again, that no other caller can hit.
fn of_caller(caller: &Caller, key: &str) -> String {
    jose::b64::encode(jose::digest::sha256(format!("{}\n{key}", caller.client_id).as_bytes()))
}

impl Question<'_> {
    /// The checks that need no store: of the token, then of the message.
    fn judge(&self, profile: &Profile, role: &Arc<Role>) -> Judged {
        let mut verdict = None;
        if let Some(claims) = self.token {
            let of = claims.and_then(|claims| claims.text(oidc::participant::ROLE_ID));
            verdict = match (claims, of) {
                (None, _) => Some(inactive(self.submitted.token.as_deref())),
                // A token names the role only as long as its client is the role's.
                (Some(claims), Some(of)) if of == role.id && claims.text("azp") == Some(&role.settings.client_id) => {
                    None
                }
                (Some(_), _) => Some(Code::TokenParticipantMismatch.into()),
            };
        }
        if let Some(verdict) = verdict {
            return Judged { verdict, kid: None, is_signed: false, signed_digest: None };
        }
        let at = Moment::from_ms(self.at_ms);
        let sender = role.sender(at);
        // A role without an address is no receiver that a signature could name.
        let receiver = self.caller.role.as_ref().and_then(|role| {
            let base_url = role.settings.base_url.as_deref()?;
            Some(Receiver { id: &role.id, origin: origin(base_url) })
        });
        let headers = self.submitted.headers();
        judge(profile, Some(&sender), &self.submitted.message(&headers), receiver.as_ref(), at.seconds())
    }

    /// Says in a verdict why the signature doesn't match, if that is found.
    async fn explain(&self, profile: &Profile, role: &Role, verdict: &mut Verdict) -> Result<()> {
        let core = self.cx.core();
        if !core.count_false_message(self.ledger, &self.caller.client_id, &role.id, verdict.code.name()) {
            return Ok(());
        }
        let headers = self.submitted.headers();
        let message = self.submitted.message(&headers);
        let own = self.caller.role.as_ref().filter(|own| own.id != role.id);
        let others: Vec<(&str, &jose::VerifyingKey)> = own
            .iter()
            .flat_map(|own| own.keys.iter().map(|key| ("the participant who asks", key.verifying())))
            .collect();
        let sender = role.sender(Moment::from_ms(self.at_ms));
        if let Some(cause) = cause::find(profile, &sender, &message, &others) {
            *verdict = Verdict::new(verdict.code, format!("{}. {cause}", verdict.code.sentence()));
        }
        Ok(())
    }

    /// The checks that come after a good signature: the message's own time, then whether it was here before.
    fn look_again(&self, profile: &Profile, judged: &mut Judged, inside: &Inside, trace: Option<&Trace>) {
        let most = profile.drift_inside();
        let off = inside.time_ms.map(|time| self.at_ms.saturating_sub(time).saturating_abs());
        let is_old = inside.has_odd_time || off.is_some_and(|off| off > most * 1000);
        if self.network.refuses_old && is_old {
            let detail = match off {
                Some(off) => format!("The time inside the message is {} seconds off; {most} are allowed", (off + 999) / 1000),
                None => "The time inside the message can't be read: write it as 2026-11-26T21:24:33Z, or in seconds since 1970".to_owned(),
            };
            judged.verdict = Verdict::new(Code::TooOld, detail);
        } else if let Some(first) = trace.filter(|trace| trace.is_refused).and_then(|trace| trace.first.as_ref()) {
            judged.verdict = Verdict::new(Code::Replayed, format!("{}: entry {first}", Code::Replayed.sentence()));
        }
    }

    /// A verdict that anyone could have caused: answered and counted, and nowhere recorded.
    fn fail(
        &self,
        role: Option<&Role>,
        by: Option<(&Profile, Option<&str>)>,
        verdict: &Verdict,
    ) -> Result<(Told, Writes)> {
        // One that was explained was counted before.
        if verdict.code != Code::SignatureInvalid {
            let claimed = &self.submitted.sender;
            self.cx.core().count_false_message(self.ledger, &self.caller.client_id, claimed, verdict.code.name());
        }
        let answer = Answer {
            valid: false,
            code: verdict.code.name(),
            detail: &verdict.detail,
            participant_id: role.map(|role| role.participant_id.as_str()),
            participant_role_id: &self.submitted.sender,
            kid: by.and_then(|(_, kid)| kid),
            profile: by.map(|(profile, _)| profile.name.as_str()),
            received_at: Moment::from_ms(self.at_ms),
            entry: None,
            first: None,
            repeated: false,
            receipt: None,
        };
        let body = serde_json::to_string(&answer).map_err(Fault::new)?;
        Ok((Told { body, entry: None }, Writes::default()))
    }

    async fn record(&self, found: Found<'_>, again: Option<(&str, &str)>) -> Result<(Told, Writes)> {
        let Found { profile, role, judged, .. } = &found;
        let (realm_id, now) = (&self.cx.plan.realm.id, self.cx.now());
        let first = found.trace.as_ref().and_then(|trace| trace.first.clone());
        let record = self.message_record(&found, first.as_deref())?;
        let entry = Entry::new(record.kind(), self.at_ms, record::write(&record).map_err(Fault::new)?)?;
        let id = entry.id();
        let checkpoint = self.cx.core().checkpoint(&self.ledger.id).await?;
        let answer = Answer {
            valid: judged.verdict.is_ok(),
            code: judged.verdict.code.name(),
            detail: &judged.verdict.detail,
            participant_id: Some(&role.participant_id),
            participant_role_id: &role.id,
            kid: judged.kid.as_deref(),
            profile: Some(&profile.name),
            received_at: Moment::from_ms(self.at_ms),
            entry: Some(EntryRef { id: id.clone() }),
            first: first.as_deref(),
            repeated: false,
            receipt: Some(entry.receipt(self.ledger, Some(checkpoint.of_receipts.to_string()))),
        };
        let body = serde_json::to_string(&answer).map_err(Fault::new)?;
        let mut writes = Writes::default();
        let batch = &mut writes.batch;
        // The role's row first: what changes the registry waits for this batch, or makes it decide anew.
        store::participants::hold_role(batch, realm_id, &role.id, &role.head.digest);
        let octets = Some(&*self.submitted.body).filter(|octets| self.network.keeps_bodies && !octets.is_empty());
        entry.append_with(batch, self.ledger, octets);
        if let Some(trace) = found.trace.as_ref().filter(|trace| trace.first.is_none()) {
            messages::see(batch, &trace.digest, now, trace.until);
        }
        if let Some((key, digest)) = again {
            let answer = messages::Answer { key, digest, answer: &body, expires_at: now + ANSWERS_LAST };
            messages::keep(batch, realm_id, &answer, now);
        }
        Ok((Told { body, entry: Some(id) }, writes))
    }

    fn message_record(&self, found: &Found<'_>, first: Option<&str>) -> Result<MessageRecord> {
        let Found { profile, role, judged, inside, .. } = found;
        let is_target_signed = profile.signs(Rule::Address);
        Ok(MessageRecord {
            v: Version,
            kind: Asked::of(self.submitted.seen_at),
            recorded_at: UtcTime(u64::try_from(self.at_ms).unwrap_or(0)),
            participant_role_id: role.id.clone(),
            participant_id: role.participant_id.clone(),
            kid: judged.kid.clone().unwrap_or_default(),
            profile: ProfileName { name: profile.name.clone(), version: profile.version, digest: found.profile_digest },
            registry_head: digest(&jose::b64::decode(&role.head.digest, "head").map_err(Fault::new)?)?,
            method: self.submitted.method.clone(),
            target: self.submitted.target.clone(),
            target_stated_by: if is_target_signed { "signature" } else { "caller" }.to_owned(),
            body: BodyDigest {
                sha256: digest(&jose::digest::sha256(&self.submitted.body))?,
                length: self.submitted.body.len() as u64,
            },
            jws: self.submitted.signature(profile),
            token: match (&self.submitted.token, self.token.flatten()) {
                (Some(token), Some(claims)) => Some(token_digest(token, claims)?),
                _ => None,
            },
            request_id: inside.request_id.clone(),
            trace_id: inside.trace_id.clone(),
            verdict: judged.verdict.code.name().to_owned(),
            signed: judged.is_signed,
            first: match first {
                Some(first) => Some(digest(&jose::b64::decode(first, "entry").map_err(Fault::new)?)?),
                None => None,
            },
            asked_by: Asker {
                client_id: self.caller.client_id.clone(),
                participant_role_id: self.caller.role.as_ref().map(|role| role.id.clone()),
            },
            seen_at: self.submitted.seen_at,
            answers: self.submitted.answers.as_deref().and_then(digest_of),
        })
    }
}

fn digest(octets: &[u8]) -> Result<Digest> {
    Ok(Digest(octets.try_into().map_err(Fault::new)?))
}

/// A token that was found to count, as the record tells it.
fn token_digest(token: &str, claims: &Claims) -> Result<TokenDigest> {
    let payload = token.rsplit_once('.').map_or(token, |(payload, _)| payload);
    Ok(TokenDigest {
        jti: claims.text("jti").unwrap_or_default().to_owned(),
        sha256: digest(&jose::digest::sha256(token.as_bytes()))?,
        payload_sha256: digest(&jose::digest::sha256(payload.as_bytes()))?,
    })
}
