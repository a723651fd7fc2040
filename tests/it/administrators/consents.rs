//! A consent that an administrator withdraws: what the client had of this user is gone with it, and nothing else is.

use serde_json::json;
use wire_tests::{Browser, Engine, Reply, Server, Setup, Tokens};

use super::{Hand, user};

/// Two clients that ask for consent, `app`, which doesn't, and `people`, who manages users.
fn setup() -> Setup {
    Setup::of("token").with(|realm| {
        realm["users"].as_array_mut().expect("users").push(user("people", &["manage-users"]));
        let clients = realm["clients"].as_array_mut().expect("clients");
        let mut second = clients.iter().find(|c| c["clientId"] == "consenting").expect("a client").clone();
        second["clientId"] = json!("second");
        second["redirectUris"] = json!(["https://second.example/cb"]);
        clients.push(second);
    })
}

/// Whether a page asks for consent.
fn asks(page: &Reply) -> bool {
    page.status == 200 && page.body.contains("name=\"accept\"")
}

/// Tokens of a client, after its user proved themselves and said yes where they were asked to.
async fn tokens(browser: &mut Browser<'_>, client: &str, username: &str, scope: &str, server: &Server) -> Tokens {
    let mut reply = browser.authorize(client, &[("scope", scope)]).await;
    if reply.body.contains("name=\"password\"") {
        reply = browser.submit(&reply, &[("username", username), ("password", "pw")]).await;
    }
    reply = browser.follow(reply).await;
    if asks(&reply) {
        reply = browser.submit(&reply, &[("accept", "Yes")]).await;
    }
    let code = reply.parameter("code").unwrap_or_else(|| panic!("no code: {}", reply.line()));
    Tokens::of(&server.client(client).redeem(&code, &format!("https://{client}.example/cb")).await)
}

/// The clients that a user allowed something, by name.
async fn allowed(people: &Hand<'_>, path: &str) -> Vec<String> {
    let found = people.read(path).await;
    let names = found.as_array().into_iter().flatten().filter_map(|consent| consent["clientId"].as_str());
    let mut names: Vec<String> = names.map(str::to_owned).collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn a_withdrawn_consent_ends_what_that_client_has_of_that_user_and_nothing_else() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(server) = setup().on(engine).try_start().await else { continue };
        let people = Hand::of(&server, "token", "people").await;
        let path = format!("token/users/{}/consents", people.id("token/users?username=ada&exact=true").await);
        let mut browser = server.browser();
        let mut gone = Vec::new();
        gone.push(tokens(&mut browser, "consenting", "ada", "openid", &server).await);
        gone.push(tokens(&mut server.browser(), "consenting", "ada", "openid", &server).await);
        gone.push(tokens(&mut server.browser(), "consenting", "ada", "openid offline_access", &server).await);
        let others = [
            ("second", tokens(&mut browser, "second", "ada", "openid", &server).await),
            ("app", tokens(&mut browser, "app", "ada", "openid", &server).await),
            ("app", tokens(&mut server.browser(), "app", "ada", "openid offline_access", &server).await),
            ("consenting", tokens(&mut server.browser(), "consenting", "plain", "openid", &server).await),
        ];
        assert_eq!(allowed(&people, &path).await, ["consenting", "second"]);
        people.ask("DELETE", &format!("{path}/consenting"), "").await.expect(204);
        for token in &gone {
            let client = server.client("consenting");
            let refused = client.refresh(&token.refresh).await;
            assert_eq!((refused.status, refused.text("error").as_str()), (400, "invalid_grant"), "{}", refused.line());
            assert_eq!(client.userinfo(&token.access).await.status, 401);
        }
        for (client, token) in &others {
            let client = server.client(client);
            client.refresh(&token.refresh).await.expect(200);
            client.userinfo(&token.access).await.expect(200);
        }
        assert_eq!(allowed(&people, &path).await, ["second"]);
        people.ask("DELETE", &format!("{path}/consenting"), "").await.expect(404);
        let silent = browser.authorize("consenting", &[("prompt", "none")]).await;
        assert_eq!(silent.parameter("error").as_deref(), Some("interaction_required"));
        let asked = browser.authorize("consenting", &[]).await;
        assert!(asks(&browser.follow(asked).await));
    }
}

#[tokio::test]
async fn a_client_that_must_ask_by_now_refreshes_only_what_it_was_allowed() {
    let server = setup().start().await;
    let mut browser = server.browser();
    let had = tokens(&mut browser, "app", "ada", "openid", &server).await;
    server.hands().client("app", json!({"consentRequired": true})).await;
    let refused = server.client("app").refresh(&had.refresh).await;
    assert_eq!(refused.refusal(), "400 invalid_scope: Client no longer has requested consent from user");
    let allowed = tokens(&mut browser, "app", "ada", "openid", &server).await;
    server.client("app").refresh(&allowed.refresh).await.expect(200);
}
