//! What the server tells of itself: to administrators of any realm, and to nobody else.

use wire_tests::{Ask, Server, Setup, ways_to_break};

use super::{Hand, user};

const INFO: &str = "/admin/serverinfo";

async fn status(server: &Server, token: &str) -> u16 {
    server.ask(Ask::get(INFO).bearer(token)).await.status
}

#[tokio::test]
async fn only_an_administrator_learns_what_the_server_is() {
    let server = Setup::of("token")
        .with(|realm| {
            let users = realm["users"].as_array_mut().expect("users");
            users.push(user("people", &["manage-users"]));
            users.push(user("looker", &["query-groups"]));
        })
        .twin("twin")
        .master()
        .start()
        .await;
    let nobody = server.ask(Ask::get(INFO)).await;
    assert_eq!(nobody.status, 401);
    for realm in ["token", "twin"] {
        let plain = Hand::of(&server, realm, "ada").await.token;
        let refused = server.ask(Ask::get(INFO).bearer(&plain)).await;
        assert_eq!(refused.status, 403, "{realm}");
        for reply in [&nobody, &refused] {
            assert!(!reply.body.contains("ersion") && reply.json()["error"].is_string(), "{}", reply.body);
        }
        for username in ["people", "looker"] {
            assert_eq!(
                status(&server, &Hand::of(&server, realm, username).await.token).await,
                200,
                "{realm} {username}"
            );
        }
    }
    let root = server.admin_token().await;
    assert_eq!(status(&server, &root).await, 200);
    for broken in ways_to_break(&root) {
        // A blank before a token is no part of it.
        assert!(status(&server, &broken).await == 401 || broken.trim() == root, "{broken}");
    }
}

#[tokio::test]
async fn who_is_an_administrator_no_longer_learns_nothing_more_by_the_old_token() {
    let server = Setup::of("token").master().start().await;
    let root = server.admin_token().await;
    assert_eq!(status(&server, &root).await, 200);
    server.hands_in("master").role("root", "admin", false).await;
    assert_eq!(status(&server, &root).await, 403);
}
