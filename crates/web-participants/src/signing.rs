//! `/signing/…`: messages verified with evidence, and signed for callers.

use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::Bytes;
use axum::http::{HeaderName, header};
use axum::response::Response;
use messages::refusals::BAD_CALL;
use messages::sign::Wanted;
use messages::verify::Told;
use messages::{Caller, Right, Submitted, evidence};
use model::nearest;
use serde_json::Value;
use web::Failure;

use crate::answer::{answer, answer_text};
use crate::call::Call;

/// What the names of headers that a call has of ours begin with.
const OURS: &str = "x-countersign-";
/// Characters of a name that are repeated.
const LONGEST_NAME: usize = 64;
const SENDER: HeaderName = HeaderName::from_static("x-countersign-sender");
const METHOD: HeaderName = HeaderName::from_static("x-countersign-method");
const TARGET: HeaderName = HeaderName::from_static("x-countersign-target");
const TOKEN: HeaderName = HeaderName::from_static("x-countersign-token");
const ANSWERS: HeaderName = HeaderName::from_static("x-countersign-answers");
const PROFILE: HeaderName = HeaderName::from_static("x-countersign-profile");
const RECEIVER: HeaderName = HeaderName::from_static("x-countersign-receiver");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const PREFER: HeaderName = HeaderName::from_static("prefer");

/// Which question about a message.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Question {
    Verify,
    Check,
}

/// `POST /signing/verify`: the body is the message's octets.
pub(crate) async fn verify(call: Call, body: Bytes) -> Response {
    // Nobody looks at a token here, and whoever hands one in would think so.
    judge(&call, submitted(&call, body, &[SENDER, METHOD, TARGET, ANSWERS]), Question::Verify).await
}

/// `POST /signing/check`: the same, with the token that came along in `x-countersign-token`.
pub(crate) async fn check(call: Call, body: Bytes) -> Response {
    judge(&call, submitted(&call, body, &[SENDER, METHOD, TARGET, TOKEN, ANSWERS]), Question::Check).await
}

/// `POST /signing/verify-envelope`: the same as JSON; with a token in it, as check.
pub(crate) async fn verify_envelope(call: Call, body: Bytes) -> Response {
    let submitted = means_something(&call, &[])
        .and_then(|()| Submitted::of_envelope(&body))
        .and_then(|read| Submitted { idempotency_key: call.header(&IDEMPOTENCY_KEY)?, ..read }.check());
    let question = match &submitted {
        Ok(Submitted { token: Some(_), .. }) => Question::Check,
        _ => Question::Verify,
    };
    judge(&call, submitted, question).await
}

/// `POST /signing/report`: what a gateway had while this server was away. Each is judged as of now, and recorded with the
/// time that the gateway says.
pub(crate) async fn report(call: Call, body: Bytes) -> Response {
    let token = call.token();
    // Also where nothing is reported.
    let may = call.look_kept(|cx| async move {
        Caller::of(&cx, token).await?.need_client_with(Right::VerifyMessages)?;
        match &cx.plan.network {
            Some(network) => cx.core().may_record(network, cx.core().ledger(&cx.plan).await?).await,
            None => Ok(()),
        }
    });
    if let Err(failure) = may.await {
        return answer(Err(failure));
    }
    let reported = match means_something(&call, &[]).and_then(|()| Submitted::of_report(&body)) {
        Ok(reported) => reported,
        Err(error) => return call.refuse(error, Some(Right::VerifyMessages)).await,
    };
    let mut verdicts = Vec::with_capacity(reported.len());
    for one in &reported {
        match ask(&call, one, Question::Verify).await {
            Ok(told) => verdicts.push(told.body),
            Err(failure) => return answer(Err(failure)),
        }
    }
    call.app.oidc.core.wake_sequencer();
    answer_text(Ok(format!("{{\"messages\":[{}]}}", verdicts.join(","))))
}

/// Refuses a header of ours that means nothing to this call: it was misspelt, and what it says would count for nothing.
fn means_something(call: &Call, known: &[HeaderName]) -> domain::Result<()> {
    let is_odd = |name: &&HeaderName| name.as_str().starts_with(OURS) && !known.contains(name);
    let Some(odd) = call.headers.keys().find(is_odd) else { return Ok(()) };
    // What all have in common tells none apart.
    let hint = match nearest(own_part(odd), known.iter().map(own_part)) {
        _ if odd == TOKEN => "a token is looked at by /signing/check".to_owned(),
        _ if known.is_empty() => "the body says all".to_owned(),
        Some(near) => format!("did you mean {OURS}{near}?"),
        None => format!("there are {}", known.iter().map(HeaderName::as_str).collect::<Vec<_>>().join(", ")),
    };
    let odd: String = odd.as_str().chars().take(LONGEST_NAME).collect();
    Err(BAD_CALL.describe(format!("The header {odd} means nothing here; {hint}")).into())
}

fn own_part(name: &HeaderName) -> &str {
    name.as_str().strip_prefix(OURS).unwrap_or_default()
}

