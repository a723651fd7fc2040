//! A note of the user's session: `AUTH_TIME` becomes `auth_time`, a service account's notes say who asked from where.

use serde_json::Value;

use super::property::{ACCESS, CLAIM_NAME, ID, INTROSPECTION, JSON_TYPE, LIGHTWEIGHT, Property, RESPONSE, USERINFO};
use super::value::put;
use super::{Goes, Mapper};

/// The mapper.
pub(super) const SESSION_NOTE: Mapper = Mapper {
    id: "oidc-usersessionmodel-note-mapper",
    name: "User Session Note",
    priority: 0,
    properties: &[
        Property::text("user.session.note", "userSession.modelNote.label").required(),
        CLAIM_NAME,
        JSON_TYPE,
        ID,
        ACCESS,
        LIGHTWEIGHT,
        USERINFO,
        RESPONSE,
        INTROSPECTION,
    ],
    goes: Goes::Switched,
    apply: |work, config| {
        let note = config.config("user.session.note").and_then(|name| work.session_notes.0.get(name));
        let text = match note {
            None | Some(Value::Null) => return,
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        put(work.claims, config, &[text]);
    },
};
