//! `address`: an object made of attributes [OIDCC-5.1.1]. Which attributes is configured; what isn't there is left out.

use serde_json::{Map, Value};

use super::property::{ACCESS, ID, INTROSPECTION, LIGHTWEIGHT, Property, USERINFO};
use super::{Goes, Mapper};

/// The mapper.
pub(super) const ADDRESS: Mapper = Mapper {
    id: "oidc-address-mapper",
    name: "User Address",
    priority: 0,
    properties: &[
        ID,
        ACCESS,
        LIGHTWEIGHT,
        USERINFO,
        INTROSPECTION,
        Property::text("user.attribute.street", "addressClaim.street.label").by_default("street"),
        Property::text("user.attribute.locality", "addressClaim.locality.label").by_default("locality"),
        Property::text("user.attribute.region", "addressClaim.region.label").by_default("region"),
        Property::text("user.attribute.postal_code", "addressClaim.postal_code.label").by_default("postal_code"),
        Property::text("user.attribute.country", "addressClaim.country.label").by_default("country"),
        Property::text("user.attribute.formatted", "addressClaim.formatted.label").by_default("formatted"),
    ],
    goes: Goes::Switched,
    apply: |work, config| {
        let mut address = Map::new();
        for (member, key, default) in MEMBERS {
            let attribute = config.config(key).unwrap_or(default);
            if let Some(value) = work.person.user.attribute(attribute).into_iter().next() {
                address.insert((*member).to_owned(), Value::String(value));
            }
        }
        if !address.is_empty() {
            work.claims.set("address", address);
        }
    },
};

/// Members of the claim, the keys that name their attributes, and the attributes otherwise.
const MEMBERS: &[(&str, &str, &str)] = &[
    ("street_address", "user.attribute.street", "street"),
    ("locality", "user.attribute.locality", "locality"),
    ("region", "user.attribute.region", "region"),
    ("postal_code", "user.attribute.postal_code", "postal_code"),
    ("country", "user.attribute.country", "country"),
    ("formatted", "user.attribute.formatted", "formatted"),
];
