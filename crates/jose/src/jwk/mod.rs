//! JSON Web Keys [RFC7517-4] [RFC7518-6] [RFC8037-2] and their thumbprints [RFC7638-3].
//!
//! A [`Jwk`] holds the public part of a key, or a shared secret, and the names and uses it goes by. The private numbers
//! of an RSA, EC or OKP key are never kept: reading such a JWK only remembers that they were there
//! ([`Jwk::has_private_parts`]). To sign with a private JWK see [`crate::SigningKey::from_private_jwk`].
//! Members this crate doesn't know are dropped.

mod material;
mod set;

use aws_lc_rs::digest;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

pub(crate) use self::material::ED25519_LEN;
pub use self::material::Material;
pub use self::set::JwkSet;
use crate::curve::Curve;
use crate::json::{find_text, parse_object};
use crate::{Error, Result, b64};

/// One key of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jwk {
    /// `kid`.
    pub kid: Option<String>,
    /// `use`: `sig` or `enc`.
    pub key_use: Option<String>,
    /// `alg`, of a signature or of key management.
    pub alg: Option<String>,
    /// `x5c`: DER certificates in standard base64, the key's own first.
    pub x5c: Vec<String>,
    /// `x5t`: base64url of the SHA-1 of the first certificate.
    pub x5t: Option<String>,
    /// `x5t#S256`: base64url of the SHA-256 of the first certificate.
    pub x5t_s256: Option<String>,
    /// The key.
    pub material: Material,
    private_members: bool,
}

impl Jwk {
    /// A key without names.
    #[must_use]
    pub fn new(material: Material) -> Self {
        let (kid, key_use, alg) = (None, None, None);
        Self { kid, key_use, alg, x5c: Vec::new(), x5t: None, x5t_s256: None, material, private_members: false }
    }

    /// Reads a JWK from JSON text of at most 16 KiB, in which no member may appear twice.
    pub fn parse_text(text: &str) -> Result<Self> {
        if text.len() > MAX_JWK_TEXT {
            return Err(Error::TooLong("JWK"));
        }
        Self::parse_object(&parse_object(text.as_bytes(), "JWK")?)
    }

    /// Reads a JWK.
    ///
    /// Errors: [`Error::Unsupported`] for another `kty` or `crv`, [`Error::MissingMember`], [`Error::InvalidMember`],
    /// [`Error::TooLong`].
    pub fn parse(value: &Value) -> Result<Self> {
        Self::parse_object(value.as_object().ok_or(Error::NotJson("JWK"))?)
    }

    /// Reads a JWK that must be public: one with private members or a shared secret is refused with
    /// [`Error::PrivateMembers`].
    pub fn parse_public(value: &Value) -> Result<Self> {
        let object = value.as_object().ok_or(Error::NotJson("JWK"))?;
        if object.keys().any(|name| PRIVATE_MEMBERS.contains(&name.as_str())) {
            return Err(Error::PrivateMembers);
        }
        Self::parse_object(object)
    }

    /// Whether the JWK was read from one with private members, or is a shared secret.
    #[must_use]
    pub fn has_private_parts(&self) -> bool {
        self.private_members || matches!(self.material, Material::Oct { .. })
    }

    /// The JSON form, members in Keycloak's order: kid, kty, alg, use, x5c, x5t, x5t#S256, then the numbers.
    /// A shared secret is written as well; private numbers cannot be.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let text = |text: &Option<String>| text.as_deref().map(Value::from);
        let named = [
            ("kid", text(&self.kid)),
            ("kty", Some(Value::from(self.material.kty().name()))),
            ("alg", text(&self.alg)),
            ("use", text(&self.key_use)),
            ("x5c", (!self.x5c.is_empty()).then(|| Value::from(self.x5c.clone()))),
            ("x5t", text(&self.x5t)),
            ("x5t#S256", text(&self.x5t_s256)),
        ];
        let named = named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let numbers = self.numbers().into_iter().map(|(name, text)| (name.to_owned(), Value::from(text)));
        Value::Object(named.chain(numbers).collect())
    }

    /// The thumbprint: base64url of the SHA-256 of the required members in their canonical spelling [RFC7638-3].
    #[must_use]
    pub fn thumbprint(&self) -> String {
        let mut required = self.numbers();
        required.push(("kty", self.material.kty().name().to_owned()));
        required.sort_unstable();
        let members: Vec<String> = required.iter().map(|(name, text)| format!("\"{name}\":\"{text}\"")).collect();
        let canonical = Zeroizing::new(format!("{{{}}}", members.join(",")));
        b64::encode(digest::digest(&digest::SHA256, canonical.as_bytes()))
    }

    /// The members that are the key itself, in the order they are written. None needs escaping in JSON.
    fn numbers(&self) -> Vec<(&'static str, String)> {
        match &self.material {
            Material::Rsa { n, e } => vec![("n", b64::encode(n)), ("e", b64::encode(e))],
            Material::Ec { curve, x, y } => {
                vec![("crv", curve.name().to_owned()), ("x", b64::encode(x)), ("y", b64::encode(y))]
            }
            Material::Ed25519 { x } => vec![("crv", ED25519.to_owned()), ("x", b64::encode(x))],
            Material::Oct { k } => vec![("k", b64::encode(k))],
        }
    }

    fn parse_object(object: &Map<String, Value>) -> Result<Self> {
        let material = parse_material(object)?;
        let names = |name| match find_text(object, name)? {
            Some(text) if text.len() > MAX_NAME => Err(Error::TooLong(name)),
            text => Ok(text.map(str::to_owned)),
        };
        Ok(Self {
            kid: names("kid")?,
            key_use: names("use")?,
            alg: names("alg")?,
            x5c: parse_chain(object)?,
            x5t: names("x5t")?,
            x5t_s256: names("x5t#S256")?,
            private_members: object.keys().any(|name| PRIVATE_MEMBERS.contains(&name.as_str())),
            material,
        })
    }
}

