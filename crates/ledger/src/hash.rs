//! The hashes of leaves and nodes [RFC6962-2.1].

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// SHA-256 of the octets.
#[must_use]
pub fn sha256(octets: &[u8]) -> Hash {
    jose::digest::sha256_array(octets)
}

/// The hash of a log's entry: SHA-256 over 0x00 and the entry.
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Hash {
    sha256(&[&[0x00], entry].concat())
}

/// The hash of two siblings: SHA-256 over 0x01 and both.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut octets = [0x01; 65];
    let (_, hashes) = octets.split_at_mut(1);
    let (first, second) = hashes.split_at_mut(32);
    first.copy_from_slice(left);
    second.copy_from_slice(right);
    sha256(&octets)
}

/// The root of the tree of no entries: SHA-256 of nothing.
#[must_use]
pub fn empty_root() -> Hash {
    sha256(&[])
}

/// The hash of an octet string of 32 octets.
pub(crate) fn hash_of(octets: &[u8]) -> Option<Hash> {
    octets.try_into().ok()
}
