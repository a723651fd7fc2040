//! `/signing/…`: messages verified with evidence, and signed for callers.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use domain::Writes;
use messages::verify::Told;
use messages::{Caller, Right};
use messages::{Submitted, evidence};
use oidc::Cx;
use serde_json::{Value, json};
use web::{App, Facts, Failure, bearer_token};

use crate::answer::answer;

const SENDER: &str = "x-countersign-sender";
const METHOD: &str = "x-countersign-method";
const TARGET: &str = "x-countersign-target";
const TOKEN: &str = "x-countersign-token";
const ANSWERS: &str = "x-countersign-answers";
const PROFILE: &str = "x-countersign-profile";
const RECEIVER: &str = "x-countersign-receiver";

/// Which question about a message.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Question {
    Verify,
    Check,
}

/// `POST /signing/verify`: the body is the message's octets.
pub(crate) async fn verify(
    State(app): State<App>,
    Path(realm): Path<String>,
    facts: Facts,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    // Nobody looks at a token here, so none goes into the record.
    let submitted = submitted(&headers, body).map(|read| Submitted { token: None, ..read });
    judge(&app, &realm, &facts, &headers, submitted, Question::Verify).await
}

/// `POST /signing/check`: the same, with the token that came along in `x-countersign-token`.
pub(crate) async fn check(
    State(app): State<App>,
    Path(realm): Path<String>,
    facts: Facts,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    judge(&app, &realm, &facts, &headers, submitted(&headers, body), Question::Check).await
}

/// `POST /signing/verify-envelope`: the same as JSON; with a token in it, as check.
pub(crate) async fn verify_envelope(
    State(app): State<App>,
    Path(realm): Path<String>,
    facts: Facts,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let submitted = Submitted::of_envelope(&body)
        .map(|read| Submitted { idempotency_key: text(&headers, "idempotency-key"), ..read })
        .and_then(Submitted::check);
    let question = match &submitted {
        Ok(Submitted { token: Some(_), .. }) => Question::Check,
        _ => Question::Verify,
    };
    judge(&app, &realm, &facts, &headers, submitted, question).await
}

/// `POST /signing/report`: what a gateway had while this server was away. Each is judged as of now, and recorded with the
/// time that the gateway says.
pub(crate) async fn report(
    State(app): State<App>,
    Path(realm): Path<String>,
    facts: Facts,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let reported = match Submitted::of_report(&body) {
        Ok(reported) => reported,
        Err(error) => return answer(Err(app.fail(error, &facts))),
    };
    let token = bearer_token(&headers);
    let mut verdicts = Vec::with_capacity(reported.len());
    for one in &reported {
        let done = app.work_kept(&realm, &facts, |cx| async move {
            let caller = Caller::of(&cx, token).await?.need_client_with(Right::VerifyMessages)?;
            messages::verify::verify(&cx, &caller, one).await
        });
        match done.await {
            Ok(told) => verdicts.push(told.body),
            Err(failure) => return answer(Err(failure)),
        }
    }
    app.oidc.core.wake_sequencer();
    answer(Ok(json!({"messages": verdicts})))
}

fn submitted(headers: &HeaderMap, body: Bytes) -> domain::Result<Submitted> {
    let named = |name: &str| text(headers, name).unwrap_or_default();
    let all = headers.iter().filter(|(name, _)| !is_ours(name.as_str()));
    let submitted = Submitted {
        sender: named(SENDER),
        method: named(METHOD),
        target: named(TARGET),
        headers: all.map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())).collect(),
        body,
        token: text(headers, TOKEN),
        answers: text(headers, ANSWERS),
        idempotency_key: text(headers, "idempotency-key"),
        seen_at: None,
    };
    submitted.check()
}

/// Headers of the call itself, which no message is signed in.
fn is_ours(name: &str) -> bool {
    name.starts_with("x-countersign-") || matches!(name, "authorization" | "idempotency-key" | "prefer" | "host")
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

async fn judge(
    app: &App,
    realm: &str,
    facts: &Facts,
    headers: &HeaderMap,
    submitted: domain::Result<Submitted>,
    question: Question,
) -> Response {
    let token = bearer_token(headers);
    let submitted = match submitted {
        Ok(submitted) => submitted,
        Err(error) => return answer(Err(app.fail(error, facts))),
    };
    let submitted = &submitted;
    let done = app.work_kept(realm, facts, |cx| async move {
        let caller = Caller::of(&cx, token).await?.need_client_with(Right::VerifyMessages)?;
        match question {
            Question::Verify => messages::verify::verify(&cx, &caller, submitted).await,
            Question::Check => messages::verify::check(&cx, &caller, submitted).await,
        }
    });
    match done.await {
        Ok(told) => answer(finish(app, realm, facts, headers, told).await),
        Err(failure) => answer(Err(failure)),
    }
}

/// Wakes whoever gives indexes, and waits for one where the caller prefers that [RFC7240-4.3].
async fn finish(app: &App, realm: &str, facts: &Facts, headers: &HeaderMap, told: Told) -> Result<Value, Failure> {
    let Told { mut body, entry: Some(id) } = told else { return Ok(told.body) };
    app.oidc.core.wake_sequencer();
    if !headers.get_all("prefer").iter().any(|value| value.to_str().is_ok_and(prefers_to_wait)) {
        return Ok(body);
    }
    for _ in 0..WAIT_STEPS {
        let id = id.as_str();
        let found = app.work_kept(realm, facts, |cx: Cx<'_>| async move {
            Ok((evidence::entry(&cx, id).await?, Writes::default()))
        });
        let found = found.await?;
        if found.get("index").is_some_and(|index| !index.is_null()) {
            let message = if body.get("message").is_some() { body.get_mut("message") } else { Some(&mut body) };
            if let Some(message) = message.and_then(Value::as_object_mut) {
                message.insert("entry".to_owned(), found);
            }
            break;
        }
        tokio::time::sleep(WAIT_STEP).await;
    }
    Ok(body)
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
pub(crate) async fn sign(
    State(app): State<App>,
    Path(realm): Path<String>,
    facts: Facts,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let named = |name: &str, usual: &str| text(&headers, name).unwrap_or_else(|| usual.to_owned());
    let submitted = Submitted {
        method: named(METHOD, "POST"),
        target: named(TARGET, "/"),
        sender: "self".to_owned(),
        body,
        ..Submitted::default()
    };
    let submitted = match submitted.check() {
        Ok(submitted) => submitted,
        Err(error) => return answer(Err(app.fail(error, &facts))),
    };
    let (profile, receiver) = (named(PROFILE, "strict"), text(&headers, RECEIVER));
    let (token, submitted, profile, receiver) =
        (bearer_token(&headers), &submitted, profile.as_str(), receiver.as_deref());
    let done = app.work(&realm, &facts, |cx| async move {
        let caller = Caller::of(&cx, token).await?.need_client_with(Right::SignMessages)?;
        let signed = messages::sign::sign(&cx, &caller, submitted, profile, receiver).await?;
        Ok((signed, Writes::default()))
    });
    answer(done.await)
}

/// `GET /signing/certs`: the keys of messages that were signed here.
pub(crate) async fn certs(State(app): State<App>, Path(realm): Path<String>, facts: Facts) -> Response {
    let done = app.work(&realm, &facts, |cx| async move { Ok((messages::sign::certs(&cx).await?, Writes::default())) });
    answer(done.await.map(|keys| json!(keys)))
}
