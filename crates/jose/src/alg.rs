//! The signature algorithms of JWS [RFC7518-3] [RFC8037-3.1] [RFC9864-2].
//!
//! `none` isn't among them: code that wants unsigned request objects has to decide that before it comes here.

use aws_lc_rs::digest;

use crate::b64;
use crate::curve::Curve;

/// A JWS `alg`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RS256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RS384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RS512,
    /// RSASSA-PSS with SHA-256.
    PS256,
    /// RSASSA-PSS with SHA-384.
    PS384,
    /// RSASSA-PSS with SHA-512.
    PS512,
    /// ECDSA on P-256 with SHA-256.
    ES256,
    /// ECDSA on P-384 with SHA-384.
    ES384,
    /// ECDSA on P-521 with SHA-512.
    ES512,
    /// Ed25519.
    EdDSA,
    /// HMAC with SHA-256.
    HS256,
    /// HMAC with SHA-384.
    HS384,
    /// HMAC with SHA-512.
    HS512,
}

/// A JWK `kty`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyType {
    /// `RSA`.
    Rsa,
    /// `EC`.
    Ec,
    /// `OKP`.
    Okp,
    /// `oct`.
    Oct,
}

impl Algorithm {
    /// All of them, in the order of [RFC7518-3.1] with the public-key ones first.
    pub const ALL: [Self; 13] = [
        Self::RS256,
        Self::RS384,
        Self::RS512,
        Self::PS256,
        Self::PS384,
        Self::PS512,
        Self::ES256,
        Self::ES384,
        Self::ES512,
        Self::EdDSA,
        Self::HS256,
        Self::HS384,
        Self::HS512,
    ];

    /// Reads an `alg` value; case matters. `Ed25519` is the newer name of `EdDSA` [RFC9864-2.2].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        if name == "Ed25519" {
            return Some(Self::EdDSA);
        }
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    /// The `alg` value.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
            Self::RS384 => "RS384",
            Self::RS512 => "RS512",
            Self::PS256 => "PS256",
            Self::PS384 => "PS384",
            Self::PS512 => "PS512",
            Self::ES256 => "ES256",
            Self::ES384 => "ES384",
            Self::ES512 => "ES512",
            Self::EdDSA => "EdDSA",
            Self::HS256 => "HS256",
            Self::HS384 => "HS384",
            Self::HS512 => "HS512",
        }
    }

    /// The type of key that makes and checks these signatures.
    #[must_use]
    pub const fn kty(self) -> KeyType {
        match self {
            Self::RS256 | Self::RS384 | Self::RS512 | Self::PS256 | Self::PS384 | Self::PS512 => KeyType::Rsa,
            Self::ES256 | Self::ES384 | Self::ES512 => KeyType::Ec,
            Self::EdDSA => KeyType::Okp,
            Self::HS256 | Self::HS384 | Self::HS512 => KeyType::Oct,
        }
    }

    /// The curve of an ECDSA algorithm.
    pub(crate) const fn curve(self) -> Option<Curve> {
        match self {
            Self::ES256 => Some(Curve::P256),
            Self::ES384 => Some(Curve::P384),
            Self::ES512 => Some(Curve::P521),
            _ => None,
        }
    }

    /// The hash named by the algorithm; SHA-512 for `EdDSA`, which uses it inside [RFC8032-5.1], as Keycloak reckons it.
    fn hash(self) -> &'static digest::Algorithm {
        match self {
            Self::RS256 | Self::PS256 | Self::ES256 | Self::HS256 => &digest::SHA256,
            Self::RS384 | Self::PS384 | Self::ES384 | Self::HS384 => &digest::SHA384,
            Self::RS512 | Self::PS512 | Self::ES512 | Self::HS512 | Self::EdDSA => &digest::SHA512,
        }
    }
}

impl KeyType {
    /// The `kty` value.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rsa => "RSA",
            Self::Ec => "EC",
            Self::Okp => "OKP",
            Self::Oct => "oct",
        }
    }
}

/// The left half of the algorithm's hash of `octets`, in base64url: the value of `at_hash`, `c_hash` and `s_hash`
/// [OIDC-Core-3.1.3.6].
#[must_use]
pub fn left_half(algorithm: Algorithm, octets: &[u8]) -> String {
    let hash = digest::digest(algorithm.hash(), octets);
    let half = hash.as_ref().len() / 2;
    b64::encode(hash.as_ref().get(..half).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::{Algorithm, left_half};

    #[test]
    fn names_are_read_exactly() {
        for algorithm in Algorithm::ALL {
            assert_eq!(Algorithm::parse(algorithm.name()), Some(algorithm));
            assert_eq!(Algorithm::parse(&algorithm.name().to_lowercase()), None);
        }
        assert_eq!(Algorithm::parse("Ed25519"), Some(Algorithm::EdDSA));
        assert_eq!(Algorithm::parse("none"), None);
    }

    /// The example of [OIDC-Core-A.3] and A.4.
    #[test]
    fn half_hashes_are_the_published_ones() {
        let code = left_half(Algorithm::RS256, b"Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk");
        assert_eq!(code, "LDktKdoQak3Pk0cnXxCltA");
        let token = left_half(Algorithm::RS256, b"jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y");
        assert_eq!(token, "77QmUPtjPfzWtF2AnpK9RQ");
    }

    #[test]
    fn half_is_as_long_as_the_hash_says() {
        let lengths = [(Algorithm::ES256, 22), (Algorithm::PS384, 32), (Algorithm::HS512, 43), (Algorithm::EdDSA, 43)];
        for (algorithm, length) in lengths {
            assert_eq!(left_half(algorithm, b"").len(), length);
        }
    }
}
