//! Digests that the protocol asks for besides signatures.

use aws_lc_rs::digest;

/// SHA-256 of the octets.
#[must_use]
pub fn sha256(octets: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, octets).as_ref().to_vec()
}

/// The same without a place in memory of its own: for trees, which hash much.
#[must_use]
pub fn sha256_array(octets: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, octets).as_ref());
    hash
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
