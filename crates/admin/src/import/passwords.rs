//! Passwords in a realm file: hashes are kept as they are, plain ones hashed as the realm wants it.

use domain::credentials::{HashChoice, HashError, Hasher, StoredPassword};
use domain::{Error, Fault, Result, ids};
use model::{Credential, Document};
use serde_json::{Map, Value, json};
use tokio::task::JoinSet;

/// Puts hashes in the place of the plain passwords of users, several at a time.
pub(super) async fn hash(hasher: &Hasher, choice: HashChoice, users: &mut [Value]) -> Result<()> {
    for chunk in users.chunks_mut(CHUNK) {
        let mut hashing = JoinSet::new();
        for (n, user) in chunk.iter_mut().enumerate() {
            for (m, credential) in credentials(user).iter_mut().filter_map(Value::as_object_mut).enumerate() {
                let plain = credential.remove("value");
                let kind = credential.get("type").and_then(Value::as_str).unwrap_or(PASSWORD);
                let Some(Value::String(password)) = plain.filter(|_| kind == PASSWORD) else { continue };
                if !password.is_empty() {
                    let hasher = hasher.clone();
                    hashing.spawn(async move { (n, m, hasher.make(choice, &password).await) });
                }
            }
        }
        while let Some(done) = hashing.join_next().await {
            let (n, m, hash) = done.map_err(Fault::new)?;
            let place = chunk.get_mut(n).map(credentials).unwrap_or_default();
            if let Some(credential) = place.iter_mut().filter_map(Value::as_object_mut).nth(m) {
                put(credential, &hash.map_err(fault)?);
            }
        }
    }
    Ok(())
}

fn credentials(user: &mut Value) -> &mut [Value] {
    user.get_mut("credentials").and_then(Value::as_array_mut).map(Vec::as_mut_slice).unwrap_or_default()
}

/// The credentials of a user whose passwords are hashed.
pub(super) fn of(user: &Value, now_ms: i64) -> Result<Vec<Credential>> {
    let list = user.get("credentials").and_then(Value::as_array).into_iter().flatten();
    (1_i64..).zip(list).map(|(n, given)| read(Document::from_value(given.clone()), n * 10, now_ms)).collect()
}

fn read(mut doc: Document, position: i64, now_ms: i64) -> Result<Credential> {
    let id = match doc.take("id") {
        Some(Value::String(id)) if !id.is_empty() => id,
        _ => ids::uuid()?,
    };
    let kind = doc.take("type").and_then(|k| k.as_str().map(str::to_owned)).unwrap_or_else(|| PASSWORD.to_owned());
    let position = doc.take("priority").and_then(|p| p.as_i64()).unwrap_or(position);
    doc.take("temporary");
    if doc.int("createdDate").is_none() {
        doc.set("createdDate", now_ms);
    }
    take_old_form(&mut doc);
    Ok(Credential { id, kind, position, doc })
}

/// Exports of Keycloak before 8 hold a hash in members of their own.
fn take_old_form(doc: &mut Document) {
    let Some(Value::String(value)) = doc.take("hashedSaltedValue") else { return };
    let salt = doc.take("salt").unwrap_or_default();
    let iterations = doc.take("hashIterations").unwrap_or_else(|| json!(-1));
    let algorithm = doc.take("algorithm").unwrap_or_else(|| json!("pbkdf2"));
    let secret = json!({"value": value, "salt": salt, "additionalParameters": {}});
    let data = json!({"hashIterations": iterations, "algorithm": algorithm, "additionalParameters": {}});
    doc.set("secretData", secret.to_string());
    doc.set("credentialData", data.to_string());
}

fn put(credential: &mut Map<String, Value>, hash: &StoredPassword) {
    credential.insert("secretData".to_owned(), hash.secret_data.as_str().into());
    credential.insert("credentialData".to_owned(), hash.credential_data.as_str().into());
}

fn fault(error: HashError) -> Error {
    match error {
        HashError::Busy => Fault::unavailable(error).into(),
        other => Fault::new(other).into(),
    }
}

/// Users whose passwords are hashed side by side.
const CHUNK: usize = 64;
const PASSWORD: &str = "password";
