//! The key that checks signatures.

use std::fmt;
use std::sync::{Arc, OnceLock};

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{
    self, ED25519, ParsedPublicKey, RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
    RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY, RsaParameters,
};

use super::edwards;
use super::shared::SharedSecret;
use crate::alg::KeyType;
use crate::certificate;
use crate::curve::Curve;
use crate::jwk::{Jwk, MAX_MODULUS, Material};
use crate::{Algorithm, Error, Result};

/// A public key or a shared secret, ready to verify. Cloning shares it.
#[derive(Clone)]
pub struct VerifyingKey(Arc<Prepared>);

/// Whose key it is, which decides how small an RSA modulus may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A key of this server: 1024 bits suffice, since Keycloak creates such keys and imported realms bring them.
    /// Below 2048 bits only RS256 and RS512 can be verified.
    Own,
    /// Anybody else's: 2048 bits at least [RFC7518-3.3].
    Foreign,
}

enum Prepared {
    Rsa { bits: usize, spki: Vec<u8>, parsed: Box<[OnceLock<ParsedPublicKey>; 6]> },
    Ec { curve: Curve, spki: Vec<u8>, key: ParsedPublicKey },
    Ed25519 { spki: Vec<u8>, key: ParsedPublicKey },
    Shared(Box<SharedSecret>),
}

impl VerifyingKey {
    /// Prepares somebody else's key. Members `use` and `alg` are the caller's to judge.
    ///
    /// Errors: [`Error::RsaTooSmall`], [`Error::MalformedKey`] for a point off its curve or numbers that make no key,
    /// [`Error::WeakKey`] for an Ed25519 point for which anybody can sign.
    pub fn from_jwk(jwk: &Jwk) -> Result<Self> {
        match &jwk.material {
            Material::Oct { k } => Self::from_secret(k),
            material => Self::prepare(material, Origin::Foreign),
        }
    }

    /// Prepares a DER-encoded SubjectPublicKeyInfo.
    pub fn from_spki(der: &[u8], origin: Origin) -> Result<Self> {
        Self::prepare(&Material::from_spki(der)?, origin)
    }

    /// Prepares the public key of a DER-encoded X.509 certificate. The certificate's validity and signature are not
    /// looked at.
    pub fn from_certificate(der: &[u8], origin: Origin) -> Result<Self> {
        Self::from_spki(&certificate::read(der)?.spki, origin)
    }

    /// Prepares a shared secret for HS256, HS384 and HS512.
    ///
    /// Errors: [`Error::MalformedKey`] when it is empty. Whether it is long enough is the caller's to judge: shorter
    /// client secrets than RFC 7518 asks for are in use.
    pub fn from_secret(secret: &[u8]) -> Result<Self> {
        if secret.is_empty() {
            return Err(Error::MalformedKey("secret"));
        }
        Ok(Self::of_shared(SharedSecret::new(secret)))
    }

