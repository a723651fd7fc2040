//! What is sent, read strictly: a member that nobody knows is refused and named.

use domain::Result;
use registry::Moment;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::check::refuse;

/// The members of an object.
pub type Members = Map<String, Value>;

/// Reads members as what they must be.
pub(super) fn read<T: DeserializeOwned>(members: Members) -> Result<T> {
    serde_json::from_value(Value::Object(members)).map_err(|error| refuse(error.to_string()))
}

/// What is there with the members that were sent in their place; null takes one away.
pub(super) fn merged<T: Serialize + DeserializeOwned>(now: &T, sent: Members) -> Result<T> {
    let Ok(Value::Object(mut members)) = serde_json::to_value(now) else { return read(sent) };
    for (name, value) in sent {
        match value {
            Value::Null => drop(members.shift_remove(&name)),
            value => drop(members.insert(name, value)),
        }
    }
    read(members)
}

/// Takes a text out of the members.
pub(super) fn take_text(members: &mut Members, name: &str) -> Result<Option<String>> {
    match members.shift_remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(refuse(format!("{name}: must be a text"))),
    }
}

/// Takes a truth value out of the members.
pub(super) fn take_flag(members: &mut Members, name: &str) -> Result<bool> {
    match members.shift_remove(name) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(flag)) => Ok(flag),
        Some(_) => Err(refuse(format!("{name}: must be true or false"))),
    }
}

/// Reads a time as callers write it, in any form of ISO 8601 with its offset.
pub(super) fn moment(name: &str, text: Option<&str>) -> Result<Option<Moment>> {
    let read = |text| Moment::parse(text).ok_or_else(|| refuse(format!("{name}: must be a time such as {EXAMPLE}")));
    text.map(read).transpose()
}

const EXAMPLE: &str = "2026-11-26T21:24:33Z";
