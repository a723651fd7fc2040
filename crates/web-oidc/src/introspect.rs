//! `POST /token/introspect` [RFC7662-2].

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use oidc::introspect::introspect as tell;
use oidc::token::Call;
use web::{App, Facts, accepts, json, read_form};

use crate::token::authorization;

pub(crate) async fn introspect(
    State(app): State<App>,
    Path(realm): Path<String>,
    facts: Facts,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form = read_form(&headers, &body);
    let call = Call { form: &form, authorization: authorization(&headers) };
    let as_jwt = accepts(&headers, "application/jwt");
    let call = &call;
    let done = app.work_kept(&realm, &facts, |cx| async move {
        let mut told = tell(&cx, call, as_jwt).await?;
        let writes = std::mem::take(&mut told.writes);
        Ok((told, writes))
    });
    match done.await {
        Ok(told) => {
            let mut response = json(200, told.body.to_string());
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            response
        }
        Err(failure) => failure.into_plain_json(),
    }
}
