//! A message within JSON: what a call says by headers as members, the body in base64url. Each member and each header's
//! name is there once.

use std::fmt;

use domain::Result;
use ledger::text::UtcTime;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use signing::LONGEST_BODY;

use crate::refusals::{BAD_CALL, TOO_LONG};
use crate::submitted::Submitted;

/// Messages of a report, at most.
const MOST_REPORTED: usize = 1000;
/// Headers of an envelope, at most.
const MOST_HEADERS: usize = 100;
/// Characters of the longest sentence about what is wrong: it may quote the caller.
const LONGEST_SENTENCE: usize = 300;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Envelope {
    participant_id: String,
    method: String,
    target: String,
    #[serde(default)]
    headers: Headers,
    #[serde(default)]
    body: String,
    #[serde(default, deserialize_with = "given")]
    token: Option<String>,
    #[serde(default, deserialize_with = "given")]
    answers: Option<String>,
    #[serde(default, deserialize_with = "given")]
    seen_at: Option<String>,
}

/// A member that is there is a text: null is not the same as none.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Option<String>, D::Error> {
    String::deserialize(deserializer).map(Some)
}

impl Submitted {
    /// Reads an envelope: `{participantId, method, target, headers: {name: value or values}, body: base64url, token?,
    /// answers?}`.
    ///
    /// # Errors
    /// 400, naming the member; 413 for a body that is too long.
    pub fn of_envelope(octets: &[u8]) -> Result<Self> {
        let envelope: Envelope =
            serde_json::from_slice(octets).map_err(|error| wrong(&format!("Not an envelope: {error}")))?;
        match envelope.seen_at {
            None => envelope.open(),
            Some(_) => Err(wrong("The member seenAt is for reports alone")),
        }
    }

    /// Reads a report of messages that a caller had while this server was away: a list of envelopes, each with `seenAt`.
    /// Each is its own key for asking again.
    ///
    /// # Errors
    /// As [`Submitted::of_envelope`].
    pub fn of_report(octets: &[u8]) -> Result<Vec<Self>> {
        let list: Vec<&RawValue> =
            serde_json::from_slice(octets).map_err(|error| wrong(&format!("Not a JSON list: {error}")))?;
        if list.len() > MOST_REPORTED {
            return Err(wrong(&format!("At most {MOST_REPORTED} messages are reported at once")));
        }
        let read = |one: &RawValue| {
            let envelope: Envelope =
                serde_json::from_str(one.get()).map_err(|error| wrong(&format!("Not an envelope: {error}")))?;
            if envelope.token.is_some() {
                return Err(wrong("The member token goes with verify-envelope: a report is of messages alone"));
            }
            let seen = envelope.seen_at.as_deref().and_then(UtcTime::parse);
            let seen = seen.ok_or_else(|| wrong("The member seenAt is not a time as 2026-11-26T21:24:33.123Z"))?;
            let key = jose::b64::encode(jose::digest::sha256(one.get().as_bytes()));
            Ok(Self { seen_at: Some(seen), idempotency_key: Some(key), ..envelope.open()? })
        };
        list.into_iter().map(read).collect()
    }
}

impl Envelope {
    fn open(self) -> Result<Submitted> {
        let Self { participant_id: sender, method, target, headers: Headers(headers), body, token, answers, .. } = self;
        let body = jose::b64::decode(&body, "body").map_err(|error| wrong(&format!("The member body: {error}")))?;
        if body.len() > LONGEST_BODY {
            return Err(TOO_LONG.into());
        }
        for (name, given) in [("token", &token), ("answers", &answers)] {
            if given.as_ref().is_some_and(String::is_empty) {
                return Err(wrong(&format!("The member {name} is empty: leave it out where there is none")));
            }
        }
        Submitted { sender, method, target, headers, body: body.into(), token, answers, ..Submitted::default() }.check()
    }
}

fn wrong(what: &str) -> domain::Error {
    BAD_CALL.describe(what.chars().take(LONGEST_SENTENCE).collect::<String>()).into()
}

/// Headers in their order: an object of texts and lists of texts.
#[derive(Default)]
struct Headers(Vec<(String, Vec<u8>)>);

#[derive(Deserialize)]
#[serde(untagged)]
enum Values {
    One(String),
    Many(Vec<String>),
}

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_map(Named)
    }
}

struct Named;

