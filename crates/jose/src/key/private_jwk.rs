//! The private form of RSA, EC and OKP JWKs [RFC7518-6.2.2] [RFC7518-6.3.2] [RFC8037-2], turned into PKCS#8.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPairComponents, PublicKeyComponents};
use aws_lc_rs::signature::{EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::jwk::{ED25519_LEN, Jwk, MAX_MODULUS, Material, octets};
use crate::{Error, Result};

/// The PKCS#8 DER of a private JWK. An RSA key must bring its primes.
pub(crate) fn private_jwk_der(jwk: &Value) -> Result<Zeroizing<Vec<u8>>> {
    let object = jwk.as_object().ok_or(Error::NotJson("JWK"))?;
    let malformed = Error::MalformedKey("private JWK");
    let der = match Jwk::parse(jwk)?.material {
        Material::Rsa { n, e } => {
            let number = |name| octets(object, name, 1..=MAX_MODULUS);
            let components = KeyPairComponents {
                public_key: PublicKeyComponents { n: Zeroizing::new(n), e: Zeroizing::new(e) },
                d: number("d")?,
                p: number("p")?,
                q: number("q")?,
                dP: number("dp")?,
                dQ: number("dq")?,
                qInv: number("qi")?,
            };
            let pair = RsaKeyPair::from_components(&components).map_err(|_| malformed.clone())?;
            pair.as_der().map_err(|_| malformed)?.as_ref().to_vec()
        }
        ref material @ Material::Ec { curve, .. } => {
            let d = octets(object, "d", curve.coordinate_len()..=curve.coordinate_len())?;
            let pair = EcdsaKeyPair::from_private_key_and_public_key(curve.signing(), &d, &material.point());
            pair.map_err(|_| malformed.clone())?.to_pkcs8v1().map_err(|_| malformed)?.as_ref().to_vec()
        }
        Material::Ed25519 { x } => {
            let seed = octets(object, "d", ED25519_LEN..=ED25519_LEN)?;
            let pair = Ed25519KeyPair::from_seed_and_public_key(&seed, &x).map_err(|_| malformed.clone())?;
            pair.to_pkcs8v1().map_err(|_| malformed)?.as_ref().to_vec()
        }
        Material::Oct { .. } => return Err(malformed),
    };
    Ok(Zeroizing::new(der))
}
