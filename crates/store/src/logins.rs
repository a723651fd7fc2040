//! Logins in progress, codes, things used once, and failures counted: what protects the way in.

use model::{AuthSession, Code, LoginFailure};

use crate::db::Batch;
use crate::{Store, StoreError, params, sealed};

/// Finds a login in progress.
pub async fn find(store: &Store, realm_id: &str, id: &str, now: i64) -> Result<Option<AuthSession>, StoreError> {
    const SQL: &str = "SELECT version, doc, expires_at FROM auth_session \
                       WHERE realm_id = $1 AND id = $2 AND expires_at > $3";
    let Some(row) = store.db().read_one(SQL, params![realm_id, id, now]).await? else { return Ok(None) };
    Ok(Some(AuthSession::read(id, row.int(0)?, &sealed::parse(row.text(1)?)?, row.int(2)?)))
}

/// Writes a login in progress: a new one (version 0), or the next version of the one that was read.
pub fn save(batch: &mut Batch, realm_id: &str, s: &AuthSession) {
    let doc = s.to_document().to_text();
    let _place = match s.version {
        0 => batch.expect(
            "INSERT INTO auth_session (id, realm_id, version, doc, expires_at) VALUES ($1, $2, 1, $3, $4) \
             ON CONFLICT (id) DO NOTHING",
            params![s.id.as_str(), realm_id, doc, s.expires_at],
            1,
            "auth session",
        ),
        version => batch.expect(
            "UPDATE auth_session SET version = version + 1, doc = $4, expires_at = $5 \
             WHERE realm_id = $1 AND id = $2 AND version = $3",
            params![realm_id, s.id.as_str(), version, doc, s.expires_at],
            1,
            "auth session",
        ),
    };
}

/// Ends a login in progress.
pub fn delete(batch: &mut Batch, realm_id: &str, id: &str) {
    batch.push("DELETE FROM auth_session WHERE realm_id = $1 AND id = $2", params![realm_id, id]);
}

/// Ends a login in progress; of two who try, one does.
pub fn finish(batch: &mut Batch, realm_id: &str, s: &AuthSession) {
    batch.expect(
        "DELETE FROM auth_session WHERE realm_id = $1 AND id = $2 AND version = $3",
        params![realm_id, s.id.as_str(), s.version],
        1,
        "auth session",
    );
}

/// Inserts a code.
pub fn insert_code(batch: &mut Batch, realm_id: &str, code: &Code) {
    batch.push(
        "INSERT INTO code (id, realm_id, doc, expires_at) VALUES ($1, $2, $3, $4)",
        params![code.id.as_str(), realm_id, code.doc.to_text(), code.expires_at],
    );
}

/// Finds a code that is still alive.
pub async fn find_code(store: &Store, realm_id: &str, id: &str, now: i64) -> Result<Option<Code>, StoreError> {
    const SQL: &str = "SELECT doc, expires_at FROM code WHERE realm_id = $1 AND id = $2 AND expires_at > $3";
    let Some(row) = store.db().read_one(SQL, params![realm_id, id, now]).await? else { return Ok(None) };
    Ok(Some(Code { id: id.to_owned(), doc: sealed::parse(row.text(0)?)?, expires_at: row.int(1)? }))
}

/// Redeems a code: exactly one batch does, every other is [`StoreError::Unmet`] with label "code".
pub fn redeem_code(batch: &mut Batch, realm_id: &str, id: &str) {
    batch.expect("DELETE FROM code WHERE realm_id = $1 AND id = $2", params![realm_id, id], 1, "code");
}

/// Spends a code, whether it is there or not.
pub fn spend_code(batch: &mut Batch, realm_id: &str, id: &str) {
    batch.push("DELETE FROM code WHERE realm_id = $1 AND id = $2", params![realm_id, id]);
}

/// Uses something up: exactly one batch does, every other is [`StoreError::Unmet`] with the kind as its label.
pub fn use_once(batch: &mut Batch, realm_id: &str, kind: &'static str, value: &str, expires_at: i64) {
    batch.expect(
        "INSERT INTO single_use (realm_id, kind, value, expires_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        params![realm_id, kind, value, expires_at],
        1,
        kind,
    );
}

/// Remembers that an access token was revoked, until it would have expired.
pub fn revoke_token(batch: &mut Batch, realm_id: &str, token_id: &str, expires_at: i64) {
    batch.push(
        "INSERT INTO single_use (realm_id, kind, value, expires_at) VALUES ($1, 'revoked', $2, $3) \
         ON CONFLICT DO NOTHING",
        params![realm_id, token_id, expires_at],
    );
}

