//! Content encryption [RFC7518-5]: AES-GCM, and AES-CBC with HMAC.

use aws_lc_rs::aead::{AES_128_GCM, AES_192_GCM, AES_256_GCM, Aad, Algorithm, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{
    self, DecryptionContext, EncryptionContext, PaddedBlockDecryptingKey, PaddedBlockEncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::hmac;
use aws_lc_rs::iv::FixedLength;
use zeroize::Zeroizing;

use super::ContentEncryption;
use crate::{Error, Result, equal_secret, random};

/// The last three parts of a JWE.
pub(super) struct Sealed<B> {
    pub(super) iv: B,
    pub(super) ciphertext: B,
    pub(super) tag: B,
}

/// Encrypts under a new random initialization vector. `key` has [`ContentEncryption::key_len`] octets.
pub(super) fn encrypt(
    enc: ContentEncryption,
    key: &[u8],
    associated: &[u8],
    plaintext: &[u8],
) -> Result<Sealed<Vec<u8>>> {
    match gcm_key(enc, key) {
        Some(key) => gcm_encrypt(&key?, associated, plaintext),
        None => CbcHmac::new(enc, key)?.encrypt(associated, plaintext),
    }
}

/// The plaintext, or [`Error::DecryptionFailed`].
pub(super) fn decrypt(
    enc: ContentEncryption,
    key: &[u8],
    associated: &[u8],
    sealed: &Sealed<&Vec<u8>>,
) -> Result<Zeroizing<Vec<u8>>> {
    match gcm_key(enc, key) {
        Some(key) => gcm_decrypt(&key?, associated, sealed),
        None => CbcHmac::new(enc, key)?.decrypt(associated, sealed),
    }
}

/// A key for the library's GCM; none for the CBC encryptions.
pub(super) fn gcm_key(enc: ContentEncryption, key: &[u8]) -> Option<Result<LessSafeKey>> {
    let algorithm: &'static Algorithm = match enc {
        ContentEncryption::A128Gcm => &AES_128_GCM,
        ContentEncryption::A192Gcm => &AES_192_GCM,
        ContentEncryption::A256Gcm => &AES_256_GCM,
        _ => return None,
    };
    Some(UnboundKey::new(algorithm, key).map(LessSafeKey::new).map_err(|_| Error::MalformedKey("content key")))
}

pub(super) fn gcm_encrypt(key: &LessSafeKey, associated: &[u8], plaintext: &[u8]) -> Result<Sealed<Vec<u8>>> {
    let mut iv = [0; NONCE_LEN];
    random::fill(&mut iv)?;
    let mut ciphertext = plaintext.to_vec();
    let nonce = Nonce::assume_unique_for_key(iv);
    let tag = key
        .seal_in_place_separate_tag(nonce, Aad::from(associated), &mut ciphertext)
        .map_err(|_| Error::Broken("encryption"))?;
    Ok(Sealed { iv: iv.to_vec(), ciphertext, tag: tag.as_ref().to_vec() })
}

pub(super) fn gcm_decrypt(
    key: &LessSafeKey,
    associated: &[u8],
    sealed: &Sealed<&Vec<u8>>,
) -> Result<Zeroizing<Vec<u8>>> {
    let nonce = Nonce::try_assume_unique_for_key(sealed.iv).map_err(|_| Error::DecryptionFailed)?;
    let mut plaintext = Zeroizing::new(sealed.ciphertext.clone());
    // A shortened tag would be easier to forge.
    if sealed.tag.len() != GCM_TAG_LEN {
        return Err(Error::DecryptionFailed);
    }
    key.open_in_place_separate_tag(nonce, Aad::from(associated), sealed.tag, &mut plaintext)
        .map_err(|_| Error::DecryptionFailed)?;
    Ok(plaintext)
}

/// `AES_CBC_HMAC_SHA2` [RFC7518-5.2]: the first half of the key authenticates, the second encrypts.
struct CbcHmac<'a> {
    mac: hmac::Key,
    cipher: &'static cipher::Algorithm,
    cipher_key: &'a [u8],
}

impl<'a> CbcHmac<'a> {
    fn new(enc: ContentEncryption, key: &'a [u8]) -> Result<Self> {
        let (hash, cipher) = match enc {
            ContentEncryption::A128CbcHs256 => (hmac::HMAC_SHA256, &cipher::AES_128),
            ContentEncryption::A192CbcHs384 => (hmac::HMAC_SHA384, &cipher::AES_192),
            ContentEncryption::A256CbcHs512 => (hmac::HMAC_SHA512, &cipher::AES_256),
            _ => return Err(Error::Broken("content encryption")),
        };
        if key.len() != enc.key_len() {
            return Err(Error::MalformedKey("content key"));
        }
        let (mac_key, cipher_key) = key.split_at(key.len() / 2);
        Ok(Self { mac: hmac::Key::new(hash, mac_key), cipher, cipher_key })
    }

    fn encrypt(&self, associated: &[u8], plaintext: &[u8]) -> Result<Sealed<Vec<u8>>> {
        let broken = |_| Error::Broken("encryption");
        let mut iv = [0; BLOCK_LEN];
        random::fill(&mut iv)?;
        let key = PaddedBlockEncryptingKey::cbc_pkcs7(self.key()?).map_err(broken)?;
        let mut ciphertext = plaintext.to_vec();
        let context = EncryptionContext::Iv128(FixedLength::from(iv));
        key.less_safe_encrypt(&mut ciphertext, context).map_err(broken)?;
        let tag = self.tag(associated, &iv, &ciphertext);
        Ok(Sealed { iv: iv.to_vec(), ciphertext, tag })
    }

    /// Nothing is decrypted before the tag matched, so the padding tells nobody anything.
    fn decrypt(&self, associated: &[u8], sealed: &Sealed<&Vec<u8>>) -> Result<Zeroizing<Vec<u8>>> {
        let failed = |_| Error::DecryptionFailed;
        if !equal_secret(self.tag(associated, sealed.iv, sealed.ciphertext), sealed.tag) {
            return Err(Error::DecryptionFailed);
        }
        let iv = FixedLength::try_from(sealed.iv.as_slice()).map_err(failed)?;
        let key = PaddedBlockDecryptingKey::cbc_pkcs7(self.key()?).map_err(failed)?;
        let mut plaintext = Zeroizing::new(sealed.ciphertext.clone());
        let length = key.decrypt(&mut plaintext, DecryptionContext::Iv128(iv)).map_err(failed)?.len();
        plaintext.truncate(length);
        Ok(plaintext)
    }

    fn key(&self) -> Result<UnboundCipherKey> {
        UnboundCipherKey::new(self.cipher, self.cipher_key).map_err(|_| Error::MalformedKey("content key"))
    }

    /// The left half of the HMAC over associated data, vector, ciphertext and the first's length in bits.
    fn tag(&self, associated: &[u8], iv: &[u8], ciphertext: &[u8]) -> Vec<u8> {
        let mut context = hmac::Context::with_key(&self.mac);
        context.update(associated);
        context.update(iv);
        context.update(ciphertext);
        context.update(&(associated.len() as u64 * 8).to_be_bytes());
        let mut tag = context.sign().as_ref().to_vec();
        tag.truncate(tag.len() / 2);
        tag
    }
}

const NONCE_LEN: usize = 12;
const GCM_TAG_LEN: usize = 16;
const BLOCK_LEN: usize = 16;
