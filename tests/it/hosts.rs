//! Under which name the server is known: the issuer, the headers of proxies, the prefix, and odd paths.

use serde_json::Value;
use wire_tests::{Ask, Server, Setup, claims_of};

const DISCOVERY: &str = "/realms/token/.well-known/openid-configuration";

async fn found(server: &Server, ask: Ask) -> Value {
    server.ask(ask).await.expect(200).json()
}

async fn issuer(server: &Server, headers: &[(&str, &str)]) -> String {
    let ask = headers.iter().fold(Ask::get(DISCOVERY), |ask, (name, value)| ask.header(name, value));
    found(server, ask).await["issuer"].as_str().expect("an issuer").to_owned()
}

/// Headers by which a caller claims to have come to another host.
const CLAIMED: &[(&str, &str)] = &[
    ("host", "evil.example"),
    ("x-forwarded-host", "evil.example"),
    ("x-forwarded-proto", "http"),
    ("x-forwarded-prefix", "/evil"),
    ("forwarded", "host=evil.example;proto=http"),
];

#[tokio::test]
async fn the_configured_address_is_the_issuer_whatever_a_request_claims() {
    for headers in [None, Some("xforwarded"), Some("forwarded")] {
        let setup = Setup::of("token");
        let server = match headers {
            Some(kind) => setup.setting("proxy-headers", kind).start().await,
            None => setup.start().await,
        };
        assert_eq!(issuer(&server, CLAIMED).await, "https://id.example/realms/token");
        let ask = CLAIMED.iter().fold(Ask::get(DISCOVERY), |ask, (name, value)| ask.header(name, value));
        assert!(!server.ask(ask).await.body.contains("evil"));
    }
}

#[tokio::test]
async fn a_path_in_the_configured_address_is_part_of_every_address() {
    let server = Setup::of("token").setting("hostname", "https://example.org/auth/").start().await;
    let document = found(&server, Ask::get(DISCOVERY)).await;
    assert_eq!(document["issuer"], "https://example.org/auth/realms/token");
    for (name, value) in document.as_object().unwrap().iter().filter(|(name, _)| name.ends_with("_endpoint")) {
        assert!(value.as_str().unwrap().starts_with("https://example.org/auth/realms/token/"), "{name}: {value}");
    }
    let tokens = server.client("app").password("ada", "pw").await;
    assert_eq!(claims_of(&tokens.id)["iss"], "https://example.org/auth/realms/token");
}

#[tokio::test]
async fn without_an_address_the_headers_of_the_named_proxy_say_it() {
    let server = Setup::of("token")
        .setting("hostname", "")
        .setting("hostname-strict", "false")
        .setting("proxy-headers", "xforwarded")
        .setting("proxy-trusted-addresses", "10.0.0.0/8")
        .start()
        .await;
    let sent = |peer: &str| {
        let ask = Ask::get(DISCOVERY).from(peer).header("host", "inner:8080");
        ask.header("x-forwarded-host", "id.example").header("x-forwarded-proto", "https")
    };
    assert_eq!(found(&server, sent("10.1.2.3")).await["issuer"], "https://id.example/realms/token");
    assert_eq!(found(&server, sent("192.0.2.1")).await["issuer"], "http://inner:8080/realms/token");
}

/// What a proxy says of where a request arrived, and the issuer that follows.
const ARRIVED: &[(&[(&str, &str)], &str)] = &[
    (&[("x-forwarded-host", "id.example"), ("x-forwarded-proto", "https")], "https://id.example"),
    (&[("x-forwarded-host", "id.example"), ("x-forwarded-proto", "http")], "http://id.example"),
    (
        &[("x-forwarded-host", "id.example"), ("x-forwarded-proto", "https"), ("x-forwarded-port", "8443")],
        "https://id.example:8443",
    ),
    (
        &[("x-forwarded-host", "id.example"), ("x-forwarded-proto", "https"), ("x-forwarded-port", "443")],
        "https://id.example",
    ),
    (
        &[("x-forwarded-host", "id.example"), ("x-forwarded-proto", "http"), ("x-forwarded-port", "443")],
        "http://id.example:443",
    ),
    (
        &[("x-forwarded-host", "id.example"), ("x-forwarded-proto", "http"), ("x-forwarded-port", "80")],
        "http://id.example",
    ),
    (&[("x-forwarded-host", "id.example:8443"), ("x-forwarded-proto", "https")], "https://id.example:8443"),
    (&[("x-forwarded-host", "id.example:1"), ("x-forwarded-port", "8443")], "http://id.example:8443"),
    (&[("x-forwarded-proto", "https"), ("x-forwarded-port", "8443")], "https://inner:8443"),
    (&[("x-forwarded-host", "[2001:db8::1]"), ("x-forwarded-port", "8443")], "http://[2001:db8::1]:8443"),
    (
        &[("x-forwarded-host", "id.example, a, b"), ("x-forwarded-proto", "https, http"), ("x-forwarded-port", "1, 2")],
        "https://id.example:1",
    ),
    (
        &[("x-forwarded-host", "id.example"), ("x-forwarded-proto", "https"), ("x-forwarded-port", "x/../evil")],
        "https://id.example",
    ),
    (
        &[("x-forwarded-host", "id.example"), ("x-forwarded-proto", "https"), ("x-forwarded-port", "70000")],
        "https://id.example",
    ),
];

