//! Bodies: bounded, and read as forms only when they say they are.

use std::error::Error as _;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use http_body_util::LengthLimitError;
use oidc::Form;

use crate::respond::json_error;

/// The longest body of the protocol's endpoints, in octets.
pub const LONGEST_BODY: usize = 1024 * 1024;

/// Reads a body of at most that many octets, or says what is wrong with it.
pub async fn read_body(body: Body, longest: usize) -> Result<Bytes, Response> {
    to_bytes(body, longest).await.map_err(|error| match error.source().is_some_and(|e| e.is::<LengthLimitError>()) {
        true => json_error(413, "invalid_request", "The request is too long"),
        false => json_error(400, "invalid_request", "The request's body did not come whole"),
    })
}

/// Reads a form; a body of another content type counts as none [KC 1.2].
pub fn read_form(headers: &HeaderMap, body: &[u8]) -> Form {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    match kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        true => Form::parse(body),
        false => Form::default(),
    }
}
