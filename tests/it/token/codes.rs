//! A code is for one client, one redirect URI, one verifier, one session, one minute and one use.

use tokio::task::JoinSet;
use wire_tests::{Engine, Server, Setup, Tokens};

use super::{APP, code, code_in};

const NOT_VALID: &str = "400 invalid_grant: Code not valid";

/// A code and its session's tokens, had by another code of the same browser.
async fn code_and_tokens(server: &Server) -> (String, Tokens) {
    let mut browser = server.browser();
    let first = code_in(&mut browser).await;
    let tokens = Tokens::of(&server.client("app").redeem(&first, APP).await);
    let second = browser.authorize("app", &[]).await.parameter("code").expect("a code");
    (second, tokens)
}

#[tokio::test]
async fn a_code_is_redeemed_once() {
    let server = Server::start("token").await;
    let code = code(&server).await;
    server.client("app").redeem(&code, APP).await.expect(200);
    assert_eq!(server.client("app").redeem(&code, APP).await.refusal(), NOT_VALID);
}

#[tokio::test]
async fn used_code_ends_the_client_session() {
    let server = Server::start("token").await;
    let app = server.client("app");
    let code = code(&server).await;
    let tokens = Tokens::of(&app.redeem(&code, APP).await);
    assert!(server.client("resource").sees_active(&tokens.access).await);
    app.redeem(&code, APP).await.expect(400);
    assert!(!server.client("resource").sees_active(&tokens.access).await);
    assert_eq!(app.refresh(&tokens.refresh).await.refusal(), "400 invalid_grant: Session doesn't have required client");
}

#[tokio::test]
async fn a_forged_first_part_ends_the_client_session_that_it_names() {
    let server = Server::start("token").await;
    let (code, tokens) = code_and_tokens(&server).await;
    let (_, rest) = code.split_once('.').expect("three parts");
    let forged = format!("00000000-0000-0000-0000-000000000000.{rest}");
    assert_eq!(server.client("app").redeem(&forged, APP).await.refusal(), NOT_VALID);
    assert!(!server.client("resource").sees_active(&tokens.access).await);
}

#[tokio::test]
async fn codes_that_are_none_are_not_valid() {
    let server = Server::start("token").await;
    let code = code(&server).await;
    let parts: Vec<&str> = code.split('.').collect();
    let [id, session, client] = [parts[0], parts[1], parts[2]];
    for bad in [
        String::new(),
        "..".to_owned(),
        id.to_owned(),
        format!("{id}.{session}"),
        format!("{code}.x"),
        format!("{id}.other.{client}"),
        format!("{id}.{session}.other"),
        format!("'; DROP TABLE code; --.{session}x.{client}"),
    ] {
        let reply = server.client("app").redeem(&bad, APP).await;
        assert_eq!(reply.refusal(), NOT_VALID, "{bad:?}");
    }
}

#[tokio::test]
async fn a_code_is_of_no_use_to_another_client_and_then_to_nobody() {
    let server = Server::start("token").await;
    let code = code(&server).await;
    assert_eq!(
        server.client("other").redeem(&code, APP).await.refusal(),
        "400 invalid_grant: Auth error: Found different client_id in clientSession"
    );
    assert_eq!(server.client("app").redeem(&code, APP).await.refusal(), NOT_VALID);
}

#[tokio::test]
async fn the_redirect_uri_is_that_of_the_request_to_the_letter() {
    let server = Server::start("token").await;
    for wrong in ["https://app.example/cb/", "https://app.example/CB", "https://app.example/cb?x", ""] {
        let code = code(&server).await;
        let refused = server.client("app").redeem(&code, wrong).await.refusal();
        assert_eq!(refused, "400 invalid_grant: Incorrect redirect_uri", "{wrong}");
        assert_eq!(server.client("app").redeem(&code, APP).await.refusal(), NOT_VALID);
    }
}

async fn with_challenge(server: &Server, client: &str, more: &[(&str, &str)]) -> String {
    let mut browser = server.browser();
    browser.login_with(client, more, "ada", "pw").await.code
}

// [RFC7636-B]
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

#[tokio::test]
async fn a_code_with_a_challenge_needs_its_verifier() {
    let server = Server::start("token").await;
    let s256 = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
    let redeem = async |verifier: Option<&str>| {
        let code = with_challenge(&server, "spa", &s256).await;
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", "https://spa.example/cb"),
        ];
        form.extend(verifier.map(|v| ("code_verifier", v)));
        server.client("spa").token(&form).await
    };
    redeem(Some(VERIFIER)).await.expect(200);
    let other = VERIFIER.replace('d', "e");
    for (verifier, expected) in [
        (None, "400 invalid_grant: PKCE code verifier not specified"),
        (Some(other.as_str()), "400 invalid_grant: PKCE verification failed: Code mismatch"),
        (Some(CHALLENGE), "400 invalid_grant: PKCE verification failed: Code mismatch"),
        (Some("short"), "400 invalid_grant: PKCE verification failed: Invalid code verifier"),
        (Some(""), "400 invalid_grant: PKCE verification failed: Invalid code verifier"),
    ] {
        assert_eq!(redeem(verifier).await.refusal(), expected, "{verifier:?}");
    }
}