#[tokio::test]
async fn the_scheme_and_port_that_the_proxy_names_are_those_of_the_issuer() {
    let proxied = || {
        let setup = Setup::of("token").setting("hostname-strict", "false").setting("proxy-headers", "xforwarded");
        setup.setting("proxy-trusted-addresses", "10.0.0.0/8")
    };
    let server = proxied().setting("hostname", "").start().await;
    let sent = |headers: &[(&str, &str)], peer: &str| {
        let ask = Ask::get(DISCOVERY).from(peer).header("host", "inner:8080");
        headers.iter().fold(ask, |ask, (name, value)| ask.header(name, value))
    };
    for (headers, base) in ARRIVED {
        let document = found(&server, sent(headers, "10.1.2.3")).await;
        assert_eq!(document["issuer"], format!("{base}/realms/token"), "{headers:?}");
        // From anybody else they are not heard.
        let document = found(&server, sent(headers, "192.0.2.1")).await;
        assert_eq!(document["issuer"], "http://inner:8080/realms/token", "{headers:?}");
    }
    // A configured name keeps scheme and port of the request, a configured URL has its own.
    let headers = [("x-forwarded-host", "other.example"), ("x-forwarded-proto", "https"), ("x-forwarded-port", "8443")];
    for (hostname, base) in [("id.example", "https://id.example:8443"), ("https://id.example", "https://id.example")] {
        let server = proxied().setting("hostname", hostname).start().await;
        let document = found(&server, sent(&headers, "10.1.2.3")).await;
        assert_eq!(document["issuer"], format!("{base}/realms/token"), "{hostname}");
    }
}

#[tokio::test]
async fn the_administrators_address_is_no_issuer() {
    let server = Setup::of("token").setting("hostname-admin", "https://admin.example").master().start().await;
    let ask = Ask::get(DISCOVERY).header("host", "admin.example");
    let document = server.ask(ask).await.expect(200);
    assert!(document.json()["issuer"] == "https://id.example/realms/token" && !document.body.contains("admin.example"));
    let token = server.admin_token().await;
    assert_eq!(claims_of(&token)["iss"], "https://id.example/realms/master");
    // The Admin API answers under either name.
    for host in ["id.example", "admin.example"] {
        server.ask(Ask::get("/admin/realms/token").header("host", host).bearer(&token)).await.expect(200);
    }
}

#[tokio::test]
async fn a_token_of_one_issuer_is_none_under_another_name() {
    let server = Setup::of("token").setting("hostname", "").setting("hostname-strict", "false").start().await;
    let form = [
        ("client_id", "app"),
        ("client_secret", "app-secret"),
        ("grant_type", "password"),
        ("username", "ada"),
        ("password", "pw"),
        ("scope", "openid"),
    ];
    let asked = Ask::form(server.path("token"), &form).header("host", "one.example");
    let token = server.ask(asked).await.expect(200).text("access_token");
    let userinfo = |host: &str| Ask::get(server.path("userinfo")).header("host", host).bearer(&token);
    assert_eq!(server.ask(userinfo("one.example")).await.status, 200);
    assert_eq!(server.ask(userinfo("other.example")).await.status, 401);
}

#[tokio::test]
async fn everything_is_found_at_the_root_and_under_auth() {
    let server = Server::start("token").await;
    for path in [DISCOVERY, "/realms/token", "/realms/token/protocol/openid-connect/certs"] {
        let plain = server.ask(Ask::get(path)).await.expect(200);
        assert_eq!(server.ask(Ask::get(format!("/auth{path}"))).await.expect(200).body, plain.body);
        for wrong in [format!("/authx{path}"), format!("/auth/auth{path}"), format!("/AUTH{path}")] {
            assert_eq!(server.ask(Ask::get(wrong.clone())).await.status, 404, "{wrong}");
        }
    }
}

#[tokio::test]
async fn paths_that_a_proxy_might_read_otherwise_are_refused() {
    let server = Setup::of("token").master().start().await;
    for path in [
        "/realms/token/..;/admin/realms",
        "/realms/token;x=1",
        "/realms//token",
        "/realms/token/%2e%2e/%2e%2e/admin/realms",
        "/realms/token%2F..%2Fmaster",
        "/realms/token\\..\\master",
        "/realms/token/%5c..",
        "/realms/token%00",
        "/auth//admin/realms",
    ] {
        let reply = server.ask(Ask::get(path)).await;
        assert_eq!(reply.status, 400, "{path}: {}", reply.line());
    }
    for path in
        ["/realms/token/../../admin/realms", "/realms/token/", "/realms", "/", "/realms/token/protocol/saml", "*"]
    {
        let reply = server.ask(Ask::get(path)).await;
        assert!((300..500).contains(&reply.status), "{path}: {}", reply.line());
    }
}
