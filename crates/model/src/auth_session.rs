//! A login in progress: a browser's root session and its tabs.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Document;

/// One tab's login. Everything is text, so that it can travel sealed in a cookie or rest in a row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tab {
    /// The tab's id, 11 characters.
    pub id: String,
    /// The `clientId` asked for.
    #[serde(rename = "client")]
    pub client_id: String,
    /// What only one answer may use next: 43 characters.
    #[serde(rename = "code")]
    pub session_code: String,
    /// The request's parameters as accepted by the authorization endpoint.
    pub request: Map<String, Value>,
    /// What authenticators noted: the execution shown, the user chosen, remember-me, messages.
    pub notes: Map<String, Value>,
}

/// A browser's logins in progress.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AuthSession {
    /// Becomes the user session's id when the login is done.
    pub id: String,
    /// Grows with each write; a write names the version it read.
    pub version: i64,
    /// Its tabs, oldest first, bounded.
    pub tabs: Vec<Tab>,
    /// Second after which it is gone.
    pub expires_at: i64,
}

impl Tab {
    /// A note's text.
    pub fn note(&self, name: &str) -> Option<&str> {
        self.notes.get(name).and_then(Value::as_str)
    }

    /// Sets a note.
    pub fn set_note(&mut self, name: &str, value: impl Into<String>) {
        self.notes.insert(name.to_owned(), Value::String(value.into()));
    }

    /// A request parameter's text.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.request.get(name).and_then(Value::as_str)
    }
}

impl AuthSession {
    /// The tab of that id.
    pub fn tab(&self, id: &str) -> Option<&Tab> {
        self.tabs.iter().find(|t| t.id == id)
    }

    /// The tabs as the row's document.
    pub fn to_document(&self) -> Document {
        Document::from_value(serde_json::json!({ "tabs": self.tabs }))
    }

    /// Reads a row's document.
    pub fn read(id: &str, version: i64, doc: &Document, expires_at: i64) -> Self {
        let tabs = doc.list("tabs").iter().filter_map(|tab| Tab::deserialize(tab).ok()).collect();
        Self { id: id.to_owned(), version, tabs, expires_at }
    }
}
