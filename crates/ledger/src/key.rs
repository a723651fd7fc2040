//! The keys of notes: as text (`NAME+ID+BASE64(type, public key)`), what each type signs, and the keys that sign
//! [C2SP-signed-note] [C2SP-tlog-cosignature].

use std::fmt;

use jose::{Algorithm, Jwk, Material, SigningKey, VerifyingKey, b64};

use crate::hash::sha256;
use crate::note::{SignatureLine, is_name};
use crate::{Error, Result, cosignature};

/// Characters of the longest key text: an ML-DSA-44 key has 1312 octets.
const LONGEST: usize = 4096;
const ED25519_LEN: usize = 32;
const ML_DSA_44_LEN: usize = 1312;

/// What a key signs, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyType {
    /// Ed25519 over a note's text.
    Ed25519,
    /// Ed25519 over a checkpoint and a time.
    Cosignature,
    /// ML-DSA-44 over a checkpoint's tree and a time. Its keys are read; its signatures count as those of an unknown key.
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
            Self::MlDsaCosignature => ML_DSA_44_LEN,
        }
    }
}

/// A key that checks lines of notes.
#[derive(Clone)]
pub struct VerifierKey {
    name: String,
    kind: KeyType,
    public: Vec<u8>,
    /// None for a type whose signatures aren't checked here.
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

    /// Checks a signature over a note's text; gives the time that a cosignature carries.
    pub(crate) fn verify(&self, text: &str, signature: &[u8]) -> Result<Option<u64>> {
        let wrong = || Error::Signature(self.name.clone());
        let key = self.key.as_ref().ok_or_else(wrong)?;
        let (time, input, signature) = match self.kind {
            KeyType::Ed25519 => (None, text.as_bytes().to_vec(), signature),
            KeyType::Cosignature | KeyType::MlDsaCosignature => {
                let (time, signature) = signature.split_first_chunk::<8>().ok_or_else(wrong)?;
                let time = u64::from_be_bytes(*time);
                (Some(time), cosignature::signed(text, time), signature)
            }
        };
        key.verify(Algorithm::EdDSA, &input, signature).map_err(|_| wrong())?;
        Ok(time)
    }

    /// Whether signatures of its type are checked here.
    #[must_use]
    pub fn is_checked(&self) -> bool {
        self.key.is_some()
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
        let id = u32::from_be_bytes(self.id());
        let key = [&[self.kind.number()], self.public.as_slice()].concat();
        write!(formatter, "{}+{id:08x}+{}", self.name, b64::encode_standard(key))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "VerifierKey({self})")
    }
}

/// A key that signs notes: a log's, or a witness's.
#[derive(Clone)]
pub struct Signer {
    verifier: VerifierKey,
    key: SigningKey,
}

impl Signer {
    /// An Ed25519 key that signs texts, as a log does its checkpoints.
    ///
    /// # Errors
    /// [`Error::Name`], [`Error::Malformed`] for a key that isn't Ed25519.
    pub fn log(name: &str, key: SigningKey) -> Result<Self> {
        Self::new(name, KeyType::Ed25519, key)
    }

    /// An Ed25519 key that cosigns checkpoints, as a witness does.
    ///
    /// # Errors
    /// As [`Self::log`].
    pub fn witness(name: &str, key: SigningKey) -> Result<Self> {
        Self::new(name, KeyType::Cosignature, key)
    }

    fn new(name: &str, kind: KeyType, key: SigningKey) -> Result<Self> {
        match Material::from_spki(key.spki().unwrap_or_default()) {
            Ok(Material::Ed25519 { x }) => Ok(Self { verifier: VerifierKey::new(name, kind, &x)?, key }),
            _ => Err(Error::Malformed("Ed25519 key")),
        }
    }

    /// The key that checks what this one signs.
    #[must_use]
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// Signs a note's text, at a second since 1970 where the key's type signs one.
    ///
    /// # Errors
    /// [`Error::Key`] when the library fails.
    pub fn sign(&self, text: &str, time: u64) -> Result<SignatureLine> {
        let signature = match self.verifier.kind {
            KeyType::Ed25519 => self.key.sign(text.as_bytes())?,
            KeyType::Cosignature | KeyType::MlDsaCosignature => {
                [time.to_be_bytes().as_slice(), &self.key.sign(&cosignature::signed(text, time))?].concat()
            }
        };
        Ok(SignatureLine { name: self.verifier.name.clone(), key_id: self.verifier.id(), signature })
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Signer({})", self.verifier)
    }
}
