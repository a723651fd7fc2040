//! Two nodes on one store, neither of which knows of the other.
//!
//! They are two where `COUNTERSIGN_TEST_PG` says where a PostgreSQL is. SQLite belongs to one node alone, so there the
//! same test runs with one node in both parts: without the variable the rule is still tested, only not between nodes, and
//! no test is skipped.

use serde_json::json;
use tokio::task::JoinSet;
use wire_tests::{Ask, Engine, Reply, Road, Server, Setup, Tokens};

const APP: &str = "https://app.example/cb";

/// Two nodes on PostgreSQL, if there is one, and one node twice on SQLite.
async fn pairs(setup: fn() -> Setup) -> Vec<(Server, Server)> {
    let mut pairs = Vec::new();
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(one) = setup().on(engine).try_start().await else { continue };
        let other = match engine {
            Engine::Sqlite => one.clone(),
            Engine::Postgres => one.node(None).await,
        };
        pairs.push((one, other));
    }
    pairs
}

fn plain() -> Setup {
    Setup::of("token")
}

fn rotating() -> Setup {
    plain().with(|realm| {
        realm["revokeRefreshToken"] = json!(true);
        realm["refreshTokenMaxReuse"] = json!(0);
    })
}

#[tokio::test]
async fn who_logged_in_at_one_node_is_known_at_the_other() {
    for (a, b) in pairs(plain).await {
        let mut browser = a.browser();
        let code = browser.login("app", "ada", "pw").await.code;
        let tokens = Tokens::of(&b.client("app").redeem(&code, APP).await);
        let again = Tokens::of(&b.client("app").refresh(&tokens.refresh).await);
        a.client("app").refresh(&again.refresh).await.expect(200);
        assert!(b.client("resource").sees_active(&tokens.access).await);
        assert!(browser.at(&b).authorize("app", &[("prompt", "none")]).await.parameter("code").is_some());
    }
}

#[tokio::test]
async fn a_login_begun_at_one_node_is_finished_at_the_other() {
    for (a, b) in pairs(plain).await {
        let mut at_a = a.browser();
        let page = at_a.authorize("app", &[]).await.expect(200);
        let mut at_b = at_a.at(&b);
        let wrong = at_b.submit(&page, &[("username", "ada"), ("password", "no")]).await.expect(200);
        let done = at_b.at(&a).submit(&wrong, &[("username", "ada"), ("password", "pw")]).await;
        assert!(done.parameter("code").is_some(), "{}", done.line());
    }
}

#[tokio::test]
async fn a_change_at_one_node_is_obeyed_at_the_other_at_the_next_request() {
    for (a, b) in pairs(plain).await {
        let tokens = b.client("app").password("ada", "pw").await;
        a.hands().realm(json!({"accessTokenLifespan": 42})).await;
        assert_eq!(b.client("app").refresh(&tokens.refresh).await.expect(200).json()["expires_in"], 42);
        a.hands().client("app", json!({"redirectUris": ["https://new.example/cb"]})).await;
        assert_eq!(b.browser().authorize("app", &[]).await.status, 400);
        let moved = b.browser().authorize("app", &[("redirect_uri", "https://new.example/cb")]).await;
        assert_eq!(moved.status, 200);
        a.hands().enable_user("ada", false).await;
        assert!(!b.client("resource").sees_active(&tokens.access).await);
        assert_eq!(b.client("app").refresh(&tokens.refresh).await.status, 400);
        a.hands().enable_user("ada", true).await;
        a.hands().enable_client("app", false).await;
        assert_eq!(b.client("app").password_reply("ada", "pw", "openid").await.status, 401);
        a.hands().enable_realm(false).await;
        assert_eq!(b.client("other").password_reply("ada", "pw", "openid").await.status, 403);
    }
}

#[tokio::test]
async fn a_logout_at_one_node_is_seen_at_the_other_at_the_next_request() {
    for (a, b) in pairs(plain).await {
        let mut browser = b.browser();
        let code = browser.login("app", "ada", "pw").await.code;
        let tokens = Tokens::of(&b.client("app").redeem(&code, APP).await);
        a.client("app").logout(&tokens.refresh).await.expect(204);
        assert_eq!(b.client("app").refresh(&tokens.refresh).await.status, 400);
        assert!(!b.client("resource").sees_active(&tokens.access).await);
        let asked = browser.authorize("app", &[("prompt", "none")]).await;
        assert_eq!(asked.parameter("error").as_deref(), Some("login_required"));
    }
}

