//! `GET` and `POST /userinfo` [OIDCC-5.3].

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use domain::Writes;
use oidc::userinfo::{Body, Challenge, NO_TOKEN, TWICE, TWO_WAYS, userinfo};
use web::{App, Cors, Facts, bearer_token, json, json_error, no_store, read_form, text};

pub(crate) async fn get(state: State<App>, realm: Path<String>, facts: Facts, headers: HeaderMap) -> Response {
    answer(state, realm, facts, headers, Bytes::new()).await
}

pub(crate) async fn post(
    state: State<App>,
    realm: Path<String>,
    facts: Facts,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    answer(state, realm, facts, headers, body).await
}

async fn answer(
    State(app): State<App>,
    Path(realm): Path<String>,
    facts: Facts,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let token = match token_of(&headers, &body) {
        Ok(token) => token,
        Err(challenge) => return refuse(&realm, challenge),
    };
    let cors = Cors::of(&headers);
    let token = token.as_str();
    let done = app.work_kept(&realm, &facts, |cx| async move {
        match userinfo(&cx, token).await? {
            Ok(mut told) => {
                let writes = std::mem::take(&mut told.writes);
                Ok((Ok(told), writes))
            }
            Err(challenge) => Ok((Err(challenge), Writes::default())),
        }
    });
    let told = match done.await {
        Ok(Ok(told)) => told,
        Ok(Err(challenge)) => return refuse(&realm, challenge),
        Err(failure) => return failure.into_json(),
    };
    if !cors.allowed(&told.client.client) {
        return no_store(json_error(403, "Invalid origin", ""));
    }
    let mut response = match told.body {
        Body::Json(body) => json(200, body.to_string()),
        Body::Jwt(jwt) => {
            let mut response = json(200, jwt);
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/jwt"));
            response
        }
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-cache"));
    response.headers_mut().insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    cors.expose(response.headers_mut());
    response
}

/// The one token of a request, by header or form [RFC6750-2].
fn token_of(headers: &HeaderMap, body: &[u8]) -> Result<String, Challenge> {
    let form = read_form(headers, body);
    let sent: Vec<&str> = form.iter().filter(|(name, _)| *name == "access_token").map(|(_, value)| value).collect();
    match (bearer_token(headers), sent.as_slice()) {
        (Some(_), [_, ..]) => Err(TWO_WAYS),
        (None, [_, _, ..]) => Err(TWICE),
        (Some(token), []) => Ok(token.to_owned()),
        (None, [token]) if !token.is_empty() => Ok((*token).to_owned()),
        (None, _) => Err(NO_TOKEN),
    }
}

fn refuse(realm: &str, challenge: Challenge) -> Response {
    let mut response = no_store(text(challenge.status, ""));
    let mut value = format!("Bearer realm=\"{}\"", realm.replace(['"', '\\'], ""));
    if let Some((error, description)) = challenge.error {
        value.push_str(&format!(", error=\"{error}\", error_description=\"{description}\""));
    }
    if let Ok(value) = HeaderValue::from_str(&value) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
    }
    response
}

pub(crate) async fn preflight(headers: HeaderMap) -> Response {
    let mut response = Response::default();
    Cors::of(&headers).preflight("GET, HEAD, OPTIONS", response.headers_mut());
    response
}
