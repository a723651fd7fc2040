use super::{Origin, SigningKey, VerifyingKey, certificate_der, kid_of_spki, private_der, public_der};
use crate::fixtures::{one_of_each, private, rfc, rsa, signing};
use crate::{Algorithm, Curve, Error, Jwk, KeyType, b64, certificate, generate};

const MESSAGE: &[u8] = b"the octets that are signed";

#[test]
fn every_algorithm_verifies_what_it_signs_and_nothing_else() {
    for algorithm in Algorithm::ALL {
        let key = signing(algorithm);
        let verifying = key.verifying_key();
        let signature = key.sign(MESSAGE).unwrap();
        assert_eq!(verifying.verify(algorithm, MESSAGE, &signature), Ok(()), "{algorithm:?}");
        assert_eq!(verifying.verify(algorithm, b"others", &signature), Err(Error::SignatureMismatch));
        for length in [0, 1, signature.len() / 2, signature.len() - 1] {
            let shorter = &signature[..length];
            assert_eq!(verifying.verify(algorithm, MESSAGE, shorter), Err(Error::SignatureMismatch), "{algorithm:?}");
        }
        let longer = [signature.as_slice(), &[0]].concat();
        assert_eq!(verifying.verify(algorithm, MESSAGE, &longer), Err(Error::SignatureMismatch));
        for at in 0..signature.len() {
            let mut altered = signature.clone();
            altered[at] ^= 1 << (at % 8);
            assert_eq!(verifying.verify(algorithm, MESSAGE, &altered), Err(Error::SignatureMismatch), "{algorithm:?}");
        }
    }
}

#[test]
fn ecdsa_signature_has_the_fixed_length_and_zeros_do_not_pass() {
    for (curve, length) in [(Curve::P256, 64), (Curve::P384, 96), (Curve::P521, 132)] {
        let key = signing(curve.algorithm());
        assert_eq!(key.sign(MESSAGE).unwrap().len(), length);
        let zeros = vec![0; length];
        assert_eq!(
            key.verifying_key().verify(curve.algorithm(), MESSAGE, &zeros),
            Err(Error::SignatureMismatch),
            "the psychic signature"
        );
    }
}

#[test]
fn key_refuses_algorithms_of_another_kind() {
    for key in one_of_each() {
        for algorithm in Algorithm::ALL {
            let same_kind = algorithm.kty() == key.kty();
            if key.serves(algorithm) {
                assert!(same_kind);
            } else {
                let expected = Error::AlgorithmKeyMismatch { algorithm: algorithm.name(), key: key.kty().name() };
                assert_eq!(key.verify(algorithm, MESSAGE, &[1; 64]), Err(expected));
                assert!(!same_kind || key.kty() == KeyType::Ec, "only a curve narrows its kind");
            }
        }
    }
}

#[test]
fn public_key_octets_are_no_hmac_secret_for_its_own_key() {
    let rsa = signing(Algorithm::RS256);
    let forger = SigningKey::from_secret(Algorithm::HS256, "", rsa.spki().unwrap()).unwrap();
    let forged = forger.sign(MESSAGE).unwrap();
    let outcome = rsa.verifying_key().verify(Algorithm::HS256, MESSAGE, &forged);
    assert_eq!(outcome, Err(Error::AlgorithmKeyMismatch { algorithm: "HS256", key: "RSA" }));
}

#[test]
fn one_rsa_key_signs_with_all_six_algorithms() {
    let key = signing(Algorithm::RS256);
    for algorithm in Algorithm::ALL.into_iter().filter(|algorithm| algorithm.kty() == KeyType::Rsa) {
        let other = key.with_alg(algorithm).unwrap();
        let signature = other.sign(MESSAGE).unwrap();
        assert_eq!(key.verifying_key().verify(algorithm, MESSAGE, &signature), Ok(()));
        for wrong in Algorithm::ALL.into_iter().filter(|wrong| *wrong != algorithm) {
            assert!(key.verifying_key().verify(wrong, MESSAGE, &signature).is_err());
        }
    }
    assert_eq!(
        key.with_alg(Algorithm::ES256).unwrap_err(),
        Error::AlgorithmKeyMismatch { algorithm: "ES256", key: "RSA" }
    );
}

