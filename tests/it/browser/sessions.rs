//! Whose session it is: fixation, single sign-on, remember-me, cookies.

use wire_tests::{Server, Tokens};

use super::ADA;

const APP: &str = "https://app.example/cb";

#[tokio::test]
async fn the_cookies_of_an_attackers_login_do_not_become_the_victims_session() {
    let server = Server::start("browser").await;
    let mut attacker = server.browser();
    let page = attacker.authorize("app", &[]).await;
    let mut victim = attacker.clone();
    let reply = victim.submit(&page, ADA).await;
    assert!(reply.parameter("code").is_some());
    for path in ["app", "second"] {
        let reply = attacker.authorize(path, &[("prompt", "none")]).await;
        assert_eq!(reply.parameter("error").as_deref(), Some("login_required"), "{path}");
    }
    assert_eq!(attacker.submit(&page, &[]).await.parameter("code"), None);
}

#[tokio::test]
async fn a_half_finished_login_does_not_belong_to_who_planted_its_cookies() {
    let server = Server::start("browser").await;
    let mut attacker = server.browser();
    let page = attacker.authorize("app", &[]).await;
    let mut victim = attacker.clone();
    let reply = victim.submit(&page, &[("username", "late"), ("password", "pw")]).await;
    let to = reply.location().expect("the required action");
    // The attacker knows the tab, which was theirs, and asks for the page that the victim is at.
    let stolen = attacker.open(to.as_str()).await;
    assert!(!stolen.body.contains("password-new"), "the attacker may choose the victim's new password");
}

#[tokio::test]
async fn an_invented_session_id_is_never_taken_over() {
    let server = Server::start("browser").await;
    for invented in ["attacker", "AAAAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAAA.sig"] {
        let mut browser = server.browser();
        browser.set_cookie("AUTH_SESSION_ID", &jose::b64::encode(invented));
        browser.set_cookie("KC_RESTART", invented);
        let landing = browser.login("app", "ada", "pw").await;
        assert!(!landing.code.is_empty() && !landing.code.contains("attacker") && !landing.code.contains(invented));
    }
}

#[tokio::test]
async fn each_login_has_a_session_of_its_own_that_no_cookie_before_it_named() {
    let server = Server::start("browser").await;
    let mut browser = server.browser();
    let page = browser.authorize("app", &[]).await;
    let before = browser.cookie("AUTH_SESSION_ID").expect("a cookie").to_owned();
    let code = browser.submit(&page, ADA).await.parameter("code").expect("a code");
    let session = code.split('.').nth(1).expect("a session");
    assert!(!String::from_utf8_lossy(&jose::b64::decode(&before, "cookie").unwrap()).contains(session));
}

#[tokio::test]
async fn a_second_client_gets_the_same_session_without_a_page() {
    let server = Server::start("browser").await;
    let mut browser = server.browser();
    let first = browser.login("app", "ada", "pw").await.code;
    let second = browser.authorize("second", &[]).await.parameter("code").expect("a code");
    assert_eq!(first.split('.').nth(1), second.split('.').nth(1));
}

#[tokio::test]
async fn a_session_ends_in_the_browser_when_it_ends_in_the_store() {
    let server = Server::start("browser").await;
    let mut browser = server.browser();
    let code = browser.login("app", "ada", "pw").await.code;
    server.hands().end_session(code.split('.').nth(1).expect("a session")).await;
    assert_eq!(browser.authorize("app", &[]).await.status, 200);
}

