//! A representation as it came, with typed reading of its members.
//!
//! Readers never fail: a member of the wrong type reads as absent. What an administrator sends is checked against the
//! representation's members before it becomes a stored document, so this leniency only meets data already accepted.

use serde_json::{Map, Value};

/// A JSON object kept whole, with its members in the order they came.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document(pub Map<String, Value>);

/// Text that is not a JSON object.
#[derive(Debug, thiserror::Error)]
#[error("not a JSON object: {0}")]
pub struct Malformed(String);

impl Document {
    /// Parses a JSON object.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        serde_json::from_str(text).map(Self).map_err(|e| Malformed(e.to_string()))
    }

    /// Takes an object; anything else becomes an empty document.
    pub fn from_value(value: Value) -> Self {
        match value {
            Value::Object(map) => Self(map),
            _ => Self::default(),
        }
    }

    /// The document as JSON text.
    pub fn to_text(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_default()
    }

    /// The document as a JSON value.
    pub fn into_value(self) -> Value {
        Value::Object(self.0)
    }

    /// A member's text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    /// A member's text as an owned string.
    pub fn string(&self, name: &str) -> Option<String> {
        self.text(name).map(str::to_owned)
    }

    /// A member's truth value, false when absent; the texts "true" and "false" count, as Keycloak takes them.
    pub fn flag(&self, name: &str) -> bool {
        self.flag_or(name, false)
    }

    /// A member's truth value, or what stands in when absent.
    pub fn flag_or(&self, name: &str, absent: bool) -> bool {
        match self.0.get(name) {
            Some(Value::Bool(b)) => *b,
            Some(Value::String(s)) => s == "true",
            _ => absent,
        }
    }

    /// A member's whole number; a text of digits counts.
    pub fn int(&self, name: &str) -> Option<i64> {
        match self.0.get(name)? {
            Value::Number(n) => n.as_i64(),
            Value::String(s) => s.parse().ok(),
            _ => None,
        }
    }

    /// A member's whole number, or what stands in when absent.
    pub fn int_or(&self, name: &str, absent: i64) -> i64 {
        self.int(name).unwrap_or(absent)
    }

    /// A member that is a list of texts; empty when absent.
    pub fn texts(&self, name: &str) -> Vec<String> {
        self.list(name).iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// A member that is a list; empty when absent.
    pub fn list(&self, name: &str) -> &[Value] {
        self.0.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// A member that is an object.
    pub fn object(&self, name: &str) -> Option<&Map<String, Value>> {
        self.0.get(name).and_then(Value::as_object)
    }

    /// A text inside a member that is an object: `nested("attributes", "jwks.url")`.
    pub fn nested(&self, object: &str, name: &str) -> Option<&str> {
        self.object(object)?.get(name)?.as_str()
    }

    /// Sets a member.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// Removes a member and returns it.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        self.0.shift_remove(name)
    }

    /// Takes the members of another document over this one's; null removes nothing and changes nothing, as in Keycloak.
    pub fn merge(&mut self, other: &Self) {
        for (name, value) in &other.0 {
            if !value.is_null() {
                self.0.insert(name.clone(), value.clone());
            }
        }
    }

    /// Moves the members at the given paths into a second document, which is stored sealed.
    pub fn split_secrets(&mut self, paths: &[&[&str]]) -> Self {
        let mut secrets = Map::new();
        for path in paths {
            if let Some(value) = take_path(&mut self.0, path)
                && !value.is_null()
            {
                secrets.insert(path.join("\u{1f}"), value);
            }
        }
        Self(secrets)
    }

    /// Puts back what [`Document::split_secrets`] moved away.
    pub fn join_secrets(&mut self, secrets: Self) {
        for (path, value) in secrets.0 {
            let mut names: Vec<&str> = path.split('\u{1f}').collect();
            let Some(last) = names.pop() else { continue };
            let mut map = &mut self.0;
            for name in names {
                let Value::Object(inner) = map.entry(name.to_owned()).or_insert_with(|| Value::Object(Map::new()))
                else {
                    return;
                };
                map = inner;
            }
            map.insert(last.to_owned(), value);
        }
    }
}

fn take_path(map: &mut Map<String, Value>, path: &[&str]) -> Option<Value> {
    let (last, names) = path.split_last()?;
    let mut map = map;
    for name in names {
        map = map.get_mut(*name)?.as_object_mut()?;
    }
    map.shift_remove(*last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_that_were_split_off_come_back_where_they_were() {
        let whole = Document::parse(r#"{"a":1,"config":{"x":["1"],"key":["s"]},"secret":"t"}"#).unwrap();
        let mut open = whole.clone();
        let secrets = open.split_secrets(&[&["secret"], &["config", "key"], &["nowhere", "at"]]);
        assert_eq!(open.to_text(), r#"{"a":1,"config":{"x":["1"]}}"#);
        open.join_secrets(secrets);
        assert_eq!(serde_json::to_value(&open.0).unwrap(), serde_json::to_value(&whole.0).unwrap());
    }

    #[test]
    fn a_member_of_the_wrong_type_reads_as_absent() {
        let d = Document::parse(r#"{"n":"x","b":3,"t":[1]}"#).unwrap();
        assert_eq!((d.int("n"), d.flag("b"), d.text("t"), d.texts("t").len()), (None, false, None, 0));
    }
}
