//! Redirect URIs from request to redirect: nobody is sent where the client didn't register.

use url::Url;
use wire_tests::{Ask, Server};

/// What no client registered, however it is written.
fn corpus() -> Vec<String> {
    let long = format!("https://wild.example/app/{}", "a".repeat(4096));
    [
        "https://evil.example",
        "https://evil.example/app/x",
        "//evil.example/app/",
        "///evil.example/app/",
        "/\\evil.example",
        "\\\\evil.example",
        "https:evil.example",
        "https:/evil.example",
        "https:///evil.example",
        "https://wild.example@evil.example/app/x",
        "https://user:pw@wild.example/app/x",
        "https://@wild.example/app/x",
        "https://a@b@wild.example/app/x",
        "https://wild.example:pw@evil.example/app/x",
        "https://wild.example%40evil.example/app/x",
        "https://wild.example\\@evil.example/app/x",
        "https://wild.example\\.evil.example/app/x",
        "https://evil.example\\wild.example/app/x",
        "https://wild.example#@evil.example/app/x",
        "https://wild.example.evil.example/app/x",
        "https://wild.example.:443/app/x",
        "https://wild.example./app/x",
        "https://wild.example:443/app/x",
        "https://WILD.example/app/x",
        "HTTPS://wild.example/app/x",
        "http://wild.example/app/x",
        "https://wild.example:8443/app/x",
        "https://wild.example:8443/x/",
        "https://wild.example:8443/x?y",
        "https://wild.example/apple",
        "https://wild.example/app/../x",
        "https://wild.example/app/..",
        "https://wild.example/app/../../x",
        "https://wild.example/app/%2e%2e/x",
        "https://wild.example/app/%2E%2E/x",
        "https://wild.example/app/.%2e/x",
        "https://wild.example/app/%2e%2e%2fx",
        "https://wild.example/app/..%2fx",
        "https://wild.example/app/..%5cx",
        "https://wild.example/app\\..\\x",
        "https://wild.example/%61pp/x",
        "https://wild.example/app/\u{0}",
        "https://wild.example/app/\r\nlocation: https://evil.example",
        "https://wild.example/app/ x",
        "\thttps://wild.example/app/x",
        " https://wild.example/app/x",
        "https://wild\u{3002}example/app/x",
        "https://wild\u{ff0e}example/app/x",
        "https://\u{ff57}ild.example/app/x",
        "https://wi\u{ad}ld.example/app/x",
        "https://[::1]/cb",
        "http://127.0.0.1/other",
        "http://127.0.0.1:1234/other",
        "http://127.0.0.1:99999/cb",
        "http://127.0.0.1:1@evil.example/cb",
        "http://127.0.0.1.evil.example/cb",
        "http://127.0.0.2/cb",
        "http://127.1/cb",
        "http://2130706433/cb",
        "http://0x7f000001/cb",
        "https://127.0.0.1/cb",
        "http://localhost/cb",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "javascript://wild.example/app/%0aalert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "blob:https://wild.example/app/x",
        "myapp://cb/",
        "myapp://cb2",
        "MYAPP://cb",
        "myapp:cb",
        "",
        "*",
        "https://*",
        "https://wild.example/*x",
        &long,
    ]
    .map(str::to_owned)
    .to_vec()
}

#[tokio::test]
async fn what_is_not_registered_ends_on_a_page_of_ours() {
    let server = Server::start("browser").await;
    for uri in corpus() {
        for more in [&[][..], &[("prompt", "none")], &[("response_type", "wish")], &[("response_mode", "form_post")]] {
            let mut all = vec![("redirect_uri", uri.as_str())];
            all.extend(more);
            let reply = server.browser().authorize("wild", &all).await;
            assert_eq!(reply.status, 400, "{uri:?}: {:?}", reply.location());
            assert_eq!(reply.header("location"), "", "{uri:?}");
            assert!(!reply.body.contains("evil.example"), "{uri:?}");
        }
    }
}

#[tokio::test]
async fn what_is_registered_is_where_the_browser_goes() {
    let server = Server::start("browser").await;
    for uri in [
        "https://wild.example/app/",
        "https://wild.example/app",
        "https://wild.example/app/deep/er?q=1",
        "https://wild.example/app/..x",
        "https://wild.example/app/?next=https://evil.example",
        "https://wild.example:8443/x",
        "http://127.0.0.1/cb",
        "http://127.0.0.1:51004/cb",
        "myapp://cb",
    ] {
        let landing = server.browser().login_with("wild", &[("redirect_uri", uri)], "ada", "pw").await;
        let to = landing.reply.location().unwrap_or_else(|| panic!("{uri}: {}", landing.reply.body));
        let wanted = Url::parse(uri).unwrap();
        assert_eq!(
            (to.scheme(), to.host(), to.port(), to.path()),
            (wanted.scheme(), wanted.host(), wanted.port(), wanted.path())
        );
        assert!(!landing.code.is_empty(), "{uri}");
    }
}

#[tokio::test]
async fn a_lone_wildcard_takes_web_addresses_only() {
    let server = Server::start("browser").await;
    for uri in [
        "javascript:alert(1)",
        "JAVASCRIPT:x",
        "data:text/html,x",
        "vbscript:x",
        "file:///x",
        "myapp://x",
        "https://a@b/",
    ] {
        assert_eq!(server.browser().authorize("anywhere", &[("redirect_uri", uri)]).await.status, 400, "{uri}");
    }
    let reply = server.browser().authorize("anywhere", &[("redirect_uri", "https://a.example/x")]).await;
    assert_eq!(reply.status, 200);
}

#[tokio::test]
async fn a_repeated_parameter_is_told_to_the_client_and_its_first_redirect_uri_counts() {
    let server = Server::start("browser").await;
    for (name, value) in [
        ("scope", "openid"),
        ("state", "two"),
        ("response_type", "token"),
        ("redirect_uri", "https://evil.example/"),
        ("client_id", "second"),
        ("unheard-of", "x"),
    ] {
        let path = server.browser().authorize_path("app", &[]);
        let path = format!("{path}&{name}={value}&unheard-of=y");
        let reply = server.browser().open(&path).await;
        let to = reply.location().expect("a redirect");
        assert_eq!(to.host_str(), Some("app.example"), "{name}");
        let twice = name != "unheard-of" || path.matches("unheard-of").count() > 1;
        assert!(twice && reply.parameter("error").as_deref() == Some("invalid_request"), "{name} {to}");
        assert_eq!(reply.parameter("code"), None);
    }
}

#[tokio::test]
async fn a_stranger_is_not_sent_anywhere_by_a_client_that_is_off_or_unknown() {
    let server = Server::start("browser").await;
    for client in ["off", "nobody", "", "app\u{0}", "app ", "APP", "'; --"] {
        let uri = "https://off.example/cb";
        let reply = server.browser().authorize(client, &[("client_id", client), ("redirect_uri", uri)]).await;
        assert_eq!((reply.status, reply.header("location")), (400, ""), "{client:?}");
    }
}

#[tokio::test]
async fn after_a_logout_the_same_uris_lead_nowhere() {
    let server = Server::start("browser").await;
    for uri in corpus().into_iter().filter(|uri| !uri.is_empty()) {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("client_id", "wild")
            .append_pair("post_logout_redirect_uri", &uri)
            .finish();
        let reply = server.ask(Ask::get(format!("{}?{query}", server.path("logout")))).await;
        assert_eq!((reply.status, reply.header("location")), (400, ""), "{uri:?}");
        assert!(!reply.body.contains("evil.example"), "{uri:?}");
    }
}
