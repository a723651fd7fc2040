//! Everything that is remembered: all SQL, both databases, the schema and the sealing of secrets at rest.
//!
//! [`db`] runs statements, [`vault`] seals secrets; each noun's module holds all statements about that noun and turns
//! rows into the structs of `model`. Nothing above this crate knows which engine is below.

pub mod clients;
pub mod consents;
pub mod db;
pub mod erasure;
pub mod events;
pub mod groups;
pub mod heads;
pub mod ledger;
pub mod ledger_keys;
pub mod logins;
pub mod messages;
mod migrate;
mod migrations;
mod open;
pub mod participants;
pub mod parts;
pub mod profiles;
pub mod realms;
pub mod roles;
mod sealed;
pub mod service_keys;
pub mod sessions;
pub mod users;
pub mod vault;

pub use db::{Batch, Committed, Db, Row, StoreError, Value};
pub use open::Store;
pub use vault::{KeySource, MasterKey, Vault};

/// Escapes a text for use within a LIKE pattern with `ESCAPE '\\'`.
pub fn like(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
