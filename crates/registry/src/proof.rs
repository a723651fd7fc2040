//! Proof of possession: a compact JWS of the new key over the server's nonce, the role's id and the key's thumbprint.
//!
//! Header: `typ` is `key-proof+jwt`. Claims: `nonce`, `sub` (the role's id), `jkt` (the thumbprint) [RFC7638-3].

use jose::{Compact, SigningKey, VerifyingKey, jws};
use serde_json::{Map, Value, json};

/// The proof's `typ`.
pub const TYP: &str = "key-proof+jwt";

/// What is wrong with a proof.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// Not a compact JWS of the right `typ`.
    #[error("not a compact JWS with typ {0:?}")]
    Form(&'static str),
    /// A claim is another one than it must be.
    #[error("its claim {0:?} is missing or not what it must be")]
    Claim(&'static str),
    /// The signature isn't of the key.
    #[error("its signature is not of the key")]
    Signature,
}

/// Checks a proof and gives its nonce, which is the server's to judge.
///
/// # Errors
/// When it is no proof for this key and role.
pub fn check(proof: &str, key: &VerifyingKey, thumbprint: &str, role: &str) -> Result<String, ProofError> {
    let claims = signed(proof, key, TYP)?;
    expect(&claims, "sub", role)?;
    expect(&claims, "jkt", thumbprint)?;
    let nonce = claims.get("nonce").and_then(Value::as_str).filter(|nonce| !nonce.is_empty());
    nonce.map(str::to_owned).ok_or(ProofError::Claim("nonce"))
}

/// Makes a proof.
///
/// # Errors
/// When the key can't sign.
pub fn make(key: &SigningKey, thumbprint: &str, role: &str, nonce: &str) -> jose::Result<String> {
    let claims = json!({"nonce": nonce, "sub": role, "jkt": thumbprint}).to_string();
    jws::encode(&jws::header(key, Some(TYP)), claims.as_bytes(), key)
}

/// The claims of a compact JWS of this `typ` whose signature is of the key.
pub(crate) fn signed(text: &str, key: &VerifyingKey, typ: &'static str) -> Result<Map<String, Value>, ProofError> {
    let compact = Compact::parse(text).map_err(|_| ProofError::Form(typ))?;
    if compact.header.typ() != Some(typ) {
        return Err(ProofError::Form(typ));
    }
    compact.verify(key).map_err(|_| ProofError::Signature)?;
    compact.claims().map_err(|_| ProofError::Form(typ))
}

pub(crate) fn expect(claims: &Map<String, Value>, name: &'static str, is: &str) -> Result<(), ProofError> {
    match claims.get(name).and_then(Value::as_str) {
        Some(found) if found == is => Ok(()),
        _ => Err(ProofError::Claim(name)),
    }
}
