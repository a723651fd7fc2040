//! PBKDF2 (`[RFC8018-5.2]`) with HMAC of SHA-1, SHA-256 and SHA-512: Keycloak's schemes before Argon2.
//!
//! The length of the derived key is that of the stored value.

use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2::{self, Algorithm};

use super::scheme::{Scheme, Scratch};
use super::stored::{PasswordHash, Unreadable};

/// `pbkdf2-sha512`
pub(super) static SHA512: Pbkdf2 = Pbkdf2 {
    id: "pbkdf2-sha512",
    algorithm: || pbkdf2::PBKDF2_HMAC_SHA512,
    iterations: 210_000,
    digest: 64,
    length: 64,
};
/// `pbkdf2-sha256`
pub(super) static SHA256: Pbkdf2 = Pbkdf2 {
    id: "pbkdf2-sha256",
    algorithm: || pbkdf2::PBKDF2_HMAC_SHA256,
    iterations: 600_000,
    digest: 32,
    length: 32,
};
/// `pbkdf2`, of SHA-1
pub(super) static SHA1: Pbkdf2 =
    Pbkdf2 { id: "pbkdf2", algorithm: || pbkdf2::PBKDF2_HMAC_SHA1, iterations: 1_300_000, digest: 20, length: 64 };

/// One member of the family.
pub(super) struct Pbkdf2 {
    id: &'static str,
    algorithm: fn() -> Algorithm,
    iterations: u32,
    /// Bytes of one block.
    digest: usize,
    /// Bytes of a new hash.
    length: usize,
}

impl Scheme for Pbkdf2 {
    fn id(&self) -> &'static str {
        self.id
    }

    fn usual_iterations(&self) -> Option<u32> {
        Some(self.iterations)
    }

    fn usual_length(&self) -> usize {
        self.length
    }

    fn check(&self, hash: &PasswordHash) -> Result<(), Unreadable> {
        let length = hash.value().len();
        if length == 0 || length > MAX_LENGTH {
            return Err(Unreadable("value"));
        }
        let blocks = length.div_ceil(self.digest) as u64;
        if hash.iterations() == 0 || u64::from(hash.iterations()) * blocks > MAX_WORK {
            return Err(Unreadable("hashIterations"));
        }
        Ok(())
    }

    fn derive(&self, hash: &PasswordHash, password: &[u8], _: &mut Scratch) -> Result<Vec<u8>, Unreadable> {
        let rounds = NonZeroU32::new(hash.iterations()).ok_or(Unreadable("hashIterations"))?;
        let mut derived = vec![0; hash.value().len()];
        pbkdf2::derive((self.algorithm)(), rounds, hash.salt(), password, &mut derived);
        Ok(derived)
    }
}

const MAX_LENGTH: usize = 128;
/// Rounds times blocks: about three seconds of one core.
const MAX_WORK: u64 = 10_000_000;
