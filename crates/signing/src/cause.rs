//! Why a signature doesn't match, found by trying what usually went wrong.

use jose::VerifyingKey;
use jose::detached::{self, Parts};
use serde_json::Value;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

use crate::judge::{encoding, parts};
use crate::message::Message;
use crate::profile::{NoBody, Profile};
use crate::sender::Sender;

/// What is tried for one message, at most; each costs one verification.
const BUDGET: usize = 16;
/// A longer body is not written anew.
const LONGEST_REWRITTEN: usize = 64 * 1024;

/// A sentence about the likely cause, if one was found. `others` are keys of other participants, with whose they are.
pub fn find(
    profile: &Profile,
    sender: &Sender,
    message: &Message<'_>,
    others: &[(&str, &VerifyingKey)],
) -> Option<String> {
    let octets = message.octets(profile)?;
    let parts = parts(profile, message).ok()?;
    let mut trial = Trial { parts, left: BUDGET };
    let agreed = encoding(profile);
    let named = parts_kid(&trial.parts);
    let own: Vec<&VerifyingKey> = sender
        .keys
        .iter()
        .filter(|key| named.as_deref().is_none_or(|kid| kid == key.kid))
        .map(|key| &key.key)
        .collect();
    // Where there is no body, networks differ in what they sign.
    if let Some((other, cause)) = in_the_bodys_place(profile, message)
        && own.iter().any(|key| trial.matches(other, agreed, key))
    {
        return Some(cause.to_owned());
    }
    for key in &own {
        if let Some(cause) = of_octets(&mut trial, octets, agreed, key) {
            return Some(cause);
        }
    }
    for key in &sender.keys {
        if trial.matches(octets, agreed, &key.key) {
            return Some(format!("It is signed by the sender's key {:?}, not by the one that it names", key.kid));
        }
    }
    for (of, key) in others {
        if trial.matches(octets, agreed, key) {
            return Some(format!("It is signed by a key of {of}"));
        }
    }
    None
}

/// What another profile would have signed of a message without a body, with what is said of it.
fn in_the_bodys_place<'m>(profile: &Profile, message: &Message<'m>) -> Option<(&'m [u8], &'static str)> {
    match profile.no_body {
        _ if !message.body.is_empty() => None,
        NoBody::Target => {
            Some((&[], "No octets were signed; where there is no body, the profile wants the target signed"))
        }
        NoBody::Empty => {
            let cause = "The target was signed; where there is no body, the profile wants no octets signed";
            Some((message.target.as_bytes(), cause))
        }
        NoBody::Refused => None,
    }
}

struct Trial<'m> {
    parts: Parts<'m>,
    left: usize,
}

impl Trial<'_> {
    fn matches(&mut self, octets: &[u8], encoding: detached::Payload, key: &VerifyingKey) -> bool {
        let Some(left) = self.left.checked_sub(1) else { return false };
        self.left = left;
        self.parts.verify(octets, encoding, key).is_ok()
    }
}

fn parts_kid(parts: &Parts<'_>) -> Option<String> {
    parts.header.kid().map(str::to_owned)
}

fn of_octets(trial: &mut Trial<'_>, octets: &[u8], agreed: detached::Payload, key: &VerifyingKey) -> Option<String> {
    let other = match agreed {
        detached::Payload::Encoded => detached::Payload::Unencoded,
        detached::Payload::Unencoded => detached::Payload::Encoded,
    };
    if trial.matches(octets, other, key) {
        return Some(match agreed {
            detached::Payload::Encoded => "The raw body was signed; the profile wants its base64url signed".to_owned(),
            detached::Payload::Unencoded => {
                "The body's base64url was signed; the profile wants the raw body".to_owned()
            }
        });
    }
    let shorter = octets.strip_suffix(b"\r\n").or_else(|| octets.strip_suffix(b"\n"));
    if shorter.is_some_and(|shorter| trial.matches(shorter, agreed, key)) {
        return Some("The body that came ends in a newline, the one that was signed does not".to_owned());
    }
    for end in ["\n", "\r\n"] {
        let longer = [octets, end.as_bytes()].concat();
        if trial.matches(&longer, agreed, key) {
            return Some("The body that was signed ends in a newline, the one that came does not".to_owned());
        }
    }
    if octets.len() > LONGEST_REWRITTEN {
        return None;
    }
    let value: Value = serde_json::from_slice(octets).ok()?;
    for (form, text) in [
        ("without white space", written(&value, CompactFormatter)),
        ("with a blank after each colon and comma", written(&value, Spaced)),
        ("over several lines", written(&value, PrettyFormatter::new())),
    ] {
        if text.is_some_and(|text| text != octets && trial.matches(&text, agreed, key)) {
            return Some(format!(
                "The body was written anew after it was signed: what was signed is the same JSON {form}"
            ));
        }
    }
    None
}

fn written(value: &Value, formatter: impl Formatter) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    serde::Serialize::serialize(value, &mut Serializer::with_formatter(&mut out, formatter)).ok()?;
    Some(out)
}

/// `{"a": 1, "b": 2}`: how Python writes JSON unless told otherwise.
struct Spaced;

impl Formatter for Spaced {
    fn begin_array_value<W: std::io::Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> std::io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_key<W: std::io::Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> std::io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_value<W: std::io::Write + ?Sized>(&mut self, writer: &mut W) -> std::io::Result<()> {
        writer.write_all(b": ")
    }
}