    /// Checks `signature`, in JWS form, over `message`.
    ///
    /// Errors: [`Error::AlgorithmKeyMismatch`] when the key doesn't serve the algorithm, [`Error::RsaTooSmall`] when
    /// it is too small for it, [`Error::SignatureMismatch`] otherwise.
    pub fn verify(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> Result<()> {
        let verified = match &*self.0 {
            Prepared::Shared(secret) => match secret.find(algorithm) {
                Some(key) => hmac::verify(key, message, signature),
                None => return Err(self.mismatch(algorithm)),
            },
            _ => self.public_key(algorithm)?.verify_sig(message, signature),
        };
        verified.map_err(|_| Error::SignatureMismatch)
    }

    /// Whether the key can verify this algorithm at all.
    #[must_use]
    pub fn serves(&self, algorithm: Algorithm) -> bool {
        match &*self.0 {
            Prepared::Shared(secret) => secret.find(algorithm).is_some(),
            _ => self.public_key(algorithm).is_ok(),
        }
    }

    /// The key's type.
    #[must_use]
    pub fn kty(&self) -> KeyType {
        match &*self.0 {
            Prepared::Rsa { .. } => KeyType::Rsa,
            Prepared::Ec { .. } => KeyType::Ec,
            Prepared::Ed25519 { .. } => KeyType::Okp,
            Prepared::Shared(_) => KeyType::Oct,
        }
    }

    /// The DER-encoded SubjectPublicKeyInfo; none for a shared secret.
    #[must_use]
    pub fn spki(&self) -> Option<&[u8]> {
        match &*self.0 {
            Prepared::Rsa { spki, .. } | Prepared::Ec { spki, .. } | Prepared::Ed25519 { spki, .. } => Some(spki),
            Prepared::Shared(_) => None,
        }
    }

    pub(super) fn of_shared(secret: SharedSecret) -> Self {
        Self(Arc::new(Prepared::Shared(Box::new(secret))))
    }

    pub(super) fn shared(&self) -> Option<&SharedSecret> {
        match &*self.0 {
            Prepared::Shared(secret) => Some(secret),
            _ => None,
        }
    }

    fn prepare(material: &Material, origin: Origin) -> Result<Self> {
        let spki = material.to_spki()?;
        let parse = |algorithm, octets: &[u8]| {
            ParsedPublicKey::new(algorithm, octets).map_err(|_| Error::MalformedKey("public key"))
        };
        let prepared = match material {
            Material::Rsa { .. } => {
                let bits = checked_bits(material, origin)?;
                Prepared::Rsa { bits, spki, parsed: Default::default() }
            }
            Material::Ec { curve, .. } => {
                let key = parse(curve.verification(), &material.point())?;
                Prepared::Ec { curve: *curve, spki, key }
            }
            Material::Ed25519 { x } => {
                edwards::check(x)?;
                Prepared::Ed25519 { spki, key: parse(&ED25519, x)? }
            }
            Material::Oct { k } => return Self::from_secret(k),
        };
        let key = Self(Arc::new(prepared));
        if key.kty() == KeyType::Rsa {
            // An exponent or modulus the library won't take is refused now, not at the first signature.
            key.public_key(Algorithm::RS256)?;
        }
        Ok(key)
    }

    /// The parsed public key for the algorithm. The library binds an RSA key to one padding and hash, so each
    /// algorithm's is parsed when it is first asked for.
    fn public_key(&self, algorithm: Algorithm) -> Result<&ParsedPublicKey> {
        match &*self.0 {
            Prepared::Ec { curve, key, .. } if algorithm.curve() == Some(*curve) => Ok(key),
            Prepared::Ed25519 { key, .. } if algorithm == Algorithm::EdDSA => Ok(key),
            Prepared::Rsa { bits, spki, parsed } => {
                let (slot, parameters, legacy) = rsa_parameters(algorithm).ok_or_else(|| self.mismatch(algorithm))?;
                let small = *bits < MIN_FOREIGN_BITS;
                let parameters = if small { legacy.ok_or(Error::RsaTooSmall { bits: *bits })? } else { parameters };
                let cell = parsed.get(slot).ok_or(Error::Broken("RSA parameters"))?;
                if let Some(key) = cell.get() {
                    return Ok(key);
                }
                let key = ParsedPublicKey::new(parameters, spki).map_err(|_| Error::MalformedKey("RSA public key"))?;
                Ok(cell.get_or_init(|| key))
            }
            _ => Err(self.mismatch(algorithm)),
        }
    }

    fn mismatch(&self, algorithm: Algorithm) -> Error {
        Error::AlgorithmKeyMismatch { algorithm: algorithm.name(), key: self.kty().name() }
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "VerifyingKey({})", self.kty().name())
    }
}

fn checked_bits(material: &Material, origin: Origin) -> Result<usize> {
    let bits = material.modulus_bits();
    let least = match origin {
        Origin::Own => MIN_OWN_BITS,
        Origin::Foreign => MIN_FOREIGN_BITS,
    };
    if bits < least {
        return Err(Error::RsaTooSmall { bits });
    }
    if bits > MAX_MODULUS * 8 {
        return Err(Error::TooLong("RSA modulus"));
    }
    Ok(bits)
}

/// Slot, parameters from 2048 bits on, and parameters below where the library has them.
fn rsa_parameters(algorithm: Algorithm) -> Option<(usize, &'static RsaParameters, Option<&'static RsaParameters>)> {
    match algorithm {
        Algorithm::RS256 => {
            Some((0, &signature::RSA_PKCS1_2048_8192_SHA256, Some(&RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY)))
        }
        Algorithm::RS384 => Some((1, &signature::RSA_PKCS1_2048_8192_SHA384, None)),
        Algorithm::RS512 => {
            Some((2, &signature::RSA_PKCS1_2048_8192_SHA512, Some(&RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY)))
        }
        Algorithm::PS256 => Some((3, &signature::RSA_PSS_2048_8192_SHA256, None)),
        Algorithm::PS384 => Some((4, &signature::RSA_PSS_2048_8192_SHA384, None)),
        Algorithm::PS512 => Some((5, &signature::RSA_PSS_2048_8192_SHA512, None)),
        _ => None,
    }
}

const MIN_FOREIGN_BITS: usize = 2048;
const MIN_OWN_BITS: usize = 1024;
