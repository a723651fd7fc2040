//! What is withdrawn is gone at the very next request: users, clients, realms, sessions, tokens, by not-before policies.

use serde_json::json;
use wire_tests::{Server, Setup, Tokens};

/// Whether a token counts: at introspection, at userinfo.
async fn counts(server: &Server, tokens: &Tokens) -> [bool; 2] {
    [
        server.client("resource").sees_active(&tokens.access).await,
        server.client("app").userinfo(&tokens.access).await.status == 200,
    ]
}

async fn started() -> (Server, Tokens) {
    let server = Server::start("token").await;
    let tokens = server.client("app").password("ada", "pw").await;
    assert_eq!(counts(&server, &tokens).await, [true, true]);
    (server, tokens)
}

#[tokio::test]
async fn a_disabled_user_has_no_tokens_any_more_and_gets_none() {
    let (server, tokens) = started().await;
    let code = super::code(&server).await;
    let offline = Tokens::of(&server.client("app").password_reply("ada", "pw", "openid offline_access").await);
    server.hands().enable_user("ada", false).await;
    assert_eq!(counts(&server, &tokens).await, [false, false]);
    let app = server.client("app");
    assert_eq!(app.refresh(&tokens.refresh).await.refusal(), "400 invalid_grant: User disabled");
    assert_eq!(app.refresh(&offline.refresh).await.refusal(), "400 invalid_grant: User disabled");
    assert_eq!(app.redeem(&code, super::APP).await.refusal(), "400 invalid_grant: User disabled");
    assert_eq!(app.password_reply("ada", "pw", "openid").await.refusal(), "400 invalid_grant: Account disabled");
}

#[tokio::test]
async fn a_user_enabled_again_has_the_tokens_of_before() {
    let (server, tokens) = started().await;
    server.hands().enable_user("ada", false).await;
    assert_eq!(counts(&server, &tokens).await, [false, false]);
    server.hands().enable_user("ada", true).await;
    assert_eq!(counts(&server, &tokens).await, [true, true]);
}

#[tokio::test]
async fn a_deleted_user_has_no_tokens_any_more() {
    let (server, tokens) = started().await;
    server.hands().delete_user("ada").await;
    assert_eq!(counts(&server, &tokens).await, [false, false]);
    assert_eq!(server.client("app").refresh(&tokens.refresh).await.status, 400);
}

#[tokio::test]
async fn a_disabled_client_has_no_tokens_any_more_and_gets_none() {
    let (server, tokens) = started().await;
    let code = super::code(&server).await;
    server.hands().enable_client("app", false).await;
    assert_eq!(counts(&server, &tokens).await, [false, false]);
    let app = server.client("app");
    for reply in [
        app.refresh(&tokens.refresh).await,
        app.redeem(&code, super::APP).await,
        app.password_reply("ada", "pw", "openid").await,
        app.token(&[("grant_type", "client_credentials")]).await,
        app.introspect(&tokens.access).await,
        app.revoke(&tokens.access).await,
        app.logout(&tokens.refresh).await,
    ] {
        assert_eq!(reply.status, 401, "{}", reply.body);
    }
}

#[tokio::test]
async fn a_disabled_realm_answers_nobody() {
    let (server, tokens) = started().await;
    let code = super::code(&server).await;
    server.hands().enable_realm(false).await;
    let app = server.client("app");
    for reply in [
        app.refresh(&tokens.refresh).await,
        app.redeem(&code, super::APP).await,
        app.password_reply("ada", "pw", "openid").await,
        app.token(&[("grant_type", "client_credentials")]).await,
        server.client("resource").introspect(&tokens.access).await,
        app.revoke(&tokens.access).await,
        app.logout(&tokens.refresh).await,
    ] {
        assert_eq!(reply.status, 403, "{}", reply.body);
    }
    assert_eq!(app.userinfo(&tokens.access).await.status, 401);
    let page = server.browser().authorize("app", &[]).await;
    assert_eq!(page.status, 400);
}

#[tokio::test]
async fn a_not_before_of_the_realm_alone_ends_what_was_issued_before() {
    let (server, tokens) = started().await;
    server.hands().realm(json!({"notBefore": wire_tests::NOW + 1})).await;
    stale(&server, &tokens).await;
}

#[tokio::test]
async fn a_not_before_of_the_client_alone_ends_what_was_issued_before() {
    let (server, tokens) = started().await;
    server.hands().client("app", json!({"notBefore": wire_tests::NOW + 1})).await;
    stale(&server, &tokens).await;
}

