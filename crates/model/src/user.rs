//! A person, or a client's service account [KC 4.10, 4.11].

use serde_json::Value;

use crate::Document;

/// A user as the server reads it.
#[derive(Clone, Debug)]
pub struct User {
    /// The id, a UUID in realms made here; the token's `sub`.
    pub id: String,
    /// Grows with each change of the user, their roles, groups or credentials.
    pub version: i64,
    /// Lower case, unique in the realm.
    pub username: String,
    /// Lower case.
    pub email: Option<String>,
    /// The given name.
    pub first_name: Option<String>,
    /// The family name.
    pub last_name: Option<String>,
    /// Whether the address was proved.
    pub email_verified: bool,
    /// Whether the user may do anything.
    pub enabled: bool,
    /// When made, in milliseconds.
    pub created_ms: i64,
    /// Tokens issued before this second are stale.
    pub not_before: i64,
    /// What must be done at the next login.
    pub required_actions: Vec<String>,
    /// The client's id, for a service account.
    pub service_account: Option<String>,
    /// The document itself: attributes and what isn't interpreted; never credentials, roles or groups.
    pub doc: Document,
}

impl User {
    /// An attribute's values; the built-in properties are reached by their names, too.
    pub fn attribute(&self, name: &str) -> Vec<String> {
        let own = |v: &Option<String>| v.iter().cloned().collect();
        match name {
            "username" => vec![self.username.clone()],
            "email" => own(&self.email),
            "firstName" => own(&self.first_name),
            "lastName" => own(&self.last_name),
            _ => match self.doc.object("attributes").and_then(|a| a.get(name)) {
                Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
                Some(Value::String(value)) => vec![value.clone()],
                _ => Vec::new(),
            },
        }
    }
}

/// A stored credential.
#[derive(Clone, Debug)]
pub struct Credential {
    /// Its id, a UUID.
    pub id: String,
    /// `password`, `otp`, `webauthn`, …
    pub kind: String,
    /// Its place among the user's credentials.
    pub position: i64,
    /// userLabel, createdDate, credentialData (JSON text) and secretData (JSON text).
    pub doc: Document,
}
