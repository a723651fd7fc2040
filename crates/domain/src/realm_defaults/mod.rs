//! What a new realm holds, and what an imported one gets where its file says nothing.
//!
//! The contents are data, in the JSON files of this folder: `realm.json` lists every member of a realm's
//! representation in the order it is written (null: not set) and points to the other files for collections;
//! `shapes.json` does the same for the things in those collections. To read what a realm begins with, read those.
//! In them `{realm}` stands for the realm's name, `{realm-lower}` and `{realm-path}` for the name in lower case and
//! in a URL, `{id}` for the realm's id and `{new}` for a fresh one.
//!
//! Everything here is a representation (`[KC]` RealmRepresentation, as an export writes it), compared in the tests
//! with what a Keycloak 26.7.4 gives. Not here: key material, whose components come without any; password hashes,
//! so a `value` in a user's credentials stays one.

mod complete;
mod data;
mod import;
mod json;
mod mapper;
mod master;
#[cfg(test)]
mod tests;

pub use import::{ImportError, merge_import};
pub use mapper::complete_mapper;
pub use master::{RealmAdminClient, master_realm, realm_admin_client};

use data::Names;
use serde_json::{Map, Value};

/// A JSON object.
pub type Rep = Map<String, Value>;

/// The full representation of a realm that has just been created, enabled. Key providers are named among its
/// components, without keys.
#[must_use]
pub fn new_realm(name: &str, id: &str) -> Rep {
    let realm = data::filled(data::file("realm.json"), &Names { realm: name, id });
    complete::complete(json::object(realm))
}

/// What a client made through the Admin API has where the request says nothing: the members of `shapes.json`, with
/// a fresh id. Secret and scopes depend on the realm and are not among them.
#[must_use]
pub fn new_client() -> Rep {
    complete::shaped("client", Rep::from_iter([("protocol".to_owned(), "openid-connect".into())]))
}
