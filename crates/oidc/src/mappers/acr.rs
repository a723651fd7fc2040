//! `acr`: how strong the login was, as the login itself decided [OIDCC-2].

use super::property::{ACCESS, ID, INTROSPECTION, LIGHTWEIGHT};
use super::{Goes, Mapper};

/// The mapper.
pub(super) const ACR: Mapper = Mapper {
    id: "oidc-acr-mapper",
    name: "Authentication Context Class Reference (ACR)",
    priority: 0,
    properties: &[ID, ACCESS, LIGHTWEIGHT, INTROSPECTION],
    goes: Goes::Switched,
    apply: |work, _| work.claims.set("acr", work.client_notes.text("acr").unwrap_or("1")),
};
