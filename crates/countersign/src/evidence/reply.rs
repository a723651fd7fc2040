//! The signature of a reply: what makes a receipt the operator's own word.

use jose::detached::{Parts, Payload};
use jose::{Jwk, VerifyingKey};
use ledger::Policy;
use serde_json::{Value, json};

/// The signature's `typ`, which no token has.
const TYP: &str = "reply+jws";

/// Whether a reply's octets are signed by a reply key that the reader pinned. `keys` are JWKs from anywhere: only the
/// thumbprint that the trust names makes one of them count. Gives the key's name.
///
/// # Errors
/// What is missing.
pub(super) fn verify(octets: &[u8], signature: &str, keys: &[Value], policy: &Policy) -> Result<String, String> {
    let parts = Parts::parse(signature.trim()).map_err(|error| format!("the reply's signature: {error}"))?;
    let header = &parts.header;
    let is_reply = header.typ() == Some(TYP)
        && header.member("b64") == Some(&json!(false))
        && header.member("crit") == Some(&json!(["b64"]));
    if !is_reply {
        return Err(format!("the signature is not a reply's: its header must have typ {TYP}, b64 false and crit"));
    }
    let kid = header.kid().ok_or("the reply's signature names no key")?;
    let pins: Vec<&str> =
        policy.reply_keys.iter().filter(|key| key.kid == kid).map(|key| key.thumbprint.as_str()).collect();
    if pins.is_empty() {
        return Err(format!("this trust pins no reply key {kid:?}"));
    }
    let pinned = keys.iter().filter_map(|key| Jwk::parse_public(key).ok());
    let pinned = pinned.filter(|key| pins.contains(&key.thumbprint().as_str()));
    let pinned: Vec<VerifyingKey> = pinned.filter_map(|key| VerifyingKey::from_jwk(&key).ok()).collect();
    if pinned.is_empty() {
        return Err(format!("the public key {kid:?}, as this trust pins it, is not at hand: give it with --keys"));
    }
    match pinned.iter().any(|key| parts.verify(octets, Payload::Unencoded, key).is_ok()) {
        true => Ok(kid.to_owned()),
        false => Err("the reply's signature is not over this file".to_owned()),
    }
}

/// The JWKs of a JWK set, of a list of a ledger's keys (`{keys: [{jwk}]}`), or one alone.
pub(super) fn keys_of(value: &Value) -> Vec<Value> {
    match value.get("keys").and_then(Value::as_array) {
        Some(keys) => keys.iter().map(|key| key.get("jwk").unwrap_or(key).clone()).collect(),
        None => vec![value.clone()],
    }
}
