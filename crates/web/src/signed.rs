//! Signed replies, of realms with participants: a detached signature over the reply's octets that also names the request,
//! so that one reply can't stand for another.
//!
//! The header is `{"alg", "kid", "typ": "reply+jws", "b64": false, "crit": ["b64"], "req"}`, which no check of tokens
//! accepts; `req` is base64url of SHA-256 over method, a blank, the target as sent, a newline, and the body.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use domain::{Error, Fresh, RequestFacts};
use http_body_util::BodyExt as _;
use jose::detached::Payload;
use serde_json::json;

use crate::app::App;
use crate::body::{LONGEST_BODY, read_body};
use crate::facts::Facts;
use crate::realm::realm_of;
use crate::work::Failure;

/// The header of the signature.
const SIGNATURE: &str = "x-jws-signature";
/// The signature's `typ`.
const TYP: &str = "reply+jws";
/// Octets of the longest request whose reply is signed.
const LONGEST: usize = 2 * LONGEST_BODY;
/// How often a reply's key is looked for while the realm changes.
const ATTEMPTS: usize = 8;

/// The target as the client sent it; the edge puts it into the extensions before it changes the path.
#[derive(Clone, Debug)]
pub struct SentTarget(pub Option<PathAndQuery>);

/// Signs the replies of realms with participants; all others pass as they are, at the cost of a look at the kept plan.
pub async fn sign_replies(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let plan = match realm_of(&app.public, &parts) {
        Some(realm) => app.oidc.core.plan(&realm, Fresh::Kept).await,
        None => Ok(None),
    };
    let realm = match plan {
        Ok(Some(plan)) if plan.network.is_some() => plan.realm.name.clone(),
        Ok(_) => return next.run(Request::from_parts(parts, body)).await,
        // Whether the reply has to be signed nobody knows, so there is none.
        Err(error) => {
            let Facts(facts) = facts_of(&mut parts, &app).await;
            app.fail(error, &facts);
            return Failure::Unavailable.into_json();
        }
    };
    let Facts(facts) = facts_of(&mut parts, &app).await;
    let body = match read_body(body, LONGEST, || Some(())).await {
        Ok((body, _)) => body,
        Err(refused) => return refused,
    };
    let digest = request_digest(&parts.method, parts.extensions.get(), &body);
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    sign(&app, &realm, &facts, &digest, response).await
}

async fn facts_of(parts: &mut Parts, app: &App) -> Facts {
    match Facts::from_request_parts(parts, app).await {
        Ok(facts) => facts,
        Err(never) => match never {},
    }
}

fn request_digest(method: &Method, target: Option<&SentTarget>, body: &[u8]) -> String {
    let target = target.and_then(|sent| sent.0.as_ref()).map_or("/", PathAndQuery::as_str);
    signing::request_digest(method.as_str(), target, body)
}

async fn sign(app: &App, realm: &str, facts: &RequestFacts, digest: &str, response: Response) -> Response {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.split(';').next().unwrap_or_default().trim() != "application/json" {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let octets = match body.collect().await {
        Ok(collected) => collected.to_bytes(),
        Err(_) => return Failure::Broken.into_json(),
    };
    if octets.is_empty() {
        return Response::from_parts(parts, Body::from(octets));
    }
    match signature(app, realm, digest, &octets).await {
        Ok(value) => {
            parts.headers.extend(value.map(|value| (HeaderName::from_static(SIGNATURE), value)));
            Response::from_parts(parts, Body::from(octets))
        }
        // An answer that its receiver can't prove is none.
        Err(error) => app.fail(error, facts).into_json(),
    }
}

/// The signature's value; None for a realm whose ledger was closed a moment ago.
async fn signature(app: &App, realm: &str, digest: &str, octets: &Bytes) -> domain::Result<Option<HeaderValue>> {
    let core = &app.oidc.core;
    let mut fresh = Fresh::Kept;
    for _ in 0..ATTEMPTS {
        let Some(plan) = core.plan(realm, fresh).await? else { break };
        fresh = Fresh::Now;
        if plan.network.is_none() {
            return Ok(None);
        }
        match core.reply_key(&plan).await {
            Ok(key) => {
                core.enter_token_keys(&plan).await?;
                let (alg, kid) = (key.algorithm().name(), json!(key.kid()));
                let header = format!(
                    r#"{{"alg":"{alg}","kid":{kid},"typ":"{TYP}","b64":false,"crit":["b64"],"req":"{digest}"}}"#
                );
                let (signer, octets) = (key.clone(), octets.clone());
                let work = move || Ok(jose::detached::sign_as(&header, &octets, Payload::Unencoded, &signer)?);
                let value = core.signing(&[key], work).await?;
                return HeaderValue::try_from(value).map(Some).map_err(|error| domain::Fault::new(error).into());
            }
            Err(Error::MissingKey(algorithm)) => core.add_fallback_key(&plan, &algorithm).await?,
            Err(Error::Lost(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Err(domain::Fault::unavailable("the realm changes too fast for its replies to be signed").into())
}
