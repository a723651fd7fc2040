//! Sessions of users and of clients within them, and the one read that tells whether a token still counts.

use model::{ClientSession, UserSession};

use crate::db::{Batch, Row};
use crate::{Store, StoreError, params, sealed};

/// What decides at this moment whether a token counts, besides its signature and lifetime.
#[derive(Clone, Debug)]
pub struct TokenState {
    /// The realm's version; what was compiled from an older one must be read anew.
    pub realm_version: i64,
    /// Whose the token is: the session's user or the client's service account; None when they are gone.
    pub user: Option<UserState>,
    /// The session, if it is there.
    pub session: Option<SessionState>,
    /// The notes of the client's part in the session, as JSON text, if it is still part of it.
    pub client_notes: Option<String>,
    /// The version of the client's part, 0 where there is none.
    pub client_version: i64,
    /// When the client's part began: tokens from before belong to an earlier one that was ended.
    pub client_started_at: i64,
    /// Whether the token itself was revoked.
    pub revoked: bool,
}

/// Whose a token is, at this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserState {
    /// The user's id.
    pub id: String,
    /// The user's version.
    pub version: i64,
    /// Whether they may do anything.
    pub enabled: bool,
}

/// The times of a session that decide whether it is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionState {
    /// Whose it is.
    pub user_id: String,
    /// When the login was done, in seconds.
    pub started_at: i64,
    /// When it was last used, in seconds.
    pub refreshed_at: i64,
    /// Whether "Remember me" was ticked.
    pub remember_me: bool,
    /// The session's notes, as JSON text.
    pub notes: String,
}

/// Which token is asked about.
#[derive(Clone, Copy, Debug)]
pub struct TokenKey<'a> {
    /// The realm's id.
    pub realm_id: &'a str,
    /// `sid`, or "" for a token of the client's service account.
    pub session_id: &'a str,
    /// Whether the session is an offline one.
    pub offline: bool,
    /// The id of the client in `azp`.
    pub client_id: &'a str,
    /// `jti`.
    pub token_id: &'a str,
}

/// Reads what decides about a token; None when the realm is gone.
pub async fn token_state(store: &Store, key: TokenKey<'_>) -> Result<Option<TokenState>, StoreError> {
    const SQL: &str = "SELECT r.version, u.version, u.enabled, s.user_id, s.started_at, s.refreshed_at, s.remember_me, \
        c.version, x.value, s.notes, c.notes, c.started_at, u.id FROM realm r \
        LEFT JOIN user_session s ON s.id = $2 AND s.offline = $3 AND s.realm_id = r.id \
        LEFT JOIN client_session c ON c.session_id = $2 AND c.offline = $3 AND c.client_id = $4 \
        LEFT JOIN user_entity u ON u.realm_id = r.id AND u.id = CASE WHEN $2 = '' \
            THEN (SELECT min(a.id) FROM user_entity a WHERE a.service_account = $4) ELSE s.user_id END \
        LEFT JOIN single_use x ON x.realm_id = r.id AND x.kind = 'revoked' AND x.value = $5 \
        WHERE r.id = $1 AND r.published = TRUE";
    let params = params![key.realm_id, key.session_id, key.offline, key.client_id, key.token_id];
    let Some(row) = store.db().read_kept(SQL, params).await? else { return Ok(None) };
    let user = match row.int_opt(1)? {
        Some(version) => Some(UserState { id: row.text(12)?.to_owned(), version, enabled: row.bool(2)? }),
        None => None,
    };
    let session = match row.text_opt(3)? {
        Some(user_id) => Some(SessionState {
            user_id: user_id.to_owned(),
            started_at: row.int(4)?,
            refreshed_at: row.int(5)?,
            remember_me: row.bool(6)?,
            notes: row.text(9)?.to_owned(),
        }),
        None => None,
    };
    Ok(Some(TokenState {
        realm_version: row.int(0)?,
        user,
        session,
        client_version: row.int_opt(7)?.unwrap_or(0),
        client_started_at: row.int_opt(11)?.unwrap_or(0),
        client_notes: row.text_opt(10)?.map(str::to_owned),
        revoked: row.text_opt(8)?.is_some(),
    }))
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT s.id, s.offline, s.user_id, s.started_at, s.refreshed_at, s.remember_me, s.ip, s.notes, s.expires_at \
             FROM user_session s ",
            $rest
        )
    };
}

/// Finds a user's session.
pub async fn find(store: &Store, realm_id: &str, id: &str, offline: bool) -> Result<Option<UserSession>, StoreError> {
    let sql = select!("WHERE s.realm_id = $1 AND s.id = $2 AND s.offline = $3");
    store.db().read_one(sql, params![realm_id, id, offline]).await?.map(|row| read(&row)).transpose()
}