#[test]
fn rsa_key_is_read_from_all_its_forms() {
    let pkcs8 = rsa();
    let pkcs1 = generate::pkcs1_of_rsa(&pkcs8).unwrap();
    assert_eq!(generate::pkcs8_of_rsa(&pkcs1).unwrap(), pkcs8);
    assert_eq!(generate::pkcs1_of_rsa(&pkcs1).unwrap(), pkcs1);
    let bare = b64::encode_standard(&pkcs1);
    assert!(bare.starts_with("MII"), "the form of Keycloak's exports");
    let texts = [
        bare.clone(),
        bare.trim_end_matches('=').to_owned(),
        b64::encode_standard(&pkcs8),
        pem("RSA PRIVATE KEY", &pkcs1),
        pem("PRIVATE KEY", &pkcs8),
    ];
    let expected = SigningKey::from_der(Algorithm::RS256, &pkcs8).unwrap().sign(MESSAGE).unwrap();
    for text in texts {
        let key = SigningKey::from_text(Algorithm::RS256, &text).unwrap();
        assert_eq!(key.sign(MESSAGE).unwrap(), expected);
    }
}

#[test]
fn elliptic_keys_are_read_from_pkcs8_and_sec1() {
    for curve in Curve::ALL {
        let pkcs8 = generate::ec(curve).unwrap();
        let info = <pkcs8::PrivateKeyInfoRef<'_> as pkcs8::der::Decode<'_>>::from_der(&pkcs8).unwrap();
        // SEC1 inside PKCS#8 leaves the curve to its outer layer.
        let sec1 = info.private_key.as_bytes();
        let outer = SigningKey::from_text(curve.algorithm(), &pem("PRIVATE KEY", &pkcs8)).unwrap();
        let inner = SigningKey::from_text(curve.algorithm(), &pem("EC PRIVATE KEY", sec1)).unwrap();
        assert_eq!(outer.spki(), inner.spki());
        for other in Curve::ALL.into_iter().filter(|other| *other != curve) {
            let refused = SigningKey::from_der(other.algorithm(), &pkcs8).unwrap_err();
            assert_eq!(refused, Error::MalformedKey("EC private key"));
        }
    }
}

#[test]
fn key_of_another_kind_is_not_taken() {
    let ed = generate::ed25519().unwrap();
    for algorithm in [Algorithm::RS256, Algorithm::ES256, Algorithm::HS256] {
        assert!(SigningKey::from_der(algorithm, &ed).is_err());
    }
    assert!(SigningKey::from_der(Algorithm::EdDSA, &rsa()).is_err());
    assert!(SigningKey::from_secret(Algorithm::RS256, "", b"secret").is_err());
    assert!(SigningKey::from_secret(Algorithm::HS256, "", b"").is_err());
    assert!(VerifyingKey::from_secret(b"").is_err());
}

#[test]
fn kid_is_the_hash_of_the_public_key_unless_another_is_given() {
    let key = signing(Algorithm::ES256);
    assert_eq!(key.kid(), kid_of_spki(key.spki().unwrap()));
    assert_eq!(key.kid().len(), 43);
    assert_eq!(key.with_kid("other").public_jwk().unwrap().kid.as_deref(), Some("other"));
}

#[test]
fn public_forms_of_a_key_verify_alike() {
    for algorithm in Algorithm::ALL {
        let private = private(algorithm);
        let Ok(key) = SigningKey::from_der(algorithm, &private) else { continue };
        let signature = key.sign(MESSAGE).unwrap();
        let spki = key.spki().unwrap();
        let certificate = certificate::self_signed("realm", algorithm, &private, 1_000, 2_000).unwrap();
        let from_text = public_der(&pem("PUBLIC KEY", spki)).unwrap();
        let certificate_text = certificate_der(&pem("CERTIFICATE", &certificate)).unwrap();
        let keys = [
            VerifyingKey::from_spki(&from_text, Origin::Foreign).unwrap(),
            VerifyingKey::from_jwk(&key.public_jwk().unwrap()).unwrap(),
            VerifyingKey::from_certificate(&certificate_text, Origin::Own).unwrap(),
        ];
        for public in keys {
            assert_eq!(public.verify(algorithm, MESSAGE, &signature), Ok(()), "{algorithm:?}");
            assert_eq!(public.spki(), Some(spki));
        }
    }
}

/// A key of 1024 bits and its RS256 signature over "small", made for this test.
const SMALL_SPKI: &str = include_str!("../../testdata/rsa1024.spki");
const SMALL_SIGNATURE: &str = include_str!("../../testdata/rsa1024.sig");
const SMALL_PRIVATE: &str = include_str!("../../testdata/rsa1024.pkcs1");

