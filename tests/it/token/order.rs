//! In which order the token endpoint looks, and what it says.

use wire_tests::{Ask, Server, Setup};

async fn ask(server: &Server, form: &[(&str, &str)]) -> String {
    server.ask(Ask::form(server.path("token"), form)).await.refusal()
}

#[tokio::test]
async fn the_realm_comes_first_then_the_grant_then_the_client_then_duplicates_then_the_grants_own() {
    let server = Server::start("token").await;
    let everything_wrong = [("client_id", "nobody"), ("client_id", "nobody")];
    server.hands().enable_realm(false).await;
    assert_eq!(ask(&server, &everything_wrong).await, "403 access_denied: Realm not enabled");
    server.hands().enable_realm(true).await;
    assert_eq!(ask(&server, &everything_wrong).await, "400 invalid_request: Missing form parameter: grant_type");
    let unknown = [("grant_type", "wish"), ("client_id", "nobody"), ("client_id", "nobody")];
    assert_eq!(ask(&server, &unknown).await, "400 unsupported_grant_type: Unsupported grant_type");
    let nobody = [("grant_type", "password"), ("client_id", "nobody"), ("client_id", "nobody")];
    let text = "401 invalid_client: Invalid client or Invalid client credentials";
    assert_eq!(ask(&server, &nobody).await, text);
    let twice =
        [("grant_type", "password"), ("client_id", "app"), ("client_secret", "app-secret"), ("x", "1"), ("x", "2")];
    assert_eq!(ask(&server, &twice).await, "400 invalid_request: duplicated parameter");
    let once = [("grant_type", "password"), ("client_id", "app"), ("client_secret", "app-secret")];
    assert_eq!(ask(&server, &once).await, "401 invalid_request: Missing parameter: username");
}

#[tokio::test]
async fn every_repeated_parameter_is_refused_whatever_its_name() {
    let server = Server::start("token").await;
    for name in ["grant_type", "scope", "username", "password", "client_id", "client_secret", "unheard-of"] {
        let mut form =
            vec![("grant_type", "client_credentials"), ("client_id", "app"), ("client_secret", "app-secret")];
        let value = form.iter().find(|(n, _)| *n == name).map_or("openid", |(_, v)| v);
        form.push((name, value));
        if !["grant_type", "client_id", "client_secret"].contains(&name) {
            form.push((name, value));
        }
        assert_eq!(ask(&server, &form).await, "400 invalid_request: duplicated parameter", "{name}");
    }
}

#[tokio::test]
async fn each_refusal_of_a_client_can_be_reached() {
    let server = Server::start("token").await;
    let wrong = "401 unauthorized_client: Invalid client or Invalid client credentials";
    let unknown = "401 invalid_client: Invalid client or Invalid client credentials";
    for (client, secret, expected) in [
        ("app", "wrong", wrong),
        ("app", "", wrong),
        ("off", "off-secret", unknown),
        ("nobody", "x", unknown),
        ("", "x", unknown),
        ("bearer", "bearer-secret", "400 invalid_client: Bearer-only not allowed"),
        ("signer", "x", "400 invalid_client: Parameter client_assertion_type is missing"),
    ] {
        let form = [("grant_type", "client_credentials"), ("client_id", client), ("client_secret", secret)];
        assert_eq!(ask(&server, &form).await, expected, "{client} {secret}");
    }
    let credentials = [("grant_type", "client_credentials")];
    let refused = async |id: &str| server.client(id).token(&credentials).await.refusal();
    assert_eq!(refused("spa").await, "401 unauthorized_client: Public client not allowed to retrieve service account");
    assert_eq!(refused("other").await, "401 unauthorized_client: Client not enabled to retrieve service account");
}

#[tokio::test]
async fn each_refusal_of_a_password_can_be_reached() {
    let server = Server::start("token").await;
    let say = async |client: &str, user: &str, password: &str, scope: &str| {
        server.client(client).password_reply(user, password, scope).await.refusal()
    };
    assert_eq!(
        say("browserless", "ada", "pw", "openid").await,
        "400 unauthorized_client: Client not allowed for direct access grants"
    );
    assert_eq!(say("consenting", "ada", "pw", "openid").await, "400 invalid_client: Client requires user consent");
    assert_eq!(say("app", "ada", "pw", "openid made-up").await, "400 invalid_scope: Invalid scopes: openid made-up");
    let credentials = "400 invalid_grant: Invalid user credentials";
    assert_eq!(say("app", "ada", "wrong", "openid").await, credentials);
    assert_eq!(say("app", "ada", "", "openid").await, credentials);
    assert_eq!(say("app", "nobody", "pw", "openid").await, credentials);
    assert_eq!(say("app", "service-account-app", "pw", "openid").await, credentials);
    assert_eq!(say("app", "eve", "wrong", "openid").await, credentials);
    assert_eq!(say("app", "eve", "pw", "openid").await, "400 invalid_grant: Account disabled");
    assert_eq!(say("app", "late", "pw", "openid").await, "400 invalid_grant: Account is not fully set up");
}

