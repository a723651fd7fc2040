//! Another name for a role, or another place: `name` is the realm's, `clientId.name` a client's.

use super::property::{Property, PropertyKind};
use super::{EVERYWHERE, Goes, Mapper};

/// The mapper.
pub(super) const ROLE_NAME: Mapper = Mapper {
    id: "oidc-role-name-mapper",
    name: "Role Name Mapper",
    priority: 10,
    properties: &[Property::of("role", "Role", PropertyKind::Role), Property::text("new.role.name", "New Role Name")],
    goes: Goes::Always(EVERYWHERE),
    apply: |work, config| {
        let (Some(old), Some(new)) = (config.config("role"), config.config("new.role.name")) else { return };
        if work.roles.remove(old) {
            work.roles.add(new);
        }
    },
};