fn submitted(call: &Call, body: Bytes, known: &[HeaderName]) -> domain::Result<Submitted> {
    means_something(call, known)?;
    let named = |name: &HeaderName| Ok::<_, domain::Error>(call.header(name)?.unwrap_or_default());
    let all = call.headers.iter().filter(|(name, _)| !is_ours(name));
    let submitted = Submitted {
        sender: named(&SENDER)?,
        method: named(&METHOD)?,
        target: named(&TARGET)?,
        headers: all.map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())).collect(),
        body,
        token: call.header(&TOKEN)?,
        answers: call.header(&ANSWERS)?,
        idempotency_key: call.header(&IDEMPOTENCY_KEY)?,
        seen_at: None,
    };
    submitted.check()
}

/// Headers of the call itself, which no message is signed in.
fn is_ours(name: &HeaderName) -> bool {
    name.as_str().starts_with(OURS) || [header::AUTHORIZATION, IDEMPOTENCY_KEY, PREFER, header::HOST].contains(name)
}

async fn judge(call: &Call, submitted: domain::Result<Submitted>, question: Question) -> Response {
    let submitted = match submitted {
        Ok(submitted) => submitted,
        Err(error) => return call.refuse(error, Some(Right::VerifyMessages)).await,
    };
    match ask(call, &submitted, question).await {
        Ok(told) => answer_text(finish(call, told).await),
        Err(failure) => answer(Err(failure)),
    }
}

async fn ask(call: &Call, submitted: &Submitted, question: Question) -> Result<Told, Failure> {
    let (token, is_again) = (call.token(), &AtomicBool::new(false));
    let judged = call.app.work_kept(&call.realm, &call.facts, |cx| async move {
        let caller = Caller::of(&cx, token).await?.need_client_with(Right::VerifyMessages)?;
        let is_again = is_again.swap(true, Ordering::Relaxed);
        match question {
            Question::Verify => messages::verify::verify(&cx, &caller, submitted, is_again).await,
            Question::Check => messages::verify::check(&cx, &caller, submitted, is_again).await,
        }
    });
    judged.await
}

/// Wakes whoever gives indexes, and waits for one where the caller prefers that [RFC7240-4.3].
async fn finish(call: &Call, told: Told) -> Result<String, Failure> {
    let Told { body, entry: Some(id) } = told else { return Ok(told.body) };
    call.app.oidc.core.wake_sequencer();
    if !call.headers.get_all(PREFER).iter().any(|value| value.to_str().is_ok_and(prefers_to_wait)) {
        return Ok(body);
    }
    for _ in 0..WAIT_STEPS {
        let id = id.as_str();
        let found = call.look_kept(|cx| async move { evidence::entry(&cx, id).await }).await?;
        if found.is_placed {
            return Ok(with_entry(&body, &found.text).unwrap_or(body));
        }
        tokio::time::sleep(WAIT_STEP).await;
    }
    Ok(body)
}

/// A verdict with its entry as it is by now; None where it can't be read.
fn with_entry(verdict: &str, entry: &str) -> Option<String> {
    let (mut verdict, entry): (Value, Value) = (serde_json::from_str(verdict).ok()?, serde_json::from_str(entry).ok()?);
    let message = if verdict.get("message").is_some() { verdict.get_mut("message") } else { Some(&mut verdict) };
    message?.as_object_mut()?.insert("entry".to_owned(), entry);
    Some(verdict.to_string())
}

const WAIT_STEP: std::time::Duration = std::time::Duration::from_millis(25);
/// Ten seconds: what a node needs at most that takes over from a dead one.
const WAIT_STEPS: usize = 400;

fn prefers_to_wait(value: &str) -> bool {
    value.split(',').any(|part| {
        let name = part.split(['=', ';']).next().unwrap_or_default().trim();
        name.eq_ignore_ascii_case("wait")
    })
}

/// `POST /signing/sign`: the body is what is to be signed.
pub(crate) async fn sign(call: Call, body: Bytes) -> Response {
    let wanted = match to_sign(&call, body) {
        Ok(wanted) => wanted,
        Err(error) => return call.refuse(error, Some(Right::SignMessages)).await,
    };
    let (token, wanted) = (call.token(), &wanted);
    let signed = call.look(|cx| async move {
        let caller = Caller::of(&cx, token).await?.need_client_with(Right::SignMessages)?;
        messages::sign::sign(&cx, &caller, wanted).await
    });
    answer(signed.await)
}

/// What is to be signed, by which profile, and for whom.
fn to_sign(call: &Call, body: Bytes) -> domain::Result<Wanted> {
    means_something(call, &[METHOD, TARGET, PROFILE, RECEIVER])?;
    let named =
        |name: &HeaderName, usual: &str| Ok::<_, domain::Error>(call.header(name)?.unwrap_or_else(|| usual.to_owned()));
    let target = call.header(&TARGET)?;
    let names_target = target.is_some();
    let submitted = Submitted {
        method: named(&METHOD, "POST")?,
        target: target.unwrap_or_else(|| "/".to_owned()),
        sender: "self".to_owned(),
        body,
        ..Submitted::default()
    };
    let (profile, receiver) = (named(&PROFILE, "strict")?, call.header(&RECEIVER)?);
    Ok(Wanted { submitted: submitted.check()?, names_target, profile, receiver })
}

/// `GET /signing/certs`: the keys of messages that were signed here.
pub(crate) async fn certs(call: Call) -> Response {
    answer(call.look(|cx| async move { messages::sign::certs(&cx).await }).await)
}
