//! Tokens, keys and sealed cookies from outside: whatever the octets, an answer and never a panic.
//!
//! Beside that: a token that a key confirms is one that was signed with it.

#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a fuzz target breaks by panicking")]

use std::process::ExitCode;

use jose::jwe::SealingKey;
use jose::{Algorithm, Compact, Jwk, JwkSet, SigningKey, VerifyingKey};

const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const PAYLOAD: &[u8] = br#"{"sub":"ada","exp":1}"#;

fn main() -> ExitCode {
    let key = SigningKey::from_secret(Algorithm::HS256, "k", SECRET).expect("a key");
    let ours = jose::jws::encode(&jose::jws::header(&key, Some("JWT")), PAYLOAD, &key).expect("signs");
    let verifying = VerifyingKey::from_secret(SECRET).expect("a key");
    let sealing = SealingKey::new("k", &SECRET[..32]).expect("a key");
    let sealed = sealing.seal(PAYLOAD).expect("seals");
    let tokens =
        [ours.as_str(), sealed.as_str(), "eyJhbGciOiJub25lIn0.", ".", "\"kty\":\"RSA\"", "{\"keys\":[", "\\u0000"];
    wire_tests::fuzz::run("jose", &tokens, |input| {
        let Ok(text) = std::str::from_utf8(input) else { return };
        if let Ok(token) = Compact::parse(text) {
            let _ = (token.claims(), token.header.algorithm(), token.header.kid());
            if token.verify(&verifying).is_ok() {
                assert_eq!(text, ours, "a token that nobody signed is confirmed");
            }
        }
        if let Ok(opened) = sealing.open(text) {
            assert_eq!(opened.as_slice(), PAYLOAD, "something that nobody sealed is opened");
        }
        let _ = jose::jwe::Encrypted::parse(text);
        if let Ok(jwk) = Jwk::parse_text(text) {
            let _ = (jwk.thumbprint(), jwk.to_value(), VerifyingKey::from_jwk(&jwk));
        }
        if let Ok(set) = JwkSet::parse_text(text) {
            let _ = set.to_value();
            for algorithm in Algorithm::ALL {
                let _ = set.find_for_verification(None, algorithm).map(VerifyingKey::from_jwk);
            }
        }
        let _ = jose::key::certificate_der(text).and_then(|der| jose::certificate::read(&der).map(|c| c.spki));
        let _ = jose::key::public_der(text);
        let _ = jose::key::private_der(text).and_then(|der| SigningKey::from_der(Algorithm::RS256, &der));
        let _ = jose::certificate::read(input);
    })
}
