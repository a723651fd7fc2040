//! Pages for people: the authorization endpoint, the forms of a login, logout, and the files that pages point at.
//!
//! [`render`] turns typed pages into HTML and knows nothing of HTTP; the rest decodes, calls `authn` once, and paints its
//! answer. Every page works without script.

mod detached;
mod kept;
mod login_actions;
mod nowhere;
mod paint;
mod protocol;
pub mod render;
mod resources;
mod surroundings;

pub use nowhere::not_found;

use axum::Router;
use axum::routing::get;
use web::{App, method_not_allowed};

/// The routes.
pub fn routes() -> Router<App> {
    let protocol = |path: &str| format!("/realms/{{realm}}/protocol/openid-connect/{path}");
    let actions = |path: &str| format!("/realms/{{realm}}/login-actions/{path}");
    Router::new()
        .route(&protocol("auth"), get(protocol::auth::get).post(protocol::auth::post))
        .route(&protocol("logout"), get(protocol::logout::get).post(protocol::logout::post))
        .route(&protocol("logout/logout-confirm"), get(protocol::logout::confirm_page).post(protocol::logout::confirm))
        .route(&protocol("login-status-iframe.html"), get(protocol::login_status::page))
        .route(&protocol("login-status-iframe.html/init"), get(protocol::login_status::init))
        .route(&protocol("3p-cookies/{step}"), get(protocol::third_party_cookies::page))
        .route(&actions("authenticate"), get(login_actions::authenticate_page).post(login_actions::authenticate))
        .route(&actions("required-action"), get(login_actions::action_page).post(login_actions::action))
        .route(&actions("consent"), get(login_actions::consent_page).post(login_actions::consent))
        .route(&actions("restart"), get(login_actions::restart))
        .route(&actions("detached-info"), get(detached::page))
        .route("/resources/{tag}/login/countersign/{file}", get(resources::file))
        .method_not_allowed_fallback(method_not_allowed)
}
