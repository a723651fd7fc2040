//! Sealing small texts for ourselves, as a JWE of `dir` and AES-GCM under a prepared key: Keycloak's `KC_RESTART`
//! cookie and its like [KC 6].

use std::fmt;

use aws_lc_rs::aead::LessSafeKey;
use zeroize::Zeroizing;

use super::content::{Sealed, gcm_decrypt, gcm_encrypt, gcm_key};
use super::{ContentEncryption, KeyManagement, Parameters, header_text, split};
use crate::{Error, Result, b64};

/// An AES key with its header written beforehand: sealing and opening cost a few microseconds.
///
/// Vectors are random, so one key should seal less than 2^32 texts [NIST-SP800-38D-8.3]; rotate the realm's key before.
pub struct SealingKey {
    kid: String,
    encoded_header: String,
    key: LessSafeKey,
}

impl SealingKey {
    /// A key of 16, 24 or 32 octets, for A128GCM, A192GCM or A256GCM. The header is `{"alg":"dir","enc":…,"kid":…}`.
    ///
    /// Errors: [`Error::MalformedKey`] for another length.
    pub fn new(kid: &str, secret: &[u8]) -> Result<Self> {
        let enc = match secret.len() {
            16 => ContentEncryption::A128Gcm,
            24 => ContentEncryption::A192Gcm,
            32 => ContentEncryption::A256Gcm,
            _ => return Err(Error::MalformedKey("AES key")),
        };
        let parameters = Parameters { alg: KeyManagement::Dir, enc, typ: None, cty: None, kid: Some(kid) };
        Ok(Self {
            kid: kid.to_owned(),
            encoded_header: b64::encode(header_text(&parameters, &serde_json::Map::new())),
            key: gcm_key(enc, secret).ok_or(Error::Broken("AES key"))??,
        })
    }

    /// The `kid` in the header. To choose among several keys, read it with [`super::Encrypted::parse`].
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Seals `plaintext` as a compact JWE.
    pub fn seal(&self, plaintext: &[u8]) -> Result<String> {
        let sealed = gcm_encrypt(&self.key, self.encoded_header.as_bytes(), plaintext)?;
        let mut token = String::with_capacity(self.encoded_header.len() + 48 + plaintext.len() * 4 / 3);
        token.push_str(&self.encoded_header);
        token.push('.');
        for part in [&sealed.iv, &sealed.ciphertext, &sealed.tag] {
            token.push('.');
            b64::encode_into(part, &mut token);
        }
        Ok(token)
    }

    /// Opens what [`SealingKey::seal`] sealed with the same key and `kid`.
    ///
    /// Errors: [`Error::DecryptionFailed`] for anything else, [`Error::TooLong`], [`Error::WrongPartCount`],
    /// [`Error::NotBase64`].
    pub fn open(&self, token: &str) -> Result<Zeroizing<Vec<u8>>> {
        let [header, encrypted_key, iv, ciphertext, tag] = split(token)?;
        if header != self.encoded_header || !encrypted_key.is_empty() {
            return Err(Error::DecryptionFailed);
        }
        let iv = b64::decode(iv, "initialization vector")?;
        let ciphertext = b64::decode(ciphertext, "ciphertext")?;
        let tag = b64::decode(tag, "authentication tag")?;
        gcm_decrypt(&self.key, header.as_bytes(), &Sealed { iv: &iv, ciphertext: &ciphertext, tag: &tag })
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SealingKey({:?})", self.kid)
    }
}
