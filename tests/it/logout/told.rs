//! Who is told of a logout: by back-channel [OIDC-BCL], in frames [OIDC-FCL].

use jose::{Algorithm, Compact, JwkSet, VerifyingKey};
use serde_json::{Value, json};
use wire_tests::{Ask, NOW, Posted, Server, claims_of, unescape};

use super::{BYE, leave, started, tokens};

/// The logout token of the one notice that was sent, its signature verified by the published keys.
async fn notice(server: &Server) -> (Value, Value) {
    let posted: Vec<Posted> = server.outside.wait_for(1).await;
    assert_eq!(posted.len(), 1, "{posted:?}");
    assert_eq!(posted[0].url, "https://told.example/backchannel");
    let [(name, token)] = &posted[0].form[..] else { panic!("{posted:?}") };
    assert_eq!(name, "logout_token");
    let head: Value =
        serde_json::from_slice(&jose::b64::decode(token.split('.').next().unwrap(), "head").unwrap()).unwrap();
    let keys = JwkSet::parse_text(&server.ask(Ask::get(server.path("certs"))).await.body).unwrap();
    let key = keys.find_for_verification(head["kid"].as_str(), Algorithm::RS256).expect("a published key");
    Compact::parse(token).unwrap().verify(&VerifyingKey::from_jwk(key).unwrap()).expect("signed by the realm");
    (head, claims_of(token))
}

#[tokio::test]
async fn a_client_is_told_by_a_logout_token_that_it_can_verify() {
    let server = started().await;
    let mut browser = server.browser();
    let app = tokens(&mut browser, &server, "app").await;
    tokens(&mut browser, &server, "told").await;
    leave(&mut browser, &server, &[("id_token_hint", &app.id), ("post_logout_redirect_uri", BYE)]).await.expect(302);
    let (head, claims) = notice(&server).await;
    assert_eq!((&head["alg"], &head["typ"]), (&json!("RS256"), &json!("logout+jwt")));
    let wanted = [
        ("iss", json!(server.issuer())),
        ("aud", json!("told")),
        ("sub", app.claim("sub")),
        ("sid", json!(app.session())),
        ("typ", json!("Logout")),
        ("iat", json!(NOW)),
        ("exp", json!(NOW + 120)),
        ("events", json!({"http://schemas.openid.net/event/backchannel-logout": {}})),
    ];
    for (name, value) in wanted {
        assert_eq!(claims[name], value, "{name}: {claims}");
    }
    assert!(claims["jti"].is_string() && claims.get("nonce").is_none(), "{claims}");
}

#[tokio::test]
async fn a_client_that_wants_no_session_id_is_told_of_the_user_alone() {
    let server = started().await;
    let attributes = json!({"attributes": {"backchannel.logout.session.required": "false"}});
    server.hands().client("told", attributes).await;
    let got = tokens(&mut server.browser(), &server, "told").await;
    server.client("told").logout(&got.refresh).await.expect(204);
    let (_, claims) = notice(&server).await;
    assert!(claims.get("sid").is_none() && claims["sub"] == got.claim("sub"), "{claims}");
}

#[tokio::test]
async fn a_client_without_a_part_in_the_session_is_not_told() {
    let server = started().await;
    let mut browser = server.browser();
    let app = tokens(&mut browser, &server, "app").await;
    leave(&mut browser, &server, &[("id_token_hint", &app.id)]).await.expect(200);
    // A later logout with a part of its own is heard first of all.
    let got = tokens(&mut server.browser(), &server, "told").await;
    server.client("told").logout(&got.refresh).await.expect(204);
    assert_eq!(notice(&server).await.1["sid"], got.session());
}

#[tokio::test]
async fn a_refused_logout_tells_nobody() {
    let server = started().await;
    let mut browser = server.browser();
    let got = tokens(&mut browser, &server, "told").await;
    let hint = [("id_token_hint", &got.id[..]), ("post_logout_redirect_uri", "https://evil.example/")];
    leave(&mut browser, &server, &hint).await.expect(400);
    server.client("app").logout(&got.refresh).await.expect(400);
    tokio::task::yield_now().await;
    assert_eq!(server.outside.posted(), []);
}

#[tokio::test]
async fn a_logout_token_is_good_for_nothing_else() {
    let server = started().await;
    let got = tokens(&mut server.browser(), &server, "told").await;
    server.client("told").logout(&got.refresh).await.expect(204);
    let token = server.outside.wait_for(1).await[0].form[0].1.clone();
    let app = server.client("app");
    assert_eq!(app.userinfo(&token).await.status, 401);
    assert!(!app.sees_active(&token).await);
    assert_eq!(server.client("told").refresh(&token).await.status, 400);
    assert_eq!(leave(&mut server.browser(), &server, &[("id_token_hint", &token)]).await.status, 400);
}

#[tokio::test]
async fn the_page_frames_the_client_that_is_told_in_the_browser_and_leads_on() {
    let server = started().await;
    let mut browser = server.browser();
    let app = tokens(&mut browser, &server, "app").await;
    tokens(&mut browser, &server, "framed").await;
    let parameters = [("id_token_hint", &app.id[..]), ("post_logout_redirect_uri", BYE), ("state", "s")];
    let page = leave(&mut browser, &server, &parameters).await.expect(200);
    let frames: Vec<String> = page.body.split("<iframe").skip(1).map(source).collect();
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("sid", &app.session()).append_pair("iss", &server.issuer());
    assert_eq!(frames, [format!("https://framed.example/out?{}", query.finish())]);
    assert!(page.body.contains("framed") && unescape(&page.body).contains("https://app.example/bye/now?state=s"));
    let policy = page.header("content-security-policy");
    assert!(policy.contains("frame-src 'self' https://framed.example;"), "{policy}");
    assert_eq!(server.hands().sessions("ada").await, 0);
}

fn source(tag: &str) -> String {
    unescape(tag.split_once("src=\"").expect("a source").1.split('"').next().expect("its end"))
}
