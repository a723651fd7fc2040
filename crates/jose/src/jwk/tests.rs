use serde_json::{Value, json};

use super::{Jwk, JwkSet};
use crate::fixtures::{rfc, signing};
use crate::jwe::KeyManagement;
use crate::{Algorithm, Error};

#[test]
fn thumbprints_are_the_published_ones() {
    for vector in rfc("thumbprints").as_array().unwrap() {
        assert_eq!(Jwk::parse(&vector["jwk"]).unwrap().thumbprint(), vector["thumbprint"], "{}", vector["source"]);
    }
}

#[test]
fn members_are_written_in_keycloaks_order() {
    let mut jwk = signing(Algorithm::RS256).public_jwk().unwrap();
    jwk.x5c = vec!["MIIB".to_owned()];
    jwk.x5t = Some("a".to_owned());
    jwk.x5t_s256 = Some("b".to_owned());
    let value = jwk.to_value();
    let names: Vec<&String> = value.as_object().unwrap().keys().collect();
    assert_eq!(names, ["kid", "kty", "alg", "use", "x5c", "x5t", "x5t#S256", "n", "e"]);
    let value = signing(Algorithm::ES256).public_jwk().unwrap().to_value();
    let names: Vec<&String> = value.as_object().unwrap().keys().collect();
    assert_eq!(names, ["kid", "kty", "alg", "use", "crv", "x", "y"]);
}

#[test]
fn what_is_written_is_read_again() {
    for algorithm in Algorithm::ALL {
        let Some(jwk) = signing(algorithm).public_jwk() else { continue };
        let text = jwk.to_value().to_string();
        assert_eq!(Jwk::parse_text(&text).unwrap(), jwk);
        assert_eq!(Jwk::parse_public(&jwk.to_value()).unwrap(), jwk);
        assert!(!jwk.has_private_parts());
    }
}

#[test]
fn private_members_are_noticed_and_never_written() {
    let private = &rfc("jws")[1]["jwk"];
    assert_eq!(Jwk::parse_public(private), Err(Error::PrivateMembers));
    let jwk = Jwk::parse(private).unwrap();
    assert!(jwk.has_private_parts());
    let written = jwk.to_value();
    let names: Vec<&String> = written.as_object().unwrap().keys().collect();
    assert_eq!(names, ["kty", "n", "e"]);

    let secret = json!({"kty": "oct", "k": "c2VjcmV0"});
    assert_eq!(Jwk::parse_public(&secret), Err(Error::PrivateMembers));
    assert!(Jwk::parse(&secret).unwrap().has_private_parts());
}

#[test]
fn odd_keys_are_refused_with_their_fact() {
    let refused = |value: Value| Jwk::parse(&value).unwrap_err();
    assert_eq!(refused(json!([])), Error::NotJson("JWK"));
    assert_eq!(refused(json!({"n": "AQAB"})), Error::MissingMember("kty"));
    assert_eq!(refused(json!({"kty": 1})), Error::InvalidMember("kty"));
    assert_eq!(refused(json!({"kty": "rsa"})), Error::Unsupported { kind: "kty", name: "rsa".to_owned() });
    assert_eq!(refused(json!({"kty": "RSA", "e": "AQAB"})), Error::MissingMember("n"));
    assert_eq!(refused(json!({"kty": "RSA", "n": "AA", "e": "AQAB"})), Error::InvalidMember("n"));
    assert_eq!(refused(json!({"kty": "RSA", "n": "A".repeat(4096), "e": "AQAB"})), Error::TooLong("n"));
    assert_eq!(
        refused(json!({"kty": "EC", "crv": "secp256k1"})),
        Error::Unsupported { kind: "crv", name: "secp256k1".to_owned() }
    );
    assert_eq!(refused(json!({"kty": "EC", "crv": "P-256", "x": "AQ", "y": "AQ"})), Error::InvalidMember("x"));
    assert_eq!(Jwk::parse_text(r#"{"kty":"RSA","kty":"oct"}"#).unwrap_err(), Error::DuplicateMember("kty".to_owned()));
}

#[test]
fn sign_octet_before_a_modulus_is_dropped() {
    let mut jwk = rfc("jws")[1]["jwk"].clone();
    let expected = Jwk::parse(&jwk).unwrap();
    let modulus = crate::b64::decode(jwk["n"].as_str().unwrap(), "n").unwrap();
    jwk["n"] = crate::b64::encode([&[0], modulus.as_slice()].concat()).into();
    assert_eq!(Jwk::parse(&jwk).unwrap(), expected);
}

#[test]
fn set_passes_over_what_it_cannot_use() {
    let good = signing(Algorithm::ES256).public_jwk().unwrap();
    let set = json!({"keys": [{"kty": "future"}, 7, good.to_value(), {"kty": "RSA"}]});
    let set = JwkSet::parse(&set).unwrap();
    assert_eq!(set.keys, [good]);
    assert_eq!(JwkSet::parse_text(&set.to_value().to_string()).unwrap(), set);
    assert_eq!(JwkSet::parse(&json!({})), Err(Error::MissingMember("keys")));
    assert_eq!(JwkSet::parse(&json!({"keys": vec![1; 201]})), Err(Error::TooLong("JWK Set")));
}

#[test]
fn key_is_found_by_kid_algorithm_and_use() {
    let rsa = signing(Algorithm::RS256).with_kid("rsa").public_jwk().unwrap();
    let mut rsa_enc = rsa.clone();
    rsa_enc.kid = Some("enc".to_owned());
    rsa_enc.key_use = Some("enc".to_owned());
    rsa_enc.alg = Some("RSA-OAEP".to_owned());
    let ec = signing(Algorithm::ES256).with_kid("ec").public_jwk().unwrap();
    let mut free = rsa.clone();
    free.kid = Some("free".to_owned());
    free.alg = None;
    free.key_use = None;
    let set = JwkSet { keys: vec![rsa_enc, rsa, ec, free] };
    let found =
        |kid, algorithm| set.find_for_verification(kid, algorithm).map(|key| key.kid.clone().unwrap_or_default());
    assert_eq!(found(None, Algorithm::RS256).as_deref(), Some("rsa"));
    assert_eq!(found(Some("free"), Algorithm::RS256).as_deref(), Some("free"));
    assert_eq!(found(None, Algorithm::PS512).as_deref(), Some("free"));
    assert_eq!(found(Some("enc"), Algorithm::RS256), None);
    assert_eq!(found(Some("rsa"), Algorithm::ES256), None);
    assert_eq!(found(None, Algorithm::ES256).as_deref(), Some("ec"));
    assert_eq!(found(None, Algorithm::ES384), None);
    assert_eq!(found(None, Algorithm::HS256), None);
    assert_eq!(set.verification_candidates(None, Algorithm::RS256).count(), 2);
    assert_eq!(set.find("ec").unwrap().alg.as_deref(), Some("ES256"));

    let encrypting = |alg| set.find_for_encryption(alg).map(|key| key.kid.clone().unwrap_or_default());
    assert_eq!(encrypting(KeyManagement::RsaOaep).as_deref(), Some("enc"));
    assert_eq!(encrypting(KeyManagement::RsaOaep256).as_deref(), Some("free"));
    assert_eq!(encrypting(KeyManagement::EcdhEs), None);
}
