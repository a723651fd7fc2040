//! The rights over messages: who gives them, and who doesn't.

use serde_json::{Value, json};

use super::{LENDER, Network, user};

const RIGHTS: [&str; 4] = ["verify-messages", "sign-messages", "view-evidence", "export-evidence"];

impl Network {
    /// The network with administrators of a realm's parts, of whom one has a right themselves.
    async fn with_administrators() -> Self {
        let mut exporter = user("exporter", &["manage-users"]);
        exporter["clientRoles"]["message-signing"] = json!(["export-evidence"]);
        let setup = Self::setup().with(move |realm| {
            realm["users"].as_array_mut().expect("users").extend([
                exporter,
                user("of-users", &["manage-users"]),
                user("of-realm", &["manage-realm"]),
                user("of-clients", &["manage-clients"]),
                user("of-both", &["manage-users", "manage-participants"]),
                user("nobody", &[]),
            ]);
        });
        let network = Self { server: setup.start().await };
        network.add_lender().await;
        network
    }

    async fn id_of(&self, kind: &str, query: &str) -> String {
        self.get(&format!("{kind}?{query}")).await[0]["id"].as_str().expect("an id").to_owned()
    }

    async fn right(&self, name: &str) -> Value {
        let client = self.id_of("clients", "clientId=message-signing").await;
        self.get(&format!("clients/{client}/roles/{name}")).await
    }

    /// Where the rights of a user are.
    async fn rights_of(&self, username: &str) -> String {
        let client = self.id_of("clients", "clientId=message-signing").await;
        format!("users/{}/role-mappings/clients/{client}", self.id_of("users", &format!("username={username}")).await)
    }
}

#[tokio::test]
async fn nobody_gives_a_right_over_messages_that_is_not_theirs() {
    let network = Network::with_administrators().await;
    for name in RIGHTS {
        let right = json!([network.right(name).await]);
        for username in ["nobody", "of-users"] {
            let path = network.rights_of(username).await;
            network.ask("of-users", "POST", &path, right.clone()).await.expect(403);
            network.ask("of-users", "DELETE", &path, right.clone()).await.expect(403);
        }
        network.ask("of-realm", "POST", "roles/default-roles-token/composites", right.clone()).await.expect(403);
        let own = json!({"name": format!("own-{name}"), "composites": {"client": {"message-signing": [name]}}});
        network.ask("of-realm", "POST", "roles", own.clone()).await.expect(403);
        let client = network.id_of("clients", "clientId=lender-client").await;
        network.ask("of-clients", "POST", &format!("clients/{client}/roles"), own).await.expect(403);
        let whole = json!({"name": format!("part-{name}")});
        network.ask("of-clients", "POST", &format!("clients/{client}/roles"), whole).await.expect(201);
        let parts = format!("clients/{client}/roles/part-{name}/composites");
        network.ask("of-clients", "POST", &parts, right).await.expect(403);
        let import = json!({"users": [{"username": "new", "clientRoles": {"message-signing": [name]}}]});
        network.ask("of-realm", "POST", "partialImport", import).await.expect(403);
    }
}

#[tokio::test]
async fn who_has_a_right_or_administers_the_whole_realm_gives_it() {
    let network = Network::with_administrators().await;
    let path = network.rights_of("nobody").await;
    for name in RIGHTS {
        let right = json!([network.right(name).await]);
        network.ask("boss", "POST", &path, right.clone()).await.expect(204);
        let status = if name == "export-evidence" { 204 } else { 403 };
        network.ask("exporter", "DELETE", &path, right.clone()).await.expect(status);
        network.ask("exporter", "POST", &path, right).await.expect(status);
    }
}

#[tokio::test]
async fn who_keeps_participants_lets_them_have_messages_verified_and_rotates_their_secrets() {
    let network = Network::with_administrators().await;
    let path = network.rights_of("service-account-lender-client").await;
    for name in RIGHTS {
        let status = if name == "verify-messages" { 204 } else { 403 };
        network.ask("of-both", "POST", &path, json!([network.right(name).await])).await.expect(status);
    }
    let secret = format!("{LENDER}/client-secret");
    network.ask("keeper", "POST", &secret, json!({})).await.expect(200);
    network.ask("boss", "POST", &path, json!([network.right("export-evidence").await])).await.expect(204);
    network.ask("keeper", "POST", &secret, json!({})).await.expect(403);
}
