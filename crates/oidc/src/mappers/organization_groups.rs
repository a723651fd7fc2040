//! The user's groups within organizations. None are stored here, so there is nothing to say.

use super::property::{ACCESS, ID, INTROSPECTION, LIGHTWEIGHT, Property, USERINFO};
use super::{Goes, Mapper};

/// The mapper.
pub(super) const ORGANIZATION_GROUPS: Mapper = Mapper {
    id: "oidc-organization-group-membership-mapper",
    name: "Organization Group Membership",
    priority: 10,
    properties: &[
        ID,
        ACCESS,
        LIGHTWEIGHT,
        USERINFO,
        INTROSPECTION,
        Property::switch("addGroupRoleMappings", "addGroupRoleMappings.label", Some("false")),
    ],
    goes: Goes::Switched,
    apply: |_, _| {},
};
