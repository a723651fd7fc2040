//! The token's client roles: of one client, or of all. Where the claim's name says `${client_id}`, each client has a
//! claim of its own; else their roles stand in one.

use super::property::{
    ACCESS, CLAIM_NAME, ID, INTROSPECTION, JSON_TYPE, LIGHTWEIGHT, MULTIVALUED, Property, PropertyKind, USERINFO,
};
use super::value::put_at;
use super::{Goes, Mapper};

/// The mapper.
pub(super) const CLIENT_ROLES: Mapper = Mapper {
    id: "oidc-usermodel-client-role-mapper",
    name: "User Client Role",
    priority: 40,
    properties: &[
        Property::of(CLIENT, "usermodel.clientRoleMapping.clientId.label", PropertyKind::ClientList),
        Property::text(PREFIX, "usermodel.clientRoleMapping.rolePrefix.label"),
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
        let Some(claim) = config.config("claim.name") else { return };
        let (only, prefix) = (config.config(CLIENT), config.config(PREFIX).unwrap_or_default());
        let mut together = Vec::new();
        for (client_id, names) in work.roles.clients.iter().filter(|(id, _)| only.is_none_or(|only| only == *id)) {
            let names = names.iter().map(|name| format!("{prefix}{name}"));
            if claim.contains(PLACE) {
                // A dot in a client's id is part of its name, not of the claim's path.
                let path = claim.replace(PLACE, &client_id.replace('.', r"\."));
                put_at(work.claims, config, &path, &names.collect::<Vec<_>>());
            } else {
                together.extend(names);
            }
        }
        put_at(work.claims, config, claim, &together);
    },
};

const CLIENT: &str = "usermodel.clientRoleMapping.clientId";
const PREFIX: &str = "usermodel.clientRoleMapping.rolePrefix";
const PLACE: &str = "${client_id}";
