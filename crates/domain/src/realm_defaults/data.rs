//! The JSON files, and the filling in of names.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::Value;
use uuid::Uuid;

/// What stands for the placeholders.
pub(super) struct Names<'a> {
    pub(super) realm: &'a str,
    pub(super) id: &'a str,
}

/// A file of this folder, parsed. An unknown name is null.
pub(super) fn file(name: &str) -> &'static Value {
    FILES.get(name).unwrap_or(&Value::Null)
}

/// A copy with names filled in and with `{"$file": …}` replaced by the file's content.
pub(super) fn filled(value: &Value, names: &Names<'_>) -> Value {
    match value {
        Value::String(text) => Value::String(fill(text, names)),
        Value::Array(list) => list.iter().map(|item| filled(item, names)).collect(),
        Value::Object(map) => match map.get("$file").and_then(Value::as_str) {
            Some(name) => filled(file(name), names),
            None => Value::Object(map.iter().map(|(k, v)| (fill(k, names), filled(v, names))).collect()),
        },
        _ => value.clone(),
    }
}

/// A fresh id.
pub(super) fn new_id() -> String {
    Uuid::new_v4().to_string()
}

fn fill(text: &str, names: &Names<'_>) -> String {
    if !text.contains('{') {
        return text.to_owned();
    }
    text.replace("{id}", names.id)
        .replace("{realm-lower}", &names.realm.to_lowercase())
        .replace("{realm-path}", &path_segment(names.realm))
        .replace("{realm}", names.realm)
}

/// A name as a segment of a path (`[RFC3986-3.3]`).
fn path_segment(name: &str) -> String {
    let mut segment = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&byte) {
            segment.push(char::from(byte));
        } else {
            segment.push_str(&format!("%{byte:02X}"));
        }
    }
    segment
}

/// Tests see to it that each file parses.
static FILES: LazyLock<BTreeMap<&'static str, Value>> = LazyLock::new(|| {
    SOURCES.iter().map(|(name, text)| (*name, serde_json::from_str(text).unwrap_or(Value::Null))).collect()
});

pub(super) const SOURCES: &[(&str, &str)] = &[
    ("realm.json", include_str!("realm.json")),
    ("shapes.json", include_str!("shapes.json")),
    ("roles.json", include_str!("roles.json")),
    ("clients.json", include_str!("clients.json")),
    ("client_scopes.json", include_str!("client_scopes.json")),
    ("components.json", include_str!("components.json")),
    ("flows.json", include_str!("flows.json")),
    ("authenticator_configs.json", include_str!("authenticator_configs.json")),
    ("required_actions.json", include_str!("required_actions.json")),
    ("master.json", include_str!("master.json")),
    ("realm_admin_client.json", include_str!("realm_admin_client.json")),
];
