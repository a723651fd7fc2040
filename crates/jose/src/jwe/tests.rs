use proptest::prelude::{any, prop, proptest};
use serde_json::{Value, json};

use super::{
    ContentEncryption, DecryptionKey, Encrypted, EncryptionKey, KeyManagement, Parameters, SealingKey, encrypt,
};
use crate::alg::KeyType;
use crate::fixtures::{rfc, rsa};
use crate::{Curve, Error, Jwk, Material, SigningKey, b64, generate};

fn decrypted(token: &str, key: &DecryptionKey) -> crate::Result<String> {
    let plaintext = Encrypted::parse(token)?.decrypt(key)?;
    Ok(String::from_utf8(plaintext.to_vec()).unwrap())
}

fn parameters(alg: KeyManagement, enc: ContentEncryption) -> Parameters<'static> {
    Parameters { alg, enc, typ: None, cty: Some("JWT"), kid: Some("k1") }
}

/// The two halves of a key for `alg`; curves take turns by `enc`.
fn pair(alg: KeyManagement, enc: ContentEncryption) -> (EncryptionKey, DecryptionKey) {
    let shared = |length| {
        let secret = generate::secret(length).unwrap();
        (EncryptionKey::from_secret(&secret), DecryptionKey::from_secret(&secret))
    };
    match alg.kty() {
        KeyType::Oct => shared(alg.wrapping_key_len().unwrap_or(enc.key_len())),
        KeyType::Rsa => {
            let spki = SigningKey::from_der(crate::Algorithm::RS256, &rsa()).unwrap().spki().unwrap().to_vec();
            (EncryptionKey::from_spki(&spki).unwrap(), DecryptionKey::from_der(&rsa()).unwrap())
        }
        _ => {
            let curve = Curve::ALL[enc.key_len() % 3];
            let private = generate::ec(curve).unwrap();
            let spki = SigningKey::from_der(curve.algorithm(), &private).unwrap().spki().unwrap().to_vec();
            (EncryptionKey::from_spki(&spki).unwrap(), DecryptionKey::from_der(&private).unwrap())
        }
    }
}

#[test]
fn published_tokens_decrypt() {
    for vector in rfc("jwe").as_array().unwrap() {
        let key = DecryptionKey::from_private_jwk(&vector["jwk"]).unwrap();
        let plaintext = decrypted(vector["token"].as_str().unwrap(), &key).unwrap();
        assert_eq!(plaintext, vector["plaintext"], "{}", vector["source"]);
    }
}

/// 42 tokens made by jwcrypto 1.6.1: every `enc` with every kind of `alg`.
#[test]
fn tokens_of_another_library_decrypt() {
    let file: Value = serde_json::from_str(include_str!("../../testdata/jwe_elsewhere.json")).unwrap();
    for token in file["tokens"].as_array().unwrap() {
        let key = DecryptionKey::from_private_jwk(&file["keys"][token["key"].as_str().unwrap()]).unwrap();
        assert_eq!(decrypted(token["token"].as_str().unwrap(), &key).unwrap(), file["plaintext"]);
    }
}

#[test]
fn every_combination_comes_back() {
    for alg in KeyManagement::ALL {
        for enc in ContentEncryption::ALL {
            let (public, private) = pair(alg, enc);
            for plaintext in ["", "x", "sixteen octets.."] {
                let token = encrypt(plaintext.as_bytes(), &public, &parameters(alg, enc)).unwrap();
                let parsed = Encrypted::parse(&token).unwrap();
                assert_eq!((parsed.alg, parsed.enc), (alg, enc));
                assert_eq!((parsed.header.kid(), parsed.header.cty()), (Some("k1"), Some("JWT")));
                if alg == KeyManagement::Rsa15 {
                    let expected = Error::AlgorithmKeyMismatch { algorithm: "RSA1_5", key: "RSA" };
                    assert_eq!(decrypted(&token, &private), Err(expected), "never decrypted");
                } else {
                    assert_eq!(decrypted(&token, &private).as_deref(), Ok(plaintext), "{alg:?} {enc:?}");
                }
            }
        }
    }
}

