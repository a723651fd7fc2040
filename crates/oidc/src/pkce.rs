//! Proof key for code exchange [RFC7636].

use domain::Refusal;

use crate::refusals::{PKCE_MISMATCH, PKCE_NO_CHALLENGE, PKCE_NO_VERIFIER, PKCE_VERIFIER_INVALID};

/// Whether a text has the form of a verifier or challenge: 43 to 128 unreserved characters [RFC7636-4.1].
pub fn is_well_formed(text: &str) -> bool {
    (43..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b))
}

/// Checks a verifier against the challenge that the authorization request brought [RFC7636-4.6].
pub fn verify(
    verifier: Option<&str>,
    challenge: Option<&str>,
    method: Option<&str>,
    enforced: bool,
) -> Result<(), Refusal> {
    let (Some(verifier), Some(challenge)) = (verifier, challenge) else {
        return match (verifier, challenge) {
            (None, Some(_)) => Err(PKCE_NO_VERIFIER),
            (None, None) if enforced => Err(PKCE_NO_VERIFIER),
            (Some(_), None) => Err(PKCE_NO_CHALLENGE),
            _ => Ok(()),
        };
    };
    if !is_well_formed(verifier) {
        return Err(PKCE_VERIFIER_INVALID);
    }
    let computed = match method {
        Some("S256") => jose::b64::encode(jose::digest::sha256(verifier.as_bytes())),
        _ => verifier.to_owned(),
    };
    if jose::equal_secret(computed, challenge) { Ok(()) } else { Err(PKCE_MISMATCH) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verifier_of_the_standard_fits_its_challenge() {
        // [RFC7636-B]
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert_eq!(verify(Some(verifier), Some(challenge), Some("S256"), true), Ok(()));
        assert_eq!(verify(Some(&"w".repeat(43)), Some(challenge), Some("S256"), true), Err(PKCE_MISMATCH));
        assert_eq!(verify(Some("short"), Some(challenge), Some("S256"), true), Err(PKCE_VERIFIER_INVALID));
        assert_eq!(verify(None, Some(challenge), Some("S256"), false), Err(PKCE_NO_VERIFIER));
        assert_eq!(verify(Some(verifier), None, None, false), Err(PKCE_NO_CHALLENGE));
        assert_eq!(verify(None, None, None, true), Err(PKCE_NO_VERIFIER));
        assert_eq!(verify(None, None, None, false), Ok(()));
    }
}
