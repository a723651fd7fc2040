//! The key that makes signatures.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256,
    RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
};
use pkcs8::der::Decode;
use serde_json::Value;

use super::shared::SharedSecret;
use super::verifying::{Origin, VerifyingKey};
use super::{kid_of_spki, private_der, private_jwk_der};
use crate::alg::KeyType;
use crate::jwk::{Jwk, Material};
use crate::{Algorithm, Error, Result};

/// A private key or shared secret with the one algorithm it signs with and the `kid` it is known by.
/// Cloning shares the key.
///
/// RSA keys must have 2048 bits at least: the library doesn't sign with smaller ones.
#[derive(Clone)]
pub struct SigningKey {
    kid: Arc<str>,
    algorithm: Algorithm,
    pair: Arc<Pair>,
    verifying: VerifyingKey,
}

enum Pair {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    /// The secret is kept in the verifying key.
    Shared,
}

impl SigningKey {
    /// Reads a private key in DER: PKCS#8 for all, PKCS#1 for RSA, SEC1 for EC. Its `kid` is that of
    /// [`kid_of_spki`].
    ///
    /// Errors: [`Error::RsaTooSmall`], [`Error::MalformedKey`] also when the key is of another kind or curve than the
    /// algorithm's, [`Error::AlgorithmKeyMismatch`] for an HMAC algorithm.
    pub fn from_der(algorithm: Algorithm, der: &[u8]) -> Result<Self> {
        let (pair, spki) = read_pair(algorithm, der)?;
        let verifying = VerifyingKey::from_spki(&spki, Origin::Own)?;
        Ok(Self { kid: kid_of_spki(&spki).into(), algorithm, pair: Arc::new(pair), verifying })
    }

    /// Reads a private key in PEM or in base64 of its DER, the form Keycloak stores [KC 3.6].
    pub fn from_text(algorithm: Algorithm, text: &str) -> Result<Self> {
        Self::from_der(algorithm, &private_der(text)?)
    }

    /// Reads a private JWK, also one of `kty` `oct`. Its `kid`, when there is one, is kept.
    pub fn from_private_jwk(algorithm: Algorithm, jwk: &Value) -> Result<Self> {
        let public = Jwk::parse(jwk)?;
        let key = match &public.material {
            Material::Oct { k } => Self::from_secret(algorithm, "", k)?,
            _ => Self::from_der(algorithm, &private_jwk_der(jwk)?)?,
        };
        Ok(match public.kid {
            Some(kid) => key.with_kid(&kid),
            None => key,
        })
    }

    /// An HMAC key.
    ///
    /// Errors: [`Error::AlgorithmKeyMismatch`] for another algorithm, [`Error::MalformedKey`] for an empty secret.
    pub fn from_secret(algorithm: Algorithm, kid: &str, secret: &[u8]) -> Result<Self> {
        if secret.is_empty() {
            return Err(Error::MalformedKey("secret"));
        }
        if algorithm.kty() != KeyType::Oct {
            return Err(Error::AlgorithmKeyMismatch { algorithm: algorithm.name(), key: KeyType::Oct.name() });
        }
        let verifying = VerifyingKey::of_shared(SharedSecret::new(secret));
        Ok(Self { kid: kid.into(), algorithm, pair: Arc::new(Pair::Shared), verifying })
    }

    /// The same key under another name.
    #[must_use]
    pub fn with_kid(self, kid: &str) -> Self {
        Self { kid: kid.into(), ..self }
    }

    /// The same key signing with another algorithm, which it must serve: any RS or PS for an RSA key.
    pub fn with_alg(&self, algorithm: Algorithm) -> Result<Self> {
        if !self.verifying.serves(algorithm) {
            let key = self.verifying.kty().name();
            return Err(Error::AlgorithmKeyMismatch { algorithm: algorithm.name(), key });
        }
        Ok(Self { algorithm, ..self.clone() })
    }

    /// The name of the key, empty for an unnamed secret.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The algorithm it signs with.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The key that verifies what this one signs.
    #[must_use]
    pub const fn verifying_key(&self) -> &VerifyingKey {
        &self.verifying
    }

    /// The DER-encoded SubjectPublicKeyInfo; none for an HMAC key.
    #[must_use]
    pub fn spki(&self) -> Option<&[u8]> {
        self.verifying.spki()
    }