impl<'de> Visitor<'de> for Named {
    type Value = Headers;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("headers: an object of texts and lists of texts")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> std::result::Result<Headers, A::Error> {
        let (mut headers, mut names) = (Vec::new(), Vec::<String>::new());
        while let Some((name, values)) = access.next_entry::<String, Values>()? {
            // Names of headers have no case [RFC9110-5.1].
            if names.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
                return Err(A::Error::custom(format!("the header {name} is there twice: give its values in one list")));
            }
            let values = match values {
                Values::One(value) => vec![value],
                Values::Many(values) => values,
            };
            headers.extend(values.into_iter().map(|value| (name.clone(), value.into_bytes())));
            names.push(name);
            if headers.len() > MOST_HEADERS || names.len() > MOST_HEADERS {
                return Err(A::Error::custom(format!("at most {MOST_HEADERS} headers")));
            }
        }
        Ok(Headers(headers))
    }
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
        let again = Submitted::of_report(one("\"2026-11-26T21:24:33.123Z\"").as_bytes()).unwrap();
        assert!(read[0].idempotency_key.is_some(), "the same one again is not recorded again");
        assert_eq!(read[0].idempotency_key, again[0].idempotency_key);
        for odd in [one("\"yesterday\""), one("1"), "{}".to_owned(), "[1]".to_owned()] {
            assert!(Submitted::of_report(odd.as_bytes()).is_err(), "{odd}");
        }
    }

    #[test]
    fn a_body_in_an_envelope_is_no_longer_than_one_that_comes_alone() {
        let of = |length: usize| {
            let body = jose::b64::encode(vec![b'x'; length]);
            let text = format!(r#"{{"participantId":"la","method":"POST","target":"/a","body":"{body}"}}"#);
            Submitted::of_envelope(text.as_bytes()).map(|read| read.body.len())
        };
        assert_eq!(of(LONGEST_BODY).unwrap(), LONGEST_BODY);
        assert!(matches!(of(LONGEST_BODY + 1), Err(domain::Error::Refused(refused)) if refused.refusal.status == 413));
    }

    #[test]
    fn a_member_that_is_empty_is_refused_and_not_taken_for_none() {
        let of = |more: &str| format!(r#"{{"participantId":"la","method":"POST","target":"/a","body":"e30"{more}}}"#);
        for more in [r#","token":"""#, r#","answers":"""#, r#","seenAt":"""#] {
            assert!(Submitted::of_envelope(of(more).as_bytes()).is_err(), "{more}");
        }
        let report = |more: &str| format!("[{}]", of(&format!(r#","seenAt":"2026-11-26T21:24:33.123Z"{more}"#)));
        assert!(Submitted::of_report(report("").as_bytes()).is_ok());
        assert!(Submitted::of_report(report(r#","token":"t""#).as_bytes()).is_err());
    }

    #[test]
    fn an_envelope_with_what_nobody_knows_is_refused() {
        for odd in [
            &b"[]"[..],
            b"{",
            br#"{"participantId":"la","method":"POST"}"#,
            br#"{"participantId":"la","method":"POST","target":"a"}"#,
            br#"{"participantId":"la","method":"POST","target":"/a","body":"e30="}"#,
            br#"{"participantId":"la","method":"POST","target":"/a","token":null}"#,
            br#"{"participantId":"la","method":"POST","target":"/a","more":1}"#,
            br#"{"participantId":"la","method":"POST","target":"/a","seenAt":"2026-11-26T21:24:33.123Z"}"#,
            br#"{"participantId":"la","method":"POST","target":"/a","headers":{"x":1}}"#,
            br#"{"participantId":"la","method":"PO ST","target":"/a"}"#,
        ] {
            assert!(Submitted::of_envelope(odd).is_err(), "{}", String::from_utf8_lossy(odd));
        }
    }

    #[test]
    fn a_member_or_header_that_is_there_twice_is_refused() {
        let with = |more: &str| {
            let text = format!(r#"{{"participantId":"la","method":"POST","target":"/a",{more}}}"#);
            Submitted::of_envelope(text.as_bytes()).map(drop)
        };
        assert!(with(r#""headers":{"x":"1","y":"2"}"#).is_ok());
        for odd in [
            r#""headers":{"x":"1","x":"2"}"#,
            r#""headers":{"x":"1","X":"1"}"#,
            r#""headers":{"x":[],"x":[]}"#,
            r#""headers":{},"headers":{}"#,
            r#""method":"POST""#,
        ] {
            assert!(with(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn headers_are_bounded_and_so_is_what_is_said_of_them() {
        let headers = |n: usize| {
            let named: Vec<String> = (0..n).map(|n| format!("\"h{n}\":[]")).collect();
            let text =
                format!(r#"{{"participantId":"la","method":"POST","target":"/a","headers":{{{}}}}}"#, named.join(","));
            Submitted::of_envelope(text.as_bytes()).map(drop)
        };
        assert!(headers(MOST_HEADERS).is_ok() && headers(MOST_HEADERS + 1).is_err());
        let long = format!(r#"{{"{}":1}}"#, "x".repeat(10_000));
        let said = Submitted::of_envelope(long.as_bytes()).map(drop).unwrap_err();
        let said = format!("{said:?}");
        assert!(said.len() < 1000, "{}", said.len());
    }
}