#[test]
fn small_rsa_key_verifies_only_as_our_own() {
    let der = public_der(SMALL_SPKI).unwrap();
    let too_small = Error::RsaTooSmall { bits: 1024 };
    assert_eq!(VerifyingKey::from_spki(&der, Origin::Foreign).unwrap_err(), too_small);
    let jwk = Jwk::new(crate::Material::from_spki(&der).unwrap());
    assert_eq!(VerifyingKey::from_jwk(&jwk).unwrap_err(), too_small);
    let own = VerifyingKey::from_spki(&der, Origin::Own).unwrap();
    let signature = b64::decode_standard(SMALL_SIGNATURE.trim(), "signature").unwrap();
    assert_eq!(own.verify(Algorithm::RS256, b"small", &signature), Ok(()));
    assert_eq!(own.verify(Algorithm::RS256, b"other", &signature), Err(Error::SignatureMismatch));
    assert_eq!(own.verify(Algorithm::PS256, b"small", &signature), Err(too_small.clone()));
    assert_eq!(SigningKey::from_text(Algorithm::RS256, SMALL_PRIVATE).unwrap_err(), too_small);
    assert_eq!(generate::rsa(1024).unwrap_err(), too_small);
}

#[test]
fn points_off_the_curve_are_refused() {
    let mut jwk = signing(Algorithm::ES256).public_jwk().unwrap().to_value();
    jwk["y"] = jwk["x"].clone();
    let refused = VerifyingKey::from_jwk(&Jwk::parse(&jwk).unwrap()).unwrap_err();
    assert_eq!(refused, Error::MalformedKey("public key"));
}

#[test]
fn rsa_numbers_that_make_no_key_are_refused() {
    let good = signing(Algorithm::RS256).public_jwk().unwrap().to_value();
    for (member, octets) in [("e", vec![1]), ("e", vec![4]), ("e", vec![0xff; 5]), ("n", vec![0xfe; 256])] {
        let mut jwk = good.clone();
        jwk[member] = b64::encode(octets).into();
        assert!(VerifyingKey::from_jwk(&Jwk::parse(&jwk).unwrap()).is_err(), "{member}");
    }
}

#[test]
fn private_jwk_signs_as_published() {
    let vector = &rfc("jws")[1];
    let key = SigningKey::from_private_jwk(Algorithm::RS256, &vector["jwk"]).unwrap();
    let (input, signature) = vector["token"].as_str().unwrap().rsplit_once('.').unwrap();
    assert_eq!(b64::encode(key.sign(input.as_bytes()).unwrap()), signature);

    let mut broken = vector["jwk"].clone();
    broken["d"] = "AQAB".into();
    assert!(SigningKey::from_private_jwk(Algorithm::RS256, &broken).is_err());
    broken.as_object_mut().unwrap().remove("d");
    let refused = SigningKey::from_private_jwk(Algorithm::RS256, &broken).unwrap_err();
    assert_eq!(refused, Error::MissingMember("d"));
}

#[test]
fn texts_that_hold_no_key_are_refused() {
    let encrypted = pem("ENCRYPTED PRIVATE KEY", b"x");
    for text in ["", "  ", "-----BEGIN PRIVATE KEY-----", "not base64!", &encrypted] {
        assert_eq!(private_der(text).unwrap_err(), Error::MalformedKey("private key"));
    }
    assert_eq!(private_der(&"A".repeat(100_000)).unwrap_err(), Error::TooLong("private key"));
    for der in [&[][..], &[0x30], &[0x30, 0x82, 0xff, 0xff]] {
        for algorithm in Algorithm::ALL {
            assert!(SigningKey::from_der(algorithm, der).is_err());
        }
        assert!(VerifyingKey::from_spki(der, Origin::Own).is_err());
    }
}

#[test]
fn keys_print_nothing_secret() {
    let secret = SigningKey::from_secret(Algorithm::HS256, "k", b"hunter2").unwrap();
    assert_eq!(format!("{secret:?}"), "SigningKey(HS256, \"k\")");
    assert_eq!(format!("{:?}", secret.verifying_key()), "VerifyingKey(oct)");
}

fn pem(label: &str, der: &[u8]) -> String {
    let body = b64::encode_standard(der);
    let lines: Vec<&str> = body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\r\n"))
}
