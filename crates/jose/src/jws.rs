//! Compact JWS [RFC7515-3.1], the form of every signed JWT.
//!
//! Reading checks the form alone; [`Compact::verify`] checks the signature with a key the caller has chosen, and nothing
//! in between trusts the payload. Whether the token is still valid, and for whom, is the caller's to judge.

use serde_json::{Map, Value};

use crate::header::{Header, push_member};
use crate::json::parse_object;
use crate::key::{SigningKey, VerifyingKey};
use crate::{Error, Result, b64};

/// The most characters of a compact JWS this crate reads.
pub const MAX_LEN: usize = 256 * 1024;

/// A compact JWS taken apart. Its text stays where it was; header, payload and signature are decoded.
#[derive(Debug, Clone)]
pub struct Compact<'a> {
    /// The protected header.
    pub header: Header,
    /// Header and payload as they were signed, with the dot between them.
    pub signing_input: &'a str,
    /// The payload's octets. Not to be believed before [`Compact::verify`].
    pub payload: Vec<u8>,
    /// The signature's octets.
    pub signature: Vec<u8>,
}

/// The header text Keycloak writes: `{"alg":"RS256","typ" : "JWT","kid" : "…"}` [KC 2.1]. A key without a name leaves
/// `kid` out.
#[must_use]
pub fn header(key: &SigningKey, typ: Option<&str>) -> String {
    let mut text = format!("{{\"alg\":\"{}\"", key.algorithm().name());
    if let Some(typ) = typ {
        push_member(&mut text, "typ", typ);
    }
    if !key.kid().is_empty() {
        push_member(&mut text, "kid", key.kid());
    }
    text.push('}');
    text
}

/// Signs `payload` under the header text given, which must name the key's algorithm.
///
/// `header` is written as it is, so it may be made once and used for many tokens.
pub fn encode(header: &str, payload: &[u8], key: &SigningKey) -> Result<String> {
    // 4 characters for 3 octets, and 88 more for the common signatures.
    let mut token = String::with_capacity((header.len() + payload.len()) * 4 / 3 + 360);
    b64::encode_into(header, &mut token);
    token.push('.');
    b64::encode_into(payload, &mut token);
    let signature = key.sign(token.as_bytes())?;
    token.push('.');
    b64::encode_into(signature, &mut token);
    Ok(token)
}

impl<'a> Compact<'a> {
    /// Takes a compact JWS apart. An empty signature is accepted here and fails to verify.
    ///
    /// Errors: [`Error::TooLong`] over [`MAX_LEN`], [`Error::WrongPartCount`], [`Error::NotBase64`], and those of the
    /// header; any `crit` is refused.
    pub fn parse(token: &'a str) -> Result<Self> {
        let [header, payload, signature] = split(token)?;
        let signing_input = token.get(..header.len() + 1 + payload.len()).unwrap_or_default();
        Ok(Self {
            header: Header::parse(&b64::decode(header, "header")?, &[])?,
            signing_input,
            payload: b64::decode(payload, "payload")?,
            signature: b64::decode(signature, "signature")?,
        })
    }

    /// Checks the signature with the header's own algorithm, which the key must serve. A caller that allows only some
    /// algorithms compares [`Header::algorithm`] first.
    pub fn verify(&self, key: &VerifyingKey) -> Result<()> {
        key.verify(self.header.algorithm()?, self.signing_input.as_bytes(), &self.signature)
    }

    /// The payload as a JSON object in which no member may appear twice [RFC7519-4].
    pub fn claims(&self) -> Result<Map<String, Value>> {
        parse_object(&self.payload, "payload")
    }
}

/// The three parts of a token within [`MAX_LEN`].
pub(crate) fn split(token: &str) -> Result<[&str; 3]> {
    if token.len() > MAX_LEN {
        return Err(Error::TooLong("token"));
    }
    let mut parts = token.split('.');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(header), Some(payload), Some(signature), None) => Ok([header, payload, signature]),
        _ => Err(Error::WrongPartCount { expected: 3 }),
    }
}

#[cfg(test)]
mod tests;
