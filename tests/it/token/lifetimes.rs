//! How long tokens and sessions live, by a clock that the test moves.

use serde_json::json;
use wire_tests::{Server, Setup, Tokens, claims_of};

/// Idle times are kept a minute late, in the user's favour.
const COARSE: i64 = 60;

#[tokio::test]
async fn an_access_token_lives_for_its_lifespan_and_not_a_second_longer() {
    let server = Server::start("token").await;
    let tokens = server.client("app").password("ada", "pw").await;
    server.wait(299);
    assert!(server.client("resource").sees_active(&tokens.access).await);
    assert_eq!(server.client("app").userinfo(&tokens.access).await.status, 200);
    server.wait(1);
    assert!(!server.client("resource").sees_active(&tokens.access).await);
    assert_eq!(server.client("app").userinfo(&tokens.access).await.status, 401);
}

#[tokio::test]
async fn a_session_that_is_not_used_ends_after_its_idle_time() {
    let server = Server::start("token").await;
    let app = server.client("app");
    let tokens = app.password("ada", "pw").await;
    server.wait(1799);
    let tokens = Tokens::of(&app.refresh(&tokens.refresh).await);
    server.wait(1799);
    let tokens = Tokens::of(&app.refresh(&tokens.refresh).await);
    server.wait(1800);
    assert_eq!(app.refresh(&tokens.refresh).await.refusal(), "400 invalid_grant: Token is not active");
}

#[tokio::test]
async fn a_session_that_is_always_used_ends_all_the_same_at_its_maximum() {
    let server = Server::start("token").await;
    let app = server.client("app");
    let mut tokens = app.password("ada", "pw").await;
    for _ in 0..23 {
        server.wait(1500);
        tokens = Tokens::of(&app.refresh(&tokens.refresh).await);
    }
    assert_eq!(claims_of(&tokens.refresh)["exp"], wire_tests::NOW + 36000);
    server.wait(1500);
    assert_eq!(app.refresh(&tokens.refresh).await.status, 400);
}

async fn remembered(server: &Server) -> Tokens {
    let mut browser = server.browser();
    let page = browser.authorize("app", &[]).await;
    let login = [("username", "ada"), ("password", "pw"), ("rememberMe", "on")];
    let reply = browser.submit(&page, &login).await;
    let code = reply.parameter("code").expect("a code");
    Tokens::of(&server.client("app").redeem(&code, super::APP).await)
}

#[tokio::test]
async fn a_remembered_session_has_times_of_its_own() {
    let server = Server::start("token").await;
    let app = server.client("app");
    let tokens = remembered(&server).await;
    server.wait(7100);
    let tokens = Tokens::of(&app.refresh(&tokens.refresh).await);
    server.wait(7201 + COARSE);
    assert_eq!(app.refresh(&tokens.refresh).await.status, 400);
}

#[tokio::test]
async fn an_offline_session_outlives_a_logout_and_ends_after_its_own_idle_time() {
    let server = Server::start("token").await;
    let app = server.client("app");
    let tokens = Tokens::of(&app.password_reply("ada", "pw", "openid offline_access").await);
    server.hands().end_session(&tokens.session()).await;
    server.wait(4900);
    let tokens = Tokens::of(&app.refresh(&tokens.refresh).await);
    server.wait(4900);
    let tokens = Tokens::of(&app.refresh(&tokens.refresh).await);
    server.wait(5000 + COARSE);
    assert_eq!(app.refresh(&tokens.refresh).await.status, 400);
}

#[tokio::test]
async fn an_offline_session_may_have_a_maximum() {
    let limited = |realm: &mut serde_json::Value| {
        realm["offlineSessionMaxLifespanEnabled"] = json!(true);
        realm["offlineSessionMaxLifespan"] = json!(6000);
    };
    let server = Setup::of("token").with(limited).start().await;
    let app = server.client("app");
    let tokens = Tokens::of(&app.password_reply("ada", "pw", "openid offline_access").await);
    server.wait(4000);
    let tokens = Tokens::of(&app.refresh(&tokens.refresh).await);
    assert_eq!(claims_of(&tokens.refresh)["exp"], wire_tests::NOW + 6000);
    server.wait(2000);
    assert_eq!(app.refresh(&tokens.refresh).await.status, 400);
}

#[tokio::test]
async fn a_clients_own_lifespans_stand_over_the_realms() {
    let server = Server::start("token").await;
    let own = json!({"attributes": {"access.token.lifespan": "30", "client.session.idle.timeout": "100"}});
    server.hands().client("app", own).await;
    let tokens = server.client("app").password("ada", "pw").await;
    assert_eq!(tokens.claim("exp"), wire_tests::NOW + 30);
    assert_eq!(claims_of(&tokens.refresh)["exp"], wire_tests::NOW + 100);
}

#[tokio::test]
async fn an_access_token_never_outlives_its_session() {
    let server = Setup::of("token").with(|realm| realm["ssoSessionMaxLifespan"] = json!(100)).start().await;
    let tokens = server.client("app").password("ada", "pw").await;
    assert_eq!(tokens.claim("exp"), wire_tests::NOW + 100);
}
