//! What stands between the password and the client is not to be stepped past: required actions, consent.

use serde_json::json;
use wire_tests::{Reply, Server, find_forms};

use super::ADA;

const LATE: &[(&str, &str)] = &[("username", "late"), ("password", "pw")];

/// Follows to the page of what must be done.
async fn at_action(browser: &mut wire_tests::Browser<'_>, client: &str, login: &[(&str, &str)]) -> Reply {
    let page = browser.authorize(client, &[]).await;
    let reply = browser.submit(&page, login).await;
    browser.follow(reply).await.expect(200)
}

#[tokio::test]
async fn a_required_action_must_be_done_before_anything_is_had() {
    let server = Server::start("browser").await;
    let mut browser = server.browser();
    let page = at_action(&mut browser, "app", LATE).await;
    assert!(page.body.contains("password-new"));
    assert_eq!(browser.cookie("KEYCLOAK_IDENTITY"), None);
    assert_eq!(server.hands().sessions("late").await, 0);
    // Back to the beginning: still asked for the password, and for the action after it.
    let silent = browser.authorize("app", &[("prompt", "none")]).await;
    assert_eq!(silent.parameter("error").as_deref(), Some("login_required"));
    let again = at_action(&mut browser, "app", LATE).await;
    assert!(again.body.contains("password-new"));
    let done = browser.submit(&again, &[("password-new", "fresh"), ("password-confirm", "fresh")]).await;
    let done = browser.follow(done).await;
    assert!(done.parameter("code").is_some(), "{} {}", done.status, done.body);
    assert_eq!(server.client("app").password_reply("late", "pw", "openid").await.status, 400);
    server.client("app").password_reply("late", "fresh", "openid").await.expect(200);
}

#[tokio::test]
async fn a_login_in_progress_ends_when_its_user_or_realm_is_logged_out() {
    for whole_realm in [false, true] {
        let server = Server::start("browser").await;
        let mut browser = server.browser();
        let page = at_action(&mut browser, "app", LATE).await;
        server.wait(2);
        match whole_realm {
            true => server.hands().realm(json!({"notBefore": wire_tests::NOW + 1})).await,
            false => server.hands().user("late", |user| user.not_before = wire_tests::NOW + 1).await,
        };
        let late = browser.submit(&page, &[("password-new", "fresh"), ("password-confirm", "fresh")]).await;
        assert_eq!(late.parameter("code"), None, "{whole_realm} {}", late.line());
        assert_eq!(server.hands().sessions("late").await, 0);
        // Whoever proves themselves anew goes on.
        let page = at_action(&mut server.browser(), "app", LATE).await;
        assert!(page.body.contains("password-new"));
    }
}

#[tokio::test]
async fn a_single_sign_on_does_not_step_past_a_required_action() {
    let server = Server::start("browser").await;
    let mut browser = server.browser();
    browser.login("app", "ada", "pw").await;
    server.hands().user("ada", |user| user.required_actions.push("UPDATE_PASSWORD".to_owned())).await;
    let reply = browser.authorize("second", &[]).await;
    assert_eq!(reply.parameter("code"), None);
    let page = browser.follow(reply).await;
    assert!(page.body.contains("password-new"));
}

#[tokio::test]
async fn an_action_that_is_not_there_ends_the_login() {
    let server = Server::start("browser").await;
    server.hands().user("ada", |user| user.required_actions.push("CONFIGURE_TOTP".to_owned())).await;
    let mut browser = server.browser();
    let page = browser.authorize("app", &[]).await;
    let reply = browser.submit(&page, ADA).await;
    let reply = browser.follow(reply).await;
    assert_eq!((reply.status, reply.parameter("code")), (400, None));
    assert_eq!(server.hands().sessions("ada").await, 0);
}

#[tokio::test]
async fn consent_is_asked_for_and_can_not_be_stepped_past() {
    let server = Server::start("browser").await;
    let mut browser = server.browser();
    let page = at_action(&mut browser, "asking", ADA).await;
    assert_eq!(find_forms(&page.body)[0].action.split('?').next().unwrap().rsplit('/').next(), Some("consent"));
    assert_eq!(server.hands().sessions("ada").await, 0);
    let nothing = browser.submit(&page, &[]).await;
    assert_eq!(nothing.parameter("code"), None);
    let mut second = server.browser();
    let page = at_action(&mut second, "asking", ADA).await;
    let denied = second.submit(&page, &[("cancel", "No")]).await;
    assert_eq!(denied.parameter("error").as_deref(), Some("access_denied"));
    let mut third = server.browser();
    let page = at_action(&mut third, "asking", ADA).await;
    assert!(third.submit(&page, &[("accept", "Yes")]).await.parameter("code").is_some());
}

#[tokio::test]
async fn consent_given_once_is_remembered_and_not_for_more_than_was_given() {
    let server = Server::start("browser").await;
    let mut browser = server.browser();
    let page = at_action(&mut browser, "asking", ADA).await;
    browser.submit(&page, &[("accept", "Yes")]).await.expect(302);
    assert!(browser.authorize("asking", &[]).await.parameter("code").is_some());
    let more = browser.authorize("asking", &[("scope", "openid phone")]).await;
    assert_eq!(more.parameter("code"), None);
    let again = browser.authorize("asking", &[("prompt", "consent")]).await;
    assert_eq!(again.parameter("code"), None);
}

#[tokio::test]
async fn a_consent_page_left_open_does_not_outlive_a_logout() {
    let server = Server::start("browser").await;
    let mut browser = server.browser();
    let tokens = browser.login("app", "ada", "pw").await;
    let session = tokens.code.split('.').nth(1).expect("a session").to_owned();
    let reply = browser.authorize("asking", &[]).await;
    let page = browser.follow(reply).await.expect(200);
    server.hands().end_session(&session).await;
    let reply = browser.submit(&page, &[("accept", "Yes")]).await;
    assert_eq!(reply.parameter("code"), None, "logged in without a proof after a logout");
    assert_eq!(server.hands().sessions("ada").await, 0);
}

#[tokio::test]
async fn a_user_disabled_meanwhile_goes_no_further() {
    let server = Server::start("browser").await;
    let mut browser = server.browser();
    let page = at_action(&mut browser, "asking", ADA).await;
    server.hands().enable_user("ada", false).await;
    let reply = browser.submit(&page, &[("accept", "Yes")]).await;
    assert_eq!(reply.parameter("code"), None);
    assert_eq!(server.hands().sessions("ada").await, 0);
}

#[tokio::test]
async fn a_new_password_obeys_the_policy_and_a_refused_one_changes_nothing() {
    let server = Server::start("browser").await;
    let policy = "hashAlgorithm(pbkdf2-sha256) and hashIterations(1000) and length(8) and notUsername(undefined)";
    server.hands().realm(json!({"passwordPolicy": policy})).await;
    let mut browser = server.browser();
    let mut page = at_action(&mut browser, "app", LATE).await;
    for (new, confirm) in [("short", "short"), ("long-enough", "different"), ("", ""), ("long-enough", "")] {
        page = browser.submit(&page, &[("password-new", new), ("password-confirm", confirm)]).await.expect(200);
    }
    let fields = [("password-new", "long-enough"), ("password-confirm", "long-enough")];
    assert!(browser.submit(&page, &fields).await.parameter("code").is_some());
}
