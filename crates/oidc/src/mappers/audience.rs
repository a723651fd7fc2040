//! Adds one audience: a client, or where none is chosen a text of one's own. Neither needs to exist.

use super::property::{ACCESS, ID, INTROSPECTION, LIGHTWEIGHT, Property, PropertyKind};
use super::{Goes, Mapper};

/// The mapper.
pub(super) const AUDIENCE: Mapper = Mapper {
    id: "oidc-audience-mapper",
    name: "Audience",
    priority: 0,
    properties: &[
        Property::of("included.client.audience", "included.client.audience.label", PropertyKind::ClientList),
        Property::text("included.custom.audience", "included.custom.audience.label"),
        ID.by_default("false"),
        ACCESS,
        LIGHTWEIGHT,
        INTROSPECTION,
    ],
    goes: Goes::Switched,
    apply: |work, config| {
        let chosen = config.config("included.client.audience").or_else(|| config.config("included.custom.audience"));
        if let Some(audience) = chosen {
            work.claims.add_audience(audience);
        }
    },
};
