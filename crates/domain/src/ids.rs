//! Identifiers, all from the system's randomness.

use crate::Fault;

/// A UUID.
pub fn uuid() -> Result<String, Fault> {
    let mut bytes = [0; 16];
    jose::random::fill(&mut bytes)?;
    Ok(uuid::Builder::from_random_bytes(bytes).into_uuid().to_string())
}

/// A session's id: 18 bytes as 24 characters of base64url.
pub fn session() -> Result<String, Fault> {
    Ok(jose::random::base64url_id(18)?)
}

/// What only one answer may use next: 32 bytes as 43 characters.
pub fn session_code() -> Result<String, Fault> {
    Ok(jose::random::base64url_id(32)?)
}

/// A tab's id: 8 bytes as 11 characters.
pub fn tab() -> Result<String, Fault> {
    Ok(jose::random::base64url_id(8)?)
}

/// An id that begins with the time, so that rows arrive in the order of their key (UUID version 7).
pub fn timed(now_ms: i64) -> Result<String, Fault> {
    let mut random = [0; 10];
    jose::random::fill(&mut random)?;
    let ms = u64::try_from(now_ms).unwrap_or(0);
    Ok(uuid::Builder::from_unix_timestamp_millis(ms, &random).into_uuid().to_string())
}

/// A secret for a client: 86 letters and digits, as Keycloak makes them.
pub fn client_secret() -> Result<String, Fault> {
    const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut out = String::with_capacity(86);
    while out.len() < 86 {
        for byte in jose::random::bytes(128)? {
            // 248 is the largest multiple of 62: bytes above it would favour some letters.
            if byte < 248
                && out.len() < 86
                && let Some(letter) = LETTERS.get(usize::from(byte % 62))
            {
                out.push(char::from(*letter));
            }
        }
    }
    Ok(out)
}
