//! Endpoints for clients: token, introspection, userinfo, revocation.

mod assertions;
mod codes;
mod confusion;
mod lifetimes;
mod order;
mod refresh;
mod withdrawn;

use wire_tests::{Browser, Server};

/// Where the client `app` is.
const APP: &str = "https://app.example/cb";

/// A code for `app`, by a login of `ada`.
async fn code(server: &Server) -> String {
    code_in(&mut server.browser()).await
}

async fn code_in(browser: &mut Browser<'_>) -> String {
    browser.login("app", "ada", "pw").await.code
}
