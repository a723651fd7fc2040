//! A message as it came: nothing of it is read anew, decoded or put in order.

use crate::profile::{NoBody, Profile};

/// A message and the signature that came with it.
#[derive(Clone, Copy, Debug)]
pub struct Message<'m> {
    /// The headers, names and values as they came.
    pub headers: &'m [(&'m str, &'m [u8])],
    /// The method of a request; that of the request for an answer.
    pub method: &'m str,
    /// Path and query as sent.
    pub target: &'m str,
    /// The body's octets: after content decoding, or as sent where the profile takes codings.
    pub body: &'m [u8],
    /// For an answer: which request it answers, by [`request_digest`]. None for a request, which no answer passes for.
    pub answers: Option<&'m str>,
}

/// Octets of the longest body of a message that is put on record, however it comes.
pub const LONGEST_BODY: usize = 1024 * 1024;
/// Headers of a connection: they end with it, and are no message's [RFC9110-7.6.1].
pub const OF_THE_CONNECTION: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];
/// The `typ` of a participant's answers.
pub const ANSWER: &str = "answer+jws";
/// The parameter of an answer that names its request.
pub const REQUEST: &str = "req";

/// How answers name their request: base64url of SHA-256 over method, a blank, the target as sent, a newline, and the
/// body.
pub fn request_digest(method: &str, target: &str, body: &[u8]) -> String {
    let whole = [method.as_bytes(), b" ", target.as_bytes(), b"\n", body].concat();
    jose::b64::encode(jose::digest::sha256(&whole))
}

impl<'m> Message<'m> {
    /// What is signed: the body, or what the profile has signed where there is none. None where it takes no such message.
    pub fn octets(&self, profile: &Profile) -> Option<&'m [u8]> {
        match profile.no_body {
            _ if !self.body.is_empty() => Some(self.body),
            NoBody::Target => Some(self.target.as_bytes()),
            NoBody::Empty => Some(&[]),
            NoBody::Refused => None,
        }
    }

    /// The values of headers with one of these names.
    pub(crate) fn values(&self, names: &[String]) -> impl Iterator<Item = &'m [u8]> {
        self.headers
            .iter()
            .filter(|(name, _)| names.iter().any(|wanted| wanted.eq_ignore_ascii_case(name)))
            .map(|(_, value)| *value)
    }
}
