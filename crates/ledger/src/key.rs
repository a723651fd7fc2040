//! The keys that check notes: as text (`NAME+ID+BASE64(type, public key)`), and what each type signs [C2SP-signed-note]
//! [C2SP-tlog-cosignature].

use std::fmt;

use jose::{Algorithm, Jwk, Material, VerifyingKey, b64};
use serde_json::{Value, json};

use crate::hash::sha256;
use crate::note::is_name;
use crate::{Error, Result, cosignature, ml_dsa};

/// Characters of the longest key text: an ML-DSA-44 key has 1312 octets.
const LONGEST: usize = 4096;
const ED25519_LEN: usize = 32;
const ML_DSA_44: &str = "ML-DSA-44";

/// What a key signs, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyType {
    /// Ed25519 over a note's text.
    Ed25519,
    /// Ed25519 over a checkpoint and a time.
    Cosignature,
    /// ML-DSA-44 over a checkpoint's tree and a time: a log's or a witness's.
    MlDsaCosignature,
}

impl KeyType {
    fn number(self) -> u8 {
        match self {
            Self::Ed25519 => 0x01,
            Self::Cosignature => 0x04,
            Self::MlDsaCosignature => 0x06,
        }
    }

    fn of_number(number: u8) -> Option<Self> {
        [Self::Ed25519, Self::Cosignature, Self::MlDsaCosignature].into_iter().find(|kind| kind.number() == number)
    }

    fn public_len(self) -> usize {
        match self {
            Self::Ed25519 | Self::Cosignature => ED25519_LEN,
            Self::MlDsaCosignature => ml_dsa::PUBLIC_LEN,
        }
    }
}

/// A key that checks lines of notes.
#[derive(Clone)]
pub struct VerifierKey {
    name: String,
    kind: KeyType,
    public: Vec<u8>,
    /// Prepared; none for ML-DSA, whose keys are prepared at each check.
    key: Option<VerifyingKey>,
}

impl VerifierKey {
    /// A key of raw octets.
    ///
    /// # Errors
    /// [`Error::Name`], [`Error::Malformed`] for octets that are no key.
    pub fn new(name: &str, kind: KeyType, public: &[u8]) -> Result<Self> {
        if !is_name(name) {
            return Err(Error::Name(name.to_owned()));
        }
        if public.len() != kind.public_len() {
            return Err(Error::Malformed("verifier key"));
        }
        let key = match kind {
            KeyType::MlDsaCosignature => None,
            KeyType::Ed25519 | KeyType::Cosignature => {
                let jwk = Jwk::new(Material::Ed25519 { x: public.to_vec() });
                Some(VerifyingKey::from_jwk(&jwk).map_err(|_| Error::Malformed("verifier key"))?)
            }
        };
        Ok(Self { name: name.to_owned(), kind, public: public.to_vec(), key })
    }

    /// Reads a key's text.
    ///
    /// # Errors
    /// [`Error::TooLong`], [`Error::Malformed`], also when the id isn't that of name and key.
    pub fn parse(text: &str) -> Result<Self> {
        if text.len() > LONGEST {
            return Err(Error::TooLong("verifier key"));
        }
        let malformed = Error::Malformed("verifier key");
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(_), Some(base64)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(malformed);
        };
        let octets = b64::decode_standard(base64, "verifier key")?;
        let (number, public) = octets.split_first().ok_or_else(|| malformed.clone())?;
        let kind = KeyType::of_number(*number).ok_or_else(|| malformed.clone())?;
        let key = Self::new(name, kind, public)?;
        if key.to_string() == text { Ok(key) } else { Err(malformed) }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it signs.
    #[must_use]
    pub fn kind(&self) -> KeyType {
        self.kind
    }

    /// The octets of the public key.
    #[must_use]
    pub fn public(&self) -> &[u8] {
        &self.public
    }

    /// The first four octets of SHA-256 over name, newline, type and public key.
    #[must_use]
    pub fn id(&self) -> [u8; 4] {
        let octets = [self.name.as_bytes(), b"\n", &[self.kind.number()], &self.public].concat();
        let [a, b, c, d, ..] = sha256(&octets);
        [a, b, c, d]
    }

    /// Its name in records of keys: its id in hexadecimal.
    #[must_use]
    pub fn kid(&self) -> String {
        format!("{:08x}", u32::from_be_bytes(self.id()))
    }

    /// The public key as a JWK: of ML-DSA as one of the type AKP, which names its algorithm.
    #[must_use]
    pub fn jwk(&self) -> Value {
        let public = b64::encode(&self.public);
        match self.kind {
            KeyType::MlDsaCosignature => json!({"kty": "AKP", "alg": ML_DSA_44, "pub": public}),
            KeyType::Ed25519 | KeyType::Cosignature => json!({"kty": "OKP", "crv": "Ed25519", "x": public}),
        }
    }

    /// The key of that name that signs a log, from such a JWK.
    ///
    /// # Errors
    /// [`Error::Name`], [`Error::Malformed`] for another type of key.
    pub fn of_jwk(name: &str, jwk: &Value) -> Result<Self> {
        if jwk.get("kty").and_then(Value::as_str) == Some("AKP") {
            let public = jwk.get("pub").and_then(Value::as_str).ok_or(Error::Malformed("verifier key"))?;
            let key = Self::new(name, KeyType::MlDsaCosignature, &b64::decode(public, "pub")?)?;
            return if key.jwk() == *jwk { Ok(key) } else { Err(Error::Malformed("verifier key")) };
        }
        match Jwk::parse_public(jwk)?.material {
            Material::Ed25519 { x } => Self::new(name, KeyType::Ed25519, &x),
            _ => Err(Error::Malformed("verifier key")),
        }
    }

    /// Checks a signature over a note's text; gives the time that a cosignature carries.
    pub(crate) fn verify(&self, text: &str, signature: &[u8]) -> Result<Option<u64>> {
        let wrong = || Error::Signature(self.name.clone());
        if self.kind == KeyType::Ed25519 {
            return if self.is_good(text.as_bytes(), signature) { Ok(None) } else { Err(wrong()) };
        }
        let (time, signature) = signature.split_first_chunk::<8>().ok_or_else(wrong)?;
        let time = u64::from_be_bytes(*time);
        let input = cosignature::signed(self.kind, &self.name, text, time).map_err(|_| wrong())?;
        if self.is_good(&input, signature) { Ok(Some(time)) } else { Err(wrong()) }
    }

    fn is_good(&self, octets: &[u8], signature: &[u8]) -> bool {
        match &self.key {
            Some(key) => key.verify(Algorithm::EdDSA, octets, signature).is_ok(),
            None => ml_dsa::is_good(&self.public, octets, signature),
        }
    }
}

impl PartialEq for VerifierKey {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, self.kind, &self.public) == (&other.name, other.kind, &other.public)
    }
}

impl Eq for VerifierKey {}

impl fmt::Display for VerifierKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[self.kind.number()], self.public.as_slice()].concat();
        write!(formatter, "{}+{}+{}", self.name, self.kid(), b64::encode_standard(key))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "VerifierKey({self})")
    }
}
