//! The user's organizations. None are stored here, so there is nothing to say, as in a realm without any.

use super::property::{
    ACCESS, CLAIM_NAME, ID, INTROSPECTION, LIGHTWEIGHT, MULTIVALUED, Property, PropertyKind, USERINFO,
};
use super::{Goes, Mapper};

/// The mapper.
pub(super) const ORGANIZATION: Mapper = Mapper {
    id: "oidc-organization-membership-mapper",
    name: "Organization Membership",
    priority: 0,
    properties: &[
        CLAIM_NAME,
        ID,
        ACCESS,
        LIGHTWEIGHT,
        USERINFO,
        INTROSPECTION,
        Property::of("jsonType.label", "jsonType.label", PropertyKind::List(&["String", "JSON"])).by_default("String"),
        MULTIVALUED,
        Property::switch("addOrganizationAttributes", "addOrganizationAttributes.label", Some("false")),
        Property::switch("addOrganizationId", "addOrganizationId.label", Some("false")),
        Property::switch("addOrganizationDomain", "addOrganizationDomain.label", Some("false")),
    ],
    goes: Goes::Switched,
    apply: |_, _| {},
};
