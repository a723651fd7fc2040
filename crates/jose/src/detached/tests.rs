use super::{Detached, Payload, header, sign};
use crate::fixtures::{rfc, signing};
use crate::jws;
use crate::{Algorithm, Error, SigningKey, b64};

const OCTETS: &[u8] = b"{\"amount\": 1.50}\r\n\x00\xff.";

#[test]
fn published_unencoded_signature_is_made_and_verified() {
    let vector = rfc("unencoded");
    let key = SigningKey::from_private_jwk(Algorithm::HS256, &vector["jwk"]).unwrap().with_kid("");
    let text = header(&key, Payload::Unencoded, None);
    assert_eq!(text, r#"{"alg":"HS256","b64":false,"crit":["b64"]}"#);
    let token = sign(&text, b"$.02", &key).unwrap();
    assert_eq!(token, vector["token"]);
    assert_eq!(Detached::parse(&token).unwrap().verify(b"$.02", key.verifying_key()), Ok(()));
}

#[test]
fn both_forms_verify_over_the_exact_octets_alone() {
    for algorithm in Algorithm::ALL {
        let key = signing(algorithm);
        for form in [Payload::Encoded, Payload::Unencoded] {
            let text = sign(&header(&key, form, Some("JOSE")), OCTETS, &key).unwrap();
            let token = Detached::parse(&text).unwrap();
            assert_eq!(token.verify(OCTETS, key.verifying_key()), Ok(()), "{algorithm:?} {form:?}");
            for other in [&OCTETS[1..], &OCTETS[..OCTETS.len() - 1], b64::encode(OCTETS).as_bytes(), b""] {
                assert_eq!(token.verify(other, key.verifying_key()), Err(Error::SignatureMismatch));
            }
        }
    }
}

#[test]
fn encoded_form_is_a_compact_token_without_its_middle() {
    let key = signing(Algorithm::EdDSA);
    let compact = jws::encode(&jws::header(&key, None), OCTETS, &key).unwrap();
    let payload = b64::encode(OCTETS);
    let detached = compact.replace(&payload, "");
    assert_eq!(Detached::parse(&detached).unwrap().verify(OCTETS, key.verifying_key()), Ok(()));
}

#[test]
fn payload_inside_is_an_error_of_its_own() {
    let key = signing(Algorithm::HS256);
    let compact = jws::encode(&jws::header(&key, None), OCTETS, &key).unwrap();
    assert_eq!(Detached::parse(&compact).unwrap_err(), Error::PayloadNotDetached);
}

#[test]
fn extension_must_be_declared_critical() {
    let refused = |header: &str| Detached::parse(&format!("{}..AA", b64::encode(header))).unwrap_err();
    assert_eq!(refused(r#"{"alg":"HS256","b64":false}"#), Error::MissingMember("crit"));
    assert_eq!(refused(r#"{"alg":"HS256","crit":["b64"]}"#), Error::InvalidMember("crit"));
    assert_eq!(refused(r#"{"alg":"HS256","b64":false,"crit":["b64","b64"]}"#), Error::InvalidMember("crit"));
    assert_eq!(refused(r#"{"alg":"HS256","b64":"false","crit":["b64"]}"#), Error::InvalidMember("b64"));
    assert_eq!(
        refused(r#"{"alg":"HS256","b64":false,"crit":["b64","exp"],"exp":1}"#),
        Error::CriticalNotUnderstood("exp".to_owned())
    );
}

#[test]
fn altered_detached_signature_is_refused() {
    let key = signing(Algorithm::ES256);
    let token = sign(&header(&key, Payload::Unencoded, None), OCTETS, &key).unwrap();
    for at in 0..token.len() {
        for other in ["A", "B", "."] {
            let altered = format!("{}{other}{}", &token[..at], &token[at + 1..]);
            let accepted = Detached::parse(&altered).is_ok_and(|t| t.verify(OCTETS, key.verifying_key()).is_ok());
            assert!(altered == token || !accepted);
        }
    }
}
