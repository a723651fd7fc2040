//! A JSON object whose members are named once.
//!
//! `serde_json` keeps the last of two members with one name. Two readers of a header could then disagree about its
//! `alg` or `kid`, so headers and claims are read here, where the second one is refused [RFC7515-4] [RFC7519-4].
//! Only the object itself is held to that, not the objects inside it.

use std::fmt;

use serde::de::{Deserializer as _, Error as _, MapAccess, Visitor};
use serde_json::{Deserializer, Map, Value};

use crate::{Error, Result};

/// Parses one JSON object and nothing after it; `what` names the part in the error.
pub(crate) fn parse_object(text: &[u8], what: &'static str) -> Result<Map<String, Value>> {
    let mut duplicate = None;
    let mut deserializer = Deserializer::from_slice(text);
    let parsed = deserializer.deserialize_map(UniqueMembers { duplicate: &mut duplicate });
    if let Some(name) = duplicate {
        return Err(Error::DuplicateMember(name));
    }
    let object = parsed.map_err(|_| Error::NotJson(what))?;
    deserializer.end().map_err(|_| Error::NotJson(what))?;
    Ok(object)
}

/// The text of an optional member, which must be a string when present.
pub(crate) fn find_text<'a>(object: &'a Map<String, Value>, name: &'static str) -> Result<Option<&'a str>> {
    match object.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Error::InvalidMember(name)),
    }
}

struct UniqueMembers<'a> {
    duplicate: &'a mut Option<String>,
}

impl<'de> Visitor<'de> for UniqueMembers<'_> {
    type Value = Map<String, Value>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> std::result::Result<Self::Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = access.next_key::<String>()? {
            if members.contains_key(&name) {
                *self.duplicate = Some(name);
                return Err(A::Error::custom("duplicate member"));
            }
            members.insert(name, access.next_value()?);
        }
        Ok(members)
    }
}
