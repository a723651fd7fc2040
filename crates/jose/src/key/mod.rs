//! Keys that sign and keys that verify, parsed once and used many times.
//!
//! A key decides which algorithms it serves: a public key never serves as an HMAC secret, and a curve serves its one
//! algorithm. That is what makes confusion of algorithms impossible, whatever a token's header says.

mod edwards;
mod encoding;
mod private_jwk;
mod shared;
mod signing;
mod verifying;

pub use self::encoding::{certificate_der, private_der, public_der};
pub(crate) use self::private_jwk::private_jwk_der;
pub use self::signing::SigningKey;
pub(crate) use self::signing::read_rsa;
pub use self::verifying::{Origin, VerifyingKey};

use aws_lc_rs::digest;

use crate::b64;

/// The `kid` Keycloak gives to its asymmetric keys: base64url of the SHA-256 of the DER-encoded
/// SubjectPublicKeyInfo, 43 characters [KC 2.7].
#[must_use]
pub fn kid_of_spki(der: &[u8]) -> String {
    b64::encode(digest::digest(&digest::SHA256, der))
}

#[cfg(test)]
mod tests;