/// Finds a user's failures.
pub async fn failures(store: &Store, realm_id: &str, user_id: &str) -> Result<Option<LoginFailure>, StoreError> {
    const SQL: &str = "SELECT failures, temporary_lockouts, locked_until_at, last_failure_ms, last_ip \
                       FROM login_failure WHERE realm_id = $1 AND user_id = $2";
    let Some(row) = store.db().read_one(SQL, params![realm_id, user_id]).await? else { return Ok(None) };
    Ok(Some(LoginFailure {
        failures: row.int(0)?,
        temporary_lockouts: row.int(1)?,
        locked_until_at: row.int(2)?,
        last_failure_ms: row.int(3)?,
        last_ip: row.text(4)?.to_owned(),
    }))
}

/// Replaces a user's failures, if they are still those that were read; else [`StoreError::Unmet`] "failures".
pub fn save_failures(
    batch: &mut Batch,
    realm_id: &str,
    user_id: &str,
    before: Option<&LoginFailure>,
    after: &LoginFailure,
) {
    let mut params = params![
        realm_id,
        user_id,
        after.failures,
        after.temporary_lockouts,
        after.locked_until_at,
        after.last_failure_ms,
        after.last_ip.as_str()
    ];
    let _place = match before {
        None => batch.expect(
            "INSERT INTO login_failure (realm_id, user_id, failures, temporary_lockouts, locked_until_at, \
             last_failure_ms, last_ip) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
            params,
            1,
            "failures",
        ),
        Some(before) => {
            params.extend(params![before.failures, before.last_failure_ms]);
            batch.expect(
                "UPDATE login_failure SET failures = $3, temporary_lockouts = $4, locked_until_at = $5, \
                 last_failure_ms = $6, last_ip = $7 WHERE realm_id = $1 AND user_id = $2 AND failures = $8 \
                 AND last_failure_ms = $9",
                params,
                1,
                "failures",
            )
        }
    };
}

/// Forgets a user's failures.
pub fn clear_failures(batch: &mut Batch, realm_id: &str, user_id: &str) {
    batch.push("DELETE FROM login_failure WHERE realm_id = $1 AND user_id = $2", params![realm_id, user_id]);
}

/// Forgets a user's failures, if they are still those that were read; else [`StoreError::Unmet`] "failures".
pub fn clear_failures_read(batch: &mut Batch, realm_id: &str, user_id: &str, read: &LoginFailure) {
    batch.expect(
        "DELETE FROM login_failure WHERE realm_id = $1 AND user_id = $2 AND failures = $3 AND last_failure_ms = $4",
        params![realm_id, user_id, read.failures, read.last_failure_ms],
        1,
        "failures",
    );
}

/// Forgets all failures of a realm.
pub fn clear_all_failures(batch: &mut Batch, realm_id: &str) {
    batch.push("DELETE FROM login_failure WHERE realm_id = $1", params![realm_id]);
}

/// Deletes up to `chunk` rows of each kind that are over; how many went.
pub async fn purge_expired(store: &Store, now: i64, chunk: i64) -> Result<u64, StoreError> {
    const SQL: &[&str] = &[
        "DELETE FROM auth_session WHERE id IN (SELECT id FROM auth_session WHERE expires_at < $1 LIMIT $2)",
        "DELETE FROM code WHERE id IN (SELECT id FROM code WHERE expires_at < $1 LIMIT $2)",
        "DELETE FROM single_use WHERE (realm_id, kind, value) IN \
         (SELECT realm_id, kind, value FROM single_use WHERE expires_at < $1 LIMIT $2)",
        "DELETE FROM user_session WHERE (id, offline) IN \
         (SELECT id, offline FROM user_session WHERE expires_at < $1 LIMIT $2)",
        "DELETE FROM message_seen WHERE digest IN (SELECT digest FROM message_seen WHERE expires_at < $1 LIMIT $2)",
        "DELETE FROM message_answer WHERE (realm_id, idempotency_key) IN \
         (SELECT realm_id, idempotency_key FROM message_answer WHERE expires_at < $1 LIMIT $2)",
    ];
    let mut gone = 0;
    for sql in SQL {
        let mut batch = Batch::new();
        batch.push(sql, params![now, chunk]);
        gone += store.db().commit(batch).await?.rows(0);
    }
    Ok(gone)
}

/// Whether something was used up already.
pub async fn is_used(store: &Store, realm_id: &str, kind: &'static str, value: &str) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT 1 FROM single_use WHERE realm_id = $1 AND kind = $2 AND value = $3";
    Ok(store.db().read_one(SQL, params![realm_id, kind, value]).await?.is_some())
}
