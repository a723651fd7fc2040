//! X.509 certificates around realm keys: making the self-signed one that `x5c` carries, and reading what is asked of
//! any other [RFC5280-4] [RFC7517-4.7].
//!
//! Chains are not validated here.

use std::time::Duration;

use aws_lc_rs::digest;
use aws_lc_rs::signature::{self, EcdsaVerificationAlgorithm, UnparsedPublicKey};
use rcgen::{
    CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384,
    PKCS_ECDSA_P521_SHA512, PKCS_ED25519, PKCS_RSA_SHA256, date_time_ymd,
};
use x509_parser::parse_x509_certificate;

use crate::alg::KeyType;
use crate::curve::Curve;
use crate::{Algorithm, Error, Result, b64, generate};

/// What a certificate says of its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The DER-encoded SubjectPublicKeyInfo.
    pub spki: Vec<u8>,
    /// The subject, as text, most significant name first as in the certificate.
    pub subject: String,
    /// First second of validity, Unix time.
    pub not_before: i64,
    /// Last second of validity, Unix time.
    pub not_after: i64,
}

/// Reads a DER-encoded certificate of at most 16 KiB.
pub fn read(der: &[u8]) -> Result<Certificate> {
    if der.len() > MAX_DER {
        return Err(Error::TooLong("certificate"));
    }
    let (rest, certificate) = parse_x509_certificate(der).map_err(|_| Error::MalformedKey("certificate"))?;
    if !rest.is_empty() {
        return Err(Error::MalformedKey("certificate"));
    }
    Ok(Certificate {
        spki: certificate.public_key().raw.to_vec(),
        subject: certificate.subject().to_string(),
        not_before: certificate.validity().not_before.timestamp(),
        not_after: certificate.validity().not_after.timestamp(),
    })
}

/// Checks an ECDSA signature as certificates and timestamps carry it, r and s in DER, by the identifiers of the signature's
/// algorithm and of the key's curve: any of P-256, P-384 and P-521 with any of SHA-256, SHA-384 and SHA-512
/// [RFC5758-3.2] [RFC5480-2.1.1.1]. None for other identifiers.
#[must_use]
pub fn verify_ecdsa(algorithm: &str, curve: &str, point: &[u8], signature: &[u8], octets: &[u8]) -> Option<bool> {
    let algorithms: [&EcdsaVerificationAlgorithm; 3] = match Curve::ALL.into_iter().find(|of| of.oid() == curve)? {
        Curve::P256 => {
            [&signature::ECDSA_P256_SHA256_ASN1, &signature::ECDSA_P256_SHA384_ASN1, &signature::ECDSA_P256_SHA512_ASN1]
        }
        Curve::P384 => {
            [&signature::ECDSA_P384_SHA256_ASN1, &signature::ECDSA_P384_SHA384_ASN1, &signature::ECDSA_P384_SHA512_ASN1]
        }
        Curve::P521 => {
            [&signature::ECDSA_P521_SHA256_ASN1, &signature::ECDSA_P521_SHA384_ASN1, &signature::ECDSA_P521_SHA512_ASN1]
        }
    };
    let by_digest = ECDSA.into_iter().zip(algorithms);
    let (_, algorithm) = by_digest.into_iter().find(|(name, _)| *name == algorithm)?;
    Some(UnparsedPublicKey::new(algorithm, point).verify(octets, signature).is_ok())
}

/// The identifiers of ECDSA with SHA-256, SHA-384 and SHA-512.
const ECDSA: [&str; 3] = ["1.2.840.10045.4.3.2", "1.2.840.10045.4.3.3", "1.2.840.10045.4.3.4"];

/// Makes the certificate of a private key for itself: subject and issuer `CN=common_name`, no extensions, as Keycloak
/// makes them for its generated keys [KC 2.7]. Times are seconds of Unix time. RSA is signed with SHA-256.
///
/// `der` is PKCS#8, or PKCS#1 for RSA. `algorithm` is any the key serves.
pub fn self_signed(
    common_name: &str,
    algorithm: Algorithm,
    der: &[u8],
    not_before: u64,
    not_after: u64,
) -> Result<Vec<u8>> {
    if not_before.max(not_after) > LAST_SECOND {
        return Err(Error::TooLong("certificate validity"));
    }
    let pkcs8 = match algorithm.kty() {
        KeyType::Rsa => generate::pkcs8_of_rsa(der)?,
        _ => zeroize::Zeroizing::new(der.to_vec()),
    };
    let signature = match algorithm {
        Algorithm::ES256 => &PKCS_ECDSA_P256_SHA256,
        Algorithm::ES384 => &PKCS_ECDSA_P384_SHA384,
        Algorithm::ES512 => &PKCS_ECDSA_P521_SHA512,
        Algorithm::EdDSA => &PKCS_ED25519,
        _ if algorithm.kty() == KeyType::Rsa => &PKCS_RSA_SHA256,
        _ => return Err(Error::AlgorithmKeyMismatch { algorithm: algorithm.name(), key: KeyType::Oct.name() }),
    };
    let key = KeyPair::from_pkcs8_der_and_sign_algo(&pkcs8.as_slice().into(), signature)
        .map_err(|_| Error::MalformedKey("private key"))?;
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.not_before = date_time_ymd(1970, 1, 1) + Duration::from_secs(not_before);
    params.not_after = date_time_ymd(1970, 1, 1) + Duration::from_secs(not_after);
    let certificate = params.self_signed(&key).map_err(|_| Error::Broken("certificate"))?;
    Ok(certificate.der().to_vec())
}

/// `x5t`: base64url of the SHA-1 of the DER.
#[must_use]
pub fn thumbprint_sha1(der: &[u8]) -> String {
    b64::encode(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, der))
}

/// `x5t#S256`: base64url of the SHA-256 of the DER.
#[must_use]
pub fn thumbprint_sha256(der: &[u8]) -> String {
    b64::encode(digest::digest(&digest::SHA256, der))
}

/// The last second a certificate can name, in the year 9999.
const LAST_SECOND: u64 = 253_402_300_799;
const MAX_DER: usize = 16 * 1024;

#[cfg(test)]
mod tests;
