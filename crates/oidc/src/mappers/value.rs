//! How a mapper's value becomes a claim: by `jsonType.label`, under `claim.name` [KC 3.1].

use model::ProtocolMapper;
use serde_json::Value;

use crate::claims::{Claims, first_name};

/// Writes values under the mapper's `claim.name`: all of them where `multivalued` is on, else the first.
pub(super) fn put(claims: &mut Claims, config: &ProtocolMapper, values: &[impl AsRef<str>]) {
    if let Some(path) = config.config("claim.name") {
        put_at(claims, config, path, values);
    }
}

/// Writes values under another name than the mapper's. Among many, one that doesn't parse is null; alone, it is left
/// out.
pub(super) fn put_at(claims: &mut Claims, config: &ProtocolMapper, path: &str, values: &[impl AsRef<str>]) {
    let read = |value: &str| convert(config.config("jsonType.label"), value);
    let Some(first) = values.first() else { return };
    if config.switch("multivalued") {
        let all: Vec<Value> = values.iter().map(|value| read(value.as_ref()).unwrap_or_default()).collect();
        set(claims, path, Value::Array(all));
    } else if let Some(value) = read(first.as_ref()) {
        set(claims, path, value);
    }
}

/// Reads a text as the JSON type of that label, as a text without one.
fn convert(label: Option<&str>, text: &str) -> Option<Value> {
    match label {
        Some("long") => text.parse::<i64>().ok().map(Value::from),
        Some("int") => text.parse::<i32>().ok().map(Value::from),
        Some("boolean") => Some(Value::from(text.eq_ignore_ascii_case("true"))),
        Some("JSON") => serde_json::from_str(text).ok(),
        _ => Some(Value::from(text)),
    }
}

/// Sets a claim, with Keycloak's exceptions: some can't be set at all, some are always texts, and two lists under one
/// name become one.
pub(super) fn set(claims: &mut Claims, path: &str, value: Value) {
    if OUT_OF_REACH.contains(&first_name(path).as_ref()) {
        return;
    }
    let value = match (value, claims.at_path(path)) {
        (Value::String(text), _) => Value::String(text),
        (other, _) if TEXTS.contains(&path) => Value::from(other.to_string()),
        (Value::Array(new), Some(Value::Array(old))) => {
            let added = new.into_iter().filter(|value| !old.contains(value));
            Value::Array(old.iter().cloned().chain(added).collect())
        }
        (other, _) => other,
    };
    claims.set_path(path, value);
}

/// Claims that no mapper changes by name. Keycloak leaves `azp` and `sid` in reach; they say whose the token is.
const OUT_OF_REACH: &[&str] = &["exp", "iat", "jti", "iss", "typ", "scope", "nonce", "session_state", "azp", "sid"];
/// Claims that are texts whatever the mapper says.
const TEXTS: &[&str] = &["sub", "acr", "aud"];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_text_becomes_what_the_label_says() {
        for (label, text, value) in [
            ("String", "7", json!("7")),
            ("long", "99999999999", json!(99_999_999_999_i64)),
            ("long", "+4", json!(4)),
            ("int", "-3", json!(-3)),
            ("boolean", "TRUE", json!(true)),
            ("boolean", "1", json!(false)),
            ("boolean", "", json!(false)),
            ("JSON", r#"{"a":[1,2.5]}"#, json!({"a": [1, 2.5]})),
            ("JSON", " 4 ", json!(4)),
            ("odd", "x", json!("x")),
        ] {
            assert_eq!(convert(Some(label), text), Some(value), "{label} {text}");
        }
        assert_eq!(convert(None, "1"), Some(json!("1")));
    }

    #[test]
    fn a_text_that_does_not_parse_is_nothing() {
        for (label, text) in [("long", "x"), ("long", " 4 "), ("int", "99999999999"), ("int", ""), ("JSON", "{x")] {
            assert_eq!(convert(Some(label), text), None, "{label} {text}");
        }
    }

    #[test]
    fn claims_that_make_a_token_are_out_of_reach() {
        let mut claims = Claims::default();
        for name in OUT_OF_REACH {
            for path in [(*name).to_owned(), format!("{name}\\"), format!("{name}.x"), format!("{name}.")] {
                set(&mut claims, &path, json!("X"));
            }
        }
        assert!(claims.into_map().is_empty());
    }

    #[test]
    fn claims_that_are_texts_stay_texts() {
        let mut claims = Claims::default();
        set(&mut claims, "sub", json!({"a": 1}));
        set(&mut claims, "acr", json!(5));
        assert_eq!((claims.text("sub"), claims.text("acr")), (Some(r#"{"a":1}"#), Some("5")));
    }

    #[test]
    fn two_lists_under_one_name_become_one() {
        let mut claims = Claims::default();
        set(&mut claims, "g.h", json!(["a", "b"]));
        set(&mut claims, "g.h", json!(["b", "c"]));
        assert_eq!(claims.at_path("g.h"), Some(&json!(["a", "b", "c"])));
    }
}
