//! `amr`: the methods of the login [RFC8176]. Keycloak lists those whose execution is configured with a reference
//! value; without any, and so far always here, the list is empty.

use serde_json::Value;

use super::property::{ACCESS, ID, LIGHTWEIGHT};
use super::{Goes, Mapper};

/// The mapper.
pub(super) const AMR: Mapper = Mapper {
    id: "oidc-amr-mapper",
    name: "Authentication Method Reference (AMR)",
    priority: 0,
    properties: &[ID, ACCESS, LIGHTWEIGHT],
    goes: Goes::Switched,
    apply: |work, _| work.claims.set("amr", Value::Array(Vec::new())),
};