/// Lists a user's sessions, the oldest first.
pub async fn list_of_user(store: &Store, user_id: &str, offline: bool) -> Result<Vec<UserSession>, StoreError> {
    let sql = select!("WHERE s.user_id = $1 AND s.offline = $2 ORDER BY s.started_at LIMIT 1000");
    store.db().read(sql, params![user_id, offline]).await?.iter().map(read).collect()
}

/// Lists a page of the sessions that a client is part of.
pub async fn list_of_client(
    store: &Store,
    client_id: &str,
    offline: bool,
    first: i64,
    max: i64,
) -> Result<Vec<UserSession>, StoreError> {
    let sql = select!(
        "JOIN client_session c ON c.session_id = s.id AND c.offline = s.offline \
         WHERE c.client_id = $1 AND c.offline = $2 ORDER BY s.started_at LIMIT $3 OFFSET $4"
    );
    store.db().scan(sql, params![client_id, offline, max, first]).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<UserSession, StoreError> {
    Ok(UserSession {
        id: row.text(0)?.to_owned(),
        offline: row.bool(1)?,
        user_id: row.text(2)?.to_owned(),
        started_at: row.int(3)?,
        refreshed_at: row.int(4)?,
        remember_me: row.bool(5)?,
        ip: row.text(6)?.to_owned(),
        notes: sealed::parse(row.text(7)?)?,
        expires_at: row.int(8)?,
    })
}

/// Inserts a session; one of the same id that is there stays.
pub fn insert(batch: &mut Batch, realm_id: &str, s: &UserSession) {
    batch.push(
        "INSERT INTO user_session (id, offline, realm_id, user_id, started_at, refreshed_at, remember_me, ip, notes, \
         expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (id, offline) DO NOTHING",
        params![
            s.id.as_str(),
            s.offline,
            realm_id,
            s.user_id.as_str(),
            s.started_at,
            s.refreshed_at,
            s.remember_me,
            s.ip.as_str(),
            s.notes.to_text(),
            s.expires_at
        ],
    );
}

/// Replaces a session's notes, as when the user proves themselves again.
pub fn update_notes(batch: &mut Batch, s: &UserSession) {
    batch.push(
        "UPDATE user_session SET notes = $3, remember_me = $4 WHERE id = $1 AND offline = $2",
        params![s.id.as_str(), s.offline, s.notes.to_text(), s.remember_me],
    );
}

/// Notes that a session was used.
pub fn refresh(batch: &mut Batch, id: &str, offline: bool, now: i64, expires_at: i64) {
    batch.push(
        "UPDATE user_session SET refreshed_at = $3, expires_at = $4 WHERE id = $1 AND offline = $2 AND refreshed_at < $3",
        params![id, offline, now, expires_at],
    );
}

/// Goes on with a session, if it is still there; else [`StoreError::Unmet`] "session".
pub fn go_on(batch: &mut Batch, id: &str, now: i64, expires_at: i64) {
    batch.expect(
        "UPDATE user_session SET refreshed_at = CASE WHEN refreshed_at < $2 THEN $2 ELSE refreshed_at END, \
         expires_at = $3 WHERE id = $1 AND offline = FALSE",
        params![id, now, expires_at],
        1,
        "session",
    );
}

/// Ends a session.
pub fn delete(batch: &mut Batch, id: &str, offline: bool) {
    batch.push("DELETE FROM user_session WHERE id = $1 AND offline = $2", params![id, offline]);
}

/// Ends all of a user's sessions of a kind.
pub fn delete_of_user(batch: &mut Batch, user_id: &str, offline: bool) {
    batch.push("DELETE FROM user_session WHERE user_id = $1 AND offline = $2", params![user_id, offline]);
}

/// Finds a client's part in a session.
pub async fn find_client(
    store: &Store,
    session_id: &str,
    offline: bool,
    client_id: &str,
) -> Result<Option<ClientSession>, StoreError> {
    const SQL: &str = "SELECT session_id, offline, client_id, started_at, refreshed_at, version, notes FROM client_session WHERE session_id = $1 AND offline = $2 AND client_id = $3";
    let row = store.db().read_one(SQL, params![session_id, offline, client_id]).await?;
    row.map(|row| read_client(&row)).transpose()
}

/// Lists the clients that are part of a session.
pub async fn list_clients(store: &Store, session_id: &str, offline: bool) -> Result<Vec<ClientSession>, StoreError> {
    const SQL: &str = "SELECT session_id, offline, client_id, started_at, refreshed_at, version, notes FROM client_session WHERE session_id = $1 AND offline = $2 ORDER BY started_at";
    store.db().read(SQL, params![session_id, offline]).await?.iter().map(read_client).collect()
}

fn read_client(row: &Row) -> Result<ClientSession, StoreError> {
    Ok(ClientSession {
        session_id: row.text(0)?.to_owned(),
        offline: row.bool(1)?,
        client_id: row.text(2)?.to_owned(),
        started_at: row.int(3)?,
        refreshed_at: row.int(4)?,
        version: row.int(5)?,
        notes: sealed::parse(row.text(6)?)?,
    })
}

/// Puts a client into a session, or renews its part.
pub fn upsert_client(batch: &mut Batch, c: &ClientSession) {
    batch.push(
        "INSERT INTO client_session (session_id, offline, client_id, started_at, refreshed_at, version, notes) \
         VALUES ($1, $2, $3, $4, $5, 1, $6) ON CONFLICT (session_id, offline, client_id) \
         DO UPDATE SET refreshed_at = $5, version = client_session.version + 1, notes = $6",
        params![
            c.session_id.as_str(),
            c.offline,
            c.client_id.as_str(),
            c.started_at,
            c.refreshed_at,
            c.notes.to_text()
        ],
    );
}

/// Replaces the notes of a client's part, if they are still those that were read: of two who try, one wins, the other
/// is [`StoreError::Unmet`] with label "rotation".
pub fn update_client(batch: &mut Batch, c: &ClientSession) {
    batch.expect(
        "UPDATE client_session SET refreshed_at = $5, version = version + 1, notes = $6 \
         WHERE session_id = $1 AND offline = $2 AND client_id = $3 AND version = $4",
        params![c.session_id.as_str(), c.offline, c.client_id.as_str(), c.version, c.refreshed_at, c.notes.to_text()],
        1,
        "rotation",
    );
}

/// Takes a client out of a session.
pub fn delete_client(batch: &mut Batch, session_id: &str, offline: bool, client_id: &str) {
    batch.push(
        "DELETE FROM client_session WHERE session_id = $1 AND offline = $2 AND client_id = $3",
        params![session_id, offline, client_id],
    );
}

/// Ends a session that no client is part of any more.
pub fn delete_if_empty(batch: &mut Batch, session_id: &str, offline: bool) {
    batch.push(
        "DELETE FROM user_session WHERE id = $1 AND offline = $2 AND NOT EXISTS \
         (SELECT 1 FROM client_session WHERE session_id = $1 AND offline = $2)",
        params![session_id, offline],
    );
}

/// Ends all sessions of a realm that are not offline.
pub fn delete_all(batch: &mut Batch, realm_id: &str) {
    batch.push("DELETE FROM user_session WHERE realm_id = $1 AND offline = FALSE", params![realm_id]);
}

/// Counts the sessions that a client is part of.
pub async fn count_of_client(store: &Store, client_id: &str, offline: bool) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT count(*) FROM client_session WHERE client_id = $1 AND offline = $2";
    store.db().read_one(SQL, params![client_id, offline]).await?.map_or(Ok(0), |row| row.int(0))
}

