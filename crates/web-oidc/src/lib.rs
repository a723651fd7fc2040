//! Endpoints for clients: decode, one call, answer.

mod certs;
mod discovery;
mod introspect;
mod revoke;
mod token;
mod userinfo;

use axum::Router;
use axum::routing::{get, post};
use web::{App, method_not_allowed};

const PROTOCOL: &str = "/realms/{realm}/protocol/openid-connect";

/// Routes whose replies are signed where a realm has participants.
pub fn signed_routes() -> Router<App> {
    Router::new()
        .route(&format!("{PROTOCOL}/token"), post(token::token).options(token::preflight))
        .route(&format!("{PROTOCOL}/token/introspect"), post(introspect::introspect))
        .method_not_allowed_fallback(method_not_allowed)
}

/// All others.
pub fn routes() -> Router<App> {
    let at = |path: &str| format!("{PROTOCOL}/{path}");
    Router::new()
        .route("/realms/{realm}", get(discovery::realm_page))
        .route("/realms/{realm}/.well-known/openid-configuration", get(discovery::document))
        .route("/realms/{realm}/.well-known/oauth-authorization-server", get(discovery::document))
        .route("/.well-known/oauth-authorization-server/realms/{realm}", get(discovery::document))
        .route(&at("certs"), get(certs::certs).options(discovery::preflight))
        .route(&at("revoke"), post(revoke::revoke))
        .route(&at("userinfo"), get(userinfo::get).post(userinfo::post).options(userinfo::preflight))
        .method_not_allowed_fallback(method_not_allowed)
}
