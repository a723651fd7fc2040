//! Paths that lead nowhere: a page for people, JSON for everybody else [KC 1.1].

use axum::http::HeaderMap;
use axum::response::Response;
use web::{Facts, Failure, accepts};

use crate::paint::fail;

/// The fallback of all routes.
pub async fn not_found(facts: Facts, headers: HeaderMap) -> Response {
    match accepts(&headers, "text/html") {
        true => fail(Failure::NoRealm, &facts.base, &facts.id),
        false => web::not_found(),
    }
}
