//! `session_state`, the session's id under its older name.

use super::property::{ACCESS, ID, INTROSPECTION, LIGHTWEIGHT, USERINFO};
use super::{Goes, Mapper};

/// The mapper.
pub(super) const SESSION_STATE: Mapper = Mapper {
    id: "oidc-session-state-mapper",
    name: "Session State (session_state)",
    priority: 0,
    properties: &[ID, ACCESS, LIGHTWEIGHT, USERINFO, INTROSPECTION],
    goes: Goes::Switched,
    apply: |work, _| {
        if let Some(id) = work.session_id {
            work.claims.set("session_state", id);
        }
    },
};
