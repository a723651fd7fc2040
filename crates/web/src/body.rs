//! Bodies: bounded, and read as forms only when they say they are.

use axum::http::{HeaderMap, header};
use oidc::Form;

/// The longest body of the protocol's endpoints, in octets.
pub const LONGEST_BODY: usize = 1024 * 1024;

/// Reads a form; a body of another content type counts as none [KC 1.2].
pub fn read_form(headers: &HeaderMap, body: &[u8]) -> Form {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    match kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        true => Form::parse(body),
        false => Form::default(),
    }
}
