//! The text forms keys and certificates are stored in: PEM, or the same base64 without its frame, as Keycloak stores
//! them in a realm's key components [KC 3.6].

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use crate::{Error, Result};

/// The DER of a private key in PEM (`PRIVATE KEY`, `RSA PRIVATE KEY` or `EC PRIVATE KEY`) or bare base64.
/// An encrypted PEM is refused.
pub fn private_der(text: &str) -> Result<Zeroizing<Vec<u8>>> {
    unframe(text, "private key", &["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"]).map(Zeroizing::new)
}

/// The DER of a SubjectPublicKeyInfo in PEM (`PUBLIC KEY`) or bare base64.
pub fn public_der(text: &str) -> Result<Vec<u8>> {
    unframe(text, "public key", &["PUBLIC KEY"])
}

/// The DER of an X.509 certificate in PEM (`CERTIFICATE`, the first one counts) or bare base64.
pub fn certificate_der(text: &str) -> Result<Vec<u8>> {
    unframe(text, "certificate", &["CERTIFICATE"])
}

/// Takes the base64 out of the first frame with one of `labels`, or the whole text when there is no frame.
fn unframe(text: &str, what: &'static str, labels: &[&str]) -> Result<Vec<u8>> {
    if text.len() > MAX_TEXT {
        return Err(Error::TooLong(what));
    }
    let framed = labels.iter().find_map(|label| {
        let (_, rest) = text.split_once(&format!("-----BEGIN {label}-----"))?;
        rest.split_once(&format!("-----END {label}-----")).map(|(body, _)| body)
    });
    let body = match framed {
        Some(body) => body,
        None if text.contains("-----") => return Err(Error::MalformedKey(what)),
        None => text,
    };
    let dense: Zeroizing<Vec<u8>> = Zeroizing::new(body.bytes().filter(|octet| !octet.is_ascii_whitespace()).collect());
    match LENIENT.decode(dense.as_slice()) {
        Ok(der) if !der.is_empty() => Ok(der),
        _ => Err(Error::MalformedKey(what)),
    }
}

/// Stored keys come from many hands: padding may be absent. Nothing is signed over this text.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
const MAX_TEXT: usize = 64 * 1024;
