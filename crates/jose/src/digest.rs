//! Digests that the protocol asks for besides signatures.

use aws_lc_rs::digest;

/// SHA-256 of the octets.
#[must_use]
pub fn sha256(octets: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, octets).as_ref().to_vec()
}

/// SHA-384 of the octets.
#[must_use]
pub fn sha384(octets: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA384, octets).as_ref().to_vec()
}

/// SHA-512 of the octets.
#[must_use]
pub fn sha512(octets: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA512, octets).as_ref().to_vec()
}
