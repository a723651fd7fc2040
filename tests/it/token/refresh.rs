//! Refreshing: rotation, reuse, narrower scopes, and what is looked at anew.

use serde_json::json;
use tokio::task::JoinSet;
use wire_tests::{Engine, Reply, Server, Setup, Tokens, claims_of};

fn rotating() -> Setup {
    Setup::of("token").with(|realm| {
        realm["revokeRefreshToken"] = json!(true);
        realm["refreshTokenMaxReuse"] = json!(0);
    })
}

const REUSED: &str = "400 invalid_grant: Maximum allowed refresh token reuse exceeded";

#[tokio::test]
async fn a_rotating_token_is_used_once_and_its_reuse_ends_the_client_session() {
    let server = rotating().start().await;
    let app = server.client("app");
    let first = app.password("ada", "pw").await;
    let second = Tokens::of(&app.refresh(&first.refresh).await);
    let third = Tokens::of(&app.refresh(&second.refresh).await);
    assert_eq!(app.refresh(&second.refresh).await.refusal(), REUSED);
    assert_eq!(app.refresh(&third.refresh).await.status, 400);
    assert!(!server.client("resource").sees_active(&third.access).await);
}

#[tokio::test]
async fn a_token_older_than_the_one_used_last_is_stale() {
    let server = rotating().start().await;
    let app = server.client("app");
    let first = app.password("ada", "pw").await;
    let second = Tokens::of(&app.refresh(&first.refresh).await);
    Tokens::of(&app.refresh(&second.refresh).await);
    assert_eq!(app.refresh(&first.refresh).await.refusal(), "400 invalid_grant: Stale token");
}

#[tokio::test]
async fn a_token_is_reused_as_often_as_the_realm_allows() {
    let server = rotating().with(|realm| realm["refreshTokenMaxReuse"] = json!(2)).start().await;
    let app = server.client("app");
    let first = app.password("ada", "pw").await;
    for _ in 0..3 {
        app.refresh(&first.refresh).await.expect(200);
    }
    assert_eq!(app.refresh(&first.refresh).await.refusal(), REUSED);
}

#[tokio::test]
async fn chains_of_one_session_do_not_disturb_one_another() {
    let server = rotating().start().await;
    let app = server.client("app");
    let mut browser = server.browser();
    let code = browser.login("app", "ada", "pw").await.code;
    let one = Tokens::of(&app.redeem(&code, super::APP).await);
    let code = browser.authorize("app", &[]).await.parameter("code").expect("a code");
    let two = Tokens::of(&app.redeem(&code, super::APP).await);
    assert_eq!(one.session(), two.session());
    let one = Tokens::of(&app.refresh(&one.refresh).await);
    let two = Tokens::of(&app.refresh(&two.refresh).await);
    app.refresh(&one.refresh).await.expect(200);
    app.refresh(&two.refresh).await.expect(200);
}

async fn hundred_at_once(server: &Server) -> Vec<Reply> {
    let token = server.client("app").password("ada", "pw").await.refresh;
    let mut tries = JoinSet::new();
    for _ in 0..100 {
        let (server, token) = (server.clone(), token.clone());
        tries.spawn(async move { server.client("app").refresh(&token).await });
    }
    tries.join_all().await
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_parallel_uses_of_a_rotating_token_exactly_one_succeeds() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(server) = rotating().on(engine).try_start().await else { continue };
        let replies = hundred_at_once(&server).await;
        assert_eq!(replies.iter().filter(|r| r.status == 200).count(), 1);
        let odd: Vec<&Reply> = replies.iter().filter(|r| r.status != 200 && r.status != 400).collect();
        assert!(odd.is_empty(), "{odd:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_does_not_rotate_may_be_used_by_a_hundred_at_once() {
    let server = Server::start("token").await;
    assert!(hundred_at_once(&server).await.iter().all(|r| r.status == 200));
}

#[tokio::test]
async fn a_refresh_may_ask_for_less_but_never_for_more() {
    let server = Server::start("token").await;
    let app = server.client("app");
    let wide = Tokens::of(&app.password_reply("ada", "pw", "openid phone address").await);
    let narrow = async |scope: &str, token: &str| {
        app.token(&[("grant_type", "refresh_token"), ("refresh_token", token), ("scope", scope)]).await
    };
    let phone = narrow("openid phone", &wide.refresh).await.expect(200);
    assert!(phone.text("scope").contains("phone") && !phone.text("scope").contains("address"), "{}", phone.body);
    // The refresh token still holds all that was granted first.
    let again = Tokens::of(&phone);
    assert!(narrow("openid address", &again.refresh).await.expect(200).text("scope").contains("address"));
    let plain = app.password("ada", "pw").await;
    let more = narrow("openid phone", &plain.refresh).await;
    assert!(more.status == 400 || !more.text("scope").contains("phone"), "{}", more.line());
    assert_eq!(
        narrow("openid made-up", &plain.refresh).await.refusal(),
        "400 invalid_scope: Invalid scopes: openid made-up"
    );
}

#[tokio::test]
async fn roles_are_looked_at_anew_at_each_refresh() {
    let server = Server::start("token").await;
    let app = server.client("app");
    let first = app.password("ada", "pw").await;
    let has = |tokens: &Tokens, role: &str| {
        tokens.claim("realm_access")["roles"].as_array().is_some_and(|roles| roles.iter().any(|r| r == role))
    };
    assert!(has(&first, "reader") && !has(&first, "editor"));
    server.hands().role("ada", "reader", false).await;
    server.hands().role("ada", "editor", true).await;
    let second = Tokens::of(&app.refresh(&first.refresh).await);
    assert!(!has(&second, "reader") && has(&second, "editor"));
}

#[tokio::test]
async fn a_refresh_token_is_of_no_use_to_another_client() {
    let server = Server::start("token").await;
    let token = server.client("app").password("ada", "pw").await.refresh;
    assert_eq!(
        server.client("other").refresh(&token).await.refusal(),
        "400 invalid_grant: Invalid refresh token. Token client and authorized client don't match"
    );
    server.client("app").refresh(&token).await.expect(200);
}

#[tokio::test]
async fn a_refresh_token_stays_in_its_realm() {
    let server = Setup::of("token").twin("twin").start().await;
    let token = server.client("app").password("ada", "pw").await.refresh;
    let refused = server.client_of("twin", "app").refresh(&token).await.refusal();
    assert_eq!(refused, "400 invalid_grant: Invalid refresh token");
}

#[tokio::test]
async fn an_offline_token_needs_the_role_at_each_use() {
    let server = Server::start("token").await;
    let app = server.client("app");
    let offline = Tokens::of(&app.password_reply("ada", "pw", "openid offline_access").await);
    assert_eq!(claims_of(&offline.refresh)["typ"], "Offline");
    app.refresh(&offline.refresh).await.expect(200);
    let default = format!("default-roles-{}", server.realm());
    server.hands().role("ada", &default, false).await;
    assert_eq!(
        app.refresh(&offline.refresh).await.refusal(),
        "400 invalid_grant: Offline session invalid because offline access not granted anymore"
    );
}