#[tokio::test]
async fn a_token_revoked_at_one_node_is_gone_at_the_other() {
    for (a, b) in pairs(plain).await {
        let tokens = b.client("app").password("ada", "pw").await;
        a.client("app").revoke(&tokens.access).await.expect(200);
        assert!(!b.client("resource").sees_active(&tokens.access).await);
    }
}

/// Fifty uses of one thing at one moment, by turns at either node.
async fn at_once<F>(a: &Server, b: &Server, using: impl Fn(Server) -> F) -> Vec<Reply>
where
    F: Future<Output = Reply> + Send + 'static,
{
    let mut tries = JoinSet::new();
    for n in 0..50 {
        tries.spawn(using(if n % 2 == 0 { a.clone() } else { b.clone() }));
    }
    tries.join_all().await
}

fn assert_one_succeeded(replies: &[Reply]) {
    assert_eq!(replies.iter().filter(|r| r.status == 200).count(), 1);
    let odd: Vec<&Reply> = replies.iter().filter(|r| r.status != 200 && r.status != 400).collect();
    assert!(odd.is_empty(), "{odd:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_redeemed_once_between_the_nodes() {
    for (a, b) in pairs(plain).await {
        let code = a.browser().login("app", "ada", "pw").await.code;
        let replies = at_once(&a, &b, |node| {
            let code = code.clone();
            async move { node.client("app").redeem(&code, APP).await }
        });
        assert_one_succeeded(&replies.await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotating_refresh_token_is_used_once_between_the_nodes() {
    for (a, b) in pairs(rotating).await {
        let token = a.client("app").password("ada", "pw").await.refresh;
        let replies = at_once(&a, &b, |node| {
            let token = token.clone();
            async move { node.client("app").refresh(&token).await }
        });
        assert_one_succeeded(&replies.await);
    }
}

/// The answers to what asks the store: at the endpoints for clients, of a browser, of an administrator.
async fn answers(node: &Server, tokens: &Tokens) -> Vec<(&'static str, Reply)> {
    let app = node.client("app");
    let as_admin = |path: &str| Ask::get(format!("/admin/realms/{path}")).bearer(&tokens.access);
    vec![
        ("refresh", app.refresh(&tokens.refresh).await),
        ("password", app.password_reply("ada", "pw", "openid").await),
        ("introspect", app.introspect(&tokens.access).await),
        ("userinfo", app.userinfo(&tokens.access).await),
        ("revoke", app.revoke("x").await),
        ("login", node.browser().authorize("app", &[]).await),
        ("admin", node.ask(as_admin("token/users/count")).await),
    ]
}

#[tokio::test]
async fn while_the_database_is_away_a_node_asks_to_come_back_and_after_it_all_is_as_before() {
    let setup = plain().with(|realm| {
        realm["users"][0]["clientRoles"] = json!({"realm-management": ["manage-users"]});
    });
    let Some(near) = setup.on(Engine::Postgres).try_start().await else { return };
    let mut road = Road::to(&near.place.config).await.expect("a server");
    let node = near.node(Some(&road.way(&near.place.config))).await;
    let code = node.browser().login("app", "ada", "pw").await.code;
    let tokens = node.client("app").password("ada", "pw").await;
    for _ in 0..2 {
        for (what, reply) in answers(&node, &tokens).await {
            assert_eq!(reply.status, 200, "{what}: {}", reply.line());
        }
        road.close().await;
        let mut away = answers(&node, &tokens).await;
        away.push(("code", node.client("app").redeem(&code, APP).await));
        for (what, reply) in away {
            assert_eq!((reply.status, reply.header("retry-after")), (503, "1"), "{what}: {}", reply.line());
            assert!(!reply.body.contains("127.0.0.1") && !reply.body.contains("connect"), "{what}: {}", reply.body);
        }
        road.open().await;
    }
    // What was asked for in vain isn't used up.
    node.client("app").redeem(&code, APP).await.expect(200);
    for (what, reply) in answers(&node, &tokens).await {
        assert_eq!(reply.status, 200, "{what}: {}", reply.line());
    }
}
