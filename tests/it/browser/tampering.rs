//! Nothing that the browser sends back changes what the client asked for, or counts for another browser, tab or step.

use url::Url;
use wire_tests::{Ask, Browser, Form, Reply, Server, claims_of, find_forms};

use super::ADA;

const APP: &str = "https://app.example/cb";

async fn begun<'s>(server: &'s Server) -> (Browser<'s>, Reply) {
    let mut browser = server.browser();
    let page = browser.authorize("app", &[]).await.expect(200);
    (browser, page)
}

/// A page's form with a parameter of its address set.
fn with(page: &Reply, name: &str, value: Option<&str>) -> Form {
    let mut form = find_forms(&page.body).remove(0);
    let mut url = Url::parse(&form.action).expect("a URL");
    let pairs: Vec<(String, String)> =
        url.query_pairs().filter(|(n, _)| n != name).map(|(n, v)| (n.into_owned(), v.into_owned())).collect();
    url.query_pairs_mut().clear().extend_pairs(pairs).extend_pairs(value.map(|v| (name, v)));
    form.action = url.into();
    form
}

fn part(page: &Reply, name: &str) -> String {
    let url = Url::parse(&find_forms(&page.body).remove(0).action).expect("a URL");
    url.query_pairs().find(|(n, _)| n == name).map(|(_, v)| v.into_owned()).unwrap_or_default()
}

#[tokio::test]
async fn client_data_changes_nothing() {
    let server = Server::start("browser").await;
    for data in [
        r#"{"ru":"https://evil.example/","rt":"code","st":"x"}"#,
        r#"{"ru":"https://app.example/cb","rt":"token id_token","rm":"fragment","st":"evil"}"#,
        r#"{"ru":"https://app.example/cb","rt":"none","rm":"form_post"}"#,
        "{}",
        "null",
        "not json",
    ] {
        let (mut browser, page) = begun(&server).await;
        let form = with(&page, "client_data", Some(&jose::b64::encode(data)));
        let reply = browser.send_form(&form, ADA).await;
        let to = reply.location().expect("a redirect");
        assert!(to.as_str().starts_with(APP), "{data}: {to}");
        assert_eq!(reply.parameter("state").as_deref(), Some("the-state"), "{data}");
        assert!(reply.parameter("code").is_some() && reply.parameter("access_token").is_none(), "{data}");
    }
}

#[tokio::test]
async fn parameters_of_the_request_mean_nothing_when_a_form_brings_them() {
    let server = Server::start("browser").await;
    let (mut browser, page) = begun(&server).await;
    let form = with(&page, "redirect_uri", Some("https://evil.example/"));
    let fields = [
        ("username", "ada"),
        ("password", "pw"),
        ("scope", "openid offline_access"),
        ("response_type", "token"),
        ("redirect_uri", "https://evil.example/"),
        ("state", "evil"),
        ("client_id", "second"),
        ("acr_values", "9"),
    ];
    let reply = browser.send_form(&form, &fields).await;
    let to = reply.location().expect("a redirect");
    assert!(to.as_str().starts_with(APP));
    assert_eq!(reply.parameter("state").as_deref(), Some("the-state"));
    let tokens = server.client("app").redeem(&reply.parameter("code").expect("a code"), APP).await.expect(200);
    assert!(!tokens.text("scope").contains("offline_access"));
    assert_eq!(claims_of(&tokens.text("access_token"))["azp"], "app");
}

