//! `GET /certs`: the realm's public keys [RFC7517-5].

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use domain::Fresh;
use web::{App, Cors, Facts, json};

pub(crate) async fn certs(
    State(app): State<App>,
    Path(realm): Path<String>,
    facts: Facts,
    headers: HeaderMap,
) -> Response {
    let cx = match app.cx(&realm, &facts, Fresh::WithinASecond).await {
        Ok(cx) => cx,
        Err(failure) => return failure.into_json(),
    };
    let mut response = json(200, cx.plan.keys.jwks.to_string());
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Cors::of(&headers).echo(response.headers_mut());
    response
}
