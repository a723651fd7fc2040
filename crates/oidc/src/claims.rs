//! The claims of a token while it is made.

use serde_json::{Map, Value};

/// Claims by name; written in Keycloak's order of members, the mappers' others behind [KC 2.2, 2.3].
#[derive(Clone, Debug, Default)]
pub struct Claims {
    map: Map<String, Value>,
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
        Self { map }
    }

    /// Sets a claim.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.map.insert(name.to_owned(), value.into());
    }

    /// Sets a claim by a mapper's `claim.name`: dots nest, `\.` is a dot in a name. A member on the way that isn't an
    /// object is replaced by one.
    pub fn set_path(&mut self, path: &str, value: impl Into<Value>) {
        let mut names = split_path(path);
        let Some(last) = names.pop() else { return };
        let mut map = &mut self.map;
        for name in names {
            let inner = map.entry(name).or_insert_with(|| Value::Object(Map::new()));
            if !inner.is_object() {
                *inner = Value::Object(Map::new());
            }
            let Value::Object(next) = inner else { return };
            map = next;
        }
        map.insert(last, value.into());
    }

    /// The claim at a mapper's path.
    pub fn at_path(&self, path: &str) -> Option<&Value> {
        let names = split_path(path);
        let (first, rest) = names.split_first()?;
        rest.iter().try_fold(self.map.get(first)?, |value, name| value.get(name))
    }

    /// A claim.
    pub fn find(&self, name: &str) -> Option<&Value> {
        self.map.get(name)
    }

    /// A claim's text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.map.get(name)?.as_str()
    }

    /// A claim's whole number.
    pub fn int(&self, name: &str) -> Option<i64> {
        self.map.get(name)?.as_i64()
    }

    /// Removes a claim.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        self.map.shift_remove(name)
    }

    /// Adds to `aud`, once: one value is a text, more are a list [RFC7519-4.1.3].
    pub fn add_audience(&mut self, audience: &str) {
        let next = match self.map.get("aud") {
            None => Value::from(audience),
            Some(Value::String(one)) if one == audience => return,
            Some(Value::String(one)) => serde_json::json!([one, audience]),
            Some(Value::Array(many)) if many.iter().any(|a| a == audience) => return,
            Some(Value::Array(many)) => Value::Array(many.iter().cloned().chain([Value::from(audience)]).collect()),
            Some(_) => return,
        };
        self.map.insert("aud".to_owned(), next);
    }

    /// The audiences.
    pub fn audiences(&self) -> Vec<&str> {
        audiences(self.map.get("aud"))
    }

    /// The claims in their order.
    pub fn into_map(mut self) -> Map<String, Value> {
        let mut out = Map::with_capacity(self.map.len());
        for name in ORDER {
            if let Some((name, value)) = self.map.remove_entry(*name) {
                out.insert(name, value);
            }
        }
        out.extend(self.map);
        out
    }

    /// The claims as JSON text.
    pub fn to_text(self) -> String {
        Value::Object(self.into_map()).to_string()
    }

    /// The claims as the octets of JSON text.
    pub fn to_bytes(self) -> Vec<u8> {
        serde_json::to_vec(&self.into_map()).unwrap_or_default()
    }
}

/// The texts of an `aud` claim, be it one or a list.
pub fn audiences(aud: Option<&Value>) -> Vec<&str> {
    match aud {
        Some(Value::String(one)) => vec![one.as_str()],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
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
