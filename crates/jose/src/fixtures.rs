//! Keys and published values the tests share.

use serde_json::Value;
use zeroize::Zeroizing;

use crate::alg::KeyType;
use crate::{Algorithm, Curve, SigningKey, VerifyingKey, generate};

/// Values printed in RFCs, each with its `source`.
pub(crate) fn rfc(name: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("../testdata/rfc.json")).unwrap();
    all[name].clone()
}

/// A private key for the algorithm, in DER; a secret for HMAC.
pub(crate) fn private(algorithm: Algorithm) -> Zeroizing<Vec<u8>> {
    match algorithm.kty() {
        KeyType::Rsa => rsa(),
        KeyType::Ec => generate::ec(algorithm.curve().unwrap()).unwrap(),
        KeyType::Okp => generate::ed25519().unwrap(),
        KeyType::Oct => generate::secret(64).unwrap(),
    }
}

/// The RSA key of RFC 7515 A.2 in PKCS#8; making a new one would take its time.
pub(crate) fn rsa() -> Zeroizing<Vec<u8>> {
    crate::key::private_jwk_der(&rfc("jws")[1]["jwk"]).unwrap()
}

pub(crate) fn signing(algorithm: Algorithm) -> SigningKey {
    let private = private(algorithm);
    match algorithm.kty() {
        KeyType::Oct => SigningKey::from_secret(algorithm, "secret", &private).unwrap(),
        _ => SigningKey::from_der(algorithm, &private).unwrap(),
    }
}

/// One key of each kind.
pub(crate) fn one_of_each() -> Vec<VerifyingKey> {
    let algorithms = [Algorithm::RS256, Algorithm::EdDSA, Algorithm::HS256].into_iter();
    let algorithms = algorithms.chain(Curve::ALL.into_iter().map(Curve::algorithm));
    algorithms.map(|algorithm| signing(algorithm).verifying_key().clone()).collect()
}
