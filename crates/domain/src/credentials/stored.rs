//! A stored password: its two JSON texts, and the hash read from them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::SCHEMES;
use super::scheme::{HashChoice, Scheme, Scratch};

/// The two JSON texts of a password credential, as Keycloak stores and exports them.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredPassword {
    /// `{"value":base64,"salt":base64,"additionalParameters":{}}`
    pub secret_data: String,
    /// `{"hashIterations":n,"algorithm":name,"additionalParameters":{…}}`
    pub credential_data: String,
}

/// A password hash, ready to be compared with a password. Its cost has been found bearable.
#[derive(Clone)]
pub struct PasswordHash {
    scheme: &'static dyn Scheme,
    iterations: u32,
    parameters: Map<String, Value>,
    value: Vec<u8>,
    salt: Vec<u8>,
}

impl PasswordHash {
    /// Reads the two texts of a stored password.
    ///
    /// # Errors
    /// Not the JSON expected, an unknown scheme, or parameters out of bounds.
    pub fn parse(stored: &StoredPassword) -> Result<Self, Unreadable> {
        let secret: Value = serde_json::from_str(&stored.secret_data).map_err(|_| Unreadable("secretData"))?;
        let data: Value = serde_json::from_str(&stored.credential_data).map_err(|_| Unreadable("credentialData"))?;
        let algorithm = data.get("algorithm").and_then(Value::as_str).ok_or(Unreadable("algorithm"))?;
        let scheme = SCHEMES.iter().copied().find(|s| s.id() == algorithm).ok_or(Unreadable("algorithm"))?;
        let iterations = data.get("hashIterations").and_then(Value::as_i64).unwrap_or(0);
        let value = secret.get("value").and_then(Value::as_str).ok_or(Unreadable("value"))?;
        let salt = secret.get("salt").and_then(Value::as_str).unwrap_or_default();
        let hash = Self {
            scheme,
            iterations: u32::try_from(iterations).map_err(|_| Unreadable("hashIterations"))?,
            parameters: data.get("additionalParameters").and_then(Value::as_object).cloned().unwrap_or_default(),
            value: if scheme.is_text() { value.as_bytes().to_vec() } else { decode(value, "value")? },
            salt: decode(salt, "salt")?,
        };
        if hash.salt.len() > MAX_SALT {
            return Err(Unreadable("salt"));
        }
        scheme.check(&hash)?;
        Ok(hash)
    }

    /// Hashes a new password with a salt of 16 random bytes.
    ///
    /// # Errors
    /// The scheme refuses its parameters; can't happen to a [`HashChoice`] found by name.
    pub fn make(password: &str, choice: HashChoice, salt: [u8; 16], scratch: &mut Scratch) -> Result<Self, Unreadable> {
        let mut hash = Self::blank(choice);
        hash.salt = salt.to_vec();
        hash.value = hash.scheme.derive(&hash, password.as_bytes(), scratch)?;
        scratch.trim();
        Ok(hash)
    }

    /// Whether this is the hash of `password`. Constant in time as to the stored value.
    ///
    /// # Errors
    /// The scheme can't work with what is stored.
    pub fn verify(&self, password: &str, scratch: &mut Scratch) -> Result<bool, Unreadable> {
        let same = self.scheme.verify(self, password.as_bytes(), scratch);
        scratch.trim();
        same
    }

    /// Whether a password that has just been verified should be hashed anew, because the realm now hashes otherwise.
    #[must_use]
    pub fn needs_rehash(&self, choice: HashChoice) -> bool {
        self.scheme.id() != choice.scheme.id()
            || self.iterations != choice.iterations
            || self.value.len() != self.scheme.usual_length()
            || self.parameters != self.scheme.usual_parameters()
    }

    /// The two texts to store, member for member in Keycloak's order.
    #[must_use]
    pub fn to_stored(&self) -> StoredPassword {
        let value = if self.scheme.is_text() {
            String::from_utf8_lossy(&self.value).into_owned()
        } else {
            STANDARD.encode(&self.value)
        };
        let secret = json!({"value": value, "salt": STANDARD.encode(&self.salt), "additionalParameters": {}});
        let data = json!({
            "hashIterations": self.iterations,
            "algorithm": self.scheme.id(),
            "additionalParameters": self.parameters,
        });
        StoredPassword { secret_data: secret.to_string(), credential_data: data.to_string() }
    }

    /// A hash nobody's password has, that costs what a new hash costs.
    pub(super) fn blank(choice: HashChoice) -> Self {
        Self {
            scheme: choice.scheme,
            iterations: choice.iterations,
            parameters: choice.scheme.usual_parameters(),
            value: vec![0; choice.scheme.usual_length()],
            salt: vec![0; 16],
        }
    }

    pub(super) fn iterations(&self) -> u32 {
        self.iterations
    }

    pub(super) fn value(&self) -> &[u8] {
        &self.value
    }

    pub(super) fn salt(&self) -> &[u8] {
        &self.salt
    }

    /// A parameter of the scheme: a text in a list of one (`{"memory":["7168"]}`), or by itself.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let value = self.parameters.get(name)?;
        value.as_array().map_or(Some(value), |list| list.first())?.as_str()
    }
}

impl Drop for PasswordHash {
    fn drop(&mut self) {
        drop(Zeroizing::new(std::mem::take(&mut self.value)));
    }
}

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PasswordHash({} x{})", self.scheme.id(), self.iterations)
    }
}

impl std::fmt::Debug for StoredPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StoredPassword({})", self.credential_data)
    }
}

/// A stored password that can't be read, and the member at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stored password is unreadable: {0}")]
pub struct Unreadable(pub &'static str);

fn decode(text: &str, member: &'static str) -> Result<Vec<u8>, Unreadable> {
    STANDARD.decode(text).map_err(|_| Unreadable(member))
}

const MAX_SALT: usize = 1024;
