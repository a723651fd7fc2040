//! The claims of a token while it is made.

use std::borrow::Cow;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};

/// Claims by name; written in Keycloak's order of members, the mappers' others behind [KC 2.2, 2.3].
///
/// A list and no map: a token has some twenty claims, and looking through them costs less than hashing their names.
#[derive(Clone, Debug, Default)]
pub struct Claims {
    members: Vec<(Cow<'static, str>, Value)>,
}

/// The members that have a place of their own, in their order.
const ORDER: &[&str] = &[
    "exp",
    "iat",
    "auth_time",
    "jti",
    "iss",
    "aud",
    "sub",
    "typ",
    "azp",
    "nonce",
    "sid",
    "at_hash",
    "c_hash",
    "acr",
    "s_hash",
    "allowed-origins",
    "realm_access",
    "resource_access",
    "authorization",
    "scope",
];

impl Claims {
    /// Takes claims that were read from a token.
    pub fn from_map(map: Map<String, Value>) -> Self {
        Self { members: map.into_iter().map(|(name, value)| (Cow::Owned(name), value)).collect() }
    }

    /// Sets a claim.
    pub fn set(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Value>) {
        let (name, value) = (name.into(), value.into());
        match self.find_mut(&name) {
            Some(member) => *member = value,
            None => self.members.push((name, value)),
        }
    }

    /// Sets a claim by a mapper's `claim.name`: dots nest, `\.` is a dot in a name. A member on the way that isn't an
    /// object is replaced by one.
    pub fn set_path(&mut self, path: &str, value: impl Into<Value>) {
        if is_plain(path) {
            return self.set(path.to_owned(), value);
        }
        let mut names = split_path(path).into_iter();
        let Some(first) = names.next() else { return };
        let Some(last) = names.next_back() else { return self.set(first, value) };
        if self.find(&first).is_none() {
            self.set(first.clone(), Map::new());
        }
        let Some(mut member) = self.find_mut(&first) else { return };
        for name in names {
            let Some(map) = object(member) else { return };
            member = map.entry(name).or_insert_with(|| Value::Object(Map::new()));
        }
        if let Some(map) = object(member) {
            map.insert(last, value.into());
        }
    }

    /// The claim at a mapper's path.
    pub fn at_path(&self, path: &str) -> Option<&Value> {
        if is_plain(path) {
            return self.find(path);
        }
        let names = split_path(path);
        let (first, rest) = names.split_first()?;
        rest.iter().try_fold(self.find(first)?, |value, name| value.get(name))
    }

    /// A claim.
    pub fn find(&self, name: &str) -> Option<&Value> {
        self.members.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    fn find_mut(&mut self, name: &str) -> Option<&mut Value> {
        self.members.iter_mut().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// A claim's text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.find(name)?.as_str()
    }

    /// A claim's whole number.
    pub fn int(&self, name: &str) -> Option<i64> {
        self.find(name)?.as_i64()
    }

    /// Removes a claim.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let place = self.members.iter().position(|(known, _)| known == name)?;
        Some(self.members.remove(place).1)
    }

    /// Adds to `aud`, once: one value is a text, more are a list [RFC7519-4.1.3].
    pub fn add_audience(&mut self, audience: &str) {
        let next = match self.find("aud") {
            None => Value::from(audience),
            Some(Value::String(one)) if one == audience => return,
            Some(Value::String(one)) => serde_json::json!([one, audience]),
            Some(Value::Array(many)) if many.iter().any(|a| a == audience) => return,
            Some(Value::Array(many)) => Value::Array(many.iter().cloned().chain([Value::from(audience)]).collect()),
            Some(_) => return,
        };
        self.set("aud", next);
    }

    /// The audiences.
    pub fn audiences(&self) -> Vec<&str> {
        audiences(self.find("aud"))
    }

    /// The claims in their order.
    pub fn into_map(mut self) -> Map<String, Value> {
        self.members.sort_by_key(|(name, _)| place(name));
        self.members.into_iter().map(|(name, value)| (name.into_owned(), value)).collect()
    }

    /// The claims as JSON text.
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The claims as the octets of JSON text.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}

impl Serialize for Claims {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members: Vec<(usize, &str, &Value)> =
            self.members.iter().map(|(n, v)| (place(n), n.as_ref(), v)).collect();
        members.sort_by_key(|(place, ..)| *place);
        let mut map = serializer.serialize_map(Some(members.len()))?;
        for (_, name, value) in members {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// Where a claim stands; the sort is stable, so those without a place keep the order they came in.
fn place(name: &str) -> usize {
    ORDER.iter().position(|known| *known == name).unwrap_or(ORDER.len())
}

/// The object that a value is, after it was made one.
fn object(value: &mut Value) -> Option<&mut Map<String, Value>> {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    value.as_object_mut()
}

/// The texts of an `aud` claim, be it one or a list.
pub fn audiences(aud: Option<&Value>) -> Vec<&str> {
    match aud {
        Some(Value::String(one)) => vec![one.as_str()],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Whether a path is one name, as most are.
fn is_plain(path: &str) -> bool {
    !path.contains(['.', '\\'])
}

/// The claim that a mapper's path leads into.
pub(crate) fn first_name(path: &str) -> Cow<'_, str> {
    match is_plain(path) {
        true => Cow::Borrowed(path),
        false => Cow::Owned(split_path(path).into_iter().next().unwrap_or_default()),
    }
}

fn split_path(path: &str) -> Vec<String> {
    let mut names = vec![String::new()];
    let mut chars = path.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                if let (Some(next), Some(last)) = (chars.next(), names.last_mut()) {
                    if next != '.' {
                        last.push('\\');
                    }
                    last.push(next);
                }
            }
            '.' => names.push(String::new()),
            c => {
                if let Some(last) = names.last_mut() {
                    last.push(c);
                }
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_in_a_claim_name_nest_and_escaped_ones_do_not() {
        let mut c = Claims::default();
        c.set_path("a.b", 1);
        c.set_path(r"a.c\.d", 2);
        assert_eq!(Value::Object(c.into_map()), serde_json::json!({"a": {"b": 1, "c.d": 2}}));
    }

    #[test]
    fn one_audience_is_a_text_and_more_are_a_list() {
        let mut c = Claims::default();
        c.add_audience("x");
        c.add_audience("x");
        assert_eq!(c.find("aud"), Some(&Value::from("x")));
        c.add_audience("y");
        assert_eq!(c.audiences(), ["x", "y"]);
    }
}
