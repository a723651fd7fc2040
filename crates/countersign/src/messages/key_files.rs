//! Keys in files: PEM as OpenSSL writes it, or JWK.

use std::path::Path;

use jose::key::public_der;
use jose::{Algorithm, Jwk, KeyType, Origin, SigningKey, VerifyingKey};
use serde_json::Value;
use signing::SenderKey;
use zeroize::Zeroizing;

use crate::commands::Failure;

/// Longer files hold no keys.
const LONGEST: u64 = 1024 * 1024;

/// Reads a private key, for the algorithm named or the usual one of its kind.
pub(super) fn private(place: &Path, algorithm: Option<&str>, kid: Option<&str>) -> Result<SigningKey, Failure> {
    let text = read(place)?;
    let unusable = |why: &dyn std::fmt::Display| format!("{}: {why}", place.display());
    let named = match algorithm {
        Some(name) => Some(Algorithm::parse(name).ok_or_else(|| format!("{name} is no algorithm of signatures"))?),
        None => None,
    };
    let jwk: Option<Value> = serde_json::from_str(&text).ok();
    let one = |algorithm: Algorithm| match &jwk {
        Some(jwk) => SigningKey::from_private_jwk(algorithm, jwk),
        None => SigningKey::from_text(algorithm, &text),
    };
    // The kind of a PEM's key shows when it is read: the first usual algorithm that it serves is meant.
    let key = match named {
        Some(algorithm) => one(algorithm).map_err(|error| unusable(&error))?,
        None => USUAL.iter().find_map(|algorithm| one(*algorithm).ok()).ok_or_else(|| {
            unusable(&"not a private key in PEM or JWK, of RSA with 2048 bits or more, P-256 or Ed25519")
        })?,
    };
    if key.verifying_key().kty() == KeyType::Oct {
        return Err(unusable(&"a shared secret proves nothing to others").into());
    }
    Ok(match (kid, jwk.is_some()) {
        (Some(kid), _) => key.with_kid(kid),
        // A PEM has no name of its own; the one made for it is nobody's.
        (None, false) => key.with_kid(""),
        (None, true) => key,
    })
}

/// The algorithms that stand for a kind of key.
const USUAL: &[Algorithm] = &[Algorithm::ES256, Algorithm::EdDSA, Algorithm::RS256];

/// Reads public keys: a JWK set, one JWK, or a PEM.
pub(super) fn public(place: &Path) -> Result<Vec<SenderKey>, Failure> {
    let text = read(place)?;
    let unusable = |why: &dyn std::fmt::Display| format!("{}: {why}", place.display());
    let of = |kid: &str, key: VerifyingKey| SenderKey {
        kid: kid.to_owned(),
        key,
        valid_from: i64::MIN,
        valid_until: None,
        revoked_since: None,
    };
    let Ok(value) = serde_json::from_str::<Value>(&text) else {
        let der = public_der(&text).map_err(|error| unusable(&error))?;
        let key = VerifyingKey::from_spki(&der, Origin::Foreign).map_err(|error| unusable(&error))?;
        return Ok(vec![of("", key)]);
    };
    let listed = match value.get("keys") {
        Some(Value::Array(keys)) => keys.clone(),
        _ => vec![value],
    };
    let read = listed.iter().enumerate().map(|(n, value)| {
        let jwk = Jwk::parse_public(value).map_err(|error| unusable(&format!("key {n}: {error}")))?;
        let key = VerifyingKey::from_jwk(&jwk).map_err(|error| unusable(&format!("key {n}: {error}")))?;
        Ok(of(jwk.kid.as_deref().unwrap_or_default(), key))
    });
    read.collect()
}

fn read(place: &Path) -> Result<Zeroizing<String>, Failure> {
    let cannot = |cause| format!("{} cannot be read: {cause}", place.display());
    if std::fs::metadata(place).map_err(cannot)?.len() > LONGEST {
        return Err(format!("{} is too long for keys", place.display()).into());
    }
    Ok(Zeroizing::new(std::fs::read_to_string(place).map_err(cannot)?))
}