#[tokio::test]
async fn disabled_users_cookies_count_no_more() {
    let server = Server::start("browser").await;
    let mut browser = server.browser();
    browser.login("app", "ada", "pw").await;
    server.hands().enable_user("ada", false).await;
    let reply = browser.authorize("app", &[("prompt", "none")]).await;
    assert_eq!(reply.parameter("error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn a_not_before_of_the_user_ends_their_cookie() {
    let server = Server::start("browser").await;
    let mut browser = server.browser();
    browser.login("app", "ada", "pw").await;
    server.hands().user("ada", |user| user.not_before = wire_tests::NOW + 1).await;
    server.wait(2);
    let reply = browser.authorize("app", &[("prompt", "none")]).await;
    assert_eq!(reply.parameter("error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn a_not_before_of_the_realm_ends_every_cookie() {
    let server = Server::start("browser").await;
    let mut browser = server.browser();
    browser.login("app", "ada", "pw").await;
    server.hands().realm(serde_json::json!({"notBefore": wire_tests::NOW + 1})).await;
    server.wait(2);
    let reply = browser.authorize("app", &[("prompt", "none")]).await;
    assert_eq!(reply.parameter("error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn a_cookie_of_one_realm_is_nothing_in_another() {
    let server = wire_tests::Setup::of("browser").twin("others").start().await;
    let mut browser = server.browser();
    browser.login("app", "ada", "pw").await;
    let cookie = browser.cookie("KEYCLOAK_IDENTITY").expect("a cookie");
    let path = format!(
        "/realms/others/protocol/openid-connect/auth?client_id=app&redirect_uri={APP}&response_type=code&scope=openid&prompt=none"
    );
    let reply = server.ask(wire_tests::Ask::get(path).header("cookie", format!("KEYCLOAK_IDENTITY={cookie}"))).await;
    assert_eq!(reply.parameter("error").as_deref(), Some("login_required"), "{}", reply.body);
}

#[tokio::test]
async fn only_who_ticked_the_box_is_remembered() {
    let server = Server::start("browser").await;
    let mut browser = server.browser();
    let page = browser.authorize("app", &[]).await;
    let reply = browser.submit(&page, ADA).await;
    let identity = cookie_line(&reply, "KEYCLOAK_IDENTITY");
    assert!(!identity.contains("Max-Age"), "{identity}");
    let mut browser = server.browser();
    let page = browser.authorize("app", &[]).await;
    let reply = browser.submit(&page, &[("username", "ada"), ("password", "pw"), ("rememberMe", "on")]).await;
    assert!(cookie_line(&reply, "KEYCLOAK_IDENTITY").contains("Max-Age=86400"));
    assert!(cookie_line(&reply, "KEYCLOAK_REMEMBER_ME").contains("username:ada"));
    // A name is filled in the next time; nobody is logged in by it.
    let remembered = browser.cookie("KEYCLOAK_REMEMBER_ME").expect("a cookie").to_owned();
    let mut later = server.browser();
    later.set_cookie("KEYCLOAK_REMEMBER_ME", &remembered);
    let page = later.authorize("app", &[]).await.expect(200);
    assert!(page.body.contains("value=\"ada\""));
}

fn cookie_line(reply: &wire_tests::Reply, name: &str) -> String {
    let lines = reply.headers.get_all("set-cookie").iter().map(|v| v.to_str().unwrap().to_owned());
    lines.into_iter().find(|l| l.starts_with(name)).unwrap_or_default()
}

#[tokio::test]
async fn cookies_are_secure_out_of_scripts_reach_and_bound_to_the_realm() {
    let server = Server::start("browser").await;
    let mut browser = server.browser();
    let page = browser.authorize("app", &[]).await;
    let done = browser.submit(&page, ADA).await;
    for (reply, name) in [(&page, "AUTH_SESSION_ID"), (&page, "KC_RESTART"), (&done, "KEYCLOAK_IDENTITY")] {
        let line = cookie_line(reply, name);
        for wanted in [";Secure", ";HttpOnly", ";Path=/realms/people/"] {
            assert!(line.contains(wanted), "{name}: {line}");
        }
    }
}

#[tokio::test]
async fn a_session_id_in_tokens_is_not_a_cookie() {
    let server = Server::start("browser").await;
    let landing = server.browser().login("app", "ada", "pw").await;
    let tokens = Tokens::of(&server.client("app").redeem(&landing.code, APP).await);
    let mut browser = server.browser();
    for cookie in ["KEYCLOAK_IDENTITY", "KEYCLOAK_SESSION", "AUTH_SESSION_ID"] {
        browser.set_cookie(cookie, &tokens.session());
    }
    let reply = browser.authorize("app", &[("prompt", "none")]).await;
    assert_eq!(reply.parameter("error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn endless_tabs_do_not_grow_the_cookie_without_end() {
    let server = Server::start("browser").await;
    let mut browser = server.browser();
    let state = "s".repeat(600);
    for _ in 0..40 {
        browser.authorize("app", &[("state", &state)]).await.expect(200);
    }
    assert!(browser.cookie("KC_RESTART").expect("a cookie").len() < 4000);
    let long = "s".repeat(4000);
    let page = browser.authorize("app", &[("state", &long)]).await.expect(200);
    let reply = browser.submit(&page, ADA).await;
    assert_eq!(reply.parameter("state").as_deref(), Some(long.as_str()));
}