#[test]
fn altered_or_shortened_token_is_refused() {
    for (alg, enc) in [
        (KeyManagement::Dir, ContentEncryption::A256Gcm),
        (KeyManagement::EcdhEsA192Kw, ContentEncryption::A128CbcHs256),
        (KeyManagement::RsaOaep256, ContentEncryption::A128Gcm),
    ] {
        let (public, private) = pair(alg, enc);
        let token = encrypt(b"secret text", &public, &parameters(alg, enc)).unwrap();
        for at in 0..token.len() {
            assert!(decrypted(&token[..at], &private).is_err());
            let other = if &token[at..=at] == "A" { "B" } else { "A" };
            let altered = format!("{}{other}{}", &token[..at], &token[at + 1..]);
            assert!(Encrypted::parse(&altered).and_then(|token| token.decrypt(&private)).is_err(), "{alg:?} at {at}");
        }
    }
}

#[test]
fn shortened_tag_is_refused() {
    for enc in [ContentEncryption::A256Gcm, ContentEncryption::A256CbcHs512] {
        let (public, private) = pair(KeyManagement::Dir, enc);
        let token = encrypt(b"text", &public, &parameters(KeyManagement::Dir, enc)).unwrap();
        let (rest, tag) = token.rsplit_once('.').unwrap();
        let tag = b64::decode(tag, "tag").unwrap();
        for length in 0..tag.len() {
            let shorter = format!("{rest}.{}", b64::encode(&tag[..length]));
            assert_eq!(decrypted(&shorter, &private), Err(Error::DecryptionFailed));
        }
    }
}

#[test]
fn key_of_another_kind_or_length_is_refused() {
    let enc = ContentEncryption::A256Gcm;
    let keys = [KeyManagement::Dir, KeyManagement::RsaOaep, KeyManagement::EcdhEs].map(|alg| (alg, pair(alg, enc)));
    for (alg, (public, _)) in &keys {
        let token = encrypt(b"text", public, &parameters(*alg, enc)).unwrap();
        for (other, (other_public, private)) in &keys {
            if other != alg {
                assert!(encrypt(b"text", other_public, &parameters(*alg, enc)).is_err());
                assert!(matches!(decrypted(&token, private), Err(Error::AlgorithmKeyMismatch { .. })));
            }
        }
        let (_, stranger) = pair(*alg, enc);
        if *alg != KeyManagement::RsaOaep {
            assert_eq!(decrypted(&token, &stranger), Err(Error::DecryptionFailed));
        }
    }
    let short = EncryptionKey::from_secret(&[1; 16]);
    let outcome = encrypt(b"text", &short, &parameters(KeyManagement::Dir, enc));
    assert_eq!(outcome, Err(Error::AlgorithmKeyMismatch { algorithm: "dir", key: "oct" }));
    let signs_only = Jwk::new(Material::Ed25519 { x: vec![1; 32] });
    assert!(EncryptionKey::from_jwk(&signs_only).is_err());
}

/// The published values of [RFC7518-C]: Bob derives what Alice derived.
#[test]
fn agreement_derives_the_published_key() {
    let bob = json!({"kty": "EC", "crv": "P-256",
        "x": "weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ", "y": "e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck",
        "d": "VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw"});
    let header = json!({"alg": "ECDH-ES", "enc": "A128GCM", "apu": "QWxpY2U", "apv": "Qm9i",
        "epk": {"kty": "EC", "crv": "P-256",
            "x": "gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0", "y": "SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps"}});
    let header = crate::Header::parse(header.to_string().as_bytes(), &[]).unwrap();
    let key = DecryptionKey::from_private_jwk(&bob).unwrap();
    let derived = key.find_content_key(&header, KeyManagement::EcdhEs, ContentEncryption::A128Gcm, &[]).unwrap();
    assert_eq!(b64::encode(derived), "VqqN6vgjbSBcIijNcacQGg");
}