#[tokio::test]
async fn a_user_with_a_second_factor_needs_it_also_without_a_browser() {
    let server = Server::start("token").await;
    let app = server.client("app");
    let form =
        |totp: &'static str| [("grant_type", "password"), ("username", "otto"), ("password", "pw"), ("totp", totp)];
    for wrong in ["", "000000", "1", "12345678901234567890"] {
        let refused = app.token(&form(wrong)).await.refusal();
        assert_eq!(refused, "400 invalid_grant: Invalid user credentials", "{wrong:?}");
    }
    let without = [("grant_type", "password"), ("username", "otto"), ("password", "pw")];
    assert_eq!(app.token(&without).await.refusal(), "400 invalid_grant: Invalid user credentials");
}

#[tokio::test]
async fn a_body_that_is_no_form_counts_as_none() {
    let server = Server::start("token").await;
    let json = r#"{"grant_type":"client_credentials","client_id":"app","client_secret":"app-secret"}"#;
    let form = "grant_type=client_credentials&client_id=app&client_secret=app-secret";
    for (kind, body) in [
        ("application/json", json),
        ("text/plain", form),
        ("multipart/form-data; boundary=x", form),
        ("application/x-www-form-urlencoded-not", form),
        ("", form),
    ] {
        let reply = server.ask(Ask::new("POST", server.path("token")).body(kind, body)).await;
        assert_eq!(reply.refusal(), "400 invalid_request: Missing form parameter: grant_type", "{kind}");
    }
    let kind = "Application/X-WWW-Form-URLencoded; charset=UTF-8";
    server.ask(Ask::new("POST", server.path("token")).body(kind, form)).await.expect(200);
}

#[tokio::test]
async fn a_body_of_more_than_a_mebibyte_is_refused_unread_at_every_endpoint() {
    let server = Server::start("token").await;
    let body = format!("grant_type={}", "x".repeat(1024 * 1024 + 1));
    for endpoint in ["token", "token/introspect", "revoke", "userinfo", "auth", "logout"] {
        let ask = Ask::new("POST", server.path(endpoint)).body("application/x-www-form-urlencoded", body.clone());
        let reply = server.ask(ask).await;
        assert_eq!(reply.refusal(), "413 invalid_request: The request is too long", "{endpoint}");
        assert!(reply.header_lines().join("\n").contains("x-content-type-options"), "{endpoint}");
    }
}

#[tokio::test]
async fn fields_of_any_length_are_refused_by_the_book() {
    let server = Server::start("token").await;
    let long = "x".repeat(500_000);
    for name in ["grant_type", "client_id", "client_secret", "scope", "username", "password", "totp"] {
        let mut form = vec![
            ("grant_type", "password"),
            ("client_id", "app"),
            ("client_secret", "app-secret"),
            ("username", "ada"),
            ("password", "pw"),
        ];
        form.retain(|(n, _)| *n != name);
        form.push((name, &long));
        let reply = server.ask(Ask::form(server.path("token"), &form)).await;
        // A user without a second factor is not asked for one, whatever is sent; a scope of that length counts as none.
        let expected = if matches!(name, "totp" | "scope") { 200..201 } else { 400..402 };
        assert!(expected.contains(&reply.status), "{name}: {} {}", reply.status, reply.header("content-type"));
        assert!(reply.body.len() < 600_000, "{name}");
    }
    for name in ["code", "refresh_token", "code_verifier", "redirect_uri", "client_assertion", "client_assertion_type"]
    {
        for grant in ["authorization_code", "refresh_token"] {
            let form = [("grant_type", grant), (name, long.as_str())];
            let reply = server.client("app").token(&form).await;
            assert!((400..402).contains(&reply.status), "{grant} {name}: {}", reply.status);
        }
    }
}

#[tokio::test]
async fn the_answer_of_a_refusal_is_kept_out_of_caches() {
    let server = Server::start("token").await;
    for reply in [
        server.client("app").password_reply("ada", "wrong", "openid").await,
        server.client("app").password_reply("ada", "pw", "openid").await,
    ] {
        assert_eq!((reply.header("cache-control"), reply.header("pragma")), ("no-store", "no-cache"));
    }
}

#[tokio::test]
async fn a_foreign_origin_gets_no_tokens_and_writes_nothing() {
    let server = Server::start("token").await;
    let form = [
        ("grant_type", "password"),
        ("client_id", "app"),
        ("client_secret", "app-secret"),
        ("username", "ada"),
        ("password", "pw"),
    ];
    let from = async |origin: &str| server.ask(Ask::form(server.path("token"), &form).header("origin", origin)).await;
    for origin in ["https://evil.example", "null", "https://app.example.evil.example", "http://app.example"] {
        let refused = from(origin).await;
        assert_eq!(refused.status, 403, "{origin}: {}", refused.body);
    }
    assert_eq!(server.hands().sessions("ada").await, 0);
    assert_eq!(from("https://app.example").await.status, 200);
}

#[tokio::test]
async fn known_and_unknown_users_get_the_same_answer_to_a_wrong_password() {
    let server = Setup::of("token").with(|realm| realm["bruteForceProtected"] = true.into()).start().await;
    for pair in [["ada", "nobody"], ["eve", "nobody"], ["late", "no-body@people.example"], ["otto", "x"]] {
        let [known, unknown] = [
            server.client("app").password_reply(pair[0], "wrong", "openid").await,
            server.client("app").password_reply(pair[1], "wrong", "openid").await,
        ];
        assert_eq!(known.line(), unknown.line());
        assert_eq!(known.header_lines(), unknown.header_lines());
    }
}
