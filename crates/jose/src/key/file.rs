//! Private keys as people keep them in files: PEM, or a JWK.

use serde_json::Value;
use zeroize::Zeroizing;

use super::private_der;
use super::signing::SigningKey;
use crate::alg::KeyType;
use crate::{Algorithm, Error, Result};

/// The algorithms that stand for a kind of key, with the kind's name.
const USUAL: &[(Algorithm, &str)] = &[
    (Algorithm::ES256, "P-256"),
    (Algorithm::EdDSA, "Ed25519"),
    (Algorithm::RS256, "RSA"),
    (Algorithm::ES384, "P-384"),
    (Algorithm::ES512, "P-521"),
];

enum Form {
    Jwk(Value),
    Der(Zeroizing<Vec<u8>>),
}

impl SigningKey {
    /// Reads the text of a file with a private key, PEM or JWK, for an algorithm or else the usual one of its kind. Its
    /// `kid` is the one in the JWK, and empty where the file has none.
    ///
    /// Errors: [`Error::AlgorithmKeyMismatch`] for a key of another kind than the algorithm's, [`Error::WeakKey`] for a
    /// shared secret, and what [`Self::from_der`] says of others.
    pub fn from_file(algorithm: Option<Algorithm>, text: &str) -> Result<Self> {
        if algorithm.is_some_and(|algorithm| algorithm.kty() == KeyType::Oct) {
            return Err(SECRET);
        }
        let form = match serde_json::from_str(text) {
            Ok(jwk) => Form::Jwk(jwk),
            Err(_) => Form::Der(private_der(text)?),
        };
        let key = match algorithm {
            Some(algorithm) => form.read(algorithm).map_err(|error| match form.kind() {
                Some((_, kind)) => Error::AlgorithmKeyMismatch { algorithm: algorithm.name(), key: kind },
                None => error,
            })?,
            None => form.kind().map_or_else(|| form.read(Algorithm::RS256), |(key, _)| Ok(key))?,
        };
        Ok(key.with_kid(form.kid()))
    }
}

impl Form {
    fn read(&self, algorithm: Algorithm) -> Result<SigningKey> {
        match self {
            Self::Jwk(jwk) if jwk.get("kty").and_then(Value::as_str) == Some("oct") => Err(SECRET),
            Self::Jwk(jwk) => SigningKey::from_private_jwk(algorithm, jwk),
            Self::Der(der) => SigningKey::from_der(algorithm, der),
        }
    }

    /// The key by the usual algorithm of its kind, and the kind: the first that can read it.
    fn kind(&self) -> Option<(SigningKey, &'static str)> {
        USUAL.iter().find_map(|(algorithm, kind)| Some((self.read(*algorithm).ok()?, *kind)))
    }

    fn kid(&self) -> &str {
        match self {
            Self::Jwk(jwk) => jwk.get("kid").and_then(Value::as_str).unwrap_or_default(),
            Self::Der(_) => "",
        }
    }
}

const SECRET: Error = Error::WeakKey("a shared secret proves nothing to others");

#[cfg(test)]
mod tests {
    use crate::{Algorithm, Curve, Error, SigningKey, b64, generate};
    use serde_json::json;

    #[test]
    fn a_private_key_is_read_from_pem_and_jwk_alike() {
        let der = generate::ed25519().unwrap();
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", b64::encode_standard(&der));
        let key = SigningKey::from_file(None, &pem).unwrap();
        assert_eq!((key.algorithm(), key.kid()), (Algorithm::EdDSA, ""));
        // The seed is the end of this form.
        let mut jwk = key.public_jwk().unwrap().to_value();
        jwk["d"] = b64::encode(&der[16..48]).into();
        jwk["kid"] = "2026-1".into();
        let same = SigningKey::from_file(Some(Algorithm::EdDSA), &jwk.to_string()).unwrap();
        assert_eq!((same.kid(), same.spki()), ("2026-1", key.spki()));
    }

    #[test]
    fn a_key_of_another_kind_is_named_with_the_algorithm() {
        for (der, algorithm, kind) in [
            (generate::ec(Curve::P256).unwrap(), Algorithm::RS256, "P-256"),
            (generate::ec(Curve::P384).unwrap(), Algorithm::ES256, "P-384"),
            (generate::ed25519().unwrap(), Algorithm::ES256, "Ed25519"),
            (generate::rsa(2048).unwrap(), Algorithm::EdDSA, "RSA"),
        ] {
            let error = SigningKey::from_file(Some(algorithm), &b64::encode_standard(&der)).unwrap_err();
            assert_eq!(error, Error::AlgorithmKeyMismatch { algorithm: algorithm.name(), key: kind });
        }
    }

    #[test]
    fn a_shared_secret_is_no_private_key() {
        let oct = json!({"kty": "oct", "k": b64::encode([7; 32])}).to_string();
        for algorithm in [None, Some(Algorithm::HS256), Some(Algorithm::ES256)] {
            assert!(matches!(SigningKey::from_file(algorithm, &oct), Err(Error::WeakKey(_))));
        }
    }
}
