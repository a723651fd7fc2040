//! `GET /.well-known/openid-configuration` and the realm's page.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use domain::Fresh;
use web::{App, Cors, Facts, json};

pub(crate) async fn document(
    State(app): State<App>,
    Path(realm): Path<String>,
    facts: Facts,
    headers: HeaderMap,
) -> Response {
    let cx = match app.cx(&realm, &facts, Fresh::WithinASecond).await {
        Ok(cx) => cx,
        Err(failure) => return failure.into_json(),
    };
    let mut response = json(200, cx.discovery().to_string());
    const NOT_KEPT: HeaderValue = HeaderValue::from_static("no-cache, must-revalidate, no-transform, no-store");
    response.headers_mut().insert(header::CACHE_CONTROL, NOT_KEPT);
    Cors::of(&headers).echo(response.headers_mut());
    response
}

pub(crate) async fn realm_page(State(app): State<App>, Path(realm): Path<String>, facts: Facts) -> Response {
    match app.cx(&realm, &facts, Fresh::WithinASecond).await {
        Ok(cx) => {
            let mut response = json(200, oidc::discovery::realm_page(&cx));
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            response
        }
        Err(failure) => failure.into_json(),
    }
}

pub(crate) async fn preflight(headers: HeaderMap) -> Response {
    let mut response = Response::default();
    Cors::of(&headers).preflight("GET, OPTIONS", response.headers_mut());
    response
}
