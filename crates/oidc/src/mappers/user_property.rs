//! A property of the user that is no attribute.

use model::User;

use super::property::{ACCESS, CLAIM_NAME, ID, INTROSPECTION, JSON_TYPE, LIGHTWEIGHT, Property, USERINFO};
use super::value::put;
use super::{Goes, Mapper};

/// The mapper.
pub(super) const USER_PROPERTY: Mapper = Mapper {
    id: "oidc-usermodel-property-mapper",
    name: "User Property",
    priority: 0,
    properties: &[
        Property::text("user.attribute", "usermodel.prop.label"),
        CLAIM_NAME,
        JSON_TYPE,
        ID,
        ACCESS,
        LIGHTWEIGHT,
        USERINFO,
        INTROSPECTION,
    ],
    goes: Goes::Switched,
    apply: |work, config| {
        let value = config.config("user.attribute").and_then(|name| property(&work.person.user, name));
        put(work.claims, config, value.as_slice());
    },
};

fn property(user: &User, name: &str) -> Option<String> {
    match name {
        "id" => Some(user.id.clone()),
        "username" => Some(user.username.clone()),
        "email" => user.email.clone(),
        "firstName" => user.first_name.clone(),
        "lastName" => user.last_name.clone(),
        "emailVerified" => Some(user.email_verified.to_string()),
        "enabled" => Some(user.enabled.to_string()),
        "createdTimestamp" => Some(user.created_ms.to_string()),
        _ => None,
    }
}
