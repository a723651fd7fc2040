//! Tokens that nobody issued.

use jose::{Algorithm, Compact, SigningKey, b64};
use serde_json::{Value, json};

/// The claims of a token, believed without a look at its signature; null for what is no token.
pub fn claims_of(token: &str) -> Value {
    Compact::parse(token).ok().and_then(|t| t.claims().ok()).map_or(Value::Null, Value::Object)
}

/// Forges a token from a true one.
pub struct Forge {
    header: Value,
    claims: Value,
    signature: String,
}

impl Forge {
    /// Takes a true token apart.
    pub fn from(token: &str) -> Self {
        let mut parts = token.split('.');
        let mut json = || {
            let octets = b64::decode(parts.next().expect("a part"), "part").expect("base64");
            serde_json::from_slice(&octets).expect("JSON")
        };
        let (header, claims) = (json(), json());
        Self { header, claims, signature: parts.next().expect("a signature").to_owned() }
    }

    /// Sets a claim.
    #[must_use]
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims[name] = value.into();
        self
    }

    /// Sets a member of the header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header[name] = value.into();
        self
    }

    /// The token under its old signature.
    pub fn with_old_signature(&self) -> String {
        format!("{}.{}", self.signing_input(), self.signature)
    }

    /// The token without a signature, `alg` as given.
    pub fn unsigned(mut self, alg: &str) -> String {
        self.header["alg"] = json!(alg);
        format!("{}.", self.signing_input())
    }

    /// The token signed by HMAC with any secret, the header's `kid` kept.
    pub fn signed_with_secret(mut self, algorithm: Algorithm, secret: &[u8]) -> String {
        self.header["alg"] = json!(algorithm.name());
        let key = SigningKey::from_secret(algorithm, "", secret).expect("a key");
        self.signed(&key)
    }

    /// The token signed by a key of our own, the header's `kid` kept.
    pub fn signed_with(mut self, key: &SigningKey) -> String {
        self.header["alg"] = json!(key.algorithm().name());
        self.signed(key)
    }

    fn signed(&self, key: &SigningKey) -> String {
        let input = self.signing_input();
        let signature = key.sign(input.as_bytes()).expect("signs");
        format!("{input}.{}", b64::encode(signature))
    }

    fn signing_input(&self) -> String {
        format!("{}.{}", b64::encode(self.header.to_string()), b64::encode(self.claims.to_string()))
    }
}

/// A token broken in many small ways: cut, lengthened, bits flipped, parts left out and exchanged.
pub fn ways_to_break(token: &str) -> Vec<String> {
    let parts: Vec<&str> = token.split('.').collect();
    let mut out = vec![
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        format!("{token}A"),
        format!("{token}AAAA"),
        format!("{token}="),
        format!("{token}."),
        format!("{token}.e30"),
        format!(".{token}"),
        format!(" {token}"),
        token.to_uppercase(),
        token.replacen('.', "", 1),
        parts[..parts.len() - 1].join("."),
        format!("{}.", parts[..parts.len() - 1].join(".")),
        parts.iter().rev().copied().collect::<Vec<_>>().join("."),
    ];
    let lengths = [1, 2, 3, 4, 10, 64].into_iter().filter_map(|cut| token.len().checked_sub(cut));
    out.extend(lengths.map(|length| token[..length].to_owned()));
    out.extend(bits_flipped(token));
    out
}

/// A token with one character changed, at some thirty places all over it.
pub fn bits_flipped(token: &str) -> Vec<String> {
    let octets = token.as_bytes();
    let step = (octets.len() / 30).max(1);
    let places = (0..octets.len()).step_by(step).filter(|at| octets[*at] != b'.');
    places
        .map(|at| {
            let mut changed = octets.to_vec();
            // Another letter of base64url whose bits differ beyond those that padding ignores.
            changed[at] = if changed[at] == b'Q' { b'h' } else { b'Q' };
            String::from_utf8(changed).expect("ASCII")
        })
        .collect()
}