#[tokio::test]
async fn a_form_with_another_client_tab_step_or_code_logs_nobody_in() {
    let server = Server::start("browser").await;
    for (name, value) in [
        ("client_id", Some("second")),
        ("client_id", Some("nobody")),
        ("client_id", None),
        ("tab_id", Some("AAAAAAAAAAA")),
        ("tab_id", Some("")),
        ("tab_id", None),
        ("execution", Some("00000000-0000-0000-0000-000000000000")),
        ("execution", Some("UPDATE_PASSWORD")),
        ("execution", Some("CONSENT_GRANT")),
        ("session_code", Some("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")),
        ("session_code", Some("x")),
        ("session_code", None),
    ] {
        let (mut browser, page) = begun(&server).await;
        let reply = browser.send_form(&with(&page, name, value), ADA).await;
        assert!(reply.parameter("code").is_none() && !reply.is_fault(), "{name} {value:?}: {}", reply.status);
        assert_eq!(browser.cookie("KEYCLOAK_IDENTITY"), None, "{name} {value:?}");
        assert_eq!(server.hands().sessions("ada").await, 0, "{name} {value:?}");
    }
}

#[tokio::test]
async fn a_form_counts_only_with_its_browsers_cookies() {
    let server = Server::start("browser").await;
    let (mut victim, _) = begun(&server).await;
    let (attacker, page) = begun(&server).await;
    for lost in ["AUTH_SESSION_ID", "KC_RESTART"] {
        let mut browser = attacker.clone();
        browser.lose(lost);
        let reply = browser.submit(&page, ADA).await;
        assert_eq!(reply.parameter("code"), None, "{lost}");
    }
    let none = server.browser().submit(&page, ADA).await;
    assert_eq!((none.status, none.header("location")), (400, ""));
    assert_eq!(victim.submit(&page, ADA).await.parameter("code"), None);
    let mut mixed = attacker.clone();
    mixed.set_cookie("KC_RESTART", victim.cookie("KC_RESTART").expect("a cookie"));
    assert_eq!(mixed.submit(&page, ADA).await.parameter("code"), None);
    assert_eq!(server.hands().sessions("ada").await, 0);
}

#[tokio::test]
async fn a_page_of_one_tab_is_not_sent_for_another() {
    let server = Server::start("browser").await;
    let mut browser = server.browser();
    let first = browser.authorize("app", &[]).await;
    let second = browser.authorize("second", &[]).await;
    let crossed = with(&first, "tab_id", Some(&part(&second, "tab_id")));
    assert_eq!(browser.send_form(&crossed, ADA).await.parameter("code"), None);
    let to = browser.submit(&second, ADA).await.location().expect("a redirect");
    assert_eq!(to.host_str(), Some("second.example"));
}

#[tokio::test]
async fn later_steps_sent_first_lead_nowhere() {
    let server = Server::start("browser").await;
    let fields = [
        ("username", "otto"),
        ("password", "pw"),
        ("otp", "123456"),
        ("password-new", "new"),
        ("password-confirm", "new"),
        ("accept", "Yes"),
        ("code", "x"),
    ];
    for place in ["required-action", "consent"] {
        for execution in ["", "UPDATE_PASSWORD", "UPDATE_PROFILE", "VERIFY_PROFILE", "CONSENT_GRANT"] {
            let (mut browser, page) = begun(&server).await;
            let mut form = with(&page, "execution", Some(execution).filter(|e| !e.is_empty()));
            form.action = form.action.replace("login-actions/authenticate", &format!("login-actions/{place}"));
            let reply = browser.send_form(&form, &fields).await;
            assert_eq!(reply.parameter("code"), None, "{place} {execution}");
            assert!(!reply.is_fault(), "{place} {execution}: {}", reply.status);
            assert_eq!(browser.cookie("KEYCLOAK_IDENTITY"), None);
        }
    }
    // Every execution of every flow, sent at the first page.
    let plan = server.core.plan("people", domain::Fresh::Now).await.unwrap().unwrap();
    let executions = plan.flows.values().flat_map(|f| &f.executions).map(|e| e.id.clone()).collect::<Vec<_>>();
    for execution in executions {
        let (mut browser, page) = begun(&server).await;
        if execution == part(&page, "execution") {
            continue;
        }
        let reply = browser.send_form(&with(&page, "execution", Some(&execution)), &fields[2..]).await;
        assert_eq!((reply.parameter("code"), reply.is_fault()), (None, false), "{execution}");
    }
    assert_eq!(server.hands().sessions("otto").await, 0);
}

