//! Very many sessions ended at once: none is left over, and what is sent out because of it has its limit.

use wire_tests::{Engine, Server, Setup, Tokens};

use super::Hand;

/// The realm `leaving` and one like it, on either store that there is.
async fn servers() -> Vec<Server> {
    let mut servers = Vec::new();
    for engine in [Engine::Sqlite, Engine::Postgres] {
        servers.extend(Setup::of("logout").twin("staying").master().on(engine).try_start().await);
    }
    servers
}

/// How many sessions a client is part of.
async fn count(root: &Hand<'_>, realm: &str, client: &str) -> i64 {
    let client = root.id(&format!("{realm}/clients?clientId={client}")).await;
    root.read(&format!("{realm}/clients/{client}/session-count")).await["count"].as_i64().expect("a number")
}

/// Lets the notices that are on their way arrive.
async fn sent(server: &Server) -> usize {
    let mut before = usize::MAX;
    while server.outside.posted().len() != before {
        before = server.outside.posted().len();
        tokio::task::yield_now().await;
    }
    before
}

/// Notices on their way, at most: `NOTICES` of the core.
const NOTICES: usize = 256;

#[tokio::test]
async fn logging_everybody_out_leaves_none_of_very_many_sessions_and_tells_a_bounded_number() {
    for server in servers().await {
        let root = Hand { server: &server, token: server.admin_token().await };
        server.hands().make_sessions("ada", "told", 1200).await;
        server.hands().make_sessions("bob", "told", 100).await;
        server.hands_in("staying").make_sessions("ada", "told", 3).await;
        let mut browser = server.browser();
        let code = browser.login("told", "ada", "pw").await.code;
        let last = Tokens::of(&server.client("told").redeem(&code, "https://told.example/cb").await);
        assert_eq!(count(&root, "leaving", "told").await, 1301);
        server.wait(1);
        root.ask("POST", "leaving/logout-all", "").await.expect(200);
        assert_eq!(count(&root, "leaving", "told").await, 0);
        for username in ["ada", "bob"] {
            assert_eq!(server.hands().sessions(username).await, 0);
        }
        assert_eq!(server.client("told").refresh(&last.refresh).await.status, 400);
        assert_eq!(server.client("told").userinfo(&last.access).await.status, 401);
        let silent = browser.authorize("app", &[("prompt", "none")]).await;
        assert_eq!(silent.parameter("error").as_deref(), Some("login_required"));
        assert!(sent(&server).await <= NOTICES);
        // Another realm's sessions and this one's next are none of its business.
        assert_eq!(count(&root, "staying", "told").await, 3);
        browser.login("told", "ada", "pw").await;
        assert_eq!(server.hands().sessions("ada").await, 1);
    }
}

#[tokio::test]
async fn logging_a_user_out_leaves_none_of_very_many_sessions_and_tells_a_bounded_number() {
    for server in servers().await {
        let root = Hand { server: &server, token: server.admin_token().await };
        server.hands().make_sessions("ada", "told", 1200).await;
        server.hands().make_sessions("bob", "told", 1).await;
        let ada = root.id("leaving/users?username=ada&exact=true").await;
        root.ask("POST", &format!("leaving/users/{ada}/logout"), "").await.expect(204);
        assert_eq!(count(&root, "leaving", "told").await, 1);
        assert_eq!((server.hands().sessions("ada").await, server.hands().sessions("bob").await), (0, 1));
        let sent = sent(&server).await;
        assert!((1..=NOTICES).contains(&sent), "{sent}");
    }
}
