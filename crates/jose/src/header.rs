//! The protected header of JWS and JWE [RFC7515-4] [RFC7516-4].

use serde_json::{Map, Value};

use crate::json::{find_text, parse_object};
use crate::{Algorithm, Error, Result};

/// A header whose registered members have been checked for their types.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    members: Map<String, Value>,
    alg: String,
}

impl Header {
    /// Parses the JSON text of a header of at most 16 KiB. `understood` are the extensions `crit` may name.
    ///
    /// Errors: [`Error::NotJson`], [`Error::DuplicateMember`], [`Error::MissingMember`] without `alg`,
    /// [`Error::InvalidMember`], [`Error::CriticalNotUnderstood`].
    pub(crate) fn parse(text: &[u8], understood: &[&str]) -> Result<Self> {
        let header = Self::parse_form(text)?;
        header.check_critical(understood)?;
        Ok(header)
    }

    pub(crate) fn check_critical(&self, understood: &[&str]) -> Result<()> {
        check_critical(&self.members, understood)
    }

    /// The same without a look at `crit`: for whoever judges that by rules of their own.
    pub(crate) fn parse_form(text: &[u8]) -> Result<Self> {
        if text.len() > MAX_HEADER {
            return Err(Error::TooLong("header"));
        }
        let members = parse_object(text, "header")?;
        let alg = find_text(&members, "alg")?.ok_or(Error::MissingMember("alg"))?.to_owned();
        for name in ["kid", "typ", "cty", "enc", "zip"] {
            find_text(&members, name)?;
        }
        if members.get("b64").is_some_and(|value| !value.is_boolean()) {
            return Err(Error::InvalidMember("b64"));
        }
        Ok(Self { members, alg })
    }

    /// `alg` as it was written, also when this crate doesn't know it.
    #[must_use]
    pub fn alg(&self) -> &str {
        &self.alg
    }

    /// `alg` as a signature algorithm.
    ///
    /// Errors: [`Error::Unsupported`] for any other name, `none` included.
    pub fn algorithm(&self) -> Result<Algorithm> {
        Algorithm::parse(&self.alg).ok_or_else(|| Error::Unsupported { kind: "alg", name: self.alg.clone() })
    }

    /// `kid`.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.text("kid")
    }

    /// `typ`.
    #[must_use]
    pub fn typ(&self) -> Option<&str> {
        self.text("typ")
    }

    /// `cty`.
    #[must_use]
    pub fn cty(&self) -> Option<&str> {
        self.text("cty")
    }

    /// Any member, for instance the `jwk` of a DPoP proof.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Value> {
        self.members.get(name)
    }

    /// Whether the payload is signed as it is, not in base64url: `b64` is false [RFC7797-3].
    pub(crate) fn is_unencoded(&self) -> bool {
        self.members.get("b64") == Some(&Value::Bool(false))
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.members.get(name).and_then(Value::as_str)
    }
}

/// `"typ" : "JWT"` and the like: Keycloak writes a blank on both sides of every colon after the first.
pub(crate) fn push_member(text: &mut String, name: &str, value: &str) {
    text.push_str(",\"");
    text.push_str(name);
    text.push_str("\" : ");
    text.push_str(&Value::from(value).to_string());
}

/// Every name in `crit` must be understood, present in the header and named once [RFC7515-4.1.11]. `b64` must be
/// named there if it is used [RFC7797-6].
fn check_critical(members: &Map<String, Value>, understood: &[&str]) -> Result<()> {
    let Some(critical) = members.get("crit") else {
        let unencoded = members.get("b64") == Some(&Value::Bool(false));
        return if unencoded { Err(Error::MissingMember("crit")) } else { Ok(()) };
    };
    let names = critical.as_array().filter(|names| !names.is_empty()).ok_or(Error::InvalidMember("crit"))?;
    for (index, name) in names.iter().enumerate() {
        let name = name.as_str().ok_or(Error::InvalidMember("crit"))?;
        if !understood.contains(&name) {
            return Err(Error::CriticalNotUnderstood(name.to_owned()));
        }
        let seen_before = names.iter().take(index).any(|other| other.as_str() == Some(name));
        if seen_before || !members.contains_key(name) {
            return Err(Error::InvalidMember("crit"));
        }
    }
    if members.get("b64") == Some(&Value::Bool(false)) && !names.iter().any(|name| name == "b64") {
        return Err(Error::MissingMember("crit"));
    }
    Ok(())
}

const MAX_HEADER: usize = 16 * 1024;
