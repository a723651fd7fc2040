//! Endpoints for the participants of a network: decode, one call, answer.
//!
//! | module | below `/realms/{realm}` |
//! |---|---|
//! | [`signing`] | `/signing/…`: verify, check, sign |
//! | [`registry`] | `/registry/…`: who takes part, with which keys |
//! | [`evidence`] | `/evidence/…`: the ledger |
//! | [`service`] | `/service/…` at the root: the registry in the network's own form |

mod answer;
mod call;
mod evidence;
mod registry;
mod service;
mod signing;

pub use call::known_first;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::MethodFilter;
use messages::LONGEST_BODY;
use web::{App, method_not_allowed};

/// Octets of the longest envelope: a body in base64url, and headers.
const LONGEST_ENVELOPE: usize = LONGEST_BODY / 3 * 4 + 256 * 1024;

macro_rules! routes {
    ($(#[$doc:meta])* $list:ident $router:ident: $($method:ident $path:literal $handler:path;)*) => {
        $(#[$doc])*
        pub const $list: &[(&str, &str)] = &[$((stringify!($method), $path),)*];

        fn $router() -> Router<App> {
            Router::new()$(.route($path, axum::routing::on(MethodFilter::$method, $handler)))*
        }
    };
}

routes! {
    /// Methods and paths whose replies are signed.
    SIGNED signed:
    POST "/realms/{realm}/signing/verify" signing::verify;
    POST "/realms/{realm}/signing/check" signing::check;
    POST "/realms/{realm}/signing/sign" signing::sign;
    GET  "/realms/{realm}/signing/certs" signing::certs;
    GET  "/realms/{realm}/registry/participants" registry::participants;
    GET  "/realms/{realm}/registry/participants/{participant}" registry::participant;
    GET  "/realms/{realm}/registry/roles" registry::roles;
    GET  "/realms/{realm}/registry/roles/{role}" registry::role;
    GET  "/realms/{realm}/registry/roles/{role}/keys" registry::keys;
    GET  "/realms/{realm}/registry/roles/{role}/jwks.json" registry::jwks;
    GET  "/realms/{realm}/registry/roles/{role}/history" registry::history;
    GET  "/realms/{realm}/registry/profiles/{name}" registry::profile;
    GET  "/service/participant-roles/{role}" service::role;
    GET  "/service/participant-roles/server-whitelisting-items/{role}" service::whitelisting_items;
    GET  "/service/product-networks/{network}/participants" service::product_network;
    GET  "/realms/{realm}/evidence/messages" evidence::search;
    GET  "/realms/{realm}/evidence/records/{id}" evidence::record;
    POST "/realms/{realm}/evidence/export" evidence::export;
}

routes! {
    /// The same, for messages within JSON.
    ENVELOPES envelopes:
    POST "/realms/{realm}/signing/verify-envelope" signing::verify_envelope;
    POST "/realms/{realm}/signing/report" signing::report;
}

routes! {
    /// Methods and paths whose answers prove themselves, or need no proof.
    OPEN open:
    GET  "/realms/{realm}/evidence/checkpoint" evidence::checkpoint;
    GET  "/realms/{realm}/evidence/tile/{*path}" evidence::tile;
    GET  "/realms/{realm}/evidence/entries/{id}" evidence::entry;
    GET  "/realms/{realm}/evidence/consistency" evidence::consistency;
    GET  "/realms/{realm}/evidence/keys" evidence::keys;
    GET  "/realms/{realm}/registry/openapi.json" registry::openapi;
}

/// Routes whose replies are signed.
pub fn signed_routes() -> Router<App> {
    signed()
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .merge(envelopes().layer(DefaultBodyLimit::max(LONGEST_ENVELOPE)))
        .method_not_allowed_fallback(method_not_allowed)
}

/// All others.
pub fn open_routes() -> Router<App> {
    open().method_not_allowed_fallback(method_not_allowed)
}
