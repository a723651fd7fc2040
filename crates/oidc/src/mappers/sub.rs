//! `sub` in access tokens: the user's id. ID tokens and userinfo have it without a mapper. It runs first, so that
//! others may put something else in its place.

use super::property::{ACCESS, INTROSPECTION, LIGHTWEIGHT};
use super::{Goes, Mapper};

/// The mapper.
pub(super) const SUB: Mapper = Mapper {
    id: "oidc-sub-mapper",
    name: "Subject (sub)",
    priority: -10,
    properties: &[ACCESS, LIGHTWEIGHT, INTROSPECTION],
    goes: Goes::Switched,
    apply: |work, _| work.claims.set("sub", work.person.user.id.as_str()),
};
