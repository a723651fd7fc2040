//! Adds every client of which the token carries a role, except the token's own.

use super::property::{ACCESS, INTROSPECTION, LIGHTWEIGHT};
use super::{Goes, Mapper};

/// The mapper.
pub(super) const AUDIENCE_RESOLVE: Mapper = Mapper {
    id: "oidc-audience-resolve-mapper",
    name: "Audience Resolve",
    priority: 30,
    properties: &[ACCESS, LIGHTWEIGHT, INTROSPECTION],
    goes: Goes::SwitchedOn,
    apply: |work, _| {
        for client_id in work.roles.clients.keys().filter(|id| **id != work.client.client_id) {
            work.claims.add_audience(client_id);
        }
    },
};
