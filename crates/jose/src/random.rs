//! Random octets and identifiers from the library's generator, seeded by the operating system.

use aws_lc_rs::rand;

use crate::{Error, Result, b64};

/// `n` random octets.
///
/// Errors: [`Error::Broken`] when the operating system gives no entropy.
pub fn bytes(n: usize) -> Result<Vec<u8>> {
    let mut octets = vec![0; n];
    fill(&mut octets)?;
    Ok(octets)
}

/// Fills `octets` with random values.
pub fn fill(octets: &mut [u8]) -> Result<()> {
    rand::fill(octets).map_err(|_| Error::Broken("random numbers"))
}

/// A random identifier: `n_bytes` octets as base64url (16 octets are 22 characters).
pub fn base64url_id(n_bytes: usize) -> Result<String> {
    bytes(n_bytes).map(b64::encode)
}

#[cfg(test)]
mod tests {
    use super::{base64url_id, bytes};

    #[test]
    fn identifiers_have_their_length_and_differ() {
        assert_eq!(base64url_id(16).unwrap().len(), 22);
        assert_ne!(base64url_id(16), base64url_id(16));
        assert_eq!(bytes(0), Ok(Vec::new()));
    }
}
