//! The Admin API under many hands: who may raise whom, changes at one moment, sessions and consents taken away.

mod another;
mod consents;
mod logout;
mod raising;
mod server_info;
mod taken;
mod together;

use serde_json::{Value, json};
use wire_tests::{Ask, Reply, Server};

/// An administrator at work.
struct Hand<'s> {
    server: &'s Server,
    token: String,
}

impl<'s> Hand<'s> {
    /// Somebody of a realm, whose password is `pw`.
    async fn of(server: &'s Server, realm: &str, username: &str) -> Self {
        let token = server.client_of(realm, "admin-cli").password(username, "pw").await.access;
        Self { server, token }
    }

    /// Asks below `/admin/realms/`.
    async fn ask(&self, method: &str, path: &str, body: &str) -> Reply {
        let ask = Ask::new(method, format!("/admin/realms/{path}")).bearer(&self.token);
        self.server.ask(if body.is_empty() { ask } else { ask.body("application/json", body) }).await
    }

    /// Reads what is there.
    async fn read(&self, path: &str) -> Value {
        self.ask("GET", path, "").await.expect(200).json()
    }

    /// The id of the one thing that a list finds, or of what is there.
    async fn id(&self, path: &str) -> String {
        let found = self.read(path).await;
        let one = found.as_array().map_or(&found, |list| &list[0]);
        one["id"].as_str().unwrap_or_else(|| panic!("nothing at {path}: {found}")).to_owned()
    }
}

/// A user of a realm's file with roles of `realm-management`.
fn user(username: &str, roles: &[&str]) -> Value {
    json!({"username": username, "email": format!("{username}@people.example"), "emailVerified": true,
        "firstName": "A", "lastName": "B", "enabled": true, "credentials": [{"type": "password", "value": "pw"}],
        "clientRoles": {"realm-management": roles}})
}
