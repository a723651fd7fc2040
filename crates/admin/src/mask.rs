//! What administrators' events must not keep: secrets, wherever a representation holds them.

use serde_json::{Value, json};

use crate::realms::MASK;

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
    use super::{json, secrets};

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
