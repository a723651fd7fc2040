//! Compact JWE [RFC7516-3.1] with the algorithms of [RFC7518-4] and [RFC7518-5], and sealing under a prepared key.
//!
//! Deliberately absent: compression (`zip`), passwords (`PBES2`), GCM key wrapping, X25519, and *decrypting* `RSA1_5`.
//! The library tells a bad RSA1_5 padding by an error, and whoever can see or time that decrypts without the key;
//! encrypting to a client that still wants RSA1_5 harms nobody but itself, so that half is here.

mod agreement;
mod content;
mod keys;
mod names;
mod sealing;
mod wrap;

use serde_json::{Map, Value};
use zeroize::Zeroizing;

pub use self::keys::{DecryptionKey, EncryptionKey};
pub use self::names::{ContentEncryption, KeyManagement};
pub use self::sealing::SealingKey;
use crate::header::Header;
use crate::{Error, Result, b64};

/// The most characters of a compact JWE this crate reads.
pub const MAX_LEN: usize = 256 * 1024;

/// What to encrypt with, and what else the header says.
#[derive(Debug, Clone, Copy)]
pub struct Parameters<'a> {
    /// How the recipient comes to the content key.
    pub alg: KeyManagement,
    /// How the content is encrypted.
    pub enc: ContentEncryption,
    /// `typ`.
    pub typ: Option<&'a str>,
    /// `cty`: `JWT` when the plaintext is one.
    pub cty: Option<&'a str>,
    /// `kid` of the recipient's key.
    pub kid: Option<&'a str>,
}

/// A compact JWE taken apart.
#[derive(Debug, Clone)]
pub struct Encrypted<'a> {
    /// The protected header.
    pub header: Header,
    /// Its `alg`.
    pub alg: KeyManagement,
    /// Its `enc`.
    pub enc: ContentEncryption,
    encoded_header: &'a str,
    encrypted_key: Vec<u8>,
    iv: Vec<u8>,
    ciphertext: Vec<u8>,
    tag: Vec<u8>,
}

/// Encrypts `plaintext` for the holder of `key`.
///
/// Errors: [`Error::AlgorithmKeyMismatch`] when the key is of another kind or length than `alg` and `enc` need.
pub fn encrypt(plaintext: &[u8], key: &EncryptionKey, parameters: &Parameters<'_>) -> Result<String> {
    let content_key = key.new_content_key(parameters.alg, parameters.enc)?;
    let encoded_header = b64::encode(header_text(parameters, &content_key.header_members));
    let sealed = content::encrypt(parameters.enc, &content_key.key, encoded_header.as_bytes(), plaintext)?;
    let parts = [&content_key.encrypted, &sealed.iv, &sealed.ciphertext, &sealed.tag];
    Ok(parts.iter().fold(encoded_header, |mut token, part| {
        token.push('.');
        b64::encode_into(part, &mut token);
        token
    }))
}

impl<'a> Encrypted<'a> {
    /// Takes a compact JWE apart; nothing in it is to be believed before [`Encrypted::decrypt`].
    ///
    /// Errors: [`Error::TooLong`] over [`MAX_LEN`], [`Error::WrongPartCount`], [`Error::NotBase64`],
    /// [`Error::Unsupported`] for an `alg`, `enc` or `zip` not known here, and those of the header.
    pub fn parse(token: &'a str) -> Result<Self> {
        let [encoded_header, encrypted_key, iv, ciphertext, tag] = split(token)?;
        let header = Header::parse(&b64::decode(encoded_header, "header")?, &[])?;
        let unsupported = |kind, name: &str| Error::Unsupported { kind, name: name.to_owned() };
        let enc = header.text("enc").ok_or(Error::MissingMember("enc"))?;
        if let Some(zip) = header.text("zip") {
            return Err(unsupported("zip", zip));
        }
        Ok(Self {
            alg: KeyManagement::parse(header.alg()).ok_or_else(|| unsupported("alg", header.alg()))?,
            enc: ContentEncryption::parse(enc).ok_or_else(|| unsupported("enc", enc))?,
            encrypted_key: b64::decode(encrypted_key, "encrypted key")?,
            iv: b64::decode(iv, "initialization vector")?,
            ciphertext: b64::decode(ciphertext, "ciphertext")?,
            tag: b64::decode(tag, "authentication tag")?,
            header,
            encoded_header,
        })
    }

    /// The plaintext.
    ///
    /// Errors: [`Error::AlgorithmKeyMismatch`] when the key is of another kind, [`Error::DecryptionFailed`] for
    /// everything else that can go wrong, without telling what.
    pub fn decrypt(&self, key: &DecryptionKey) -> Result<Zeroizing<Vec<u8>>> {
        let content_key = key.find_content_key(&self.header, self.alg, self.enc, &self.encrypted_key)?;
        let sealed = content::Sealed { iv: &self.iv, ciphertext: &self.ciphertext, tag: &self.tag };
        content::decrypt(self.enc, &content_key, self.encoded_header.as_bytes(), &sealed)
    }
}

/// Members in Keycloak's order: alg, enc, typ, cty, kid, and then what the key management adds.
fn header_text(parameters: &Parameters<'_>, added: &Map<String, Value>) -> String {
    let named = [
        ("alg", Some(parameters.alg.name())),
        ("enc", Some(parameters.enc.name())),
        ("typ", parameters.typ),
        ("cty", parameters.cty),
        ("kid", parameters.kid),
    ];
    let named = named.into_iter().filter_map(|(name, text)| Some((name.to_owned(), Value::from(text?))));
    let added = added.iter().map(|(name, value)| (name.clone(), value.clone()));
    Value::Object(named.chain(added).collect()).to_string()
}

/// The five parts of a token within [`MAX_LEN`].
fn split(token: &str) -> Result<[&str; 5]> {
    if token.len() > MAX_LEN {
        return Err(Error::TooLong("token"));
    }
    let mut parts = token.split('.');
    let mut next = || parts.next().ok_or(Error::WrongPartCount { expected: 5 });
    let five = [next()?, next()?, next()?, next()?, next()?];
    if next().is_ok() { Err(Error::WrongPartCount { expected: 5 }) } else { Ok(five) }
}

#[cfg(test)]
mod tests;
