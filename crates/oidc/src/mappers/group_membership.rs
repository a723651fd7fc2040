//! The user's groups, by path or by name; without `full.path` it is the name.

use serde_json::Value;

use super::property::{ACCESS, CLAIM_NAME, ID, INTROSPECTION, LIGHTWEIGHT, Property, USERINFO};
use super::value::set;
use super::{Goes, Mapper};

/// The mapper.
pub(super) const GROUP_MEMBERSHIP: Mapper = Mapper {
    id: "oidc-group-membership-mapper",
    name: "Group Membership",
    priority: 0,
    properties: &[
        CLAIM_NAME,
        Property::switch("full.path", "Full group path", Some("true")),
        ID,
        ACCESS,
        LIGHTWEIGHT,
        USERINFO,
        INTROSPECTION,
    ],
    goes: Goes::Switched,
    apply: |work, config| {
        let full = config.switch("full.path");
        let mut groups: Vec<String> = (work.person.groups.iter())
            .filter_map(|id| work.groups.find(id))
            .map(|group| if full { work.groups.path(&group.id) } else { group.name.clone() })
            .collect();
        groups.sort();
        if let (Some(claim), false) = (config.config("claim.name"), groups.is_empty()) {
            set(work.claims, claim, Value::from(groups));
        }
    },
};