    /// The public JWK with `kid`, `alg` and `use` `sig`; none for an HMAC key.
    #[must_use]
    pub fn public_jwk(&self) -> Option<Jwk> {
        let material = Material::from_spki(self.spki()?).ok()?;
        let mut jwk = Jwk::new(material);
        jwk.kid = Some(self.kid.to_string());
        jwk.alg = Some(self.algorithm.name().to_owned());
        jwk.key_use = Some("sig".to_owned());
        Some(jwk)
    }

    /// Signs the octets. The signature is in JWS form: ECDSA's is r and s one after the other [RFC7518-3.4].
    ///
    /// An RSA signature takes a quarter of a millisecond and more; the others 20 µs and less.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        let failed = |_| Error::Broken("signing");
        match &*self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(self.padding()?, &SystemRandom::new(), message, &mut signature).map_err(failed)?;
                Ok(signature)
            }
            Pair::Ec(pair) => Ok(pair.sign(&SystemRandom::new(), message).map_err(failed)?.as_ref().to_vec()),
            Pair::Ed25519(pair) => Ok(pair.try_sign(message).map_err(failed)?.as_ref().to_vec()),
            Pair::Shared => {
                let key = self.verifying.shared().and_then(|secret| secret.find(self.algorithm));
                let key = key.ok_or(Error::Broken("shared secret"))?;
                Ok(hmac::sign(key, message).as_ref().to_vec())
            }
        }
    }

    fn padding(&self) -> Result<&'static dyn RsaEncoding> {
        match self.algorithm {
            Algorithm::RS256 => Ok(&RSA_PKCS1_SHA256),
            Algorithm::RS384 => Ok(&RSA_PKCS1_SHA384),
            Algorithm::RS512 => Ok(&RSA_PKCS1_SHA512),
            Algorithm::PS256 => Ok(&RSA_PSS_SHA256),
            Algorithm::PS384 => Ok(&RSA_PSS_SHA384),
            Algorithm::PS512 => Ok(&RSA_PSS_SHA512),
            _ => Err(Error::Broken("RSA padding")),
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SigningKey({}, {:?})", self.algorithm.name(), self.kid)
    }
}

/// The key pair and its SubjectPublicKeyInfo.
fn read_pair(algorithm: Algorithm, der: &[u8]) -> Result<(Pair, Vec<u8>)> {
    let broken = |_| Error::Broken("public key encoding");
    match algorithm.kty() {
        KeyType::Rsa => {
            let pair = read_rsa(der)?;
            let spki = pair.public_key().as_der().map_err(broken)?.as_ref().to_vec();
            Ok((Pair::Rsa(pair), spki))
        }
        KeyType::Ec => {
            let curve = algorithm.curve().ok_or(Error::Broken("curve"))?;
            let pair = EcdsaKeyPair::from_private_key_der(curve.signing(), der)
                .map_err(|_| Error::MalformedKey("EC private key"))?;
            let spki = pair.public_key().as_der().map_err(broken)?.as_ref().to_vec();
            Ok((Pair::Ec(pair), spki))
        }
        KeyType::Okp => {
            let pair = Ed25519KeyPair::from_pkcs8(der).map_err(|_| Error::MalformedKey("Ed25519 private key"))?;
            let spki = pair.public_key().as_der().map_err(broken)?.as_ref().to_vec();
            Ok((Pair::Ed25519(pair), spki))
        }
        KeyType::Oct => Err(Error::AlgorithmKeyMismatch { algorithm: algorithm.name(), key: "asymmetric" }),
    }
}

/// Reads PKCS#1 or else PKCS#8.
pub(crate) fn read_rsa(der: &[u8]) -> Result<RsaKeyPair> {
    RsaKeyPair::from_der(der).or_else(|_| RsaKeyPair::from_pkcs8(der)).map_err(|_| match rsa_bits(der) {
        bits @ 1..MIN_BITS => Error::RsaTooSmall { bits },
        _ => Error::MalformedKey("RSA private key"),
    })
}

/// Bits of the modulus in a PKCS#1 or PKCS#8 key, zero when neither.
fn rsa_bits(der: &[u8]) -> usize {
    let inner = pkcs8::PrivateKeyInfoRef::from_der(der).map_or(der, |info| info.private_key.as_bytes());
    pkcs1::RsaPrivateKeyRef::from_der(inner)
        .map_or(0, |key| Material::Rsa { n: key.modulus.as_bytes().to_vec(), e: Vec::new() }.modulus_bits())
}

const MIN_BITS: usize = 2048;
