//! The token's realm roles, each behind a prefix where one is configured.

use super::property::{ACCESS, CLAIM_NAME, ID, INTROSPECTION, JSON_TYPE, LIGHTWEIGHT, MULTIVALUED, Property, USERINFO};
use super::value::put;
use super::{Goes, Mapper};

/// The mapper.
pub(super) const REALM_ROLES: Mapper = Mapper {
    id: "oidc-usermodel-realm-role-mapper",
    name: "User Realm Role",
    priority: 40,
    properties: &[
        Property::text(PREFIX, "usermodel.realmRoleMapping.rolePrefix.label"),
        MULTIVALUED,
        CLAIM_NAME,
        JSON_TYPE,
        ID,
        ACCESS,
        LIGHTWEIGHT,
        USERINFO,
        INTROSPECTION,
    ],
    goes: Goes::Switched,
    apply: |work, config| {
        let prefix = config.config(PREFIX).unwrap_or_default();
        let names: Vec<String> = work.roles.realm.iter().map(|name| format!("{prefix}{name}")).collect();
        put(work.claims, config, &names);
    },
};

const PREFIX: &str = "usermodel.realmRoleMapping.rolePrefix";
