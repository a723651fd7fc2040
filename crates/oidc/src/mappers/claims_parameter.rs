//! Claims that the request asked for by its `claims` parameter [OIDCC-5.5]: those of [`CLAIMS`] that it called
//! essential, for the ID token and for userinfo each by its own section.

use serde_json::{Map, Value};

use super::property::{ID, USERINFO};
use super::{Goes, Mapper, Target, Work};

/// The mapper.
pub(super) const CLAIMS_PARAMETER: Mapper = Mapper {
    id: "oidc-claims-param-token-mapper",
    name: "Claims parameter Token",
    priority: 0,
    properties: &[ID, USERINFO],
    goes: Goes::Switched,
    apply: |work, _| {
        let Some(asked) = asked(work) else { return };
        for (name, read) in CLAIMS {
            if is_essential(&asked, name)
                && let Some(value) = read(work)
            {
                work.claims.set(*name, value);
            }
        }
    },
};

/// The section of the `claims` parameter that is about the target at hand.
pub(super) fn asked(work: &Work<'_>) -> Option<Map<String, Value>> {
    let section = match work.target {
        Target::Userinfo => "userinfo",
        _ => "id_token",
    };
    let mut parameter: Map<String, Value> = serde_json::from_str(work.client_notes.text("claims")?).ok()?;
    match parameter.remove(section)? {
        Value::Object(asked) => Some(asked),
        _ => None,
    }
}

/// Whether a claim was asked for as an essential one.
pub(super) fn is_essential(asked: &Map<String, Value>, name: &str) -> bool {
    asked.get(name).and_then(|claim| claim.get("essential")) == Some(&Value::Bool(true))
}

/// How a claim is read.
type Read = fn(&Work<'_>) -> Option<String>;

/// The claims that may be asked for this way.
const CLAIMS: &[(&str, Read)] = &[
    ("name", |work| super::full_name::full_name(&work.person.user)),
    ("preferred_username", |work| Some(work.person.user.username.clone())),
    ("given_name", |work| work.person.user.first_name.clone()),
    ("family_name", |work| work.person.user.last_name.clone()),
    ("email", |work| work.person.user.email.clone()),
];
