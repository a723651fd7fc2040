//! A claim with a value that is configured.

use super::property::{ACCESS, CLAIM_NAME, ID, INTROSPECTION, JSON_TYPE, LIGHTWEIGHT, Property, RESPONSE, USERINFO};
use super::value::put;
use super::{Goes, Mapper};

/// The mapper.
pub(super) const HARDCODED_CLAIM: Mapper = Mapper {
    id: "oidc-hardcoded-claim-mapper",
    name: "Hardcoded claim",
    priority: 0,
    properties: &[
        CLAIM_NAME,
        Property::text("claim.value", "Claim value"),
        JSON_TYPE,
        ID,
        ACCESS,
        LIGHTWEIGHT,
        USERINFO,
        RESPONSE,
        INTROSPECTION,
    ],
    goes: Goes::Switched,
    apply: |work, config| put(work.claims, config, config.config("claim.value").as_slice()),
};
