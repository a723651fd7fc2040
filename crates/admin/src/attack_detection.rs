//! Who is locked out, and letting them in again [KC 4.2].

use domain::brute_force::{self, Lock};
use domain::{Result, Writes};
use model::AdminOperation;
use serde_json::{Value, json};

use crate::permit::{ManageUsers, Permit, ViewUsers};

/// A user's failures; an unknown user has none.
pub async fn status(permit: &Permit<'_, ViewUsers>, user_id: &str) -> Result<Value> {
    let failures = store::logins::failures(permit.store(), permit.realm_id(), user_id).await?;
    let user = store::users::find(permit.store(), permit.realm_id(), user_id).await?;
    let now = permit.cx.now();
    let is_locked = match &user {
        Some(user) => brute_force::lock(failures.as_ref(), user, now) != Lock::Open,
        None => failures.as_ref().is_some_and(|f| f.locked_until_at > now),
    };
    let failures = failures.unwrap_or_default();
    let ip = if failures.last_ip.is_empty() { "n/a" } else { failures.last_ip.as_str() };
    Ok(json!({
        "failedLoginNotBefore": failures.locked_until_at,
        "numFailures": failures.failures,
        "numTemporaryLockouts": failures.temporary_lockouts,
        "disabled": is_locked,
        "numSecondaryAuthFailures": 0,
        "lastIPFailure": ip,
        "lastFailure": failures.last_failure_ms,
    }))
}

/// Forgets a user's failures.
pub async fn clear(permit: &Permit<'_, ManageUsers>, user_id: &str) -> Result<Writes> {
    let mut writes = Writes::default();
    if store::logins::failures(permit.store(), permit.realm_id(), user_id).await?.is_none() {
        return Ok(writes);
    }
    store::logins::clear_failures(&mut writes.batch, permit.realm_id(), user_id);
    let path = format!("attack-detection/brute-force/users/{user_id}");
    writes.admin_events.push(permit.event(AdminOperation::Delete, "USER_LOGIN_FAILURE", path, None));
    Ok(writes)
}

/// Forgets everybody's failures.
pub fn clear_all(permit: &Permit<'_, ManageUsers>) -> Writes {
    let mut writes = Writes::default();
    store::logins::clear_all_failures(&mut writes.batch, permit.realm_id());
    let path = "attack-detection/brute-force/users";
    writes.admin_events.push(permit.event(AdminOperation::Delete, "USER_LOGIN_FAILURE", path, None));
    writes
}
