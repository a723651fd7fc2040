//! Representations: their members, in the order in which they are written, and of which kind each is.
//!
//! One table serves three ends: what a request may hold, what an answer holds first, and the order of an export. The
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
    AUTHENTICATOR_CONFIG, COMPONENT, FLOW, IDENTITY_PROVIDER, IDENTITY_PROVIDER_MAPPER, REQUIRED_ACTION, USER_PROFILE,
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
