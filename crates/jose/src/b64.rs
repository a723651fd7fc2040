//! Base64 in the two spellings JOSE uses: base64url without padding [RFC7515-2] and, for certificates in `x5c`,
//! standard base64 with padding [RFC4648-4].
//!
//! Decoding is strict: one byte string has exactly one spelling, so a signature can't be altered unnoticed by
//! rewriting its trailing bits, padding or line breaks.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::{Error, Result};

/// Base64url without padding.
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Appends base64url without padding to `text`.
pub fn encode_into(bytes: impl AsRef<[u8]>, text: &mut String) {
    URL_SAFE_NO_PAD.encode_string(bytes, text);
}

/// Decodes base64url without padding; `what` names the part in the error.
pub fn decode(text: impl AsRef<[u8]>, what: &'static str) -> Result<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| Error::NotBase64(what))
}

/// Standard base64 with padding, as in `x5c`.
pub fn encode_standard(bytes: impl AsRef<[u8]>) -> String {
    STANDARD.encode(bytes)
}

/// Decodes standard base64 with padding; `what` names the part in the error.
pub fn decode_standard(text: impl AsRef<[u8]>, what: &'static str) -> Result<Vec<u8>> {
    STANDARD.decode(text).map_err(|_| Error::NotBase64(what))
}
