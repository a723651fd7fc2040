//! An imported realm: what its file says, and for the rest what a new realm has.
//!
//! A file may hold a few settings or a whole export. What it says about a collection counts differently from one
//! collection to the next (`[KC]` 26.7.4, asked with files of each kind):
//!
//! - settings: member by member; `attributes` and `browserSecurityHeaders` key by key. `enabled` is false if unsaid;
//! - client scopes: replace the built-in ones, all but `offline_access`; the clients built in then have no scopes;
//! - clients: added; one of the name of a built-in replaces it, and for `account` the account console goes as well;
//! - roles: added; the built-in ones stay as they are. A client of the file has the roles the file gives it;
//! - flows: added; each built-in flow stays with its parts unless the file has one of its name;
//! - required actions, and components type by type: replaced;
//! - users: exactly the roles named, made on the spot if they don't exist; see `users`.
//!
//! A difference: one-time code and passkey settings count one by one, where a Keycloak drops those without a type.

mod clients;
mod flows;
mod roles;
mod scopes;
#[cfg(test)]
mod tests;
mod users;

use scopes::OFFLINE_ACCESS;
use serde_json::Value;

use super::Rep;
use super::complete::complete;
use super::json::{edit, has, take_object, text};

/// Why a realm can't be imported; displays as a Keycloak's `errorMessage`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// The file has no realm name, or an empty one.
    #[error("Realm name cannot be empty")]
    NoName,
    /// Roles of a client that neither the file nor a new realm has.
    #[error("App doesn't exist in role definitions: {0}")]
    NoClient(String),
    /// No random bytes for a secret.
    #[error("no random bytes")]
    NoRandom,
}

/// What came with an import, and the realm it goes into.
struct Import {
    realm: Rep,
    file: Rep,
    /// The file has `offline_access` both as a role and as a scope; otherwise it is built in.
    brings_offline: bool,
    /// Milliseconds since 1970.
    now: i64,
}

/// Puts the representation `file` into `defaults`, the full representation of a new realm of that name and id. The
/// result is full as well. `now` is in milliseconds.
///
/// Key providers come without keys unless the file has them; `value` in credentials is a password yet to be hashed.
///
/// # Errors
/// See [`ImportError`].
pub fn merge_import(defaults: Rep, file: Rep, now: i64) -> Result<Rep, ImportError> {
    if text(&file, "realm").trim().is_empty() {
        return Err(ImportError::NoName);
    }
    let brings_offline = named(file.get("clientScopes"), "name", OFFLINE_ACCESS)
        && named(file.get("roles").and_then(|roles| roles.get("realm")), "name", OFFLINE_ACCESS);
    let mut import = Import { realm: defaults, file, brings_offline, now };
    import.scopes();
    import.clients()?;
    import.roles()?;
    import.scope_mappings();
    import.flows();
    import.components();
    import.users();
    import.settings();
    Ok(complete(import.realm))
}

impl Import {
    /// Whether the file has a client of that name.
    fn has_client(&self, id: &str) -> bool {
        named(self.file.get("clients"), "clientId", id)
    }

    /// Component types the file names replace those of a new realm.
    fn components(&mut self) {
        let given = take_object(&mut self.file, "components");
        edit(&mut self.realm, "components", |types| types.extend(given));
    }

    /// Every member of the file that hasn't been dealt with is a setting, or a collection a new realm has empty.
    fn settings(&mut self) {
        self.realm.insert("enabled".to_owned(), false.into());
        let mirrored =
            MIRRORED.iter().filter_map(|member| Some(((*member).to_owned(), written(self.file.get(*member)?)?.into())));
        let mirrored: Rep = mirrored.collect();
        for (member, value) in std::mem::take(&mut self.file) {
            match member.as_str() {
                "id" | "realm" | "keycloakVersion" => {}
                "attributes" | "browserSecurityHeaders" => {
                    let Value::Object(given) = value else { continue };
                    edit(&mut self.realm, &member, |map| map.extend(given));
                }
                _ if HANDLED.contains(&member.as_str()) || value.is_null() => {}
                _ => {
                    self.realm.insert(member, value);
                }
            }
        }
        edit(&mut self.realm, "attributes", |map| map.extend(mirrored));
        if !has(&self.realm, "groups") {
            self.realm.insert("groups".to_owned(), Value::Array(Vec::new()));
        }
    }
}

/// Whether a list has a thing of that name.
fn named(list: Option<&Value>, key: &str, name: &str) -> bool {
    let items = list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object);
    items.into_iter().any(|item| text(item, key) == name)
}

/// A number or a truth as attributes have it.
fn written(value: &Value) -> Option<String> {
    matches!(value, Value::Number(_) | Value::Bool(_)).then(|| value.to_string())
}

/// Members the steps before `settings` have put in their places.
const HANDLED: &[&str] = &[
    "roles",
    "defaultRole",
    "defaultRoles",
    "clients",
    "clientScopes",
    "defaultDefaultClientScopes",
    "defaultOptionalClientScopes",
    "scopeMappings",
    "clientScopeMappings",
    "components",
    "authenticationFlows",
    "authenticatorConfig",
    "requiredActions",
    "users",
];

/// Settings that are repeated among the realm's attributes once a file has them.
const MIRRORED: &[&str] = &[
    "oauth2DeviceCodeLifespan",
    "oauth2DevicePollingInterval",
    "clientSessionIdleTimeout",
    "clientSessionMaxLifespan",
    "clientOfflineSessionIdleTimeout",
    "clientOfflineSessionMaxLifespan",
    "scimApiEnabled",
];
