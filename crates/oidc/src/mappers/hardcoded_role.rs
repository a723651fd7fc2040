//! A role for everybody, `name` or `clientId.name`. It needn't exist, and what it would bring along stays away.

use super::property::{Property, PropertyKind};
use super::{EVERYWHERE, Goes, Mapper};

/// The mapper.
pub(super) const HARDCODED_ROLE: Mapper = Mapper {
    id: "oidc-hardcoded-role-mapper",
    name: "Hardcoded Role",
    priority: 20,
    properties: &[Property::of("role", "Role", PropertyKind::Role)],
    goes: Goes::Always(EVERYWHERE),
    apply: |work, config| {
        if let Some(role) = config.config("role") {
            work.roles.add(role);
        }
    },
};
