//! A message as a caller hands it in.

use bytes::Bytes;
use domain::Result;
use ledger::text::{Digest, UtcTime};
use serde_json::{Map, Value};
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
/// Messages of a report, at most.
const MOST_REPORTED: usize = 1000;
/// Headers of an envelope, at most.
const MOST_HEADERS: usize = 100;

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
        let target = self.target.as_bytes();
        if !self.target.starts_with('/') || target.len() > LONGEST_TARGET || !target.iter().all(u8::is_ascii_graphic) {
            return wrong("Say path and query as sent: x-countersign-target, or target in an envelope");
        }
        if self.answers.as_deref().is_some_and(|digest| digest_of(digest).is_none()) {
            return wrong("Say which request is answered by the base64url of a SHA-256 digest");
        }
        match &self.idempotency_key {
            Some(key) if !is_name(key) => wrong("Idempotency-Key must be 1 to 256 printable characters"),
            _ => Ok(self),
        }
    }

    /// Reads an envelope: `{participantId, method, target, headers: {name: value or values}, body: base64url, token?}`.
    ///
    /// # Errors
    /// 400, naming the member.
    pub fn of_envelope(octets: &[u8]) -> Result<Self> {
        let wrong = |what: String| domain::Error::from(BAD_CALL.describe(what));
        let value: Value = serde_json::from_slice(octets).map_err(|error| wrong(format!("Not JSON: {error}")))?;
        Self::of_members(value)
    }

    /// Reads a report of messages that a caller had while this server was away: a list of envelopes, each with `seenAt`.
    /// Each is its own key for asking again.
    ///
    /// # Errors
    /// 400, naming the member.
    pub fn of_report(octets: &[u8]) -> Result<Vec<Self>> {
        let wrong = |what: String| domain::Error::from(BAD_CALL.describe(what));
        let list: Vec<Value> =
            serde_json::from_slice(octets).map_err(|error| wrong(format!("Not a JSON list: {error}")))?;
        if list.len() > MOST_REPORTED {
            return Err(wrong(format!("At most {MOST_REPORTED} messages are reported at once")));
        }
        let read = |mut value: Value| {
            let key = jose::b64::encode(jose::digest::sha256(value.to_string().as_bytes()));
            let seen = value.as_object_mut().and_then(|members| members.shift_remove("seenAt"));
            let seen = seen.as_ref().and_then(Value::as_str).and_then(UtcTime::parse);
            let seen =
                seen.ok_or_else(|| wrong("The member seenAt is not a time as 2026-11-26T21:24:33.123Z".to_owned()))?;
            Ok(Self { seen_at: Some(seen), idempotency_key: Some(key), token: None, ..Self::of_members(value)? })
        };
        list.into_iter().map(read).collect()
    }

    fn of_members(value: Value) -> Result<Self> {
        let wrong = |what: String| domain::Error::from(BAD_CALL.describe(what));
        let Value::Object(mut members) = value else { return Err(wrong("Not a JSON object".to_owned())) };
        let mut text = |name: &str, needed: bool| match members.remove(name) {
            Some(Value::String(text)) => Ok(text),
            None if !needed => Ok(String::new()),
            _ => Err(wrong(format!("The member {name} is not a text"))),
        };
        let (sender, method, target) = (text("participantId", true)?, text("method", true)?, text("target", true)?);
        let (body, token, answers) = (text("body", false)?, text("token", false)?, text("answers", false)?);
        let headers = headers(members.remove("headers"))?;
        if let Some(unknown) = members.keys().next() {
            return Err(wrong(format!("The member {unknown} is not known")));
        }
        let body = jose::b64::decode(&body, "body").map_err(|error| wrong(format!("The member body: {error}")))?;
        let some = |text: String| Some(text).filter(|text| !text.is_empty());
        let (token, answers) = (some(token), some(answers));
        Self { sender, method, target, headers, body: body.into(), token, answers, ..Self::default() }.check()
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

    /// A digest over all that decides the verdict, for who asks again.
    pub(crate) fn digest(&self, profile: &Profile) -> String {
        let mut whole = Vec::with_capacity(self.body.len() + 1024);
        let token = self.token.as_deref().unwrap_or_default();
        let answers = self.answers.as_deref().unwrap_or_default();
        let parts = [&self.sender, &self.method, &self.target, &self.signature(profile), token, answers];
        for part in parts.map(str::as_bytes).into_iter().chain([&*self.body]) {
            whole.extend_from_slice(&(part.len() as u64).to_be_bytes());
            whole.extend_from_slice(part);
        }
        jose::b64::encode(jose::digest::sha256(&whole))
    }
}

