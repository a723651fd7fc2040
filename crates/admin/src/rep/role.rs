//! Roles and groups.

use super::Kind::{Flag, List, Map, Number, Text, Texts, Values};
use super::Rep;

/// A role.
pub const ROLE: Rep = Rep {
    name: "RoleRepresentation",
    members: &[
        ("id", Text),
        ("name", Text),
        ("description", Text),
        ("scopeParamRequired", Flag),
        ("composite", Flag),
        ("composites", Map),
        ("clientRole", Flag),
        ("containerId", Text),
        ("attributes", Values),
    ],
};

/// A group.
pub const GROUP: Rep = Rep {
    name: "GroupRepresentation",
    members: &[
        ("id", Text),
        ("name", Text),
        ("description", Text),
        ("path", Text),
        ("parentId", Text),
        ("subGroupCount", Number),
        ("subGroups", List),
        ("attributes", Values),
        ("realmRoles", Texts),
        ("clientRoles", Values),
        ("access", Map),
    ],
};
