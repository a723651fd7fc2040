//! Detached signatures over octets sent elsewhere, `header..signature`: with the payload signed in base64url
//! [RFC7515-F], or as it is, by the extension `b64` [RFC7797-3].

use crate::header::{Header, push_member};
use crate::jws::split;
use crate::key::{SigningKey, VerifyingKey};
use crate::{Error, Result, b64};

/// How the payload enters the signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payload {
    /// In base64url, as in any JWS.
    Encoded,
    /// As it is: `"b64":false,"crit":["b64"]`.
    Unencoded,
}

/// A detached JWS taken apart.
#[derive(Debug, Clone)]
pub struct Detached<'a> {
    /// The protected header.
    pub header: Header,
    /// The signature's octets.
    pub signature: Vec<u8>,
    encoded_header: &'a str,
}

/// The header text for [`sign`]: `alg`, `b64` and `crit` when unencoded, `typ` and `kid` when there are any.
#[must_use]
pub fn header(key: &SigningKey, payload: Payload, typ: Option<&str>) -> String {
    let mut text = format!("{{\"alg\":\"{}\"", key.algorithm().name());
    if payload == Payload::Unencoded {
        text.push_str(",\"b64\":false,\"crit\":[\"b64\"]");
    }
    if let Some(typ) = typ {
        push_member(&mut text, "typ", typ);
    }
    if !key.kid().is_empty() {
        push_member(&mut text, "kid", key.kid());
    }
    text.push('}');
    text
}

/// Signs `payload` and leaves it out: `header..signature`. Whether it is signed encoded is read from the header.
pub fn sign(header: &str, payload: &[u8], key: &SigningKey) -> Result<String> {
    let unencoded = Header::parse(header.as_bytes(), UNDERSTOOD)?.is_unencoded();
    let encoded_header = b64::encode(header);
    let signature = key.sign(&signing_input(&encoded_header, payload, unencoded))?;
    Ok(format!("{encoded_header}..{}", b64::encode(signature)))
}

impl<'a> Detached<'a> {
    /// Takes a detached JWS apart.
    ///
    /// Errors: [`Error::PayloadNotDetached`] when the middle part isn't empty, and those of
    /// [`crate::jws::Compact::parse`]; of `crit` only `b64` is understood.
    pub fn parse(token: &'a str) -> Result<Self> {
        let Parts { header, signature, encoded_header } = Parts::parse(token)?;
        header.check_critical(UNDERSTOOD)?;
        Ok(Self { header, signature, encoded_header })
    }

    /// Checks the signature over the octets the caller has.
    pub fn verify(&self, payload: &[u8], key: &VerifyingKey) -> Result<()> {
        let input = signing_input(self.encoded_header, payload, self.header.is_unencoded());
        key.verify(self.header.algorithm()?, &input, &self.signature)
    }
}

/// A detached JWS taken apart, of which the form alone was looked at: for profiles that say by themselves what `crit` and
/// `b64` must be, and how the payload was signed.
#[derive(Debug, Clone)]
pub struct Parts<'a> {
    /// The protected header.
    pub header: Header,
    /// The signature's octets.
    pub signature: Vec<u8>,
    encoded_header: &'a str,
}

impl<'a> Parts<'a> {
    /// Takes a detached JWS apart.
    ///
    /// Errors: [`Error::PayloadNotDetached`] when the middle part isn't empty, and those of the form.
    pub fn parse(token: &'a str) -> Result<Self> {
        let [encoded_header, middle, signature] = split(token)?;
        if !middle.is_empty() {
            return Err(Error::PayloadNotDetached);
        }
        Ok(Self {
            header: Header::parse_form(&b64::decode(encoded_header, "header")?)?,
            signature: b64::decode(signature, "signature")?,
            encoded_header,
        })
    }

    /// What the signature is over.
    #[must_use]
    pub fn signing_input(&self, octets: &[u8], payload: Payload) -> Vec<u8> {
        signing_input(self.encoded_header, octets, payload == Payload::Unencoded)
    }

    /// Checks the signature by the header's own algorithm, over octets signed that way.
    pub fn verify(&self, octets: &[u8], payload: Payload, key: &VerifyingKey) -> Result<()> {
        key.verify(self.header.algorithm()?, &self.signing_input(octets, payload), &self.signature)
    }
}

/// Signs octets that way under a header that is taken as it is: whoever made it knows what it says.
pub fn sign_as(header: &str, octets: &[u8], payload: Payload, key: &SigningKey) -> Result<String> {
    let encoded_header = b64::encode(header);
    let signature = key.sign(&signing_input(&encoded_header, octets, payload == Payload::Unencoded))?;
    Ok(format!("{encoded_header}..{}", b64::encode(signature)))
}

fn signing_input(encoded_header: &str, payload: &[u8], unencoded: bool) -> Vec<u8> {
    let mut input = Vec::with_capacity(encoded_header.len() + 4 + payload.len() * 4 / 3);
    input.extend_from_slice(encoded_header.as_bytes());
    input.push(b'.');
    if unencoded {
        input.extend_from_slice(payload);
    } else {
        input.extend_from_slice(b64::encode(payload).as_bytes());
    }
    input
}

const UNDERSTOOD: &[&str] = &["b64"];

#[cfg(test)]
mod tests;
