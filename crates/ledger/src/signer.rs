//! The keys that sign notes: a log's, or a witness's.

use std::fmt;

use jose::{Material, SigningKey};

use crate::key::{KeyType, VerifierKey};
use crate::ml_dsa::MlDsaKey;
use crate::note::SignatureLine;
use crate::{Error, Result, cosignature};

/// A key that signs notes, and its name.
#[derive(Clone)]
pub struct Signer {
    verifier: VerifierKey,
    key: Private,
}

#[derive(Clone)]
enum Private {
    Ed25519(SigningKey),
    MlDsa(MlDsaKey),
}

impl Signer {
    /// An Ed25519 key that signs texts, as a log does its checkpoints.
    ///
    /// # Errors
    /// [`Error::Name`], [`Error::Malformed`] for a key that isn't Ed25519.
    pub fn log(name: &str, key: SigningKey) -> Result<Self> {
        Self::ed25519(name, KeyType::Ed25519, key)
    }

    /// An Ed25519 key that cosigns checkpoints, as a witness does.
    ///
    /// # Errors
    /// As [`Self::log`].
    pub fn witness(name: &str, key: SigningKey) -> Result<Self> {
        Self::ed25519(name, KeyType::Cosignature, key)
    }

    /// An ML-DSA-44 key that cosigns checkpoints: a witness's, or the log's own beside its Ed25519 key, since a log must
    /// outlive that.
    ///
    /// # Errors
    /// [`Error::Name`].
    pub fn ml_dsa(name: &str, key: MlDsaKey) -> Result<Self> {
        let verifier = VerifierKey::new(name, KeyType::MlDsaCosignature, key.public())?;
        Ok(Self { verifier, key: Private::MlDsa(key) })
    }

    fn ed25519(name: &str, kind: KeyType, key: SigningKey) -> Result<Self> {
        match Material::from_spki(key.spki().unwrap_or_default()) {
            Ok(Material::Ed25519 { x }) => {
                Ok(Self { verifier: VerifierKey::new(name, kind, &x)?, key: Private::Ed25519(key) })
            }
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
    /// [`Error::Malformed`] for a cosignature of what is no checkpoint, [`Error::Key`] when the library fails.
    pub fn sign(&self, text: &str, time: u64) -> Result<SignatureLine> {
        let (name, kind) = (self.verifier.name(), self.verifier.kind());
        let signature = match kind {
            KeyType::Ed25519 => self.octets(text.as_bytes())?,
            KeyType::Cosignature | KeyType::MlDsaCosignature => {
                let signed = cosignature::signed(kind, name, text, time)?;
                [time.to_be_bytes().as_slice(), &self.octets(&signed)?].concat()
            }
        };
        Ok(SignatureLine { name: name.to_owned(), key_id: self.verifier.id(), signature })
    }

    fn octets(&self, signed: &[u8]) -> Result<Vec<u8>> {
        match &self.key {
            Private::Ed25519(key) => Ok(key.sign(signed)?),
            Private::MlDsa(key) => key.sign(signed),
        }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Signer({})", self.verifier)
    }
}
