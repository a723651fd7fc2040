//! Keys that encrypt and keys that decrypt, parsed once, and how each alg brings the content key to the recipient
//! [RFC7518-4].

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::agreement::PrivateKey;
use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepAlgorithm, OaepPrivateDecryptingKey, OaepPublicEncryptingKey,
    Pkcs1PublicEncryptingKey, PrivateDecryptingKey, PublicEncryptingKey,
};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::agreement::Derivation;
use super::{ContentEncryption, KeyManagement, wrap};
use crate::alg::KeyType;
use crate::curve::Curve;
use crate::header::Header;
use crate::jwk::{Jwk, Material};
use crate::key::{private_der, private_jwk_der};
use crate::{Error, Result, generate, random};

/// A recipient's public key or a shared secret. Cloning shares it.
#[derive(Clone)]
pub struct EncryptionKey(Arc<Public>);

/// A private key or a shared secret. Cloning shares it.
#[derive(Clone)]
pub struct DecryptionKey(Arc<Private>);

enum Public {
    Rsa { oaep: OaepPublicEncryptingKey, pkcs1: Pkcs1PublicEncryptingKey },
    Ec { curve: Curve, point: Vec<u8> },
    Secret(Zeroizing<Vec<u8>>),
}

enum Private {
    Rsa(OaepPrivateDecryptingKey),
    Ec { curve: Curve, key: PrivateKey },
    Secret(Zeroizing<Vec<u8>>),
}

/// A content key and what the token says of it.
pub(super) struct ContentKey {
    pub(super) key: Zeroizing<Vec<u8>>,
    pub(super) encrypted: Vec<u8>,
    pub(super) header_members: Map<String, Value>,
}

impl EncryptionKey {
    /// Prepares a recipient's key; `use` and `alg` are the caller's to judge.
    ///
    /// Errors: [`Error::MalformedKey`], [`Error::RsaTooSmall`], [`Error::Unsupported`] for Ed25519, which only
    /// signs.
    pub fn from_jwk(jwk: &Jwk) -> Result<Self> {
        let key = match &jwk.material {
            Material::Rsa { .. } => rsa_public(&jwk.material)?,
            Material::Ec { curve, .. } => {
                // Refuses a point off the curve now rather than at every token.
                jwk.material.to_spki()?;
                Public::Ec { curve: *curve, point: jwk.material.point() }
            }
            Material::Oct { k } => Public::Secret(k.clone()),
            Material::Ed25519 { .. } => return Err(Error::Unsupported { kind: "crv", name: "Ed25519".to_owned() }),
        };
        Ok(Self(Arc::new(key)))
    }

    /// Prepares a DER-encoded SubjectPublicKeyInfo.
    pub fn from_spki(der: &[u8]) -> Result<Self> {
        Self::from_jwk(&Jwk::new(Material::from_spki(der)?))
    }

    /// A shared secret for `dir` and the AES key wrappings.
    #[must_use]
    pub fn from_secret(secret: &[u8]) -> Self {
        Self(Arc::new(Public::Secret(Zeroizing::new(secret.to_vec()))))
    }

    /// Chooses a content key, or agrees on one, and encrypts it for the recipient.
    pub(super) fn new_content_key(&self, alg: KeyManagement, enc: ContentEncryption) -> Result<ContentKey> {
        match (&*self.0, alg) {
            (Public::Secret(secret), KeyManagement::Dir) if secret.len() == enc.key_len() => {
                Ok(ContentKey { key: secret.clone(), encrypted: Vec::new(), header_members: Map::new() })
            }
            (Public::Secret(secret), _)
                if Some(secret.len()) == alg.wrapping_key_len() && alg.kty() == KeyType::Oct =>
            {
                ContentKey::random(enc, |key| wrap::wrap(secret, key))
            }
            (Public::Rsa { oaep, pkcs1 }, _) if alg.kty() == KeyType::Rsa => ContentKey::random(enc, |key| {
                let mut encrypted = vec![0; oaep.ciphertext_size()];
                let length = match oaep_algorithm(alg) {
                    Some(algorithm) => oaep.encrypt(algorithm, key, &mut encrypted, None).map(|part| part.len()),
                    None => pkcs1.encrypt(key, &mut encrypted).map(|part| part.len()),
                };
                encrypted.truncate(length.map_err(|_| Error::Broken("RSA encryption"))?);
                Ok(encrypted)
            }),
            (Public::Ec { curve, point }, _) if alg.kty() == KeyType::Ec => agreed_content_key(*curve, point, alg, enc),
            (key, _) => Err(mismatch(alg, key.kty())),
        }
    }
}

