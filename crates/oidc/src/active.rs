//! Whether a token counts at this moment: one read of the store decides, whatever is kept in memory.
//!
//! Introspection, userinfo, revocation and the administrators' bearer tokens all ask here.

use std::sync::Arc;

use domain::{Person, Result, lifetimes};
use store::sessions::{TokenKey, TokenState};

use crate::claims::Claims;
use crate::client_plan::ClientPlan;
use crate::cx::Cx;
use crate::verified::Verified;

/// A token that counts, with all that it stands for.
pub struct ActiveToken {
    /// The verified token.
    pub verified: Arc<Verified>,
    /// The client that it was issued for.
    pub client: Arc<ClientPlan>,
    /// The user or service account.
    pub person: Arc<Person>,
    /// Notes of the user's session, as JSON text.
    pub session_notes: String,
    /// Notes of the client's part in it, as JSON text.
    pub client_notes: String,
}

/// Why a token doesn't count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inactive {
    /// Not a token of this realm, not of the kind wanted, expired, revoked, or older than a not-before policy.
    Invalid,
    /// Its session is over, or its user deleted.
    SessionGone,
    /// Its user is disabled.
    UserDisabled,
    /// Its client is disabled or deleted.
    ClientDisabled,
}

/// A kind of token, by its `typ` claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An access token.
    Access,
    /// An ID token.
    Id,
    /// A refresh token of a session.
    Refresh,
    /// A refresh token of an offline session.
    Offline,
}

impl Kind {
    /// Reads the `typ` claim.
    pub fn of(claims: &Claims) -> Option<Self> {
        Some(match claims.text("typ")? {
            "Bearer" | "DPoP" => Self::Access,
            "ID" => Self::Id,
            "Refresh" => Self::Refresh,
            "Offline" => Self::Offline,
            _ => return None,
        })
    }
}

impl ActiveToken {
    /// Its claims.
    pub fn claims(&self) -> &Claims {
        &self.verified.claims
    }
}

impl Cx<'_> {
    /// Judges a token of one of the kinds wanted.
    pub async fn active(&self, token: &str, wanted: &[Kind]) -> Result<std::result::Result<ActiveToken, Inactive>> {
        let Some(verified) = self.verify(token) else { return Ok(Err(Inactive::Invalid)) };
        let claims = &verified.claims;
        let Some(kind) = Kind::of(claims).filter(|k| wanted.contains(k)) else { return Ok(Err(Inactive::Invalid)) };
        if claims.text("iss") != Some(self.issuer().as_str()) || self.is_expired(claims) {
            return Ok(Err(Inactive::Invalid));
        }
        let Some(client) = self.client(claims.text("azp").unwrap_or_default()).await? else {
            return Ok(Err(Inactive::ClientDisabled));
        };
        if !client.client.enabled {
            return Ok(Err(Inactive::ClientDisabled));
        }
        let offline = kind == Kind::Offline || is_of_offline_session(claims);
        let session_id = claims.text("sid").unwrap_or_default();
        let key = TokenKey {
            realm_id: &self.plan.realm.id,
            session_id,
            offline,
            client_id: &client.client.id,
            token_id: claims.text("jti").unwrap_or_default(),
        };
        let Some(state) = store::sessions::token_state(&self.core().store, key).await? else {
            return Ok(Err(Inactive::Invalid));
        };
        self.confirm(state.realm_version)?;
        let has_session = !session_id.is_empty();
        self.judge(Arc::clone(&verified), client, state, offline, has_session).await
    }

    async fn judge(
        &self,
        verified: Arc<Verified>,
        client: Arc<ClientPlan>,
        state: TokenState,
        offline: bool,
        has_session: bool,
    ) -> Result<std::result::Result<ActiveToken, Inactive>> {
        if state.revoked || self.is_stale(&verified.claims, &client, 0) {
            return Ok(Err(Inactive::Invalid));
        }
        let realm = &self.plan.realm;
        if has_session && !state.session.as_ref().is_some_and(|s| lifetimes::is_alive(realm, offline, s, self.now())) {
            return Ok(Err(Inactive::SessionGone));
        }
        let of_this_part = verified.claims.int("iat").unwrap_or(0) >= state.client_started_at;
        if has_session && (state.client_notes.is_none() || !of_this_part) {
            return Ok(Err(Inactive::SessionGone));
        }
        // The session knows whose it is, and the client its service account: `sub` is what a mapper made of it.
        let Some(user) = state.user else { return Ok(Err(Inactive::SessionGone)) };
        if !user.enabled {
            return Ok(Err(Inactive::UserDisabled));
        }
        let Some(person) = self.core().person_at(&self.plan, &user.id, user.version).await? else {
            return Ok(Err(Inactive::SessionGone));
        };
        if self.is_stale(&verified.claims, &client, person.user.not_before) {
            return Ok(Err(Inactive::Invalid));
        }
        Ok(Ok(ActiveToken {
            session_notes: state.session.map(|s| s.notes).unwrap_or_default(),
            client_notes: state.client_notes.unwrap_or_default(),
            verified,
            client,
            person,
        }))
    }

    /// Whether a token's lifetime is over, or hasn't begun.
    pub fn is_expired(&self, claims: &Claims) -> bool {
        let now = self.now();
        claims.int("exp").is_some_and(|exp| exp != 0 && exp <= now)
            || claims.int("nbf").is_some_and(|nbf| nbf > now + SKEW)
    }

    /// Whether a token was issued before a not-before policy of the realm, the client or the user.
    pub fn is_stale(&self, claims: &Claims, client: &ClientPlan, user_not_before: i64) -> bool {
        let not_before = self.plan.realm.not_before.max(client.client.not_before).max(user_not_before);
        claims.int("iat").unwrap_or(0) < not_before
    }
}

/// Clocks may differ by this many seconds [KC 10].
pub const SKEW: i64 = 10;

/// Whether an access token belongs to an offline session: its jti begins with "of" [KC 2.2].
fn is_of_offline_session(claims: &Claims) -> bool {
    claims.text("jti").is_some_and(|jti| jti.starts_with("of"))
}
