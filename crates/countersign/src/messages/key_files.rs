//! Keys in files: PEM as OpenSSL writes it, or JWK.

use std::path::Path;

use jose::key::public_der;
use jose::{Algorithm, Jwk, Origin, SigningKey, VerifyingKey};
use serde_json::Value;
use signing::{Profile, SenderKey};

use crate::commands::Failure;
use crate::files::read_text;

/// Longer files hold no keys.
const LONGEST: usize = 1024 * 1024;

/// Reads a private key that signs by a profile: for the algorithm named, or the one that its JWK says, or the usual one of
/// its kind, or, where the profile doesn't take that, the profile's first that the key can make.
pub(super) fn private(
    place: &Path,
    profile: &Profile,
    algorithm: Option<&str>,
    kid: Option<&str>,
) -> Result<SigningKey, Failure> {
    let text = read_text(place, LONGEST)?;
    let unusable = |why: &dyn std::fmt::Display| format!("{}: {why}", place.display());
    let jwk: Option<Value> = serde_json::from_str(&text).ok();
    let own = jwk.as_ref().and_then(|jwk| jwk.get("alg")?.as_str());
    let named = match algorithm.or(own) {
        Some(name) => Some(Algorithm::parse(name).ok_or_else(|| format!("{name} is no algorithm of signatures"))?),
        None => None,
    };
    if text.contains("-----BEGIN PUBLIC KEY-----") {
        return Err(unusable(&"a public key, and the private one signs").into());
    }
    let mut key = SigningKey::from_file(named, &text).map_err(|error| unusable(&error))?;
    if named.is_none() && !profile.takes(key.algorithm()) {
        let taken = profile.algorithms.iter().filter_map(|name| Algorithm::parse(name));
        let can = taken.into_iter().find_map(|algorithm| SigningKey::from_file(Some(algorithm), &text).ok());
        key = can.unwrap_or(key);
    }
    Ok(match kid {
        Some(kid) => key.with_kid(kid),
        None => key,
    })
}

/// Reads public keys: a JWK set, one JWK, or a PEM.
pub(super) fn public(place: &Path) -> Result<Vec<SenderKey>, Failure> {
    let text = read_text(place, LONGEST)?;
    let unusable = |why: &dyn std::fmt::Display| format!("{}: {why}", place.display());
    let of = |kid: &str, key: VerifyingKey| SenderKey {
        kid: kid.to_owned(),
        key,
        valid_from: i64::MIN,
        valid_until: None,
        revoked_since: None,
    };
    let private = || unusable(&"a private key, and the public ones are wanted: `openssl pkey -in KEY -pubout`");
    let Ok(value) = serde_json::from_str::<Value>(&text) else {
        if text.contains("PRIVATE KEY-----") {
            return Err(private().into());
        }
        let der = public_der(&text).map_err(|error| unusable(&error))?;
        let key = VerifyingKey::from_spki(&der, Origin::Foreign).map_err(|error| unusable(&error))?;
        return Ok(vec![of("", key)]);
    };
    let listed = match value.get("keys") {
        Some(Value::Array(keys)) => keys.clone(),
        _ => vec![value],
    };
    let read = listed.iter().enumerate().map(|(n, value)| {
        let jwk = Jwk::parse_public(value).map_err(|error| match error {
            jose::Error::PrivateMembers => private(),
            error => unusable(&format!("key {n}: {error}")),
        })?;
        let key = VerifyingKey::from_jwk(&jwk).map_err(|error| unusable(&format!("key {n}: {error}")))?;
        Ok(of(jwk.kid.as_deref().unwrap_or_default(), key))
    });
    read.collect()
}
