//! Sessions as the grants make and use them.

use domain::lifetimes;
use domain::{Person, Result, Writes, ids};
use model::{ClientSession, Document, UserSession};
use serde_json::{Value, json};

use crate::client_plan::ClientPlan;
use crate::cx::Cx;
use crate::tokens::{Refresh, SessionFacts};

/// A session about to begin, or one that goes on.
pub struct Login<'a> {
    /// The session's id.
    pub id: String,
    /// The user.
    pub person: &'a Person,
    /// The client.
    pub client: &'a ClientPlan,
    /// Whether "Remember me" was ticked.
    pub remember_me: bool,
    /// Whether the session begins with this login; one that goes on must still be there.
    pub begins: bool,
    /// When the session began; now, for a new one.
    pub started_at: i64,
    /// The user session's notes.
    pub notes: Document,
    /// The client session's notes.
    pub client_notes: Document,
}

impl Login<'_> {
    /// The facts that tokens are issued from.
    pub fn facts(&self, offline: bool) -> SessionFacts {
        SessionFacts {
            id: Some(self.id.clone()),
            offline,
            remember_me: self.remember_me,
            started_at: self.started_at,
            notes: self.notes.clone(),
            client_notes: self.client_notes.clone(),
        }
    }

    /// Writes the session (if it is new) and the client's part in it.
    pub fn write(&self, cx: &Cx<'_>, offline: bool, writes: &mut Writes) {
        let realm = &cx.plan.realm;
        let now = cx.now();
        let session = UserSession {
            id: self.id.clone(),
            offline,
            user_id: self.person.user.id.clone(),
            started_at: self.started_at,
            refreshed_at: now,
            remember_me: self.remember_me,
            ip: cx.request.ip.clone(),
            notes: self.notes.clone(),
            expires_at: lifetimes::row_expires_at(realm, offline, self.remember_me, self.started_at, now),
        };
        match self.begins || offline {
            true => store::sessions::insert(&mut writes.batch, &realm.id, &session),
            false => store::sessions::go_on(&mut writes.batch, &session.id, now, session.expires_at),
        }
        let part = ClientSession {
            session_id: self.id.clone(),
            offline,
            client_id: self.client.client.id.clone(),
            started_at: now,
            refreshed_at: now,
            version: 0,
            notes: self.client_notes.clone(),
        };
        store::sessions::upsert_client(&mut writes.batch, &part);
    }
}

/// The first refresh token of a session: in a chain of its own, where the realm rotates.
pub fn first_refresh(cx: &Cx<'_>, client: &ClientPlan, scope: String, notes: &mut Document) -> Result<Refresh> {
    if client.client.attribute("use.refresh.tokens") == Some("false") {
        return Ok(Refresh::No);
    }
    let id = ids::uuid()?;
    let chain = match cx.plan.realm.revoke_refresh_token {
        true => {
            let chain = ids::uuid()?;
            Chain { issued: id.clone(), used: String::new(), uses: 0 }.save(notes, &chain);
            Some(chain)
        }
        false => None,
    };
    Ok(Refresh::Yes { scope, id, chain })
}

/// A chain of rotating refresh tokens: only its newest one counts, and one used as often as the realm allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// The id of the newest token issued.
    pub issued: String,
    /// The id of the token used last.
    pub used: String,
    /// How often that one was used.
    pub uses: i64,
}

/// Chains kept for one client in one session, at most; the oldest goes first.
const CHAINS: usize = 16;

impl Chain {
    /// Reads a chain from a client session's notes.
    pub fn read(notes: &Document, id: &str) -> Option<Self> {
        let chain = notes.object("chains")?.get(id)?;
        let text = |n: usize| Some(chain.get(n)?.as_str()?.to_owned());
        Some(Self { issued: text(0)?, used: text(1)?, uses: chain.get(2)?.as_i64()? })
    }

    /// Writes the chain into a client session's notes.
    pub fn save(&self, notes: &mut Document, id: &str) {
        let mut chains = notes.object("chains").cloned().unwrap_or_default();
        if !chains.contains_key(id)
            && chains.len() >= CHAINS
            && let Some(oldest) = chains.keys().next().cloned()
        {
            chains.shift_remove(&oldest);
        }
        chains.insert(id.to_owned(), json!([self.issued, self.used, self.uses]));
        notes.set("chains", Value::Object(chains));
    }
}
