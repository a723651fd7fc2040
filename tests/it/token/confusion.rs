//! One kind of token is never taken for another, and no token that nobody issued is taken at all.

use std::collections::BTreeMap;

use jose::{Algorithm, SigningKey};
use wire_tests::{Ask, Forge, Server, Setup, Tokens, claims_of, ways_to_break};

/// One true token of every kind there is.
async fn tokens_of_every_kind(server: &Server) -> BTreeMap<&'static str, String> {
    let mut browser = server.browser();
    let landing = browser.login("app", "ada", "pw").await;
    let tokens = Tokens::of(&server.client("app").redeem(&landing.code, super::APP).await);
    let offline = Tokens::of(&server.client("app").password_reply("ada", "pw", "openid offline_access").await);
    let second = browser.authorize("app", &[]).await;
    let mut waiting = server.browser();
    waiting.authorize("app", &[]).await;
    BTreeMap::from([
        ("access", tokens.access),
        ("refresh", tokens.refresh),
        ("id", tokens.id),
        ("offline", offline.refresh),
        ("code", second.parameter("code").expect("a code")),
        ("identity cookie", browser.cookie("KEYCLOAK_IDENTITY").expect("a cookie").to_owned()),
        ("auth session cookie", waiting.cookie("AUTH_SESSION_ID").expect("a cookie").to_owned()),
        ("restart cookie", waiting.cookie("KC_RESTART").expect("a cookie").to_owned()),
    ])
}

/// What takes a token: its name, the kinds that it takes, and whether it took this one.
async fn takers(server: &Server, token: &str) -> Vec<(&'static str, &'static [&'static str], bool)> {
    let (app, resource) = (server.client("app"), server.client("resource"));
    let hint = async |hint: &str| {
        let form = [("token", token), ("token_type_hint", hint)];
        resource.post("token/introspect", &form).await.expect(200).json()["active"] == true
    };
    let mut browser = server.browser();
    browser.set_cookie("KEYCLOAK_IDENTITY", token);
    let silent = browser.authorize("app", &[("prompt", "none")]).await;
    let out = server.browser().open(&format!("{}?id_token_hint={token}", server.path("logout"))).await;
    let admin = server.ask(Ask::get("/admin/realms").bearer(token)).await;
    vec![
        ("introspection", &["access"], resource.sees_active(token).await),
        ("introspection of refresh tokens", &["refresh", "offline"], hint("refresh_token").await),
        ("userinfo", &["access"], app.userinfo(token).await.status == 200),
        ("identity cookie", &["identity cookie"], silent.parameter("code").is_some()),
        ("bearer of an administrator", &["access"], admin.status != 401),
        ("hint at logout", &["id"], out.status != 400),
        ("refresh", &["refresh", "offline"], app.refresh(token).await.status == 200),
        ("code", &["code"], app.redeem(token, super::APP).await.status == 200),
        ("logout by a client", &["refresh", "offline"], app.logout(token).await.status == 204),
    ]
}

#[tokio::test]
async fn each_taker_takes_its_own_kind_of_token_and_no_other() {
    let server = Server::start("token").await;
    for kind in tokens_of_every_kind(&server).await.into_keys() {
        // Some takers use a token up or end its session: each kind gets its own.
        let token = tokens_of_every_kind(&server).await.remove(kind).expect("the kind");
        for (taker, takes, took) in takers(&server, &token).await {
            if taker == "code" && kind == "code" {
                continue; // Ended with its session by what was tried before.
            }
            let expected = takes.contains(&kind);
            if taker == "logout by a client" && expected {
                continue;
            }
            // What an earlier taker ended is not taken any more; what is of another kind never.
            assert!(took == expected || (expected && taker == "refresh"), "{taker} and the {kind}: {took}");
        }
    }
}

#[tokio::test]
async fn a_broken_token_of_any_kind_is_worth_nothing_anywhere() {
    let server = Server::start("token").await;
    let kinds = tokens_of_every_kind(&server).await;
    for (kind, token) in &kinds {
        for broken in ways_to_break(token) {
            let harmless = broken.trim() == token || broken.trim_end_matches('=') == token;
            let reply = server.client("resource").introspect(&broken).await;
            assert!(!reply.is_fault(), "{kind} {broken}");
            let userinfo = server.client("app").userinfo(&broken).await;
            let refreshed = server.client("app").refresh(&broken).await;
            for reply in [&userinfo, &refreshed] {
                assert!(!reply.is_fault(), "{kind} {broken}: {}", reply.body);
            }
            if !harmless {
                assert_ne!(reply.json()["active"], true, "{kind} {broken}");
                assert_ne!(userinfo.status, 200, "{kind} {broken}");
                assert_ne!(refreshed.status, 200, "{kind} {broken}");
            }
        }
    }
}

#[tokio::test]
async fn a_broken_cookie_logs_nobody_in() {
    let server = Server::start("token").await;
    let kinds = tokens_of_every_kind(&server).await;
    for broken in ways_to_break(&kinds["identity cookie"]) {
        if broken.trim().trim_end_matches('=') == kinds["identity cookie"] {
            continue;
        }
        let mut browser = server.browser();
        browser.set_cookie("KEYCLOAK_IDENTITY", &broken);
        let reply = browser.authorize("app", &[("prompt", "none")]).await;
        assert_eq!(reply.parameter("error").as_deref(), Some("login_required"), "{broken}");
    }
}

#[tokio::test]
async fn forged_tokens_are_worth_nothing() {
    let server = Setup::of("token").twin("twin").start().await;
    let true_one = server.client("app").password("ada", "pw").await;
    let foreign = server.client_of("twin", "app").password("ada", "pw").await;
    let certs = server.ask(Ask::get(server.path("certs"))).await.json();
    let rsa = certs["keys"].as_array().unwrap().iter().find(|k| k["alg"] == "RS256").expect("the key").clone();
    let spki = jose::Jwk::parse(&rsa).unwrap().material.to_spki().unwrap();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", jose::b64::encode_standard(&spki));
    let our_own = SigningKey::from_der(Algorithm::RS256, &jose::generate::rsa(2048).unwrap()).unwrap();
    let own_jwk = our_own.public_jwk().expect("a public key").to_value();
    let forge = || Forge::from(&true_one.access);
    let mut forged = vec![
        forge().claim("sub", "somebody-else").with_old_signature(),
        forge().claim("exp", 9_999_999_999_i64).with_old_signature(),
        forge().claim("aud", "everybody").with_old_signature(),
        forge().header("kid", "other").with_old_signature(),
        forge().signed_with(&our_own),
        forge().header("jwk", own_jwk.clone()).signed_with(&our_own),
        forge().header("jku", "https://evil.example/keys").signed_with(&our_own),
        forge().header("x5u", "https://evil.example/cert").signed_with(&our_own),
        forge().header("kid", serde_json::Value::Null).signed_with(&our_own),
        forge().header("kid", "../../../../dev/null").signed_with_secret(Algorithm::HS256, &[0; 32]),
        forge().claim("iss", "https://id.example/realms/twin").with_old_signature(),
        forge().header("crit", serde_json::json!(["exp"])).with_old_signature(),
        Forge::from(&foreign.access).claim("iss", server.issuer()).with_old_signature(),
        foreign.access.clone(),
    ];
    for alg in ["none", "None", "NONE", "nOnE", "", "HS256", "RS256", "ES256"] {
        forged.push(forge().unsigned(alg));
        forged.push(Forge::from(&true_one.refresh).unsigned(alg));
    }
    let n = jose::b64::decode(rsa["n"].as_str().unwrap(), "n").unwrap();
    for secret in [pem.as_bytes(), pem.trim_end().as_bytes(), &spki, &n, b"secret"] {
        for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            forged.push(forge().signed_with_secret(algorithm, secret));
        }
    }
    for token in forged {
        assert!(!server.client("resource").sees_active(&token).await, "{token}");
        assert_eq!(server.client("app").userinfo(&token).await.status, 401, "{token}");
        assert_eq!(server.client("app").refresh(&token).await.status, 400, "{token}");
        let admin = server.ask(Ask::get("/admin/realms/token").bearer(&token)).await.status;
        // The twin's token is a true one there; it only may do nothing here.
        assert_eq!(admin, if token == foreign.access { 403 } else { 401 }, "{token}");
    }
    assert!(server.client("resource").sees_active(&true_one.access).await);
}

