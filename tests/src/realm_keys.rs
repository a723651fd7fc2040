//! RSA keys for realms, made once for all tests of a run: making one takes longer than most tests.

use std::sync::OnceLock;

use jose::Algorithm;
use serde_json::{Value, json};

/// The key providers of the realm that was imported as the `n`th of its server: no two of the first three share a key.
pub(crate) fn providers(n: usize) -> Value {
    static MADE: [OnceLock<(String, String)>; 3] = [const { OnceLock::new() }; 3];
    let (key, certificate) = MADE[n % 3].get_or_init(make);
    let rsa = |provider: &str, algorithm: &str, usage: &str| {
        json!({"name": provider, "providerId": provider, "subComponents": {}, "config": {
            "privateKey": [key], "certificate": [certificate], "priority": ["100"], "algorithm": [algorithm],
            "keyUse": [usage]}})
    };
    json!([
        rsa("rsa-generated", "RS256", "SIG"),
        rsa("rsa-enc-generated", "RSA-OAEP", "ENC"),
        {"name": "hmac-generated", "providerId": "hmac-generated", "subComponents": {},
            "config": {"priority": ["100"], "algorithm": ["HS512"]}},
        {"name": "aes-generated", "providerId": "aes-generated", "subComponents": {}, "config": {"priority": ["100"]}},
    ])
}

fn make() -> (String, String) {
    let der = jose::generate::rsa(2048).expect("a key");
    let certificate =
        jose::certificate::self_signed("test", Algorithm::RS256, &der, 1_700_000_000, 2_000_000_000).expect("made");
    let key = jose::generate::pkcs1_of_rsa(&der).expect("encoded");
    (jose::b64::encode_standard(&key), jose::b64::encode_standard(certificate))
}
