use proptest::prelude::{ProptestConfig, any, prop, proptest};
use serde_json::json;

use super::{Compact, MAX_LEN, encode, header};
use crate::fixtures::{rfc, signing};
use crate::{Algorithm, Error, Jwk, SigningKey, VerifyingKey, b64};

#[test]
fn published_tokens_verify() {
    for vector in rfc("jws").as_array().unwrap() {
        let token = Compact::parse(vector["token"].as_str().unwrap()).unwrap();
        let key = VerifyingKey::from_jwk(&Jwk::parse(&vector["jwk"]).unwrap()).unwrap();
        assert_eq!(token.verify(&key), Ok(()), "{}", vector["source"]);
    }
}

#[test]
fn deterministic_algorithms_sign_the_published_tokens() {
    for vector in rfc("jws").as_array().unwrap() {
        let expected = vector["token"].as_str().unwrap();
        let token = Compact::parse(expected).unwrap();
        let algorithm = token.header.algorithm().unwrap();
        if !matches!(algorithm.name().get(..2), Some("RS" | "HS" | "Ed")) {
            continue;
        }
        let key = SigningKey::from_private_jwk(algorithm, &vector["jwk"]).unwrap();
        let header = b64::decode(expected.split('.').next().unwrap(), "header").unwrap();
        let header = String::from_utf8(header).unwrap();
        assert_eq!(encode(&header, &token.payload, &key).unwrap(), expected, "{}", vector["source"]);
    }
}

