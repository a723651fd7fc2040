//! Sessions: a user's, a client's within it, codes, and failures counted.

use crate::Document;

/// A login that lives on. Times in seconds.
#[derive(Clone, Debug)]
pub struct UserSession {
    /// 24 characters of base64url; the token's `sid`.
    pub id: String,
    /// Whether it outlives the browser's login.
    pub offline: bool,
    /// The user's id.
    pub user_id: String,
    /// When the login was done.
    pub started_at: i64,
    /// When it was last used, written coarsely.
    pub refreshed_at: i64,
    /// Whether the user ticked "Remember me".
    pub remember_me: bool,
    /// Where the login came from.
    pub ip: String,
    /// What mappers and later logins ask for: AUTH_TIME, acr, state_checker, …
    pub notes: Document,
    /// When the row may be purged.
    pub expires_at: i64,
}

/// A client's share of a session. Times in seconds.
#[derive(Clone, Debug)]
pub struct ClientSession {
    /// The user session's id.
    pub session_id: String,
    /// As the user session.
    pub offline: bool,
    /// The client's id.
    pub client_id: String,
    /// When this client joined.
    pub started_at: i64,
    /// When it last got tokens.
    pub refreshed_at: i64,
    /// Grows with each change of the notes.
    pub version: i64,
    /// scope, redirect_uri, nonce, acr, chains of refresh tokens, …
    pub notes: Document,
}

/// An authorization code waiting to be redeemed.
#[derive(Clone, Debug)]
pub struct Code {
    /// The code's first part.
    pub id: String,
    /// session, client, redirect_uri, code_challenge, scope, nonce, …
    pub doc: Document,
    /// Second after which it is dead.
    pub expires_at: i64,
}

/// Failed logins of one user [KC 4.2].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoginFailure {
    /// Failures counted.
    pub failures: i64,
    /// Temporary lockouts so far.
    pub temporary_lockouts: i64,
    /// Second until which the user is locked out; `i64::MAX` for good.
    pub locked_until_at: i64,
    /// The last failure's millisecond.
    pub last_failure_ms: i64,
    /// Where it came from.
    pub last_ip: String,
}
