//! The protocol's endpoints that browsers visit.

pub(crate) mod auth;
pub(crate) mod login_status;
pub(crate) mod logout;
pub(crate) mod third_party_cookies;

use authn::Browser;
use axum::http::HeaderMap;
use web::find_cookie;

/// The cookies of a request.
pub(crate) fn browser_of(headers: &HeaderMap) -> Browser<'_> {
    Browser {
        auth_session: find_cookie(headers, "AUTH_SESSION_ID"),
        restart: find_cookie(headers, "KC_RESTART"),
        identity: find_cookie(headers, "KEYCLOAK_IDENTITY"),
        remember_me: find_cookie(headers, "KEYCLOAK_REMEMBER_ME"),
    }
}
