//! What the client asked for is what it gets: response types, modes, prompt, max_age.

use wire_tests::{Server, claims_of, find_forms};

use super::ADA;

#[tokio::test]
async fn each_mode_carries_the_answer_its_own_way() {
    let server = Server::start("browser").await;
    let landing = server.browser().login_with("app", &[("response_mode", "query")], "ada", "pw").await;
    assert!(landing.reply.location().unwrap().query().is_some_and(|q| q.contains("code=")));
    let landing = server.browser().login_with("app", &[("response_mode", "fragment")], "ada", "pw").await;
    assert!(landing.reply.location().unwrap().fragment().is_some_and(|q| q.contains("code=")));
    let landing = server.browser().login_with("app", &[("response_mode", "form_post")], "ada", "pw").await;
    let form = find_forms(&landing.reply.body).remove(0);
    assert_eq!((form.action.as_str(), landing.reply.header("location")), ("https://app.example/cb", ""));
    for name in ["code", "state", "iss", "session_state"] {
        assert!(form.fields.iter().any(|(n, _)| n == name), "{name}");
    }
}

#[tokio::test]
async fn tokens_never_travel_in_a_query() {
    let server = Server::start("browser").await;
    for kind in ["token", "id_token", "id_token token", "code token", "code id_token", "code id_token token"] {
        let more = [("response_type", kind), ("nonce", "n"), ("response_mode", "query")];
        let reply = server.browser().authorize("implicit", &more).await;
        let to = reply.location().expect("a redirect");
        assert!(to.query().is_none() && to.fragment().unwrap().contains("error=invalid_request"), "{kind}: {to}");
        let landing = server.browser().login_with("implicit", &more[..2], "ada", "pw").await;
        let to = landing.reply.location().expect("a redirect");
        assert!(to.query().is_none() && to.fragment().unwrap().contains("token"), "{kind}: {to}");
    }
}

#[tokio::test]
async fn a_client_gets_no_flow_that_it_has_not() {
    let server = Server::start("browser").await;
    for kind in ["token", "id_token", "code id_token", "code token", "id_token token"] {
        let reply = server.browser().authorize("app", &[("response_type", kind), ("nonce", "n")]).await;
        assert_eq!(reply.parameter("error").as_deref(), Some("unauthorized_client"), "{kind}");
    }
    for kind in ["", "wish", "code wish", "none code", "CODE", "code,token"] {
        let reply = server.browser().authorize("app", &[("response_type", kind)]).await;
        assert_eq!(reply.parameter("error").as_deref(), Some("unsupported_response_type"), "{kind}");
    }
}

#[tokio::test]
async fn prompt_none_shows_no_page_whatever_would_be_asked() {
    let server = Server::start("browser").await;
    let silent = async |browser: &mut wire_tests::Browser<'_>, client: &str, more: &[(&str, &str)]| {
        let mut all = vec![("prompt", "none")];
        all.extend(more);
        let reply = browser.authorize(client, &all).await;
        assert_eq!(reply.status, 302);
        reply.parameter("error").unwrap_or_else(|| "none".to_owned())
    };
    let mut browser = server.browser();
    assert_eq!(silent(&mut browser, "app", &[]).await, "login_required");
    browser.login("app", "ada", "pw").await;
    assert_eq!(silent(&mut browser, "app", &[]).await, "none");
    assert_eq!(silent(&mut browser, "asking", &[]).await, "interaction_required");
    server.hands().user("ada", |user| user.required_actions.push("UPDATE_PASSWORD".to_owned())).await;
    assert_eq!(silent(&mut browser, "app", &[]).await, "interaction_required");
}

#[tokio::test]
async fn prompt_login_and_an_old_login_ask_for_the_password_again() {
    let server = Server::start("browser").await;
    let mut browser = server.browser();
    browser.login("app", "ada", "pw").await;
    assert!(browser.authorize("app", &[]).await.parameter("code").is_some());
    assert_eq!(browser.authorize("app", &[("prompt", "login")]).await.status, 200);
    server.wait(100);
    assert!(browser.authorize("app", &[("max_age", "200")]).await.parameter("code").is_some());
    let page = browser.authorize("app", &[("max_age", "99")]).await;
    assert_eq!(page.status, 200);
    let reply = browser.submit(&page, &[("password", "pw")]).await;
    let tokens = server.client("app").redeem(&reply.parameter("code").expect("a code"), "https://app.example/cb").await;
    let claims = claims_of(&tokens.text("id_token"));
    assert_eq!(claims["auth_time"], wire_tests::NOW + 100);
}

#[tokio::test]
async fn whoever_must_prove_themselves_again_is_not_replaced_by_another() {
    let server = Server::start("browser").await;
    let mut browser = server.browser();
    browser.login("app", "ada", "pw").await;
    let page = browser.authorize("app", &[("prompt", "login")]).await;
    let reply = browser.submit(&page, &[("username", "bob"), ("password", "pw")]).await;
    let tokens = server.client("app").redeem(&reply.parameter("code").expect("a code"), "https://app.example/cb").await;
    assert_eq!(claims_of(&tokens.text("id_token"))["preferred_username"], "ada");
}

#[tokio::test]
async fn state_nonce_and_issuer_come_back_as_they_were() {
    let server = Server::start("browser").await;
    let state = "a b&c=d+e%20\u{e9}\"'<>";
    let landing = server.browser().login_with("app", &[("state", state), ("nonce", state)], "ada", "pw").await;
    assert_eq!(landing.reply.parameter("state").as_deref(), Some(state));
    assert_eq!(landing.reply.parameter("iss"), Some(server.issuer()));
    let tokens = server.client("app").redeem(&landing.code, "https://app.example/cb").await;
    assert_eq!(claims_of(&tokens.text("id_token"))["nonce"], state);
}

#[tokio::test]
async fn known_unknown_and_disabled_users_see_the_same_page() {
    let server = Server::start("browser").await;
    let mut pages = Vec::new();
    for name in ["ada", "nobody", "eve", "late", "otto", "ada@people.example"] {
        let mut browser = server.browser();
        let page = browser.authorize("app", &[]).await;
        let reply = browser.submit(&page, &[("username", name), ("password", "wrong")]).await;
        let cookies: Vec<String> = reply.cookies().into_iter().map(|(name, _)| name).collect();
        let tags = reply.body.replace(name, "NAME");
        let tags: Vec<&str> = tags.lines().filter(|l| !l.contains("session_code") && !l.contains("tab_id")).collect();
        let tags: Vec<String> = tags.iter().filter(|l| !l.contains("request")).map(|l| (*l).to_owned()).collect();
        pages.push((name, reply.status, reply.header_lines(), cookies, tags));
    }
    let (_, status, headers, cookies, tags) = pages[0].clone();
    for (name, s, h, c, t) in pages {
        assert_eq!((s, &h, &c, &t), (status, &headers, &cookies, &tags), "{name}");
    }
    let _ = ADA;
}

#[tokio::test]
async fn a_parameter_longer_than_keycloak_reads_counts_as_none() {
    let server = Server::start("browser").await;
    for (length, comes_back) in [(4000, true), (4001, false)] {
        let state = "s".repeat(length);
        let landing = server.browser().login_with("app", &[("state", state.as_str())], "ada", "pw").await;
        assert!(landing.reply.parameter("code").is_some());
        assert_eq!(landing.reply.parameter("state"), comes_back.then_some(state));
    }
}