/// The octets of a required base64url member, of `lengths` octets.
pub(crate) fn octets(
    object: &Map<String, Value>,
    name: &'static str,
    lengths: std::ops::RangeInclusive<usize>,
) -> Result<Zeroizing<Vec<u8>>> {
    let text = find_text(object, name)?.ok_or(Error::MissingMember(name))?;
    // Four characters hold three octets; the slack lets the exact check below speak.
    if text.len() > lengths.end() * 4 / 3 + 8 {
        return Err(Error::TooLong(name));
    }
    let octets = b64::decode(text, name).map_err(|_| Error::InvalidMember(name))?;
    match octets.len() {
        length if length > *lengths.end() => Err(Error::TooLong(name)),
        length if length < *lengths.start() => Err(Error::InvalidMember(name)),
        _ => Ok(Zeroizing::new(octets)),
    }
}

fn parse_material(object: &Map<String, Value>) -> Result<Material> {
    let unsupported = |kind, name: &str| Error::Unsupported { kind, name: name.to_owned() };
    let required = |name| find_text(object, name)?.ok_or(Error::MissingMember(name));
    match required("kty")? {
        "RSA" => Ok(Material::Rsa { n: unsigned(object, "n", MAX_MODULUS)?, e: unsigned(object, "e", MAX_EXPONENT)? }),
        "EC" => {
            let name = required("crv")?;
            let curve = Curve::parse(name).ok_or_else(|| unsupported("crv", name))?;
            let length = curve.coordinate_len();
            let coordinate = |name| octets(object, name, length..=length).map(|octets| octets.to_vec());
            Ok(Material::Ec { curve, x: coordinate("x")?, y: coordinate("y")? })
        }
        "OKP" => match required("crv")? {
            ED25519 => Ok(Material::Ed25519 { x: octets(object, "x", ED25519_LEN..=ED25519_LEN)?.to_vec() }),
            name => Err(unsupported("crv", name)),
        },
        "oct" => Ok(Material::Oct { k: octets(object, "k", 1..=MAX_SECRET)? }),
        name => Err(unsupported("kty", name)),
    }
}

/// A positive number without leading zeros. Some libraries write a sign octet in front; it is dropped.
fn unsigned(object: &Map<String, Value>, name: &'static str, max_len: usize) -> Result<Vec<u8>> {
    let written = octets(object, name, 1..=max_len + 1)?;
    let start = written.iter().position(|&octet| octet != 0).ok_or(Error::InvalidMember(name))?;
    match written.get(start..) {
        Some(number) if number.len() <= max_len => Ok(number.to_vec()),
        _ => Err(Error::TooLong(name)),
    }
}

fn parse_chain(object: &Map<String, Value>) -> Result<Vec<String>> {
    let Some(value) = object.get("x5c") else { return Ok(Vec::new()) };
    let chain = value.as_array().ok_or(Error::InvalidMember("x5c"))?;
    if chain.len() > MAX_CHAIN {
        return Err(Error::TooLong("x5c"));
    }
    let mut certificates = Vec::with_capacity(chain.len());
    for certificate in chain {
        let text = certificate.as_str().ok_or(Error::InvalidMember("x5c"))?;
        if text.len() > MAX_CERTIFICATE_TEXT {
            return Err(Error::TooLong("x5c"));
        }
        certificates.push(text.to_owned());
    }
    Ok(certificates)
}

const ED25519: &str = "Ed25519";
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
const MAX_JWK_TEXT: usize = 16 * 1024;
const MAX_NAME: usize = 1024;
/// 8192 bits, the most the library takes.
pub(crate) const MAX_MODULUS: usize = 1024;
const MAX_EXPONENT: usize = 5;
const MAX_SECRET: usize = 1024;
const MAX_CHAIN: usize = 8;
const MAX_CERTIFICATE_TEXT: usize = 12 * 1024;

#[cfg(test)]
mod tests;
