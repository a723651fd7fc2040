//! The ways out: a browser's, with or without a proof that its user wants it, a client's, and the notices to others.

mod by_client;
mod confirmed;
mod hinted;
mod told;

use wire_tests::{Browser, Reply, Server, Tokens};

/// Where `app` sends people who are gone.
const BYE: &str = "https://app.example/bye/now";

/// A server, and who logs in there.
async fn started() -> Server {
    Server::start("logout").await
}

/// Tokens of `client` from a browser's login, or from the session that it has already.
async fn tokens(browser: &mut Browser<'_>, server: &Server, client: &str) -> Tokens {
    let reply = browser.authorize(client, &[]).await;
    let code = match reply.parameter("code") {
        Some(code) => code,
        None => {
            let reply = browser.submit(&reply, &[("username", "ada"), ("password", "pw")]).await;
            reply.parameter("code").expect("a code")
        }
    };
    Tokens::of(&server.client(client).redeem(&code, &format!("https://{client}.example/cb")).await)
}

/// Opens the logout endpoint.
async fn leave(browser: &mut Browser<'_>, server: &Server, parameters: &[(&str, &str)]) -> Reply {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    browser.open(&format!("{}?{query}", server.path("logout"))).await
}

/// Whether a browser has a session.
async fn is_in(browser: &mut Browser<'_>) -> bool {
    browser.authorize("app", &[("prompt", "none")]).await.parameter("code").is_some()
}

/// Whether the page is the question that waits for an answer.
fn asks(page: &Reply) -> bool {
    page.status == 200 && page.body.contains("/logout/logout-confirm?")
}