#[tokio::test]
async fn a_client_that_must_use_s256_can_not_be_talked_out_of_it() {
    let server = Server::start("token").await;
    for more in [
        vec![],
        vec![("code_challenge", CHALLENGE)],
        vec![("code_challenge", CHALLENGE), ("code_challenge_method", "plain")],
        vec![("code_challenge", CHALLENGE), ("code_challenge_method", "s256")],
        vec![("code_challenge_method", "S256")],
        vec![("code_challenge", "short"), ("code_challenge_method", "S256")],
    ] {
        let reply = server.browser().authorize("spa", &more).await;
        assert_eq!(reply.parameter("error").as_deref(), Some("invalid_request"), "{more:?} {}", reply.body);
        assert_eq!(reply.parameter("code"), None);
    }
}

#[tokio::test]
async fn a_verifier_without_a_challenge_is_refused() {
    let server = Server::start("token").await;
    let code = code(&server).await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", APP),
        ("code_verifier", VERIFIER),
    ];
    assert_eq!(
        server.client("app").token(&form).await.refusal(),
        "400 invalid_grant: PKCE code verifier specified but challenge not present in authorization"
    );
}

#[tokio::test]
async fn a_code_of_a_session_that_is_over_is_worth_nothing() {
    let server = Server::start("token").await;
    let code = code(&server).await;
    let session = code.split('.').nth(1).expect("a session");
    server.hands().end_session(session).await;
    assert_eq!(server.client("app").redeem(&code, APP).await.refusal(), "400 invalid_grant: User session not found");
}

#[tokio::test]
async fn a_code_lives_for_as_long_as_the_realm_says() {
    let server = Server::start("token").await;
    let young = code(&server).await;
    server.wait(59);
    server.client("app").redeem(&young, APP).await.expect(200);
    let old = code(&server).await;
    server.wait(60);
    assert_eq!(server.client("app").redeem(&old, APP).await.refusal(), NOT_VALID);
}

#[tokio::test]
async fn a_code_stays_in_its_realm() {
    let server = Setup::of("token").twin("twin").start().await;
    let code = code(&server).await;
    assert_eq!(server.client_of("twin", "app").redeem(&code, APP).await.refusal(), NOT_VALID);
    server.client("app").redeem(&code, APP).await.expect(200);
}

#[tokio::test]
async fn a_code_of_another_session_of_the_same_user_keeps_to_its_own() {
    let server = Server::start("token").await;
    let (mut one, mut two) = (server.browser(), server.browser());
    let first = Tokens::of(&server.client("app").redeem(&code_in(&mut one).await, APP).await);
    let second = Tokens::of(&server.client("app").redeem(&code_in(&mut two).await, APP).await);
    assert_ne!(first.session(), second.session());
    server.hands().end_session(&first.session()).await;
    assert!(server.client("resource").sees_active(&second.access).await);
    assert!(!server.client("resource").sees_active(&first.access).await);
}

async fn fifty_at_once(server: &Server) {
    let code = code(server).await;
    let mut tries = JoinSet::new();
    for _ in 0..50 {
        let (server, code) = (server.clone(), code.clone());
        tries.spawn(async move { server.client("app").redeem(&code, APP).await });
    }
    let replies = tries.join_all().await;
    let good = replies.iter().filter(|r| r.status == 200).count();
    assert_eq!(good, 1, "{:?}", replies.iter().map(|r| r.status).collect::<Vec<_>>());
    let others: Vec<String> = replies.iter().filter(|r| r.status != 200).map(wire_tests::Reply::refusal).collect();
    assert!(others.iter().all(|r| r == NOT_VALID), "{others:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_who_redeem_one_code_at_once_exactly_one_gets_tokens() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(server) = Setup::of("token").on(engine).try_start().await else { continue };
        fifty_at_once(&server).await;
    }
}

#[tokio::test]
async fn what_was_asked_for_stays_with_the_code_whatever_the_token_request_says() {
    let server = Server::start("token").await;
    let code = code(&server).await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", APP),
        ("scope", "openid offline_access"),
    ];
    let reply = server.client("app").token(&form).await.expect(200);
    assert!(!reply.text("scope").contains("offline_access"), "{}", reply.text("scope"));
}