/// A digest in its one spelling.
pub(crate) fn digest_of(text: &str) -> Option<Digest> {
    let octets = jose::b64::decode(text, "digest").ok()?;
    octets.as_slice().try_into().ok().map(Digest)
}

fn headers(value: Option<Value>) -> Result<Vec<(String, Vec<u8>)>> {
    let wrong =
        || domain::Error::from(BAD_CALL.describe("The member headers is not an object of texts and lists of texts"));
    let named: Map<String, Value> = match value {
        None => return Ok(Vec::new()),
        Some(Value::Object(named)) => named,
        Some(_) => return Err(wrong()),
    };
    let mut headers = Vec::new();
    for (name, value) in named {
        let values = match value {
            Value::Array(values) => values,
            one => vec![one],
        };
        for value in values {
            let text = value.as_str().ok_or_else(wrong)?;
            headers.push((name.clone(), text.as_bytes().to_vec()));
        }
    }
    if headers.len() > MOST_HEADERS { Err(wrong()) } else { Ok(headers) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_says_a_message_in_json() {
        let envelope = br#"{"participantId":"la","method":"POST","target":"/a?b=1","headers":{"x-jws-signature":["a","b"]},"body":"e30"}"#;
        let read = Submitted::of_envelope(envelope).unwrap();
        assert_eq!((read.sender.as_str(), read.method.as_str(), read.target.as_str()), ("la", "POST", "/a?b=1"));
        assert_eq!((&*read.body, read.headers.len()), (&b"{}"[..], 2));
    }

    #[test]
    fn a_report_is_a_list_of_envelopes_with_when_they_came() {
        let one = |seen: &str| format!(r#"[{{"participantId":"la","method":"GET","target":"/","seenAt":{seen}}}]"#);
        let read = Submitted::of_report(one("\"2026-11-26T21:24:33.123Z\"").as_bytes()).unwrap();
        assert_eq!(read[0].seen_at.unwrap().to_string(), "2026-11-26T21:24:33.123Z");
        assert!(read[0].idempotency_key.is_some(), "the same one again is not recorded again");
        for odd in [one("\"yesterday\""), one("1"), "{}".to_owned(), "[1]".to_owned()] {
            assert!(Submitted::of_report(odd.as_bytes()).is_err(), "{odd}");
        }
    }

    #[test]
    fn an_envelope_with_what_nobody_knows_is_refused() {
        for odd in [
            &b"[]"[..],
            b"{",
            br#"{"participantId":"la","method":"POST"}"#,
            br#"{"participantId":"la","method":"POST","target":"a"}"#,
            br#"{"participantId":"la","method":"POST","target":"/a","body":"e30="}"#,
            br#"{"participantId":"la","method":"POST","target":"/a","more":1}"#,
            br#"{"participantId":"la","method":"POST","target":"/a","headers":{"x":1}}"#,
            br#"{"participantId":"la","method":"PO ST","target":"/a"}"#,
        ] {
            assert!(Submitted::of_envelope(odd).is_err(), "{}", String::from_utf8_lossy(odd));
        }
    }

    #[test]
    fn what_decides_the_verdict_decides_the_digest() {
        let profile = Profile::find("strict").unwrap();
        let one = Submitted { sender: "a".into(), method: "POST".into(), target: "/x".into(), ..Submitted::default() };
        let digest = |change: fn(&mut Submitted)| {
            let mut other = one.clone();
            change(&mut other);
            other.digest(profile)
        };
        let same = digest(|other| other.headers.push(("x-request-id".into(), b"1".to_vec())));
        assert_eq!(same, one.digest(profile));
        let changed = [
            digest(|other| other.sender = "b".into()),
            digest(|other| other.target = "/y".into()),
            digest(|other| other.body = Bytes::from_static(b"{}")),
            digest(|other| other.token = Some("t".into())),
            digest(|other| other.headers.push(("X-JWS-Signature".into(), b"s".to_vec()))),
        ];
        assert!(changed.iter().all(|digest| *digest != one.digest(profile)));
    }
}
