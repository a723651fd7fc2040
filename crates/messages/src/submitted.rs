//! A message as a caller hands it in.

use bytes::Bytes;
use domain::Result;
use ledger::text::{Digest, UtcTime};
use signing::{Message, Profile};

use crate::refusals::BAD_CALL;

/// A message, and who is said to have sent it.
#[derive(Clone, Debug, Default)]
pub struct Submitted {
    /// The participant role that it claims to be from, by id.
    pub sender: String,
    /// The method of the request; that of the request for an answer.
    pub method: String,
    /// Path and query as sent.
    pub target: String,
    /// The headers, names and values as they came.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body's octets.
    pub body: Bytes,
    /// The access token that came with it, if it is to be checked too.
    pub token: Option<String>,
    /// The caller's key for asking again.
    pub idempotency_key: Option<String>,
    /// For an answer: the digest of the request that it answers, as the caller sent it.
    pub answers: Option<String>,
    /// When the caller had it, if it reports it later.
    pub seen_at: Option<UtcTime>,
}

/// Octets of the longest name, method or key in a call.
const LONGEST_NAME: usize = 256;
/// Octets of the longest target.
const LONGEST_TARGET: usize = 8 * 1024;

impl Submitted {
    /// Looks at what a caller says besides the octets.
    ///
    /// # Errors
    /// 400, naming what is missing or odd.
    pub fn check(self) -> Result<Self> {
        let is_name =
            |text: &str| !text.is_empty() && text.len() <= LONGEST_NAME && text.bytes().all(|o| o.is_ascii_graphic());
        let wrong = |what: &str| Err(BAD_CALL.describe(what.to_owned()).into());
        if !is_name(&self.sender) {
            return wrong("Say whose message it is: x-countersign-sender, or participantId in an envelope");
        }
        if !is_name(&self.method) {
            return wrong("Say the request's method: x-countersign-method, or method in an envelope");
        }
        if let Err(why) = check_target(&self.target) {
            return wrong(&why);
        }
        if self.answers.as_deref().is_some_and(|digest| digest_of(digest).is_none()) {
            return wrong("Say which request is answered by the base64url of a SHA-256 digest");
        }
        match &self.idempotency_key {
            Some(key) if !is_name(key) => wrong("Idempotency-Key must be 1 to 256 printable characters"),
            _ => Ok(self),
        }
    }

    /// The headers as the judge takes them.
    pub(crate) fn headers(&self) -> Vec<(&str, &[u8])> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect()
    }

    /// The message as the judge takes it.
    pub(crate) fn message<'m>(&'m self, headers: &'m [(&'m str, &'m [u8])]) -> Message<'m> {
        Message {
            headers,
            method: &self.method,
            target: &self.target,
            body: &self.body,
            answers: self.answers.as_deref(),
        }
    }

    /// The value of the profile's signature header, where there is one.
    pub(crate) fn signature(&self, profile: &Profile) -> String {
        let is_one = |name: &str| profile.headers.iter().any(|known| known.eq_ignore_ascii_case(name));
        let found = self.headers.iter().find(|(name, _)| is_one(name));
        found.map(|(_, value)| String::from_utf8_lossy(value).into_owned()).unwrap_or_default()
    }

    /// A digest over all that decides the verdict, for who asks again; `of_token`: whether its token is asked about too.
    pub(crate) fn digest(&self, profile: &Profile, of_token: bool) -> String {
        let mut whole = Vec::with_capacity(self.body.len() + 1024);
        let token = self.token.as_deref().unwrap_or_default();
        let answers = self.answers.as_deref().unwrap_or_default();
        let seen_at = self.seen_at.map(|time| time.to_string()).unwrap_or_default();
        let question = if of_token { "check" } else { "verify" };
        let signature = self.signature(profile);
        let parts = [question, &*self.sender, &self.method, &self.target, &signature, token, answers, &seen_at];
        for part in parts.map(str::as_bytes).into_iter().chain([&*self.body]) {
            whole.extend_from_slice(&(part.len() as u64).to_be_bytes());
            whole.extend_from_slice(part);
        }
        jose::b64::encode(jose::digest::sha256(&whole))
    }
}

/// Looks at path and query as sent.
fn check_target(target: &str) -> std::result::Result<(), String> {
    if !target.starts_with('/') {
        return Err("Say path and query as sent, from their slash on: x-countersign-target, or target in an envelope"
            .to_owned());
    }
    if target.len() > LONGEST_TARGET {
        return Err(format!("The target has {} octets, and at most {LONGEST_TARGET} are taken", target.len()));
    }
    match target.bytes().enumerate().find(|(_, octet)| !octet.is_ascii_graphic()) {
        None => Ok(()),
        Some((place, octet)) => Err(format!(
            "The target has the octet 0x{octet:02X} after {place} others: say it as it was sent, where that is %{octet:02X}"
        )),
    }
}

/// A digest in its one spelling.
pub(crate) fn digest_of(text: &str) -> Option<Digest> {
    let octets = jose::b64::decode(text, "digest").ok()?;
    octets.as_slice().try_into().ok().map(Digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_target_that_can_not_be_one_it_is_told_why() {
        let told = |target: &str| check_target(target).unwrap_err();
        assert!(told("").contains("x-countersign-target") && told("loans").contains("from their slash on"));
        let long = format!("/{}", "x".repeat(LONGEST_TARGET));
        assert_eq!(told(&long), "The target has 8193 octets, and at most 8192 are taken");
        assert!(told("/a b").contains("0x20 after 2 others") && told("/a b").contains("%20"));
        assert!(told("/\u{e4}").contains("0xC3 after 1 others"));
        assert_eq!(check_target(&long[1..].replacen('x', "/", 1)), Ok(()));
    }

    #[test]
    fn what_decides_the_verdict_decides_the_digest() {
        let profile = Profile::find("strict").unwrap();
        let one = Submitted { sender: "a".into(), method: "POST".into(), target: "/x".into(), ..Submitted::default() };
        let digest = |change: fn(&mut Submitted)| {
            let mut other = one.clone();
            change(&mut other);
            other.digest(profile, false)
        };
        let same = digest(|other| other.headers.push(("x-request-id".into(), b"1".to_vec())));
        assert_eq!(same, one.digest(profile, false));
        let changed = [
            digest(|other| other.sender = "b".into()),
            digest(|other| other.target = "/y".into()),
            digest(|other| other.body = Bytes::from_static(b"{}")),
            digest(|other| other.token = Some("t".into())),
            digest(|other| other.headers.push(("X-JWS-Signature".into(), b"s".to_vec()))),
        ];
        assert!(changed.iter().all(|digest| *digest != one.digest(profile, false)));
        assert_ne!(one.digest(profile, true), one.digest(profile, false), "another question has another answer");
    }
}