#[tokio::test]
async fn a_stale_page_is_shown_anew_and_serves_then() {
    let server = Server::start("browser").await;
    let (mut browser, page) = begun(&server).await;
    browser.submit(&page, &[("username", "ada"), ("password", "wrong")]).await.expect(200);
    let stale = browser.submit(&page, ADA).await;
    assert_eq!(stale.parameter("code"), None);
    let again = browser.follow(stale).await.expect(200);
    assert!(browser.submit(&again, ADA).await.parameter("code").is_some());
}

#[tokio::test]
async fn a_page_left_too_long_logs_nobody_in() {
    let server = Server::start("browser").await;
    let (mut browser, page) = begun(&server).await;
    server.wait(1801);
    assert_eq!(browser.submit(&page, ADA).await.parameter("code"), None);
}

#[tokio::test]
async fn an_ended_login_is_not_begun_again_by_its_old_cookies() {
    let server = Server::start("browser").await;
    let (mut browser, page) = begun(&server).await;
    let stolen = browser.clone();
    browser.submit(&page, ADA).await.expect(302);
    let mut thief = stolen.clone();
    let reply = thief.submit(&page, ADA).await;
    assert_eq!(reply.parameter("code"), None);
    assert_eq!(server.hands().sessions("ada").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_form_sent_twice_at_once_logs_in_once_and_the_other_is_told() {
    let server = Server::start("browser").await;
    let (browser, page) = begun(&server).await;
    let asks = [browser.submission(&page, ADA), browser.submission(&page, ADA)];
    let [one, two] = asks.map(|ask| {
        let server = server.clone();
        tokio::spawn(async move { server.ask(ask).await })
    });
    let replies = [one.await.unwrap(), two.await.unwrap()];
    assert_eq!(replies.iter().filter(|r| r.parameter("code").is_some()).count(), 1, "{replies:?}");
    assert!(replies.iter().all(|r| !r.is_fault()));
    assert_eq!(server.hands().sessions("ada").await, 1);
    let told = replies.iter().find(|r| r.parameter("code").is_none()).expect("the other");
    assert_eq!(told.parameter("error").as_deref(), Some("temporarily_unavailable"), "{}", told.line());
}

#[tokio::test]
async fn login_actions_without_cookies_only_say_so() {
    let server = Server::start("browser").await;
    for place in ["authenticate", "required-action", "consent", "restart"] {
        for query in ["", "?client_id=app", "?client_id=app&tab_id=x&session_code=y&execution=z"] {
            let path = format!("/realms/people/login-actions/{place}{query}");
            let asks = [Ask::get(path.clone()), Ask::form(path, ADA)];
            for ask in asks {
                let reply = server.ask(ask).await;
                let refused = reply.status == 400 || (place == "restart" && reply.status == 405);
                let only_its_words = reply.cookies().iter().all(|(name, _)| name == "KC_STATE_CHECKER");
                assert!(refused && only_its_words, "{place}{query}: {} {:?}", reply.status, reply.cookies());
            }
        }
    }
}

#[tokio::test]
async fn a_realm_disabled_meanwhile_logs_nobody_in() {
    let server = Server::start("browser").await;
    let (mut browser, page) = begun(&server).await;
    server.hands().enable_realm(false).await;
    let reply = browser.submit(&page, ADA).await;
    assert_eq!(reply.parameter("code"), None);
    assert_eq!(server.hands().sessions("ada").await, 0);
}

#[tokio::test]
async fn a_client_disabled_meanwhile_gets_nobody() {
    let server = Server::start("browser").await;
    let (mut browser, page) = begun(&server).await;
    server.hands().enable_client("app", false).await;
    assert_eq!(browser.submit(&page, ADA).await.parameter("code"), None);
    assert_eq!(server.hands().sessions("ada").await, 0);
}
