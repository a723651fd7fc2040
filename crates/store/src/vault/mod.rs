//! Secrets at rest: sealed with AES-256-GCM under keys derived from one master key.
//!
//! A sealed value is `version (1) | key id (1) | nonce (12) | ciphertext | tag (16)`. The place it belongs to (table,
//! row, column) is authenticated with it, so that a value copied to another row does not open. Nonces are random: 2^32
//! values under one key are safe [NIST SP 800-38D, 8.3], far beyond what is sealed here (configuration, not sessions).
//!
//! What this protects: copies and backups of the database. Who reads the memory or the key's file of a running server
//! has the secrets.

mod check;
mod master_key;

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::{hkdf, rand};
use zeroize::Zeroizing;

pub use check::verify_or_install;
pub use master_key::{KeySource, MasterKey};

pub(crate) use check::is_installed;

use crate::db::StoreError;

const VERSION: u8 = 1;
const HEAD: usize = 2 + NONCE_LEN;

/// Seals and opens. Shared by all, made once.
pub struct Vault {
    master: MasterKey,
    key: LessSafeKey,
    key_id: u8,
}

impl Vault {
    /// Derives the sealing key.
    pub fn new(master: MasterKey) -> Result<Self, StoreError> {
        let key = expand(&master, "seal 1")?;
        let key = UnboundKey::new(&AES_256_GCM, &*key).map_err(|_| StoreError::broken("a key of the vault"))?;
        // Tells a wrong key from a changed value, and later which of several keys sealed a value.
        let [key_id, ..] = *expand(&master, "key id 1")?;
        Ok(Self { master, key: LessSafeKey::new(key), key_id })
    }

    /// Seals a value for its place, such as `client/<id>/secrets`.
    pub fn seal(&self, place: &str, plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        let broken = || StoreError::broken("a value cannot be sealed");
        let mut nonce = [0; NONCE_LEN];
        rand::fill(&mut nonce).map_err(|_| broken())?;
        let mut sealed = Vec::with_capacity(HEAD + plain.len() + AES_256_GCM.tag_len());
        sealed.extend_from_slice(&[VERSION, self.key_id]);
        sealed.extend_from_slice(&nonce);
        let mut body = plain.to_vec();
        let aad = associated([VERSION, self.key_id], place);
        self.key
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(&aad), &mut body)
            .map_err(|_| broken())?;
        sealed.append(&mut body);
        Ok(sealed)
    }

    /// Opens a sealed value of this place.
    ///
    /// # Errors
    /// `Sealed` if it was changed, belongs elsewhere, or was sealed under another master key.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        let wrong = || StoreError::Sealed(place.to_owned());
        let (head, body) = sealed.split_at_checked(HEAD).ok_or_else(wrong)?;
        let ([version, key_id], nonce) = head.split_first_chunk::<2>().ok_or_else(wrong)?;
        if *version != VERSION || *key_id != self.key_id {
            return Err(wrong());
        }
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| wrong())?;
        let aad = associated([*version, *key_id], place);
        let mut plain = Zeroizing::new(body.to_vec());
        let length = self.key.open_in_place(nonce, Aad::from(&aad), &mut plain).map_err(|_| wrong())?.len();
        plain.truncate(length);
        Ok(plain)
    }

    /// A key for another purpose that all nodes share, such as sealing a cookie. One purpose, one key.
    pub fn derive(&self, purpose: &'static str) -> Result<Zeroizing<[u8; 32]>, StoreError> {
        expand(&self.master, purpose)
    }
}

/// Says nothing of the keys.
impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault")
    }
}

fn associated(head: [u8; 2], place: &str) -> Vec<u8> {
    [&head, place.as_bytes()].concat()
}

/// HKDF-SHA-256 [RFC5869] with the purpose as info.
fn expand(master: &MasterKey, purpose: &str) -> Result<Zeroizing<[u8; 32]>, StoreError> {
    let mut key = Zeroizing::new([0; 32]);
    let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, b"countersign");
    let secret = salt.extract(master.bytes());
    let info = [purpose.as_bytes()];
    let expanded = secret.expand(&info, hkdf::HKDF_SHA256);
    expanded.and_then(|okm| okm.fill(&mut *key)).map_err(|_| StoreError::broken("a key cannot be derived"))?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::{MasterKey, Vault};
    use crate::db::StoreError;

    fn vault(byte: u8) -> Vault {
        Vault::new(MasterKey::from_bytes(&[byte; 32]).unwrap()).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_in_its_place_alone() {
        let sealed = vault(1).seal("client/a/secret", b"hush").unwrap();
        assert_eq!(vault(1).open("client/a/secret", &sealed).unwrap().as_slice(), b"hush");
        assert_eq!(vault(1).open("client/b/secret", &sealed), Err(StoreError::Sealed("client/b/secret".to_owned())));
        assert!(vault(2).open("client/a/secret", &sealed).is_err());
    }

    #[test]
    fn no_byte_of_a_sealed_value_can_be_changed() {
        let sealed = vault(1).seal("p", b"hush").unwrap();
        for i in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[i] ^= 1;
            assert!(vault(1).open("p", &changed).is_err(), "byte {i}");
            assert!(vault(1).open("p", &sealed[..i]).is_err(), "{i} bytes");
        }
    }

    #[test]
    fn two_sealings_differ() {
        assert_ne!(vault(1).seal("p", b"x").unwrap(), vault(1).seal("p", b"x").unwrap());
    }

    #[test]
    fn each_purpose_has_its_own_key() {
        let vault = vault(1);
        assert_eq!(vault.derive("a").unwrap(), vault.derive("a").unwrap());
        assert_ne!(vault.derive("a").unwrap(), vault.derive("b").unwrap());
    }
}
