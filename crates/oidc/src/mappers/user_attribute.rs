//! An attribute of the user, its first value or all of them. Attributes of groups, which Keycloak lets stand in or, by
//! `aggregate.attrs`, join, are not read yet.

use super::property::{
    ACCESS, CLAIM_NAME, ID, INTROSPECTION, JSON_TYPE, LIGHTWEIGHT, Property, PropertyKind, USERINFO,
};
use super::value::put;
use super::{Goes, Mapper};

/// The mapper.
pub(super) const USER_ATTRIBUTE: Mapper = Mapper {
    id: "oidc-usermodel-attribute-mapper",
    name: "User Attribute",
    priority: 0,
    properties: &[
        Property::of("user.attribute", "usermodel.attr.label", PropertyKind::UserAttribute),
        CLAIM_NAME,
        JSON_TYPE,
        ID,
        ACCESS,
        LIGHTWEIGHT,
        USERINFO,
        INTROSPECTION,
        Property::switch("multivalued", "multivalued.label", None),
        Property::switch("aggregate.attrs", "aggregate.attrs.label", None),
    ],
    goes: Goes::Switched,
    apply: |work, config| {
        let Some(name) = config.config("user.attribute") else { return };
        let mut values = work.person.user.attribute(name);
        if config.switch("aggregate.attrs") {
            // What is aggregated is a set.
            let mut seen = std::collections::HashSet::new();
            values.retain(|value| seen.insert(value.clone()));
        }
        put(work.claims, config, &values);
    },
};