#[tokio::test]
async fn a_not_before_of_the_user_alone_ends_what_was_issued_before() {
    let (server, tokens) = started().await;
    server.hands().user("ada", |user| user.not_before = wire_tests::NOW + 1).await;
    stale(&server, &tokens).await;
}

async fn stale(server: &Server, tokens: &Tokens) {
    assert_eq!(counts(server, tokens).await, [false, false]);
    assert_eq!(server.client("app").refresh(&tokens.refresh).await.refusal(), "400 invalid_grant: Stale token");
    server.wait(1);
    let fresh = server.client("app").password("ada", "pw").await;
    assert_eq!(counts(server, &fresh).await, [true, true]);
}

#[tokio::test]
async fn a_not_before_of_another_client_or_user_ends_nothing() {
    let (server, tokens) = started().await;
    server.hands().client("other", json!({"notBefore": wire_tests::NOW + 1})).await;
    server.hands().user("plain", |user| user.not_before = wire_tests::NOW + 1).await;
    assert_eq!(counts(&server, &tokens).await, [true, true]);
}

#[tokio::test]
async fn a_logout_is_seen_at_the_very_next_request() {
    let (server, tokens) = started().await;
    server.client("app").logout(&tokens.refresh).await.expect(204);
    assert_eq!(counts(&server, &tokens).await, [false, false]);
    assert_eq!(server.client("app").refresh(&tokens.refresh).await.refusal(), "400 invalid_grant: Session not active");
}

#[tokio::test]
async fn a_revoked_access_token_is_gone_and_its_session_goes_on() {
    let (server, tokens) = started().await;
    server.client("app").revoke(&tokens.access).await.expect(200);
    assert_eq!(counts(&server, &tokens).await, [false, false]);
    let next = Tokens::of(&server.client("app").refresh(&tokens.refresh).await);
    assert_eq!(counts(&server, &next).await, [true, true]);
}

#[tokio::test]
async fn a_revoked_refresh_token_takes_its_access_tokens_along() {
    let (server, tokens) = started().await;
    server.client("app").revoke(&tokens.refresh).await.expect(200);
    assert_eq!(counts(&server, &tokens).await, [false, false]);
    assert_eq!(server.client("app").refresh(&tokens.refresh).await.status, 400);
}

#[tokio::test]
async fn nobody_revokes_or_logs_out_by_another_clients_token() {
    let (server, tokens) = started().await;
    let other = server.client("other");
    assert_eq!(other.revoke(&tokens.access).await.refusal(), "400 invalid_request: Unmatching clients");
    assert_eq!(other.revoke(&tokens.refresh).await.refusal(), "400 invalid_request: Unmatching clients");
    assert_eq!(other.logout(&tokens.refresh).await.status, 400);
    assert_eq!(counts(&server, &tokens).await, [true, true]);
}

#[tokio::test]
async fn a_service_account_that_is_disabled_has_and_gets_no_tokens() {
    let server = Server::start("token").await;
    let app = server.client("app");
    let tokens = Tokens::of(&app.token(&[("grant_type", "client_credentials")]).await);
    assert!(server.client("resource").sees_active(&tokens.access).await);
    server.hands().enable_user("service-account-app", false).await;
    assert!(!server.client("resource").sees_active(&tokens.access).await);
    assert_eq!(app.token(&[("grant_type", "client_credentials")]).await.status, 401);
}

#[tokio::test]
async fn a_token_stays_in_its_realm_even_between_realms_of_one_key() {
    let server = Setup::of("token").twin("b").twin("c").twin("d").start().await;
    // The fourth realm has the key of the first, so that only the issuer tells them apart.
    let tokens = server.client_of("d", "app").password("ada", "pw").await;
    assert!(server.client_of("d", "resource").sees_active(&tokens.access).await);
    assert!(!server.client("resource").sees_active(&tokens.access).await);
    assert_eq!(server.client("app").userinfo(&tokens.access).await.status, 401);
    let other = server.client_of("b", "resource").sees_active(&tokens.access).await;
    assert!(!other);
}

#[tokio::test]
async fn introspection_tells_only_whom_the_token_is_for() {
    let (server, tokens) = started().await;
    assert!(!server.client("other").sees_active(&tokens.access).await);
    assert_eq!(server.client("spa").introspect(&tokens.access).await.status, 403);
}