impl DecryptionKey {
    /// Reads a private key in DER: RSA in PKCS#1 or PKCS#8, EC in PKCS#8 or SEC1.
    ///
    /// Errors: [`Error::MalformedKey`], [`Error::RsaTooSmall`].
    pub fn from_der(der: &[u8]) -> Result<Self> {
        for curve in Curve::ALL {
            if let Ok(key) = PrivateKey::from_private_key_der(curve.agreement(), der) {
                return Ok(Self(Arc::new(Private::Ec { curve, key })));
            }
        }
        let malformed = Error::MalformedKey("private key");
        let pkcs8 = generate::pkcs8_of_rsa(der)?;
        let key = PrivateDecryptingKey::from_pkcs8(&pkcs8).map_err(|_| malformed.clone())?;
        Ok(Self(Arc::new(Private::Rsa(OaepPrivateDecryptingKey::new(key).map_err(|_| malformed)?))))
    }

    /// Reads a private key in PEM or in base64 of its DER, the form Keycloak stores [KC 3.6].
    pub fn from_text(text: &str) -> Result<Self> {
        Self::from_der(&private_der(text)?)
    }

    /// Reads a private JWK, also one of `kty` `oct`.
    pub fn from_private_jwk(jwk: &Value) -> Result<Self> {
        match Jwk::parse(jwk)?.material {
            Material::Oct { k } => Ok(Self::from_secret(&k)),
            _ => Self::from_der(&private_jwk_der(jwk)?),
        }
    }

    /// A shared secret for `dir` and the AES key wrappings.
    #[must_use]
    pub fn from_secret(secret: &[u8]) -> Self {
        Self(Arc::new(Private::Secret(Zeroizing::new(secret.to_vec()))))
    }

    /// The content key of a received token. `header` brings the ephemeral key of an agreement.
    pub(super) fn find_content_key(
        &self,
        header: &Header,
        alg: KeyManagement,
        enc: ContentEncryption,
        encrypted: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>> {
        let key = match (&*self.0, alg) {
            (Private::Secret(secret), KeyManagement::Dir) if encrypted.is_empty() => secret.clone(),
            (Private::Secret(_), KeyManagement::Dir) => return Err(Error::DecryptionFailed),
            (Private::Secret(secret), _)
                if Some(secret.len()) == alg.wrapping_key_len() && alg.kty() == KeyType::Oct =>
            {
                wrap::unwrap(secret, encrypted)?
            }
            (Private::Rsa(key), _) => {
                let algorithm = oaep_algorithm(alg).ok_or_else(|| mismatch(alg, KeyType::Rsa))?;
                rsa_decrypt(key, algorithm, encrypted)?
            }
            (Private::Ec { curve, key }, _) if alg.kty() == KeyType::Ec => {
                let derived =
                    Derivation::new(alg, enc, Some(header))?.derive(key, *curve, &ephemeral(header, *curve)?)?;
                match alg.wrapping_key_len() {
                    Some(_) => wrap::unwrap(&derived, encrypted)?,
                    None if encrypted.is_empty() => derived,
                    None => return Err(Error::DecryptionFailed),
                }
            }
            (key, _) => return Err(mismatch(alg, key.kty())),
        };
        if key.len() == enc.key_len() { Ok(key) } else { Err(Error::DecryptionFailed) }
    }
}

impl ContentKey {
    fn random(enc: ContentEncryption, encrypt: impl FnOnce(&[u8]) -> Result<Vec<u8>>) -> Result<Self> {
        let key = Zeroizing::new(random::bytes(enc.key_len())?);
        let encrypted = encrypt(&key)?;
        Ok(Self { key, encrypted, header_members: Map::new() })
    }
}

impl Public {
    const fn kty(&self) -> KeyType {
        match self {
            Self::Rsa { .. } => KeyType::Rsa,
            Self::Ec { .. } => KeyType::Ec,
            Self::Secret(_) => KeyType::Oct,
        }
    }
}

impl Private {
    const fn kty(&self) -> KeyType {
        match self {
            Self::Rsa(_) => KeyType::Rsa,
            Self::Ec { .. } => KeyType::Ec,
            Self::Secret(_) => KeyType::Oct,
        }
    }
}

impl fmt::Debug for EncryptionKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "EncryptionKey({})", self.0.kty().name())
    }
}

