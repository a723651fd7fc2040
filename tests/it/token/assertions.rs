//! An assertion proves its client once, at whichever endpoint, and to nobody else.

use jose::{Algorithm, SigningKey, jws};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use wire_tests::{Ask, Engine, NOW, Reply, Server, Setup};

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const SECRET: &str = "a-secret-of-the-signer-that-is-long-enough-to-sign";

fn claims(server: &Server, jti: &str) -> Value {
    json!({"iss": "signer", "sub": "signer", "aud": server.issuer(), "jti": jti, "exp": NOW + 30, "iat": NOW})
}

fn signed(claims: &Value) -> String {
    let key = SigningKey::from_secret(Algorithm::HS256, "", SECRET.as_bytes()).expect("a key");
    jws::encode(&jws::header(&key, None), claims.to_string().as_bytes(), &key).expect("signs")
}

async fn at(server: &Server, endpoint: &str, assertion: &str) -> Reply {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", TYPE),
        ("client_assertion", assertion),
        ("token", "x"),
    ];
    server.ask(Ask::form(server.path(endpoint), &form)).await
}

const REUSED: &str = "400 invalid_client: Token reuse detected";

#[tokio::test]
async fn an_assertion_used_at_one_endpoint_is_used_up_at_all() {
    let server = Server::start("token").await;
    let endpoints = ["token", "token/introspect", "revoke"];
    for first in endpoints {
        let assertion = signed(&claims(&server, first));
        let reply = at(&server, first, &assertion).await;
        assert_eq!(reply.status, 200, "{first}: {}", reply.body);
        for second in endpoints {
            assert_eq!(at(&server, second, &assertion).await.refusal(), REUSED, "{first}, {second}");
        }
    }
}

#[tokio::test]
async fn a_refused_request_uses_its_assertion_up_all_the_same() {
    let server = Server::start("token").await;
    let assertion = signed(&claims(&server, "a"));
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", "none"),
        ("client_assertion_type", TYPE),
        ("client_assertion", assertion.as_str()),
    ];
    server.ask(Ask::form(server.path("token"), &form)).await.expect(400);
    assert_eq!(at(&server, "token", &assertion).await.refusal(), REUSED);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_forty_parallel_uses_of_an_assertion_exactly_one_counts() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(server) = Setup::of("token").on(engine).try_start().await else { continue };
        let assertion = signed(&claims(&server, "one"));
        let mut tries = JoinSet::new();
        for n in 0..40 {
            let (server, assertion) = (server.clone(), assertion.clone());
            let endpoint = ["token", "token/introspect", "revoke"][n % 3];
            tries.spawn(async move { at(&server, endpoint, &assertion).await });
        }
        let replies = tries.join_all().await;
        assert_eq!(replies.iter().filter(|r| r.status == 200).count(), 1);
        assert!(replies.iter().filter(|r| r.status != 200).all(|r| r.refusal() == REUSED), "{replies:?}");
    }
}

#[tokio::test]
async fn each_claim_of_an_assertion_is_looked_at() {
    let server = Setup::of("token").twin("twin").start().await;
    let changed = |name: &str, value: Value| {
        let mut claims = claims(&server, name);
        claims[name] = value;
        claims
    };
    for (what, claims) in [
        ("of another issuer", changed("iss", json!("app"))),
        ("of another subject", changed("sub", json!("app"))),
        ("for another realm", changed("aud", json!("https://id.example/realms/twin"))),
        ("for nobody", changed("aud", Value::Null)),
        ("for two", changed("aud", json!([server.issuer(), "https://other.example"]))),
        ("expired", changed("exp", json!(NOW))),
        ("without an end", changed("exp", Value::Null)),
        ("for later", changed("nbf", json!(NOW + 60))),
        ("from the future", changed("iat", json!(NOW + 60))),
        ("from long ago", changed("iat", json!(NOW - 120))),
        ("without an id", changed("jti", Value::Null)),
        ("with an end that is no number", changed("exp", json!("soon"))),
    ] {
        let reply = at(&server, "token", &signed(&claims)).await;
        assert!((400..402).contains(&reply.status), "{what}: {}", reply.line());
    }
    at(&server, "token", &signed(&claims(&server, "good"))).await.expect(200);
}

#[tokio::test]
async fn an_assertion_signed_otherwise_is_refused() {
    let server = Server::start("token").await;
    let good = signed(&claims(&server, "x"));
    let mut bad = wire_tests::ways_to_break(&good);
    for alg in ["none", "None", "", "RS256", "HS512"] {
        bad.push(wire_tests::Forge::from(&good).unsigned(alg));
    }
    bad.push(
        wire_tests::Forge::from(&good).signed_with_secret(Algorithm::HS256, b"another secret, quite as long as it"),
    );
    for assertion in bad {
        let reply = at(&server, "token", &assertion).await;
        assert!((400..402).contains(&reply.status), "{assertion}: {}", reply.line());
    }
    at(&server, "token", &good).await.expect(200);
}

#[tokio::test]
async fn an_assertion_and_another_clients_name_do_not_go_together() {
    let server = Server::start("token").await;
    let assertion = signed(&claims(&server, "x"));
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "app"),
        ("client_assertion_type", TYPE),
        ("client_assertion", assertion.as_str()),
    ];
    assert_eq!(server.ask(Ask::form(server.path("token"), &form)).await.status, 401);
}

#[tokio::test]
async fn an_assertion_may_come_again_only_when_it_has_long_expired() {
    let server = Server::start("token").await;
    let assertion = signed(&claims(&server, "x"));
    at(&server, "token", &assertion).await.expect(200);
    for _ in 0..4 {
        server.wait(10);
        store::logins::purge_expired(&server.core.store, server.core.now(), 1000).await.unwrap();
        assert_ne!(at(&server, "token", &assertion).await.status, 200);
    }
}
