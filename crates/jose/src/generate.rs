//! Making new keys, and the RSA encodings Keycloak's exports use.
//!
//! An RSA key takes 50 ms and more to make: keep it off the threads that serve requests.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{EcdsaKeyPair, Ed25519KeyPair};
use pkcs8::PrivateKeyInfoRef;
use pkcs8::der::Decode;
use zeroize::Zeroizing;

use crate::curve::Curve;
use crate::key::read_rsa;
use crate::{Error, Result, random};

/// A new RSA key as PKCS#8 DER.
///
/// Errors: [`Error::RsaTooSmall`] below 2048 bits, [`Error::Unsupported`] when `bits` isn't 2048, 3072, 4096 or 8192.
pub fn rsa(bits: usize) -> Result<Zeroizing<Vec<u8>>> {
    let size = match bits {
        2048 => KeySize::Rsa2048,
        3072 => KeySize::Rsa3072,
        4096 => KeySize::Rsa4096,
        8192 => KeySize::Rsa8192,
        _ if bits < 2048 => return Err(Error::RsaTooSmall { bits }),
        _ => return Err(Error::Unsupported { kind: "RSA key size", name: bits.to_string() }),
    };
    let key = KeyPair::generate(size).map_err(|_| FAILED)?;
    Ok(Zeroizing::new(key.as_der().map_err(|_| FAILED)?.as_ref().to_vec()))
}

/// A new EC key as PKCS#8 DER with its public key inside.
pub fn ec(curve: Curve) -> Result<Zeroizing<Vec<u8>>> {
    let key = EcdsaKeyPair::generate(curve.signing()).and_then(|key| key.to_pkcs8v1()).map_err(|_| FAILED)?;
    Ok(Zeroizing::new(key.as_ref().to_vec()))
}

/// A new Ed25519 key as PKCS#8 version 1 DER, the one form every reader understands.
pub fn ed25519() -> Result<Zeroizing<Vec<u8>>> {
    let key = Ed25519KeyPair::generate().and_then(|key| key.to_pkcs8v1()).map_err(|_| FAILED)?;
    Ok(Zeroizing::new(key.as_ref().to_vec()))
}

/// A new secret of `n` octets for HMAC or AES.
pub fn secret(n: usize) -> Result<Zeroizing<Vec<u8>>> {
    random::bytes(n).map(Zeroizing::new)
}

/// An RSA private key, in PKCS#8 or PKCS#1 DER, as PKCS#1 DER: the form of `privateKey` in Keycloak's exports [KC 3.6].
pub fn pkcs1_of_rsa(der: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let pkcs8 = pkcs8_of_rsa(der)?;
    let info = PrivateKeyInfoRef::from_der(&pkcs8).map_err(|_| Error::MalformedKey("RSA private key"))?;
    Ok(Zeroizing::new(info.private_key.as_bytes().to_vec()))
}

/// An RSA private key, in PKCS#1 or PKCS#8 DER, as PKCS#8 DER.
pub fn pkcs8_of_rsa(der: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    Ok(Zeroizing::new(read_rsa(der)?.as_der().map_err(|_| FAILED)?.as_ref().to_vec()))
}

const FAILED: Error = Error::Broken("key generation");
