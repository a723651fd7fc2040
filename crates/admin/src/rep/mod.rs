//! Representations: their members, in the order in which they are written, and of which kind each is.
//!
//! One table serves four ends: what a request and a realm's file may hold, what an answer holds first, and the order of an export. The
//! members are those of Keycloak's published description of its Admin API.

mod client;
mod part;
mod realm;
mod role;
mod user;

use model::Document;
use serde_json::{Map, Value};

pub use client::{CLIENT, CLIENT_SCOPE, PROTOCOL_MAPPER};
pub use part::{
    AUTHENTICATOR_CONFIG, COMPONENT, COMPONENT_EXPORT, FLOW, IDENTITY_PROVIDER, IDENTITY_PROVIDER_MAPPER,
    REQUIRED_ACTION, USER_PROFILE,
};
pub use realm::{EVENTS_CONFIG, PARTIAL_IMPORT, REALM};
pub use role::{GROUP, ROLE};
pub use user::{CREDENTIAL, FEDERATED_IDENTITY, USER};

/// A representation.
pub struct Rep {
    /// Its name in Keycloak's texts.
    pub name: &'static str,
    /// Its members.
    pub members: &'static [(&'static str, Kind)],
}

/// What a member holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A text.
    Text,
    /// true or false.
    Flag,
    /// A whole number.
    Number,
    /// A list of texts.
    Texts,
    /// A list.
    List,
    /// An object.
    Map,
    /// An object of lists of texts.
    Values,
    /// Anything.
    Any,
}

impl Kind {
    /// Whether a value is of the kind; one that can be read as such becomes so. Numbers and truth values given for texts
    /// become texts, as Keycloak's reader makes them.
    pub fn take(self, value: &mut Value) -> bool {
        match (self, &*value) {
            (_, Value::Null) | (Self::Any, _) => true,
            (Self::Text, Value::String(_)) => true,
            (Self::Text, Value::Number(_) | Value::Bool(_)) => {
                *value = Value::String(value.to_string());
                true
            }
            (Self::Flag, Value::Bool(_)) => true,
            (Self::Flag, Value::String(text)) if text == "true" || text == "false" => {
                *value = Value::Bool(text == "true");
                true
            }
            (Self::Number, Value::Number(n)) => n.is_i64(),
            (Self::Number, Value::String(text)) => match text.parse::<i64>() {
                Ok(n) => {
                    *value = n.into();
                    true
                }
                Err(_) => false,
            },
            (Self::Values, Value::Array(items)) if items.is_empty() => {
                *value = Value::Null;
                true
            }
            (Self::Texts, Value::Array(items)) => items.iter().all(|item| item.is_string() || item.is_null()),
            (Self::List, Value::Array(_)) | (Self::Map, Value::Object(_)) => true,
            (Self::Values, Value::Object(map)) => map.values().all(|v| v.is_array() || v.is_string() || v.is_null()),
            _ => false,
        }
    }

    /// The kind in words, behind "not".
    pub fn words(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Flag => "true or false",
            Self::Number => "a whole number",
            Self::Texts => "a list of texts",
            Self::List => "a list",
            Self::Map => "an object",
            Self::Values => "an object of lists of texts",
            Self::Any => "anything",
        }
    }
}

impl Rep {
    /// The document with its members in the representation's order; members of no representation come last.
    pub fn ordered(&self, doc: Document) -> Value {
        let mut given = doc.0;
        let mut out = Map::with_capacity(given.len());
        for (name, _) in self.members {
            if let Some(value) = given.shift_remove(*name) {
                out.insert((*name).to_owned(), value);
            }
        }
        out.extend(given);
        Value::Object(out)
    }
}
