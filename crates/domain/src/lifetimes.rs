//! How long sessions and tokens live [KC 2.5b]. Everything in seconds.

use model::{Client, Realm, UserSession};
use store::sessions::SessionState;

/// The lifetimes that hold for one client in one session.
#[derive(Clone, Copy, Debug)]
pub struct Lifetimes<'a> {
    /// The realm.
    pub realm: &'a Realm,
    /// The client.
    pub client: &'a Client,
    /// Whether the session is an offline one.
    pub offline: bool,
    /// Whether "Remember me" was ticked.
    pub remember_me: bool,
}

/// A session that ends only when an administrator ends it.
pub const FOREVER: i64 = 1 << 40;

/// The idle and maximum time of a session.
pub fn session(realm: &Realm, offline: bool, remember_me: bool) -> (i64, i64) {
    if offline {
        let max = match realm.offline_session_max_lifespan_enabled {
            true => realm.offline_session_max_lifespan,
            false => FOREVER,
        };
        return (realm.offline_session_idle_timeout, max);
    }
    let remembered = |normal: i64, remembered: i64| match remember_me {
        true => normal.max(remembered),
        false => normal,
    };
    (
        remembered(realm.sso_session_idle_timeout, realm.sso_session_idle_timeout_remember_me),
        remembered(realm.sso_session_max_lifespan, realm.sso_session_max_lifespan_remember_me),
    )
}

/// Whether a session is still alive.
pub fn is_alive(realm: &Realm, offline: bool, session_state: &SessionState, now: i64) -> bool {
    let (idle, max) = session(realm, offline, session_state.remember_me);
    now < session_state.started_at.saturating_add(max)
        && now < session_state.refreshed_at.saturating_add(idle.saturating_add(COARSE))
}

/// Whether a session, read whole, is still alive.
pub fn is_session_alive(realm: &Realm, s: &UserSession, now: i64) -> bool {
    let (idle, max) = session(realm, s.offline, s.remember_me);
    now < s.started_at.saturating_add(max) && now < s.refreshed_at.saturating_add(idle.saturating_add(COARSE))
}

/// Idle times are written at most this late, in the user's favour.
pub const COARSE: i64 = 60;

/// When a session's row may be purged, if nothing happens any more.
pub fn row_expires_at(realm: &Realm, offline: bool, remember_me: bool, started_at: i64, now: i64) -> i64 {
    let (idle, max) = session(realm, offline, remember_me);
    started_at.saturating_add(max).min(now.saturating_add(idle).saturating_add(2 * COARSE))
}

fn first_set(values: [i64; 3]) -> i64 {
    values.into_iter().find(|v| *v > 0).unwrap_or(0)
}

impl Lifetimes<'_> {
    fn setting(&self, name: &str) -> i64 {
        self.client.number(name).unwrap_or(0)
    }

    /// The client's share of the session: idle and maximum.
    fn client_session(&self) -> (i64, i64) {
        let (idle, max) = session(self.realm, self.offline, self.remember_me);
        let r = self.realm;
        match self.offline {
            false => (
                first_set([self.setting("client.session.idle.timeout"), r.client_session_idle_timeout, idle]),
                first_set([self.setting("client.session.max.lifespan"), r.client_session_max_lifespan, max]).min(max),
            ),
            true => (
                first_set([
                    self.setting("client.offline.session.idle.timeout"),
                    r.client_offline_session_idle_timeout,
                    idle,
                ]),
                match r.offline_session_max_lifespan_enabled {
                    true => first_set([
                        self.setting("client.offline.session.max.lifespan"),
                        r.client_offline_session_max_lifespan,
                        max,
                    ]),
                    false => FOREVER,
                },
            ),
        }
    }

    /// When an access token issued now ends.
    pub fn access_expires_at(&self, started_at: i64, now: i64) -> i64 {
        let end = started_at.saturating_add(self.client_session().1);
        match self.client.number("access.token.lifespan").unwrap_or(self.realm.access_token_lifespan) {
            -1 => end,
            lifespan => end.min(now.saturating_add(lifespan)),
        }
    }

    /// When an access token issued now by the authorization endpoint ends.
    pub fn implicit_expires_at(&self, started_at: i64, now: i64) -> i64 {
        let end = started_at.saturating_add(self.client_session().1);
        end.min(now.saturating_add(self.realm.access_token_lifespan_for_implicit_flow))
    }

    /// When a refresh token issued now ends; None for never.
    pub fn refresh_expires_at(&self, started_at: i64, now: i64) -> Option<i64> {
        if self.offline && !self.realm.offline_session_max_lifespan_enabled {
            return None;
        }
        let (idle, max) = self.client_session();
        Some(started_at.saturating_add(max).min(now.saturating_add(idle)))
    }
}
