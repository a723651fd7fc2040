//! JSON with one spelling [RFC8785-3.2]: members in order, no white space, and of numbers only integers, so that nobody
//! needs to agree on how to write a fraction.

use std::cell::Cell;
use std::cmp::Ordering;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Values that one text may hold, those within others and itself counted: what is read is built from them, and a value of
/// two octets (`0,`) takes a hundred when it is built. The most that a sound text can hold is a bundle of small messages of
/// a huge log, whose values are nearly all digests of 46 octets in paths of inclusion: a message of a log of 2^40 leaves has
/// 50 values in 4 KB, so that the 2000 of a usual bundle have 100,000, and the 16,000 that fit into the longest file 800,000.
pub const MOST_VALUES: usize = 1 << 20;

/// The largest integer that every reader of JSON has the same.
const LARGEST: i64 = (1 << 53) - 1;

/// Why a text is not canonical.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not JSON, a member twice, or a number that is no integer or too large.
    #[error("not JSON with integers alone and each member once: {0}")]
    NotJson(String),
    /// More values than [`MOST_VALUES`].
    #[error("of more than {MOST_VALUES} values, which nothing sound has")]
    TooMany,
    /// The same value has another canonical spelling.
    #[error(
        "not in the one spelling of RFC 8785: something rewrote it, such as a formatter or an editor, so get the original"
    )]
    NotCanonical,
}

/// The canonical octets of a value.
///
/// # Errors
/// [`Error::NotJson`] for a number that is no integer, or beyond 2^53 - 1.
pub fn write(value: &Value) -> Result<Vec<u8>, Error> {
    let mut text = String::new();
    append(value, &mut text)?;
    Ok(text.into_bytes())
}

/// Reads a canonical text.
///
/// # Errors
/// All.
pub fn parse(octets: &[u8]) -> Result<Value, Error> {
    let left = Cell::new(MOST_VALUES + 1); // At none left there is one too many.
    let mut deserializer = serde_json::Deserializer::from_slice(octets);
    let value = Strict { left: &left }.deserialize(&mut deserializer).map_err(|error| match left.get() {
        0 => Error::TooMany,
        _ => not_json(error),
    })?;
    deserializer.end().map_err(not_json)?;
    if write(&value)? == octets { Ok(value) } else { Err(Error::NotCanonical) }
}

/// Whether a text is canonical.
#[must_use]
pub fn is_canonical(octets: &[u8]) -> bool {
    parse(octets).is_ok()
}

fn not_json(error: serde_json::Error) -> Error {
    Error::NotJson(error.to_string())
}

fn append(value: &Value, text: &mut String) -> Result<(), Error> {
    match value {
        Value::Number(number) => {
            let integer = number.as_i64().filter(|n| (-LARGEST..=LARGEST).contains(n));
            let integer = integer.ok_or_else(|| Error::NotJson(format!("the number {number}")))?;
            text.push_str(&integer.to_string());
        }
        Value::Array(items) => {
            text.push('[');
            for (n, item) in items.iter().enumerate() {
                text.push_str(if n > 0 { "," } else { "" });
                append(item, text)?;
            }
            text.push(']');
        }
        Value::Object(members) => {
            let mut members: Vec<(&String, &Value)> = members.iter().collect();
            members.sort_unstable_by(|(a, _), (b, _)| by_utf16(a, b));
            text.push('{');
            for (n, (name, value)) in members.into_iter().enumerate() {
                text.push_str(if n > 0 { "," } else { "" });
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                append(value, text)?;
            }
            text.push('}');
        }
        // Texts are escaped as RFC 8785 wants by serde_json too: the seven short forms, and \u00xx for other controls.
        Value::Null | Value::Bool(_) | Value::String(_) => text.push_str(&value.to_string()),
    }
    Ok(())
}

/// Names are ordered by their UTF-16 code units [RFC8785-3.2.3].
fn by_utf16(a: &str, b: &str) -> Ordering {
    a.encode_utf16().cmp(b.encode_utf16())
}

/// Reads a value in which no object names a member twice, and which has no more values than are left.
#[derive(Clone, Copy)]
struct Strict<'l> {
    left: &'l Cell<usize>,
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let left = self.left.get().saturating_sub(1);
        self.left.set(left);
        match left {
            0 => Err(D::Error::custom("too many values")),
            _ => deserializer.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Err(E::custom(format!("{value} is no integer")))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(self)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = access.next_key::<String>()? {
            if members.contains_key(&name) {
                return Err(A::Error::custom(format!("member {name:?} appears twice")));
            }
            members.insert(name, access.next_value_seed(self)?);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Error, MOST_VALUES, is_canonical, parse, write};

    #[test]
    fn members_are_ordered_by_utf16_as_the_rfc_shows() {
        // The names of RFC 8785 section 3.2.3, in the order printed there.
        let names = ["\r", "1", "\u{80}", "\u{f6}", "\u{20ac}", "\u{1f600}", "\u{fb33}"];
        let value = json!({
            "\u{20ac}": 0, "\r": 0, "\u{fb33}": 0, "1": 0, "\u{1f600}": 0, "\u{80}": 0, "\u{f6}": 0,
        });
        let text = String::from_utf8(write(&value).unwrap()).unwrap();
        let places: Vec<usize> =
            names.iter().map(|name| text.find(&serde_json::to_string(name).unwrap()).unwrap()).collect();
        assert!(places.is_sorted(), "{text}");
        assert!(is_canonical(text.as_bytes()));
    }

    #[test]
    fn texts_are_escaped_as_the_rfc_shows() {
        // From RFC 8785 section 3.2.2: the member "string" of its example.
        let value = json!("\u{20ac}$\u{f}\nA'B\"\\\\\"/");
        assert_eq!(write(&value).unwrap(), "\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"".as_bytes());
    }

    #[test]
    fn another_spelling_is_not_canonical() {
        assert!(is_canonical(br#"{"a":[1,-2,true,null],"b":"x"}"#));
        for odd in [
            r#"{"b":1,"a":1}"#,
            r#"{"a":1,"a":1}"#,
            r#"{"a": 1}"#,
            "{\"a\":1}\n",
            "1.0",
            "1e3",
            "-0",
            "01",
            "9007199254740992",
            "18446744073709551615",
            r#""\/""#,
            r#""\u0041""#,
            "\"\\u000F\"",
            "",
            "nul",
            "\"\u{feff}",
        ] {
            assert!(!is_canonical(odd.as_bytes()), "{odd}");
        }
        assert!(!is_canonical(b"\"\xff\""));
        assert!(parse("[".repeat(100_000).as_bytes()).is_err());
        assert!(write(&json!(1.5)).is_err());
    }
    #[test]
    fn a_text_of_more_values_than_anything_sound_has_is_refused_before_they_are_built() {
        let list = |count: usize| format!("[{}0]", "0,".repeat(count - 1));
        assert!(is_canonical(list(MOST_VALUES - 1).as_bytes()), "the list is one, too");
        assert_eq!(parse(list(MOST_VALUES).as_bytes()), Err(Error::TooMany));
        // What follows isn't even looked at.
        let broken = format!("[{}}}", "{\"\":[]},".repeat(MOST_VALUES));
        assert_eq!(parse(broken.as_bytes()), Err(Error::TooMany));
        let deep = format!("{}{}", "[".repeat(120), "]".repeat(120));
        assert!(is_canonical(deep.as_bytes()));
        let too_deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        assert!(matches!(parse(too_deep.as_bytes()), Err(Error::NotJson(_))));
    }
}
