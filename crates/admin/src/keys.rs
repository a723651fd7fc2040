//! The realm's keys as they are: which sign, which only verify [KC 3.6].

use domain::keys::RealmKey;
use serde_json::{Map, Value, json};

use crate::permit::{Permit, ViewRealm};

/// Lists the keys, and which is the active one of each algorithm.
pub fn list(permit: &Permit<'_, ViewRealm>) -> Value {
    let keys = &permit.cx.plan.keys.all;
    let mut active = Map::new();
    for key in keys.iter().filter(|key| key.active) {
        active.entry(key.algorithm.clone()).or_insert_with(|| key.kid.as_str().into());
    }
    json!({"active": active, "keys": keys.iter().map(shown).collect::<Vec<_>>()})
}

fn shown(key: &RealmKey) -> Value {
    let mut map = Map::new();
    let mut put = |name: &str, value: Value| map.insert(name.to_owned(), value);
    put("providerId", key.component.as_str().into());
    put("providerPriority", key.priority.into());
    put("kid", key.kid.as_str().into());
    put("status", if key.active { "ACTIVE" } else { "PASSIVE" }.into());
    let kind = key.jwk.as_ref().and_then(|jwk| jwk.get("kty")?.as_str());
    put("type", kind.unwrap_or("OCT").into());
    put("algorithm", key.algorithm.as_str().into());
    if let Some(spki) = &key.spki {
        put("publicKey", jose::b64::encode_standard(spki).into());
    }
    if let Some(der) = &key.certificate {
        put("certificate", jose::b64::encode_standard(der).into());
    }
    put("use", key.usage.to_uppercase().into());
    if let Some(certificate) = key.certificate.as_ref().and_then(|der| jose::certificate::read(der).ok()) {
        put("validTo", (certificate.not_after * 1000).into());
    }
    Value::Object(map)
}