impl fmt::Debug for DecryptionKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "DecryptionKey({})", self.0.kty().name())
    }
}

fn agreed_content_key(curve: Curve, point: &[u8], alg: KeyManagement, enc: ContentEncryption) -> Result<ContentKey> {
    let broken = |_| Error::Broken("key agreement");
    let ephemeral = PrivateKey::generate(curve.agreement()).map_err(broken)?;
    let public = ephemeral.compute_public_key().map_err(broken)?;
    let derived = Derivation::new(alg, enc, None)?.derive(&ephemeral, curve, point)?;
    let mut content_key = match alg.wrapping_key_len() {
        Some(_) => ContentKey::random(enc, |key| wrap::wrap(&derived, key))?,
        None => ContentKey { key: derived, encrypted: Vec::new(), header_members: Map::new() },
    };
    let epk = Jwk::new(Material::from_uncompressed(curve, public.as_ref())?).to_value();
    content_key.header_members.insert("epk".to_owned(), epk);
    Ok(content_key)
}

/// The sender's point, which must be on the recipient's curve.
fn ephemeral(header: &Header, curve: Curve) -> Result<Vec<u8>> {
    let epk = Jwk::parse_public(header.member("epk").ok_or(Error::MissingMember("epk"))?)?.material;
    match epk {
        Material::Ec { curve: theirs, .. } if theirs == curve => Ok(epk.point()),
        _ => Err(Error::InvalidMember("epk")),
    }
}

fn rsa_public(material: &Material) -> Result<Public> {
    let bits = material.modulus_bits();
    if bits < MIN_RSA_BITS {
        return Err(Error::RsaTooSmall { bits });
    }
    let malformed = Error::MalformedKey("RSA public key");
    let key = PublicEncryptingKey::from_der(&material.to_spki()?).map_err(|_| malformed.clone())?;
    let pkcs1 = Pkcs1PublicEncryptingKey::new(key.clone()).map_err(|_| malformed.clone())?;
    let oaep = OaepPublicEncryptingKey::new(key).map_err(|_| malformed)?;
    Ok(Public::Rsa { oaep, pkcs1 })
}

fn rsa_decrypt(
    key: &OaepPrivateDecryptingKey,
    algorithm: &'static OaepAlgorithm,
    encrypted: &[u8],
) -> Result<Zeroizing<Vec<u8>>> {
    let mut content_key = Zeroizing::new(vec![0; key.min_output_size()]);
    let decrypted = key.decrypt(algorithm, encrypted, &mut content_key, None).map_err(|_| Error::DecryptionFailed)?;
    let length = decrypted.len();
    content_key.truncate(length);
    Ok(content_key)
}

fn oaep_algorithm(alg: KeyManagement) -> Option<&'static OaepAlgorithm> {
    match alg {
        KeyManagement::RsaOaep => Some(&OAEP_SHA1_MGF1SHA1),
        KeyManagement::RsaOaep256 => Some(&OAEP_SHA256_MGF1SHA256),
        _ => None,
    }
}

fn mismatch(alg: KeyManagement, key: KeyType) -> Error {
    Error::AlgorithmKeyMismatch { algorithm: alg.name(), key: key.name() }
}

const MIN_RSA_BITS: usize = 2048;
