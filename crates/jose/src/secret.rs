//! Comparing secrets.

use aws_lc_rs::constant_time;

/// Whether two secrets are the same, in a time that depends on their lengths alone.
#[must_use]
pub fn equal_secret(a: impl AsRef<[u8]>, b: impl AsRef<[u8]>) -> bool {
    constant_time::verify_slices_are_equal(a.as_ref(), b.as_ref()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::equal_secret;

    #[test]
    fn secrets_are_equal_when_all_octets_are() {
        assert!(equal_secret("", ""));
        assert!(equal_secret("secret", b"secret"));
        assert!(!equal_secret("secret", "secreT"));
        assert!(!equal_secret("secret", "secret "));
    }
}
