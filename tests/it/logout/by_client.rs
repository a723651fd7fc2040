//! A client's logout by its refresh token.

use wire_tests::{Ask, Setup};

use super::{is_in, started, tokens};

#[tokio::test]
async fn a_client_ends_the_session_of_its_refresh_token() {
    let server = started().await;
    let mut browser = server.browser();
    let app = tokens(&mut browser, &server, "app").await;
    let told = tokens(&mut browser, &server, "told").await;
    let reply = server.client("app").logout(&app.refresh).await.expect(204);
    assert_eq!(reply.body, "");
    assert!(!is_in(&mut browser).await);
    assert_eq!(server.client("told").refresh(&told.refresh).await.status, 400);
    assert!(!server.client("app").sees_active(&app.access).await);
}

#[tokio::test]
async fn the_refresh_token_of_another_client_ends_nothing() {
    let server = started().await;
    let mut browser = server.browser();
    let app = tokens(&mut browser, &server, "app").await;
    let refused = server.client("told").logout(&app.refresh).await.refusal();
    assert_eq!(refused, "400 invalid_grant: Invalid refresh token. Token client and authorized client don't match");
    assert!(is_in(&mut browser).await);
    server.client("app").refresh(&app.refresh).await.expect(200);
}

#[tokio::test]
async fn a_client_that_does_not_prove_itself_ends_nothing() {
    let server = started().await;
    let mut browser = server.browser();
    let app = tokens(&mut browser, &server, "app").await;
    for secret in ["", "told-secret", "app-secret "] {
        let form = [("client_id", "app"), ("client_secret", secret), ("refresh_token", &app.refresh)];
        assert_eq!(server.ask(Ask::form(server.path("logout"), &form)).await.status, 401, "{secret}");
    }
    let form = [("client_id", "app"), ("refresh_token", &app.refresh)];
    assert_eq!(server.ask(Ask::form(server.path("logout"), &form)).await.status, 401);
    // The browser's cookies don't stand in for it.
    let path = server.path("logout");
    let form = Ask::form(path.clone(), &[("client_id", "app"), ("refresh_token", "")]);
    assert_ne!(browser.send(form, &path).await.status, 204);
    assert!(is_in(&mut browser).await);
}

#[tokio::test]
async fn only_a_refresh_token_of_this_realm_will_do() {
    let server = Setup::of("logout").twin("twin").start().await;
    let mut browser = server.browser();
    let app = tokens(&mut browser, &server, "app").await;
    for token in [&app.access, &app.id, "x", "a.b.c"] {
        let refused = server.client("app").logout(token).await;
        assert_eq!(refused.status, 400, "{}", refused.body);
    }
    assert_eq!(server.client_of("twin", "app").logout(&app.refresh).await.status, 400);
    assert!(is_in(&mut browser).await);
}

#[tokio::test]
async fn a_session_that_has_ended_ends_again_without_complaint() {
    let server = started().await;
    let app = tokens(&mut server.browser(), &server, "app").await;
    for _ in 0..2 {
        server.client("app").logout(&app.refresh).await.expect(204);
    }
}
