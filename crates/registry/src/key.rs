//! A public key that may be registered.

use jose::digest::sha256;
use jose::{Algorithm, Jwk, Material, VerifyingKey, b64};
use serde_json::Value;

use crate::rsa;

/// A key that was looked at, with its name and its thumbprint.
#[derive(Clone, Debug)]
pub struct PublicKey {
    /// Its name: as given, or its thumbprint.
    pub kid: String,
    /// The JWK as it is kept: its name and numbers, and `alg` if given.
    pub jwk: Value,
    /// Its thumbprint [RFC7638-3].
    pub thumbprint: String,
    /// What makes it one role's alone: its thumbprint, and of an RSA key its modulus, since whoever has the secret of one
    /// exponent has that of each other.
    pub identities: Vec<String>,
    /// Ready to verify.
    pub key: VerifyingKey,
}

/// Why a key is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Somebody sent their secret.
    #[error("this is a private key, which must never leave its owner: make a new pair and send the public JWK alone")]
    Private,
    /// Not a key to sign with.
    #[error("the key's use is {0:?}: only keys to sign with (\"sig\") are taken")]
    Use(String),
    /// An algorithm that doesn't go with the key, or proves nothing to others.
    #[error("the key is not one for {0}")]
    Algorithm(String),
    /// RSA numbers that anybody could take apart, or that invite mistakes.
    #[error("the RSA key is not safe: {0}")]
    Rsa(&'static str),
    /// More bits than anybody verifies in time.
    #[error("the RSA key has more than 8192 bits")]
    Large,
    /// A name that is too long or has odd characters.
    #[error("kid must be 1 to 200 printable ASCII characters")]
    Name,
    /// Not a key.
    #[error("not a public JWK that this server takes: {0}")]
    Unreadable(jose::Error),
}

/// The most characters of a key's name.
const LONGEST_KID: usize = 200;
/// Members that only private keys and shared secrets have [RFC7518-6].
const PRIVATE: &[&str] = &["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

impl PublicKey {
    /// Looks at a JWK that is to be registered: as [`PublicKey::read`] does, and for what takes too long to be looked at
    /// each time a chain is put together.
    ///
    /// # Errors
    /// With the reason why the key is not taken.
    pub fn examine(value: &Value) -> Result<Self, KeyError> {
        let read = Self::read(value)?;
        let material = Jwk::parse_public(&read.jwk).map_err(KeyError::Unreadable)?.material;
        match rsa::is_open(&material) {
            true => Err(KeyError::Rsa(
                "its modulus is a prime, a power, or of two factors close together: anybody could sign",
            )),
            false => Ok(read),
        }
    }

    /// Looks at a JWK: public, for signatures, strong enough (RSA of 2048 to 8192 bits, P-256, P-384, P-521, Ed25519).
    ///
    /// # Errors
    /// With the reason why the key is not taken.
    pub fn read(value: &Value) -> Result<Self, KeyError> {
        if PRIVATE.iter().any(|member| value.get(member).is_some()) {
            return Err(KeyError::Private);
        }
        let parsed = Jwk::parse_public(value).map_err(|error| match error {
            jose::Error::TooLong("n") => KeyError::Large,
            other => KeyError::Unreadable(other),
        })?;
        if let Some(other) = parsed.key_use.as_deref().filter(|key_use| *key_use != "sig") {
            return Err(KeyError::Use(other.to_owned()));
        }
        if value.get("key_ops").and_then(Value::as_array).is_some_and(|ops| !ops.iter().any(|op| op == "verify")) {
            return Err(KeyError::Use("key_ops without verify".to_owned()));
        }
        let thumbprint = parsed.thumbprint();
        let kid = parsed.kid.clone().unwrap_or_else(|| thumbprint.clone());
        if kid.is_empty() || kid.len() > LONGEST_KID || !kid.bytes().all(|octet| octet.is_ascii_graphic()) {
            return Err(KeyError::Name);
        }
        let mut kept = Jwk::new(parsed.material.clone());
        kept.kid = Some(kid.clone());
        kept.key_use = Some("sig".to_owned());
        kept.alg = parsed.alg;
        let key = match (VerifyingKey::from_jwk(&kept), rsa::fault(&kept.material)) {
            (Err(small @ jose::Error::RsaTooSmall { .. }), _) => Err(KeyError::Unreadable(small)),
            (_, Some(fault)) => Err(KeyError::Rsa(fault)),
            (key, None) => key.map_err(KeyError::Unreadable),
        }?;
        if let Some(name) = &kept.alg {
            let algorithm = Algorithm::parse(name).filter(|algorithm| key.serves(*algorithm));
            algorithm.ok_or_else(|| KeyError::Algorithm(name.clone()))?;
        }
        let identities = identities(&thumbprint, &kept.material);
        Ok(Self { kid, jwk: kept.to_value(), thumbprint, identities, key })
    }
}

fn identities(thumbprint: &str, material: &Material) -> Vec<String> {
    let modulus = match material {
        Material::Rsa { n, .. } => Some(format!("n:{}", b64::encode(sha256(n)))),
        _ => None,
    };
    std::iter::once(thumbprint.to_owned()).chain(modulus).collect()
}
