//! Answers in JSON, and Keycloak's faces of what isn't there.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// A JSON answer.
pub fn json(status: u16, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// An OAuth error [RFC6749-5.2]; the description is left out when empty.
pub fn json_error(status: u16, error: &str, description: &str) -> Response {
    let body: Value = match description.is_empty() {
        true => json!({"error": error}),
        false => json!({"error": error, "error_description": description}),
    };
    json(status, body.to_string())
}

/// A plain text answer.
pub fn text(status: u16, body: &'static str) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain;charset=utf-8"));
    response
}

/// Keeps an answer out of caches [RFC6749-5.1].
pub fn no_store(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

/// What isn't there.
pub fn not_found() -> Response {
    json_error(404, "HTTP 404 Not Found", "")
}

/// What is there, but not by that method.
pub async fn method_not_allowed() -> Response {
    json_error(405, "HTTP 405 Method Not Allowed", "").into_response()
}

/// Whether a request prefers a media type: the first that it names.
pub fn accepts(headers: &HeaderMap, media: &str) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|v| v.split(',').any(|part| part.split(';').next().unwrap_or_default().trim() == media))
}
