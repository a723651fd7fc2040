//! Administrators who change different members of one thing at one moment: no change is lost.

use serde_json::json;
use tokio::task::JoinSet;
use wire_tests::{Engine, Server, Setup};

use super::{Hand, user};

/// One member each for twelve administrators, of a client: members of its own, and attributes beside each other.
const OF_A_CLIENT: [(&str, &str); 12] = [
    ("/name", r#"{"name": "changed"}"#),
    ("/description", r#"{"description": "changed"}"#),
    ("/baseUrl", r#"{"baseUrl": "changed"}"#),
    ("/redirectUris/0", r#"{"redirectUris": ["changed"]}"#),
    ("/webOrigins/0", r#"{"webOrigins": ["changed"]}"#),
    ("/secret", r#"{"secret": "changed"}"#),
    ("/attributes/one", r#"{"attributes": {"one": "changed"}}"#),
    ("/attributes/two", r#"{"attributes": {"two": "changed"}}"#),
    ("/attributes/three", r#"{"attributes": {"three": "changed"}}"#),
    ("/attributes/four", r#"{"attributes": {"four": "changed"}}"#),
    ("/attributes/five", r#"{"attributes": {"five": "changed"}}"#),
    ("/attributes/six", r#"{"attributes": {"six": "changed"}}"#),
];

/// The same of the realm, whose attributes are replaced as a whole: so it is one of them and eleven members.
const OF_THE_REALM: [(&str, &str); 12] = [
    ("/displayName", r#"{"displayName": "changed"}"#),
    ("/displayNameHtml", r#"{"displayNameHtml": "changed"}"#),
    ("/loginTheme", r#"{"loginTheme": "changed"}"#),
    ("/accountTheme", r#"{"accountTheme": "changed"}"#),
    ("/adminTheme", r#"{"adminTheme": "changed"}"#),
    ("/emailTheme", r#"{"emailTheme": "changed"}"#),
    ("/defaultLocale", r#"{"defaultLocale": "changed"}"#),
    ("/supportedLocales/0", r#"{"supportedLocales": ["changed"]}"#),
    ("/smtpServer/host", r#"{"smtpServer": {"host": "changed"}}"#),
    ("/browserSecurityHeaders/xFrameOptions", r#"{"browserSecurityHeaders": {"xFrameOptions": "changed"}}"#),
    ("/browserSecurityHeaders/xRobotsTag", r#"{"browserSecurityHeaders": {"xRobotsTag": "changed"}}"#),
    ("/attributes/one", r#"{"attributes": {"one": "changed"}}"#),
];

fn twelve() -> Setup {
    Setup::of("token").with(|realm| {
        let users = realm["users"].as_array_mut().expect("users");
        users.extend((0..12).map(|n| user(&format!("admin{n}"), &["realm-admin"])));
    })
}

/// Two nodes on PostgreSQL, if there is one, and one node twice on SQLite.
async fn pairs() -> Vec<[Server; 2]> {
    let mut pairs = Vec::new();
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(one) = twelve().on(engine).try_start().await else { continue };
        let other = match engine {
            Engine::Sqlite => one.clone(),
            Engine::Postgres => one.node(None).await,
        };
        pairs.push([one, other]);
    }
    pairs
}

/// Lets twelve administrators change a member each at one moment, by turns at either node, and returns what then isn't
/// as it was said to be.
async fn lost(nodes: &[Server; 2], path: &str, members: [(&'static str, &'static str); 12]) -> Vec<String> {
    let mut tokens = Vec::new();
    for n in 0..members.len() {
        tokens.push(Hand::of(&nodes[n % 2], "token", &format!("admin{n}")).await.token);
    }
    let mut changes = JoinSet::new();
    for (n, ((_, body), token)) in members.into_iter().zip(tokens).enumerate() {
        let (node, path) = (nodes[n % 2].clone(), path.to_owned());
        changes.spawn(async move {
            let hand = Hand { server: &node, token };
            let mut reply = hand.ask("PUT", &path, body).await;
            // Who lost to another's change is told to come back; there are eleven others to lose to.
            for _ in 0..11 {
                if reply.status != 503 {
                    break;
                }
                assert_eq!(reply.header("retry-after"), "1");
                reply = hand.ask("PUT", &path, body).await;
            }
            reply.expect(204);
        });
    }
    changes.join_all().await;
    let found = Hand::of(&nodes[0], "token", "admin0").await.read(path).await;
    let is_there = |pointer: &str| found.pointer(pointer) == Some(&json!("changed"));
    members.iter().filter(|(pointer, _)| !is_there(pointer)).map(|(pointer, _)| (*pointer).to_owned()).collect()
}

const NONE: [&str; 0] = [];

#[tokio::test(flavor = "multi_thread")]
async fn twelve_who_change_a_client_at_once_lose_nothing() {
    for nodes in pairs().await {
        let id = Hand::of(&nodes[0], "token", "admin0").await.id("token/clients?clientId=app").await;
        assert_eq!(lost(&nodes, &format!("token/clients/{id}"), OF_A_CLIENT).await, NONE);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn twelve_who_change_the_realm_at_once_lose_nothing() {
    for nodes in pairs().await {
        assert_eq!(lost(&nodes, "token", OF_THE_REALM).await, NONE);
    }
}
