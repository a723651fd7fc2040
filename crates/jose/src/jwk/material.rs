//! The numbers of a key, between their JWK form [RFC7518-6] [RFC8037-2] and their SubjectPublicKeyInfo form [RFC5280-4].

use std::fmt;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::signature::{ED25519, ParsedPublicKey, RsaPublicKeyComponents};
use pkcs1::RsaPublicKeyRef;
use pkcs8::SubjectPublicKeyInfoRef;
use pkcs8::der::Decode;
use zeroize::Zeroizing;

use crate::alg::KeyType;
use crate::curve::Curve;
use crate::{Error, Result};

/// The key itself, without its names and uses. Only `Oct` is secret.
#[derive(Clone, PartialEq, Eq)]
pub enum Material {
    /// Modulus and exponent, big-endian without leading zeros.
    Rsa {
        /// The modulus.
        n: Vec<u8>,
        /// The public exponent.
        e: Vec<u8>,
    },
    /// A point, each coordinate as long as the curve's field.
    Ec {
        /// The curve the point lies on.
        curve: Curve,
        /// The x coordinate.
        x: Vec<u8>,
        /// The y coordinate.
        y: Vec<u8>,
    },
    /// An Ed25519 public key of 32 octets.
    Ed25519 {
        /// The encoded point.
        x: Vec<u8>,
    },
    /// A shared secret.
    Oct {
        /// The secret octets.
        k: Zeroizing<Vec<u8>>,
    },
}

impl Material {
    /// The key's `kty`.
    #[must_use]
    pub const fn kty(&self) -> KeyType {
        match self {
            Self::Rsa { .. } => KeyType::Rsa,
            Self::Ec { .. } => KeyType::Ec,
            Self::Ed25519 { .. } => KeyType::Okp,
            Self::Oct { .. } => KeyType::Oct,
        }
    }

    /// Reads a DER-encoded SubjectPublicKeyInfo: RSA, EC on a named curve with an uncompressed point, or Ed25519.
    pub fn from_spki(der: &[u8]) -> Result<Self> {
        let info = SubjectPublicKeyInfoRef::from_der(der).map_err(|_| Error::MalformedKey("public key"))?;
        let bits = info.subject_public_key.as_bytes().ok_or(Error::MalformedKey("public key"))?;
        match info.algorithm.oid.to_string().as_str() {
            OID_RSA => Self::from_pkcs1_public(bits),
            OID_EC => {
                let curve = info.algorithm.parameters_oid().map_err(|_| Error::MalformedKey("curve"))?.to_string();
                Self::from_point(&curve, bits)
            }
            OID_ED25519 if bits.len() == ED25519_LEN => Ok(Self::Ed25519 { x: bits.to_vec() }),
            OID_ED25519 => Err(Error::MalformedKey("public key")),
            other => Err(Error::Unsupported { kind: "kty", name: other.to_owned() }),
        }
    }

    /// The DER-encoded SubjectPublicKeyInfo.
    ///
    /// Errors: [`Error::MalformedKey`] when the point isn't on its curve or the RSA numbers make no key, and for a
    /// shared secret, which has no such form.
    pub fn to_spki(&self) -> Result<Vec<u8>> {
        let malformed = Error::MalformedKey("public key");
        let der = match self {
            Self::Rsa { n, e } => RsaPublicKeyComponents { n, e }.as_der().map_err(|_| malformed)?,
            Self::Ec { curve, .. } => {
                let key = ParsedPublicKey::new(curve.verification(), self.point()).map_err(|_| malformed.clone())?;
                key.as_der().map_err(|_| malformed)?
            }
            Self::Ed25519 { x } => {
                let key = ParsedPublicKey::new(&ED25519, x).map_err(|_| malformed.clone())?;
                key.as_der().map_err(|_| malformed)?
            }
            Self::Oct { .. } => return Err(malformed),
        };
        Ok(der.as_ref().to_vec())
    }

    /// The uncompressed point of an EC key [SEC1-2.3.3]; empty for the others.
    pub(crate) fn point(&self) -> Vec<u8> {
        match self {
            Self::Ec { x, y, .. } => [&[UNCOMPRESSED], x.as_slice(), y.as_slice()].concat(),
            _ => Vec::new(),
        }
    }

    /// Bits of an RSA modulus; zero for the others.
    pub(crate) fn modulus_bits(&self) -> usize {
        let Self::Rsa { n, .. } = self else { return 0 };
        n.first().map_or(0, |first| n.len() * 8 - first.leading_zeros() as usize)
    }

    /// Splits an uncompressed point into its coordinates.
    pub(crate) fn from_uncompressed(curve: Curve, point: &[u8]) -> Result<Self> {
        let malformed = Error::MalformedKey("elliptic curve point");
        let Some((&UNCOMPRESSED, coordinates)) = point.split_first() else { return Err(malformed) };
        if coordinates.len() != 2 * curve.coordinate_len() {
            return Err(malformed);
        }
        let (x, y) = coordinates.split_at(curve.coordinate_len());
        Ok(Self::Ec { curve, x: x.to_vec(), y: y.to_vec() })
    }

    fn from_pkcs1_public(der: &[u8]) -> Result<Self> {
        let key = RsaPublicKeyRef::from_der(der).map_err(|_| Error::MalformedKey("RSA public key"))?;
        Ok(Self::Rsa { n: key.modulus.as_bytes().to_vec(), e: key.public_exponent.as_bytes().to_vec() })
    }

    fn from_point(curve_oid: &str, point: &[u8]) -> Result<Self> {
        let curve = Curve::ALL.into_iter().find(|curve| curve.oid() == curve_oid);
        let curve = curve.ok_or_else(|| Error::Unsupported { kind: "crv", name: curve_oid.to_owned() })?;
        Self::from_uncompressed(curve, point)
    }
}

impl fmt::Debug for Material {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Material({})", self.kty().name())
    }
}

const OID_RSA: &str = "1.2.840.113549.1.1.1";
const OID_EC: &str = "1.2.840.10045.2.1";
const OID_ED25519: &str = "1.3.101.112";
const UNCOMPRESSED: u8 = 4;
pub(crate) const ED25519_LEN: usize = 32;