/// How many sessions a client is part of.
#[derive(Clone, Debug)]
pub struct ClientCount {
    /// The client's id.
    pub id: String,
    /// Its `clientId`.
    pub client_id: String,
    /// Sessions of people who are logged in.
    pub active: i64,
    /// Offline sessions.
    pub offline: i64,
}

/// Counts the sessions of every client of a realm that is part of any.
pub async fn count_by_client(store: &Store, realm_id: &str) -> Result<Vec<ClientCount>, StoreError> {
    const SQL: &str = "SELECT c.id, c.client_id, CAST(sum(CASE WHEN p.offline THEN 0 ELSE 1 END) AS BIGINT), \
                       CAST(sum(CASE WHEN p.offline THEN 1 ELSE 0 END) AS BIGINT) \
                       FROM client_session p JOIN client c ON c.id = p.client_id WHERE c.realm_id = $1 \
                       GROUP BY c.id, c.client_id ORDER BY c.client_id{C}";
    let rows = store.db().scan(SQL, params![realm_id]).await?;
    rows.iter()
        .map(|row| {
            Ok(ClientCount {
                id: row.text(0)?.to_owned(),
                client_id: row.text(1)?.to_owned(),
                active: row.int(2)?,
                offline: row.int(3)?,
            })
        })
        .collect()
}
