//! JOSE for Countersign: keys, signatures, encrypted tokens, and the certificates around them.
//!
//! Everything here is a pure function of its arguments: no input or output, no clock, no threads. The one thing taken
//! from outside is randomness, from the operating system. All cryptography is that of `aws-lc-rs`; this crate adds the
//! formats around it:
//!
//! | module | what | source |
//! |---|---|---|
//! | [`alg`] | names of the signature algorithms, half hashes | RFC 7518 §3, RFC 8037 |
//! | [`jwk`] | keys as JSON, sets, thumbprints | RFC 7517, 7638 |
//! | [`key`] | keys that sign and verify, read from DER, PEM or JWK | RFC 5208, 5280, 5915, 8017 |
//! | [`jws`] | compact signatures: every signed JWT | RFC 7515, 7519 |
//! | [`detached`] | signatures over octets sent elsewhere | RFC 7515 appendix F, RFC 7797 |
//! | [`jwe`] | encrypted tokens, and sealing under one prepared key | RFC 7516, RFC 7518 §4–5 |
//! | [`certificate`] | self-signed certificates and reading any | RFC 5280 |
//! | [`generate`], [`random`] | new keys, secrets, identifiers | |
//!
//! Rules the whole crate keeps:
//!
//! - Keys are parsed once and shared; signing and verifying never parse one again.
//! - A key decides which algorithms it serves. There is no algorithm `none`.
//! - All that comes from outside is bounded before it is parsed, and each thing has one accepted spelling.
//! - Errors name the part and the fact, never a secret. Keys print as their type alone.

pub mod alg;
pub mod b64;
pub mod certificate;
pub mod detached;
pub mod digest;
pub mod generate;
pub mod jwe;
pub mod jwk;
pub mod jws;
pub mod key;
pub mod random;

mod curve;
mod error;
mod header;
mod json;
mod secret;

#[cfg(test)]
mod fixtures;

pub use crate::alg::{Algorithm, KeyType, left_half};
pub use crate::curve::Curve;
pub use crate::error::{Error, Result};
pub use crate::header::Header;
pub use crate::jwk::{Jwk, JwkSet, Material};
pub use crate::jws::Compact;
pub use crate::key::{Origin, SigningKey, VerifyingKey, kid_of_spki};
pub use crate::secret::equal_secret;
