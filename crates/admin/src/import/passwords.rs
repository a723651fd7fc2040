//! Passwords in a realm file: hashes are kept as they are, plain ones hashed as the realm wants it.

use domain::credentials::{HashChoice, HashError, Hasher, StoredPassword};
use domain::{Error, Fault, Result, ids};
use model::{Credential, Document};
use serde_json::{Value, json};
use tokio::task::JoinSet;

/// A credential of a user, by the user's place in the chunk.
pub(super) type Found = (usize, Credential);

/// The credentials of a chunk of users, plain passwords hashed several at a time.
pub(super) async fn of_chunk(hasher: &Hasher, choice: HashChoice, users: &[Value], now_ms: i64) -> Result<Vec<Found>> {
    let mut found = Vec::new();
    let mut hashing = JoinSet::new();
    for (n, user) in users.iter().enumerate() {
        let list = user.get("credentials").and_then(Value::as_array).into_iter().flatten();
        for (position, given) in (1_i64..).zip(list) {
            let mut doc = Document::from_value(given.clone());
            let plain = doc.take("value").and_then(|v| v.as_str().map(str::to_owned)).filter(|v| !v.is_empty());
            let credential = read(doc, position * 10, now_ms)?;
            match plain.filter(|_| credential.kind == "password") {
                Some(password) => {
                    let hasher = hasher.clone();
                    hashing.spawn(async move { (n, credential, hasher.make(choice, &password).await) });
                }
                None => found.push((n, credential)),
            }
        }
    }
    while let Some(done) = hashing.join_next().await {
        let (n, mut credential, hash) = done.map_err(Fault::new)?;
        put(&mut credential, &hash.map_err(fault)?);
        found.push((n, credential));
    }
    Ok(found)
}

fn read(mut doc: Document, position: i64, now_ms: i64) -> Result<Credential> {
    let id = match doc.take("id") {
        Some(Value::String(id)) if !id.is_empty() => id,
        _ => ids::uuid()?,
    };
    let kind = doc.take("type").and_then(|k| k.as_str().map(str::to_owned)).unwrap_or_else(|| "password".to_owned());
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

fn put(credential: &mut Credential, hash: &StoredPassword) {
    credential.doc.set("secretData", hash.secret_data.as_str());
    credential.doc.set("credentialData", hash.credential_data.as_str());
}

fn fault(error: HashError) -> Error {
    match error {
        HashError::Busy => Fault::unavailable(error).into(),
        other => Fault::new(other).into(),
    }
}
