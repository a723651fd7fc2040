//! A JWK Set [RFC7517-5] and choosing a key from it.

use serde_json::{Map, Value};

use super::{Jwk, Material};
use crate::json::parse_object;
use crate::jwe::KeyManagement;
use crate::{Algorithm, Error, Result};

/// Keys in the order they were published.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JwkSet {
    /// The keys this crate can use.
    pub keys: Vec<Jwk>,
}

impl JwkSet {
    /// Reads a set from JSON text of at most 256 KiB.
    pub fn parse_text(text: &str) -> Result<Self> {
        if text.len() > MAX_SET_TEXT {
            return Err(Error::TooLong("JWK Set"));
        }
        Self::parse_object(&parse_object(text.as_bytes(), "JWK Set")?)
    }

    /// Reads a set of at most 200 keys. Keys of an unknown kind and malformed ones are passed over, as the
    /// specification asks: one odd key mustn't make the others useless.
    pub fn parse(value: &Value) -> Result<Self> {
        Self::parse_object(value.as_object().ok_or(Error::NotJson("JWK Set"))?)
    }

    /// The JSON form, `{"keys":[…]}`.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let keys = self.keys.iter().map(Jwk::to_value).collect();
        Value::Object(Map::from_iter([("keys".to_owned(), Value::Array(keys))]))
    }

    /// The keys that may have made a signature with these header parameters: of the right type and curve, not
    /// reserved for another algorithm or for encryption and, when the header names a `kid`, called that.
    pub fn verification_candidates<'a, 'k>(
        &'a self,
        kid: Option<&'k str>,
        algorithm: Algorithm,
    ) -> impl Iterator<Item = &'a Jwk> + use<'a, 'k> {
        let named = move |key: &Jwk| kid.is_none_or(|kid| key.kid.as_deref() == Some(kid));
        self.keys.iter().filter(move |key| named(key) && suits_signature(key, algorithm))
    }

    /// The first of [`JwkSet::verification_candidates`].
    #[must_use]
    pub fn find_for_verification(&self, kid: Option<&str>, algorithm: Algorithm) -> Option<&Jwk> {
        self.verification_candidates(kid, algorithm).next()
    }

    /// The first key of use `enc`, or else of no declared use, that suits the key management algorithm `alg`.
    #[must_use]
    pub fn find_for_encryption(&self, alg: KeyManagement) -> Option<&Jwk> {
        let suits =
            |key: &&Jwk| key.material.kty() == alg.kty() && key.alg.as_deref().is_none_or(|name| name == alg.name());
        let of_use = |wanted: Option<&str>| self.keys.iter().filter(suits).find(|key| key.key_use.as_deref() == wanted);
        of_use(Some("enc")).or_else(|| of_use(None))
    }

    /// The key called `kid`.
    #[must_use]
    pub fn find(&self, kid: &str) -> Option<&Jwk> {
        self.keys.iter().find(|key| key.kid.as_deref() == Some(kid))
    }

    fn parse_object(object: &Map<String, Value>) -> Result<Self> {
        let keys = object.get("keys").ok_or(Error::MissingMember("keys"))?;
        let keys = keys.as_array().ok_or(Error::InvalidMember("keys"))?;
        if keys.len() > MAX_KEYS {
            return Err(Error::TooLong("JWK Set"));
        }
        Ok(Self { keys: keys.iter().filter_map(|key| Jwk::parse(key).ok()).collect() })
    }
}

fn suits_signature(key: &Jwk, algorithm: Algorithm) -> bool {
    let curve_suits = match (&key.material, algorithm.curve()) {
        (Material::Ec { curve, .. }, Some(wanted)) => *curve == wanted,
        _ => true,
    };
    curve_suits
        && key.material.kty() == algorithm.kty()
        && key.key_use.as_deref() != Some("enc")
        && key.alg.as_deref().is_none_or(|name| Algorithm::parse(name) == Some(algorithm))
}

const MAX_SET_TEXT: usize = 256 * 1024;
const MAX_KEYS: usize = 200;