#[test]
fn header_is_spelt_as_keycloak_spells_it() {
    let key = signing(Algorithm::HS512).with_kid("edd8\"9eaa");
    assert_eq!(header(&key, Some("JWT")), r#"{"alg":"HS512","typ" : "JWT","kid" : "edd8\"9eaa"}"#);
    assert_eq!(header(&key.with_kid(""), None), r#"{"alg":"HS512"}"#);
}

#[test]
fn every_algorithm_makes_a_token_that_comes_back() {
    for algorithm in Algorithm::ALL {
        let key = signing(algorithm);
        let text = encode(&header(&key, Some("at+jwt")), br#"{"sub":"alice"}"#, &key).unwrap();
        let token = Compact::parse(&text).unwrap();
        assert_eq!(token.verify(key.verifying_key()), Ok(()));
        assert_eq!(token.header.algorithm(), Ok(algorithm));
        assert_eq!((token.header.typ(), token.header.kid()), (Some("at+jwt"), Some(key.kid())));
        assert_eq!(token.claims().unwrap()["sub"], "alice");
    }
}

/// Every character of the token is replaced, and every shorter token tried.
#[test]
fn altered_or_shortened_token_is_refused() {
    let key = signing(Algorithm::ES256);
    let token = encode(&header(&key, None), br#"{"sub":"alice","exp":1}"#, &key).unwrap();
    let accepts = |text: &str| Compact::parse(text).is_ok_and(|token| token.verify(key.verifying_key()).is_ok());
    assert!(accepts(&token));
    for at in 0..token.len() {
        assert!(!accepts(&token[..at]), "cut at {at}");
        for other in ["A", "B", ".", "=", "-", "+", "\n"] {
            let altered = format!("{}{other}{}", &token[..at], &token[at + 1..]);
            assert!(altered == token || !accepts(&altered), "{other:?} at {at}");
        }
    }
    for odd in [format!("{token}="), format!("{token} "), format!(" {token}"), format!("{token}."), format!(".{token}")]
    {
        assert!(!accepts(&odd));
    }
}

#[test]
fn confused_algorithms_are_refused() {
    let rsa = signing(Algorithm::RS256);
    let spki = rsa.spki().unwrap();
    let forger = SigningKey::from_secret(Algorithm::HS256, "", spki).unwrap();
    let forged = encode(r#"{"alg":"HS256"}"#, b"{}", &forger).unwrap();
    let outcome = Compact::parse(&forged).unwrap().verify(rsa.verifying_key());
    assert_eq!(outcome, Err(Error::AlgorithmKeyMismatch { algorithm: "HS256", key: "RSA" }));

    for name in ["none", "None", "NONE", "nOnE", "", "rs256", "HS256 ", "RS1"] {
        let text = format!("{}.{}.", b64::encode(json!({"alg": name}).to_string()), b64::encode("{}"));
        let token = Compact::parse(&text).unwrap();
        for key in crate::fixtures::one_of_each() {
            let expected = Error::Unsupported { kind: "alg", name: name.to_owned() };
            assert_eq!(token.verify(&key), Err(expected));
        }
    }
    // The signature is right, but for another algorithm than the header says.
    let honest = encode(r#"{"alg":"RS512"}"#, b"{}", &rsa).unwrap();
    assert_eq!(Compact::parse(&honest).unwrap().verify(rsa.verifying_key()), Err(Error::SignatureMismatch));
}

#[test]
fn header_is_held_to_the_rules() {
    let refused = |header: &str| Compact::parse(&format!("{}.e30.AA", b64::encode(header))).unwrap_err();
    assert_eq!(refused(r#"{"alg":"RS256","alg":"HS256"}"#), Error::DuplicateMember("alg".to_owned()));
    assert_eq!(refused(r#"{"alg":"RS256","x":1,"\u0061lg":"none"}"#), Error::DuplicateMember("alg".to_owned()));
    assert_eq!(refused(r#"{"typ":"JWT"}"#), Error::MissingMember("alg"));
    assert_eq!(refused(r#"{"alg":1}"#), Error::InvalidMember("alg"));
    assert_eq!(refused(r#"{"alg":"RS256","kid":{}}"#), Error::InvalidMember("kid"));
    assert_eq!(refused(r#"{"alg":"RS256","crit":["exp"],"exp":1}"#), Error::CriticalNotUnderstood("exp".to_owned()));
    assert_eq!(
        refused(r#"{"alg":"RS256","crit":["b64"],"b64":false}"#),
        Error::CriticalNotUnderstood("b64".to_owned())
    );
    assert_eq!(refused(r#"{"alg":"RS256","b64":false}"#), Error::MissingMember("crit"));
    for crit in ["[]", "\"exp\"", "[1]", "null"] {
        assert_eq!(refused(&format!(r#"{{"alg":"RS256","crit":{crit}}}"#)), Error::InvalidMember("crit"));
    }
    for text in ["", "[]", "null", "{", r#"{"alg":"RS256"} x"#, r#"{"alg":"RS256",}"#] {
        assert_eq!(refused(text), Error::NotJson("header"), "{text}");
    }
    assert_eq!(refused(&format!(r#"{{"alg":"RS256","x":"{}"}}"#, "y".repeat(20_000))), Error::TooLong("header"));
}

#[test]
fn form_is_held_to_the_rules() {
    let refused = |token: &str| Compact::parse(token).unwrap_err();
    let header = b64::encode(r#"{"alg":"HS256"}"#);
    for token in ["", "a", "a.b", "a.b.c.d", "a.b.c.d.e"] {
        assert_eq!(refused(token), Error::WrongPartCount { expected: 3 });
    }
    assert_eq!(refused("..."), Error::WrongPartCount { expected: 3 });
    assert_eq!(refused(".."), Error::NotJson("header"));
    assert_eq!(refused(&format!("{header}=.e30.AA")), Error::NotBase64("header"));
    assert_eq!(refused(&format!("{header}.e30=.AA")), Error::NotBase64("payload"));
    assert_eq!(refused(&format!("{header}.e3 0.AA")), Error::NotBase64("payload"));
    assert_eq!(refused(&format!("{header}.e30.AB")), Error::NotBase64("signature"), "trailing bits");
    assert_eq!(refused(&format!("{header}.e30.+/")), Error::NotBase64("signature"));
    assert_eq!(refused(&"a".repeat(MAX_LEN + 1)), Error::TooLong("token"));

    let claims = |payload: &str| Compact::parse(&format!("{header}.{}.AA", b64::encode(payload))).unwrap().claims();
    assert_eq!(claims(r#"{"sub":"a","sub":"b"}"#), Err(Error::DuplicateMember("sub".to_owned())));
    assert_eq!(claims("[]"), Err(Error::NotJson("payload")));
    assert_eq!(claims(&"[".repeat(10_000)), Err(Error::NotJson("payload")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn arbitrary_text_never_panics(text in any::<String>()) {
        let _ = Compact::parse(&text).map(|token| token.claims());
    }

    #[test]
    fn arbitrary_parts_never_panic(
        header in "\\{\"alg\":\"(HS256|ES256|none)\"(,\"(crit|kid|b64|typ)\":(true|false|\\[\"b64\"\\]|\"x\"|1)){0,3}\\}",
        payload in prop::collection::vec(any::<u8>(), 0..64),
        signature in prop::collection::vec(any::<u8>(), 0..140),
    ) {
        let text = [b64::encode(header), b64::encode(payload), b64::encode(signature)].join(".");
        let key = VerifyingKey::from_secret(b"secret").unwrap();
        if let Ok(token) = Compact::parse(&text) {
            assert!(token.verify(&key).is_err());
            assert_eq!(token.signing_input, text.rsplit_once('.').unwrap().0);
            let _ = token.claims();
        }
    }

    #[test]
    fn signed_payload_comes_back(payload in prop::collection::vec(any::<u8>(), 0..512)) {
        let key = SigningKey::from_secret(Algorithm::HS256, "kid", b"secret").unwrap();
        let text = encode(&header(&key, None), &payload, &key).unwrap();
        let token = Compact::parse(&text).unwrap();
        assert_eq!(token.payload, payload);
        assert_eq!(token.verify(key.verifying_key()), Ok(()));
    }
}
