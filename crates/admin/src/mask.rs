//! Secrets in representations: masked in answers, taken back from their mask, and never kept in administrators' events.

use serde_json::{Map, Value, json};

/// What stands for a secret in an answer.
pub(crate) const MASK: &str = "**********";

/// Puts the mask in the place of these members, where they are there.
pub(crate) fn members(map: &mut Map<String, Value>, names: &[&str]) {
    for name in names {
        if let Some(value) = map.get_mut(*name) {
            *value = if value.is_array() { json!([MASK]) } else { MASK.into() };
        }
    }
}

/// A masked member that comes back means the one that is there.
pub(crate) fn unmask(map: &mut Map<String, Value>, before: Option<&Map<String, Value>>, names: &[&str]) {
    for name in names {
        let is_mask = |value: &Value| *value == MASK || *value == json!([MASK]);
        if map.get(*name).is_some_and(is_mask) {
            match before.and_then(|before| before.get(*name)) {
                Some(kept) => map.insert((*name).to_owned(), kept.clone()),
                None => map.shift_remove(*name),
            };
        }
    }
}

/// Secrets in the configuration of components.
pub(crate) const OF_COMPONENTS: &[&str] = &[
    "privateKey",
    "ecdsaPrivateKey",
    "eddsaPrivateKey",
    "ecdhPrivateKey",
    "secret",
    "keystorePassword",
    "keyPassword",
    "bindCredential",
];

/// Puts the mask in the place of every secret.
pub(crate) fn secrets(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(secrets),
        Value::Object(map) => {
            for (name, value) in map.iter_mut() {
                match (is_secret(name), &*value) {
                    (true, Value::String(text)) if !text.is_empty() => *value = MASK.into(),
                    (true, Value::Array(items)) if items.iter().all(Value::is_string) => *value = json!([MASK]),
                    _ => secrets(value),
                }
            }
        }
        _ => {}
    }
}

fn is_secret(name: &str) -> bool {
    SECRETS.contains(&name) || ["rivateKey", "private.key"].iter().any(|end| name.ends_with(end))
}

const SECRETS: &[&str] = &[
    "password",
    "secret",
    "secretData",
    "clientSecret",
    "authTokenClientSecret",
    "registrationAccessToken",
    "client.secret.rotated",
    "keystorePassword",
    "keyPassword",
    "bindCredential",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_that_comes_back_means_what_is_there() {
        let map = |value: Value| value.as_object().cloned().unwrap();
        let before = map(json!({"secret": ["s"], "password": "p", "host": "h"}));
        let mut shown = before.clone();
        members(&mut shown, &["secret", "password", "keyPassword"]);
        assert_eq!(Value::from(shown.clone()), json!({"secret": [MASK], "password": MASK, "host": "h"}));
        shown.insert("keyPassword".to_owned(), MASK.into());
        unmask(&mut shown, Some(&before), &["secret", "password", "keyPassword"]);
        assert_eq!(shown, before);
    }

    #[test]
    fn events_keep_no_secrets() {
        let mut said = json!({
            "smtpServer": {"host": "h", "password": "p"},
            "clients": [{"secret": "s", "registrationAccessToken": "t", "attributes": {
                "client.secret.rotated": "r", "jwt.credential.private.key": "k", "jwt.credential.certificate": "c"}}],
            "config": {"privateKey": ["k"], "ecdsaPrivateKey": ["k"], "priority": ["1"], "clientSecret": "s"},
        });
        secrets(&mut said);
        let mask = "**********";
        let expected = json!({
            "smtpServer": {"host": "h", "password": mask},
            "clients": [{"secret": mask, "registrationAccessToken": mask, "attributes": {"client.secret.rotated": mask,
                "jwt.credential.private.key": mask, "jwt.credential.certificate": "c"}}],
            "config": {"privateKey": [mask], "ecdsaPrivateKey": [mask], "priority": ["1"], "clientSecret": mask},
        });
        assert_eq!(said, expected);
    }
}
