//! `POST /token` [RFC6749-3.2].

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use oidc::refusals::FOREIGN_ORIGIN;
use oidc::token::{Call, exchange};
use serde_json::Value;
use web::{App, Cors, Facts, json, json_error, no_store, read_form};

pub(crate) async fn token(
    State(app): State<App>,
    Path(realm): Path<String>,
    facts: Facts,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form = read_form(&headers, &body);
    let call = Call { form: &form, authorization: authorization(&headers) };
    let (call, cors) = (&call, &Cors::of(&headers));
    let done = app.work_kept(&realm, &facts, |cx| async move {
        let answered = exchange(&cx, call).await?;
        if !cors.allowed(&answered.client.plan.client) {
            return Err(FOREIGN_ORIGIN.into());
        }
        let mut writes = answered.client.writes;
        writes.append(answered.answer.writes);
        Ok((answered.answer.body, writes))
    });
    let mut response = match done.await {
        Ok(body) => no_store(json(200, Value::Object(body).to_string())),
        Err(failure) => {
            let mut response = failure.into_json();
            cors.echo(response.headers_mut());
            return response;
        }
    };
    cors.expose(response.headers_mut());
    response
}

pub(crate) fn authorization(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()
}

pub(crate) async fn preflight(headers: HeaderMap) -> Response {
    let mut response = match headers.contains_key(header::ORIGIN) {
        true => Response::default(),
        false => json_error(405, "HTTP 405 Method Not Allowed", ""),
    };
    Cors::of(&headers).preflight("POST, OPTIONS", response.headers_mut());
    response
}
