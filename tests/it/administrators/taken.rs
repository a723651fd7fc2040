//! Ids that something else has, of this realm or of another.

use wire_tests::{Engine, Setup};

use super::{Hand, user};

#[tokio::test]
async fn an_id_that_something_else_has_is_a_conflict_and_nothing_is_written() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let setup = Setup::of("token").with(|realm| {
            realm["users"].as_array_mut().expect("users").push(user("chief", &["realm-admin"]));
        });
        let Some(server) = setup.on(engine).try_start().await else { continue };
        let hand = Hand::of(&server, "token", "chief").await;
        let client = hand.id("token/clients?clientId=admin-cli").await;
        let body = format!(r#"{{"clientId": "second", "id": "{client}"}}"#);
        let told = hand.ask("POST", "token/clients", &body).await.expect(409).json();
        assert_eq!(told["errorMessage"], "Conflict detected. See logs for details");
        let user = hand.id("token/users?username=chief").await;
        let body = format!(
            r#"{{"ifResourceExists": "FAIL", "users": [{{"username": "free"}}, {{"username": "twin", "id": "{user}"}}]}}"#
        );
        hand.ask("POST", "token/partialImport", &body).await.expect(409);
        assert_eq!(hand.read("token/users?username=free").await.as_array().map(Vec::len), Some(0));
        assert_eq!(hand.read("token/clients?clientId=second").await.as_array().map(Vec::len), Some(0));
    }
}
