//! A claim with the very value that the request's `claims` parameter names as essential for the ID token
//! [OIDCC-5.5.1]. What is said under such a claim is the client's own word.

use serde_json::Value;

use super::claims_parameter::{asked, is_essential};
use super::property::{ID, Property};
use super::value::set;
use super::{Goes, Mapper};

/// The mapper.
pub(super) const CLAIMS_PARAMETER_VALUE: Mapper = Mapper {
    id: "oidc-claims-param-value-idtoken-mapper",
    name: "Claims parameter with value ID Token",
    priority: 0,
    properties: &[Property::text("claim.name", "Claim name"), ID],
    goes: Goes::Switched,
    apply: |work, config| {
        let (Some(name), Some(asked)) = (config.config("claim.name"), asked(work)) else { return };
        let value = asked.get(name).and_then(|claim| claim.get("value")).and_then(Value::as_str);
        if let Some(value) = value.filter(|_| is_essential(&asked, name)) {
            set(work.claims, name, Value::from(value));
        }
    },
};
