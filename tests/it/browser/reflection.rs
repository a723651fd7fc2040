//! What a request brings is never read back as markup, and the page's policy forbids what would run.

use wire_tests::{Ask, Reply, Server, find_forms};

const MARKS: &[&str] = &[
    "<script>alert(1)</script>",
    "\"><script>alert(1)</script>",
    "'><img src=x onerror=alert(1)>",
    "</title><script>alert(1)</script>",
    "javascript:alert(1)",
    "{{1234*4321}}${1234*4321}",
    "\" autofocus onfocus=\"alert(1)",
];

#[track_caller]
fn is_harmless(reply: &Reply, what: &str) {
    assert!(!reply.is_fault(), "{what}: {}", reply.body);
    let body = &reply.body;
    for bad in [
        "<script>alert",
        "<img src=x",
        "\" onfocus=\"alert",
        "\" autofocus onfocus",
        "href=\"javascript:",
        "action=\"javascript:",
        "5332114",
        "\"5332114",
    ] {
        assert!(!body.contains(bad), "{what}: {bad} in {body}");
    }
    for (name, value) in &reply.headers {
        assert!(!value.as_bytes().contains(&b'\n') && !value.as_bytes().contains(&b'\r'), "{what}: {name}");
    }
}

#[tokio::test]
async fn the_login_page_reflects_nothing_as_markup() {
    let server = Server::start("browser").await;
    for mark in MARKS {
        for name in [
            "state",
            "login_hint",
            "nonce",
            "kc_locale",
            "ui_locales",
            "kc_idp_hint",
            "kc_action",
            "acr_values",
            "claims",
            "prompt",
            "scope",
            "response_mode",
            "response_type",
            "redirect_uri",
            "client_id",
            "error",
            "error_description",
            "max_age",
            "code_challenge",
            "request",
            "request_uri",
            "display",
        ] {
            let reply = server.browser().authorize("app", &[(name, mark)]).await;
            is_harmless(&reply, &format!("{name}={mark}"));
        }
    }
}

#[tokio::test]
async fn what_was_typed_is_shown_as_text() {
    let server = Server::start("browser").await;
    for mark in MARKS {
        let mut browser = server.browser();
        let page = browser.authorize("app", &[("login_hint", mark)]).await;
        let field =
            find_forms(&page.body).remove(0).fields.into_iter().find(|(n, _)| n == "username").expect("the field");
        assert_eq!(field.1, *mark, "the field holds what was hinted, as text");
        let reply = browser.submit(&page, &[("username", mark), ("password", mark)]).await;
        is_harmless(&reply, mark);
    }
}

#[tokio::test]
async fn the_form_that_posts_an_answer_escapes_it() {
    let server = Server::start("browser").await;
    for mark in MARKS {
        let more = [("state", *mark), ("response_mode", "form_post"), ("prompt", "none")];
        let reply = server.browser().authorize("app", &more).await;
        is_harmless(&reply, mark);
        let form = find_forms(&reply.body).remove(0);
        assert_eq!(form.action, "https://app.example/cb");
        assert!(form.fields.contains(&("state".to_owned(), (*mark).to_owned())), "{:?}", form.fields);
    }
}

#[tokio::test]
async fn error_pages_reflect_nothing_and_can_not_be_made_to_say_something_else() {
    let server = Server::start("browser").await;
    for mark in MARKS {
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("x", mark).finish();
        let value = query.trim_start_matches("x=");
        for place in ["authenticate", "required-action", "consent", "restart", "detached-info"] {
            for name in
                ["client_id", "tab_id", "execution", "session_code", "client_data", "kc_state_checker", "kc_locale"]
            {
                let path = format!("/realms/people/login-actions/{place}?client_id=app&tab_id=x&{name}={value}");
                is_harmless(
                    &server.ask(Ask::get(path).header("cookie", format!("KC_STATE_CHECKER={value}"))).await,
                    mark,
                );
            }
        }
        for name in ["id_token_hint", "post_logout_redirect_uri", "client_id", "state", "ui_locales"] {
            let path = format!("{}?{name}={value}", server.path("logout"));
            is_harmless(&server.ask(Ask::get(path)).await, mark);
        }
        is_harmless(&server.ask(Ask::get(format!("/realms/{value}/account"))).await, mark);
    }
}

#[tokio::test]
async fn every_page_carries_the_policy_and_is_kept_out_of_frames() {
    let server = Server::start("browser").await;
    let mut browser = server.browser();
    let login = browser.authorize("app", &[]).await;
    let error = server.browser().authorize("nobody", &[]).await;
    let posting = server.browser().authorize("app", &[("response_mode", "form_post"), ("prompt", "none")]).await;
    let leaving = browser.open(&server.path("logout")).await;
    for page in [login, error, posting, leaving] {
        assert_eq!(page.header("x-frame-options"), "SAMEORIGIN");
        assert_eq!(
            page.header("content-security-policy"),
            "frame-src 'self'; frame-ancestors 'self'; object-src 'none';"
        );
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        assert!(page.body.contains("http-equiv=\"Content-Security-Policy\""), "{}", page.body);
        let inline =
            page.body.split("<script").skip(1).any(|s| !s.split('>').next().unwrap_or_default().contains("src="));
        let handlers = [" onload=", " onclick=", " onsubmit="].iter().any(|h| page.body.contains(h));
        assert!(!inline && !handlers, "{}", page.body);
    }
}
