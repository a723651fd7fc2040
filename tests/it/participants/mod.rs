//! Realms with participants over the Admin API: the switch, who may do what, and what the registry takes.

mod files;
mod history;
mod keys;
mod registry;
mod rights;
mod roles;
mod secret;
mod switch;
mod together;

use ::registry::{PublicKey, proof};
use jose::{Algorithm, SigningKey};
use serde_json::{Value, json};
use wire_tests::{Ask, Engine, Reply, Server, Setup};

/// A server with the realm `token`, which has participants, and administrators of each kind.
struct Network {
    server: Server,
}

impl Network {
    fn setup() -> Setup {
        Setup::of("token").with(|realm| {
            realm["attributes"]["countersign.participants"] = json!("true");
            realm["adminEventsEnabled"] = json!(true);
            realm["adminEventsDetailsEnabled"] = json!(true);
            let users = realm["users"].as_array_mut().expect("users");
            users.extend([
                user("viewer", &["view-participants"]),
                user("keeper", &["manage-participants"]),
                user("approver", &["approve-participants"]),
                user("outsider", &["view-realm", "view-events"]),
                user("boss", &["realm-admin"]),
            ]);
        })
    }

    async fn start() -> Self {
        Self { server: Self::setup().start().await }
    }

    /// On each engine that there is.
    async fn on_each() -> Vec<Self> {
        let mut out = Vec::new();
        for engine in [Engine::Sqlite, Engine::Postgres] {
            out.extend(Self::setup().on(engine).try_start().await.map(|server| Self { server }));
        }
        out
    }

    /// Asks below the realm's path as one of its administrators, whose password is `pw`.
    async fn ask(&self, who: &str, method: &str, path: &str, body: Value) -> Reply {
        let token = self.server.client_of("token", "admin-cli").password(who, "pw").await.access;
        let path = format!("/admin/realms/token/{path}");
        let ask = Ask::new(method, path.trim_end_matches('/')).bearer(&token);
        self.server.ask(if body.is_null() { ask } else { ask.body("application/json", body.to_string()) }).await
    }

    async fn get(&self, path: &str) -> Value {
        self.ask("boss", "GET", path, Value::Null).await.expect(200).json()
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        self.ask("boss", "POST", path, body).await.expect(201).json()
    }

    async fn put(&self, path: &str, body: Value) -> Value {
        self.ask("boss", "PUT", path, body).await.expect(200).json()
    }

    /// What a request is refused with, as the realm's first administrator.
    async fn refused(&self, method: &str, path: &str, body: Value, status: u16) -> String {
        let reply = self.ask("boss", method, path, body).await.expect(status);
        ["error_description", "errorMessage", "error"]
            .map(|name| reply.text(name))
            .into_iter()
            .find(|t| t != "null")
            .expect("a text")
    }

    /// The participant `bank` with the role `lender`, whose client is made with it.
    async fn with_lender() -> Self {
        let network = Self::start().await;
        network.add_lender().await;
        network
    }

    async fn add_lender(&self) -> Value {
        self.post("participants", json!({"id": "bank", "participantName": "Bank"})).await;
        self.post("participants/bank/roles", lender("lender")).await
    }
}

/// The one role of most tests.
const LENDER: &str = "participants/bank/roles/lender";

fn lender(id: &str) -> Value {
    json!({"id": id, "participantRole": "LENDER", "clientId": format!("{id}-client"), "profile": "strict",
        "baseUrl": "https://lender.example/v4", "createClient": true})
}

fn user(username: &str, roles: &[&str]) -> Value {
    json!({"username": username, "email": format!("{username}@people.example"), "emailVerified": true,
        "firstName": "A", "lastName": "B", "enabled": true, "credentials": [{"type": "password", "value": "pw"}],
        "clientRoles": {"realm-management": roles}})
}

fn key(kid: &str) -> SigningKey {
    let der = jose::generate::ec(jose::Curve::P256).expect("a key");
    SigningKey::from_der(Algorithm::ES256, &der).expect("a key").with_kid(kid)
}

fn jwk(key: &SigningKey) -> Value {
    key.public_jwk().expect("a public key").to_value()
}

fn thumbprint(key: &SigningKey) -> String {
    PublicKey::read(&jwk(key)).expect("a key").thumbprint
}

fn proof_of(key: &SigningKey, role: &str, nonce: &str) -> String {
    proof::make(key, &thumbprint(key), role, nonce).expect("a proof")
}

/// The receipts of an answer, each of which holds for its own record: the changes that were recorded.
fn receipts(answer: &Value) -> Vec<String> {
    let read = |receipt: &Value| {
        let receipt: ledger::Receipt = serde_json::from_value(receipt.clone()).expect("a receipt");
        receipt.verify().expect("holds");
        let record = ::registry::Record::parse(&receipt.record.0).expect("a record");
        serde_json::to_value(record.change).expect("JSON")["what"].as_str().expect("a kind").to_owned()
    };
    answer["receipts"].as_array().expect("receipts").iter().map(read).collect()
}