#[test]
fn ephemeral_key_must_be_a_public_point_on_the_recipients_curve() {
    let enc = ContentEncryption::A256Gcm;
    let key = DecryptionKey::from_der(&generate::ec(Curve::P256).unwrap()).unwrap();
    let other = SigningKey::from_der(crate::Algorithm::ES384, &generate::ec(Curve::P384).unwrap()).unwrap();
    let off_curve = json!({"kty": "EC", "crv": "P-256", "x": b64::encode([1; 32]), "y": b64::encode([1; 32])});
    let private = json!({"kty": "EC", "crv": "P-256", "x": b64::encode([1; 32]), "y": b64::encode([1; 32]), "d": "AQ"});
    let cases = [
        (json!(null), Error::NotJson("JWK")),
        (off_curve, Error::DecryptionFailed),
        (private, Error::PrivateMembers),
        (other.public_jwk().unwrap().to_value(), Error::InvalidMember("epk")),
    ];
    for (epk, expected) in cases {
        let header = json!({"alg": "ECDH-ES", "enc": enc.name(), "epk": epk}).to_string();
        let token = format!("{}..AAAA.AAAA.AAAA", b64::encode(header));
        assert_eq!(decrypted(&token, &key), Err(expected));
    }
}

#[test]
fn form_is_held_to_the_rules() {
    let refused =
        |header: Value| Encrypted::parse(&format!("{}....", b64::encode(header.to_string()))).map(|_| ()).unwrap_err();
    let unsupported = |kind, name: &str| Error::Unsupported { kind, name: name.to_owned() };
    assert_eq!(refused(json!({"alg": "dir"})), Error::MissingMember("enc"));
    assert_eq!(refused(json!({"alg": "none", "enc": "A256GCM"})), unsupported("alg", "none"));
    assert_eq!(
        refused(json!({"alg": "PBES2-HS256+A128KW", "enc": "A256GCM"})),
        unsupported("alg", "PBES2-HS256+A128KW")
    );
    assert_eq!(refused(json!({"alg": "dir", "enc": "A256CBC"})), unsupported("enc", "A256CBC"));
    assert_eq!(refused(json!({"alg": "dir", "enc": "A256GCM", "zip": "DEF"})), unsupported("zip", "DEF"));
    assert_eq!(
        refused(json!({"alg": "dir", "enc": "A256GCM", "crit": ["x"], "x": 1})),
        Error::CriticalNotUnderstood("x".to_owned())
    );
    for token in ["", "a.b.c", "a.b.c.d", "a.b.c.d.e.f"] {
        assert_eq!(Encrypted::parse(token).map(|_| ()).unwrap_err(), Error::WrongPartCount { expected: 5 });
    }
}

#[test]
fn sealed_text_opens_with_its_own_key_alone() {
    let key = SealingKey::new("eb799918", &[7; 32]).unwrap();
    let token = key.seal(b"cookie").unwrap();
    assert_eq!(key.open(&token).unwrap().as_slice(), b"cookie");
    assert_ne!(key.seal(b"cookie").unwrap(), token, "every vector is new");
    let header = b64::decode(token.split('.').next().unwrap(), "header").unwrap();
    assert_eq!(header, br#"{"alg":"dir","enc":"A256GCM","kid":"eb799918"}"#);
    // It is an ordinary JWE.
    assert_eq!(decrypted(&token, &DecryptionKey::from_secret(&[7; 32])).as_deref(), Ok("cookie"));
    for other in [SealingKey::new("eb799918", &[8; 32]).unwrap(), SealingKey::new("other", &[7; 32]).unwrap()] {
        assert_eq!(other.open(&token).unwrap_err(), Error::DecryptionFailed);
    }
    for length in [0, 15, 31, 33, 64] {
        assert!(SealingKey::new("k", &vec![0; length]).is_err());
    }
    assert_eq!(format!("{key:?}"), "SealingKey(\"eb799918\")");
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text in any::<String>(), parts in prop::collection::vec("[A-Za-z0-9_-]{0,40}", 5)) {
        let key = DecryptionKey::from_secret(&[1; 32]);
        let header = b64::encode(r#"{"alg":"dir","enc":"A256GCM"}"#);
        for token in [text, parts.join("."), format!("{header}.{}", parts[1..].join("."))] {
            assert!(Encrypted::parse(&token).and_then(|token| token.decrypt(&key)).is_err());
        }
    }

    #[test]
    fn sealed_octets_come_back(octets in prop::collection::vec(any::<u8>(), 0..512)) {
        let key = SealingKey::new("k", &[9; 16]).unwrap();
        assert_eq!(key.open(&key.seal(&octets).unwrap()).unwrap().as_slice(), octets);
    }
}
