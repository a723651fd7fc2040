//! What this server is and knows, as consoles and clients ask for it [KC 5.2].

use domain::Result;
use domain::password_policy::RULES;
use oidc::mappers::{MAPPERS, Mapper, Property};
use serde_json::{Map, Value, json};

use crate::permit::{Anybody, Permit};
use crate::{events, refusals};

/// Reads it; for administrators of any realm.
pub fn read(permit: &Permit<'_, Anybody>) -> Result<Value> {
    let own = permit.who.realm().to_owned();
    if !permit.who.may::<crate::permit::AnyAdministrator>(&own) {
        return Err(refusals::FORBIDDEN.into());
    }
    Ok(json!({
        "systemInfo": {
            "version": KEYCLOAK,
            "serverTime": moment(permit.cx.now_ms),
            "product": "Countersign",
            "productVersion": env!("CARGO_PKG_VERSION"),
        },
        "cpuInfo": {"processorCount": std::thread::available_parallelism().map_or(1, std::num::NonZero::get)},
        "memoryInfo": {},
        "profileInfo": {"name": "default", "disabledFeatures": [], "previewFeatures": [], "experimentalFeatures": []},
        "features": [],
        "themes": {},
        "socialProviders": [],
        "identityProviders": [],
        "providers": providers(),
        "protocolMapperTypes": {"openid-connect": MAPPERS.iter().copied().map(mapper).collect::<Vec<_>>()},
        "builtinProtocolMappers": {},
        "clientInstallations": {},
        "componentTypes": {},
        "passwordPolicies": RULES.iter().map(|rule| policy(rule.id, rule.default)).collect::<Vec<_>>(),
        "enums": enums(),
    }))
}

fn mapper(mapper: &Mapper) -> Value {
    json!({
        "id": mapper.id,
        "name": mapper.name,
        "category": "Token mapper",
        "helpText": "",
        "priority": mapper.priority,
        "properties": mapper.properties.iter().map(property).collect::<Vec<_>>(),
    })
}

fn property(property: &Property) -> Value {
    let mut map = Map::new();
    let mut put = |name: &str, value: Value| map.insert(name.to_owned(), value);
    put("name", property.name.into());
    put("label", property.label.into());
    put("type", property.kind.name().into());
    if let Some(value) = property.default {
        put("defaultValue", value.into());
    }
    if !property.kind.options().is_empty() {
        put("options", property.kind.options().into());
    }
    put("secret", false.into());
    put("required", property.required.into());
    put("readOnly", false.into());
    Value::Object(map)
}

fn policy(id: &str, default: &str) -> Value {
    let kind = if default.parse::<i64>().is_ok() { "int" } else { "String" };
    json!({"id": id, "displayName": id, "configType": kind, "defaultValue": default, "multipleSupported": false})
}

/// What there is of each kind that a realm's settings choose from.
fn providers() -> Value {
    let of = |ids: &[&str]| {
        let map: Map<String, Value> = ids.iter().map(|id| ((*id).to_owned(), json!({"order": 0}))).collect();
        json!({"internal": false, "providers": map})
    };
    json!({
        "clientSignature": of(SIGNATURES),
        "signature": of(SIGNATURES),
        "hash": of(&["SHA-256", "SHA-384", "SHA-512"]),
        "login-protocol": of(&["openid-connect"]),
        "password-hashing": of(&["argon2", "pbkdf2", "pbkdf2-sha256", "pbkdf2-sha512"]),
        "keys": of(&["rsa-generated", "rsa-enc-generated", "rsa", "rsa-enc", "ecdsa-generated", "eddsa-generated", "hmac-generated", "aes-generated"]),
    })
}

fn enums() -> Value {
    let types: Vec<String> = events::ALL_TYPES.iter().flat_map(|name| events::with_error(name)).collect();
    json!({
        "eventType": types,
        "operationType": ["CREATE", "UPDATE", "DELETE", "ACTION"],
        "resourceType": RESOURCE_TYPES,
    })
}

fn moment(now_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(now_ms).map(|at| at.to_string()).unwrap_or_default()
}

/// The version whose API this is.
const KEYCLOAK: &str = "26.7.4";

const SIGNATURES: &[&str] = &[
    "ES256", "ES384", "ES512", "EdDSA", "HS256", "HS384", "HS512", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512",
];

const RESOURCE_TYPES: &[&str] = &[
    "REALM",
    "REALM_ROLE",
    "REALM_ROLE_MAPPING",
    "REALM_SCOPE_MAPPING",
    "AUTH_FLOW",
    "AUTH_EXECUTION_FLOW",
    "AUTH_EXECUTION",
    "AUTHENTICATOR_CONFIG",
    "REQUIRED_ACTION",
    "REQUIRED_ACTION_CONFIG",
    "IDENTITY_PROVIDER",
    "IDENTITY_PROVIDER_MAPPER",
    "PROTOCOL_MAPPER",
    "USER",
    "USER_LOGIN_FAILURE",
    "USER_SESSION",
    "USER_FEDERATION_PROVIDER",
    "USER_FEDERATION_MAPPER",
    "GROUP",
    "GROUP_MEMBERSHIP",
    "CLIENT",
    "CLIENT_INITIAL_ACCESS_MODEL",
    "CLIENT_ROLE",
    "CLIENT_ROLE_MAPPING",
    "CLIENT_SCOPE",
    "CLIENT_SCOPE_MAPPING",
    "CLIENT_SCOPE_CLIENT_MAPPING",
    "CLUSTER_NODE",
    "COMPONENT",
    "USER_PROFILE",
    "ORGANIZATION",
    "ORGANIZATION_MEMBERSHIP",
    "CUSTOM",
];
