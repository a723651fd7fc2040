//! Endpoints for the participants of a network: decode, one call, answer.
//!
//! | module | below `/realms/{realm}` |
//! |---|---|
//! | [`signing`] | `/signing/…`: verify, check, sign |
//! | [`registry`] | `/registry/…`: who takes part, with which keys |
//! | [`evidence`] | `/evidence/…`: the ledger |
//! | [`service`] | `/service/…` at the root: the registry in the network's own form |

mod answer;
mod evidence;
mod registry;
mod service;
mod signing;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use web::{App, LONGEST_BODY, method_not_allowed};

/// Octets of the longest envelope: a body in base64url, and headers.
const LONGEST_ENVELOPE: usize = LONGEST_BODY / 3 * 4 + 256 * 1024;

/// Routes whose replies are signed.
pub fn signed_routes() -> Router<App> {
    let signing = |path: &str| format!("/realms/{{realm}}/signing/{path}");
    let registry = |path: &str| format!("/realms/{{realm}}/registry/{path}");
    Router::new()
        .route(&signing("verify"), post(signing::verify))
        .route(&signing("check"), post(signing::check))
        .route(&signing("sign"), post(signing::sign))
        .route(&signing("certs"), get(signing::certs))
        .route(&registry("participants"), get(registry::participants))
        .route(&registry("roles/{role}"), get(registry::role))
        .route(&registry("roles/{role}/keys"), get(registry::keys))
        .route(&registry("roles/{role}/jwks.json"), get(registry::jwks))
        .route(&registry("profiles/{name}"), get(registry::profile))
        .route("/service/participant-roles/{role}", get(service::role))
        .route("/service/participant-roles/server-whitelisting-items/{role}", get(service::whitelisting_items))
        .route("/service/product-networks/{network}/participants", get(service::product_network))
        .route("/realms/{realm}/evidence/export", post(evidence::export))
        .route("/realms/{realm}/evidence/messages", get(evidence::search))
        .route("/realms/{realm}/evidence/records/{id}", get(evidence::record))
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .merge(envelopes())
        .method_not_allowed_fallback(method_not_allowed)
}

fn envelopes() -> Router<App> {
    Router::new()
        .route("/realms/{realm}/signing/verify-envelope", post(signing::verify_envelope))
        .route("/realms/{realm}/signing/report", post(signing::report))
        .layer(DefaultBodyLimit::max(LONGEST_ENVELOPE))
}

/// Routes whose answers prove themselves.
pub fn open_routes() -> Router<App> {
    let evidence = |path: &str| format!("/realms/{{realm}}/evidence/{path}");
    Router::new()
        .route(&evidence("checkpoint"), get(evidence::checkpoint))
        .route(&evidence("tile/{*path}"), get(evidence::tile))
        .route(&evidence("entries/{id}"), get(evidence::entry))
        .route(&evidence("consistency"), get(evidence::consistency))
        .route(&evidence("keys"), get(evidence::keys))
        .method_not_allowed_fallback(method_not_allowed)
}
