//! Headers of every answer, and the bearer token of a request.

use axum::body::HttpBody;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

/// Marks an answer that other origins may frame.
#[derive(Clone, Copy, Debug)]
pub struct Framed;

/// Adds the headers that every answer carries [KC top]: a layer around all routes.
pub async fn standard_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let has_body = response.body().size_hint().exact() != Some(0);
    let headers = response.headers_mut();
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000; includeSubDomains"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert("x-robots-tag", HeaderValue::from_static("none"));
    let framed = response.extensions().get::<Framed>().is_some();
    let headers = response.headers_mut();
    if framed {
        return response;
    }
    if has_body || headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    }
    response
}

/// The recorded policy of pages [KC 3.7]; pages carry a stricter one of their own.
pub const CONTENT_POLICY: HeaderValue =
    HeaderValue::from_static("frame-src 'self'; frame-ancestors 'self'; object-src 'none';");

/// The token of an `Authorization: Bearer` header.
pub fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    Some(token.trim()).filter(|t| scheme.eq_ignore_ascii_case("bearer") && !t.is_empty())
}
