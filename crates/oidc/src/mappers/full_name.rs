//! `name`: the given and the family name, as far as there are any.

use model::User;

use super::property::{ACCESS, ID, INTROSPECTION, LIGHTWEIGHT, USERINFO};
use super::{Goes, Mapper};

/// The mapper.
pub(super) const FULL_NAME: Mapper = Mapper {
    id: "oidc-full-name-mapper",
    name: "User's full name",
    priority: 0,
    properties: &[ID, ACCESS, LIGHTWEIGHT, USERINFO, INTROSPECTION],
    goes: Goes::Switched,
    apply: |work, _| {
        if let Some(name) = full_name(&work.person.user) {
            work.claims.set("name", name);
        }
    },
};

pub(super) fn full_name(user: &User) -> Option<String> {
    let parts = [user.first_name.as_deref(), user.last_name.as_deref()];
    let parts: Vec<&str> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}
