//! A witness's key in a file: PKCS#8 in PEM, as OpenSSL reads it.

use std::path::Path;

use jose::{Algorithm, SigningKey, b64, generate};
use ledger::Signer;
use zeroize::Zeroizing;

use crate::commands::Failure;
use crate::evidence::{keep, read};

/// Longer files hold no key.
const LONGEST: usize = 64 * 1024;
/// Characters in a line of PEM.
const LINE: usize = 64;

/// Opens the key under this name; makes it where there is no such file.
///
/// # Errors
/// A sentence for the terminal.
pub fn open(place: &Path, name: &str) -> Result<Signer, Failure> {
    if !place.exists() {
        keep::replace(place, pem(&generate::ed25519()?).as_bytes())?;
    }
    let unusable = |why: &dyn std::fmt::Display| format!("{}: {why}", place.display());
    let text = Zeroizing::new(read(place, LONGEST)?);
    let text = std::str::from_utf8(&text).map_err(|_| unusable(&"not an Ed25519 key in PEM"))?;
    let key = SigningKey::from_text(Algorithm::EdDSA, text).map_err(|error| unusable(&error))?;
    Ok(Signer::witness(name, key).map_err(|error| unusable(&error))?)
}

fn pem(der: &[u8]) -> Zeroizing<String> {
    let base64 = Zeroizing::new(b64::encode_standard(der));
    let mut pem = Zeroizing::new("-----BEGIN PRIVATE KEY-----\n".to_owned());
    for (n, c) in base64.chars().enumerate() {
        if n > 0 && n % LINE == 0 {
            pem.push('\n');
        }
        pem.push(c);
    }
    pem.push_str("\n-----END PRIVATE KEY-----\n");
    pem
}
