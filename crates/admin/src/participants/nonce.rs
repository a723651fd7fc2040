//! The nonce that a proof of possession signs: sealed by the server for a role, good for ten minutes, used once.

use domain::Result;
use jose::b64;
use store::{Batch, Store};

use super::check::refuse;

/// Seconds that a nonce counts.
const SECONDS: i64 = 600;
/// The kind under which used ones are remembered.
const KIND: &str = "key-nonce";

/// A nonce for a role, and the second at which it ends.
pub(super) fn make(store: &Store, realm_id: &str, role_id: &str, now: i64) -> Result<(String, i64)> {
    let until = now + SECONDS;
    let sealed = store.vault().seal(&place(realm_id, role_id), &until.to_be_bytes())?;
    Ok((b64::encode(sealed), until))
}

/// Uses a nonce up, if it is the server's own for this role and counts.
pub(super) async fn use_up(
    store: &Store,
    batch: &mut Batch,
    realm_id: &str,
    role_id: &str,
    nonce: &str,
    now: i64,
) -> Result<()> {
    let Some(until) = until(store, realm_id, role_id, nonce) else {
        return Err(refuse("proof: its nonce is not one that this server gave for this role"));
    };
    if now >= until {
        return Err(refuse("proof: its nonce has ended, ask for another"));
    }
    if store::logins::is_used(store, realm_id, KIND, nonce).await? {
        return Err(refuse("proof: its nonce was used before, ask for another"));
    }
    store::logins::use_once(batch, realm_id, KIND, nonce, until);
    Ok(())
}

fn until(store: &Store, realm_id: &str, role_id: &str, nonce: &str) -> Option<i64> {
    let sealed = b64::decode(nonce, "nonce").ok()?;
    let opened = store.vault().open(&place(realm_id, role_id), &sealed).ok()?;
    Some(i64::from_be_bytes(opened.as_slice().try_into().ok()?))
}

fn place(realm_id: &str, role_id: &str) -> String {
    format!("{KIND}/{realm_id}/{role_id}")
}