#[tokio::test]
async fn userinfo_takes_one_token_by_one_way() {
    let server = Server::start("token").await;
    let token = server.client("app").password("ada", "pw").await.access;
    let path = server.path("userinfo");
    let in_form = [("access_token", token.as_str())];
    assert_eq!(server.ask(Ask::form(path.clone(), &in_form)).await.status, 200);
    assert_eq!(server.ask(Ask::form(path.clone(), &in_form).bearer(&token)).await.status, 400);
    let twice = [("access_token", token.as_str()), ("access_token", token.as_str())];
    assert_eq!(server.ask(Ask::form(path.clone(), &twice)).await.status, 400);
    assert_eq!(server.ask(Ask::get(format!("{path}?access_token={token}"))).await.status, 401);
    for odd in ["Bearer", "Bearer ", "bearer", "Basic x", "Token x", "", "Bearer\t", "Bearer x y z"] {
        assert_eq!(server.ask(Ask::get(path.clone()).header("authorization", odd)).await.status, 401, "{odd:?}");
    }
}

#[tokio::test]
async fn a_logout_token_sent_to_a_client_is_no_token_here() {
    let server = Server::start("token").await;
    let told = serde_json::json!({"attributes": {"backchannel.logout.url": "https://app.example/backchannel"}});
    server.hands().client("app", told).await;
    let tokens = server.client("app").password("ada", "pw").await;
    server.client("app").logout(&tokens.refresh).await.expect(204);
    let notice = server.outside.wait_for(1).await.remove(0);
    let (_, token) = notice.form.into_iter().find(|(name, _)| name == "logout_token").expect("a token");
    assert_eq!(claims_of(&token)["typ"], "Logout");
    for (taker, _, took) in takers(&server, &token).await {
        assert!(!took, "{taker}");
    }
}
