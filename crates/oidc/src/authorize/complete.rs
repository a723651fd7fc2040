//! The end of a login: the session, and what the client asked for [OIDCC-3.1.2.5, 3.2.2.5, 3.3.2.5].

use domain::{Result, Writes, ids};
use model::{Code, Document, Event, EventType, UserSession};
use serde_json::{Map, Value};

use super::AuthRequest;
use crate::cx::Cx;
use crate::response::Delivery;
use crate::scope::Granted;
use crate::session::Login;
use crate::tokens::{Hashes, Issue, Refresh};
use domain::Person;

/// How the user was proved.
pub struct Proof<'a> {
    /// The user.
    pub person: &'a Person,
    /// The session that goes on, or None for a new one.
    pub session: Option<UserSession>,
    /// Whether the user proved themselves just now, not by the session's cookie alone.
    pub fresh: bool,
    /// Whether "Remember me" was ticked.
    pub remember_me: bool,
    /// How consent was had: `no_consent_required`, `consent_granted`, `persistent_consent`.
    pub consent: &'static str,
    /// Further facts for the event.
    pub details: Vec<(&'static str, String)>,
}

/// A login completed.
pub struct Completed {
    /// The answer to the client.
    pub delivery: Delivery,
    /// The session.
    pub session: UserSession,
    /// The writes.
    pub writes: Writes,
}

/// Completes a login.
pub async fn complete(cx: &Cx<'_>, request: &AuthRequest, proof: Proof<'_>) -> Result<Completed> {
    let session = begin_or_go_on(cx, &proof)?;
    let scope = request.parameter("scope").unwrap_or_default();
    let mut granted = Granted::of(&request.client, scope);
    granted.restrict(&cx.plan, proof.person);
    // A client that is part of the session already keeps what it has there, such as its chains of refresh tokens.
    let part = match &proof.session {
        Some(s) => store::sessions::find_client(&cx.core().store, &s.id, false, &request.client.client.id).await?,
        None => None,
    };
    let mut client_notes = part.map_or_else(Document::default, |p| p.notes);
    client_notes.take("nonce");
    for name in ["scope", "redirect_uri", "nonce", "claims"] {
        if let Some(value) = request.parameter(name) {
            client_notes.set(name, value);
        }
    }
    let acr = if proof.fresh { "1" } else { "0" };
    client_notes.set("acr", acr);
    let login = Login {
        id: session.id.clone(),
        person: proof.person,
        client: &request.client,
        remember_me: session.remember_me,
        begins: proof.session.is_none(),
        started_at: session.started_at,
        notes: session.notes.clone(),
        client_notes,
    };
    let mut writes = Writes::default();
    login.write(cx, false, &mut writes);
    if proof.session.is_some() {
        store::sessions::update_notes(&mut writes.batch, &session);
    }
    let parameters = answer(cx, request, &login, &granted, acr, &mut writes).await?;
    writes.events.push(event(request, &proof, &session));
    let delivery = Delivery { to: request.redirect.clone(), carrier: request.mode.carrier, parameters };
    Ok(Completed { delivery, session, writes })
}

/// A new session, or the one that goes on, with the moment of the proof.
fn begin_or_go_on(cx: &Cx<'_>, proof: &Proof<'_>) -> Result<UserSession> {
    let now = cx.now();
    let mut session = match &proof.session {
        Some(session) => session.clone(),
        None => UserSession {
            id: ids::session()?,
            offline: false,
            user_id: proof.person.user.id.clone(),
            started_at: now,
            refreshed_at: now,
            remember_me: proof.remember_me,
            ip: cx.request.ip.clone(),
            notes: Document::default(),
            expires_at: 0,
        },
    };
    session.notes.set("auth_method", "openid-connect");
    if proof.fresh {
        session.notes.set("AUTH_TIME", now.to_string());
        session.remember_me = proof.remember_me;
    }
    if session.notes.text("state_checker").is_none() {
        session.notes.set("state_checker", ids::session_code()?);
    }
    Ok(session)
}

async fn answer(
    cx: &Cx<'_>,
    request: &AuthRequest,
    login: &Login<'_>,
    granted: &Granted<'_>,
    acr: &str,
    writes: &mut Writes,
) -> Result<Map<String, Value>> {
    let mut out = Map::new();
    let mut put = |name: &str, value: Value| out.insert(name.to_owned(), value);
    let state = request.parameter("state");
    if let Some(state) = state {
        put("state", state.into());
    }
    let client = &request.client.client;
    if !client.switch("exclude.session.state.from.auth.response") {
        put("session_state", login.id.clone().into());
    }
    if !client.switch("exclude.issuer.from.auth.response") {
        put("iss", cx.issuer().into());
    }
    let wanted = request.response_type;
    let code = match wanted.code {
        true => Some(new_code(cx, request, login, acr, writes)?),
        false => None,
    };
    if let Some(code) = &code {
        put("code", code.clone().into());
    }
    if !wanted.is_implicit_or_hybrid() {
        return Ok(out);
    }
    let session = login.facts(false);
    let nonce = request.parameter("nonce");
    let issue = Issue {
        client: &request.client,
        person: login.person,
        session: &session,
        granted,
        grant: "na",
        nonce,
        refresh: Refresh::No,
    };
    let lifetimes = issue.lifetimes(cx);
    let expires_at = match wanted.code {
        true => lifetimes.access_expires_at(login.started_at, cx.now()),
        false => lifetimes.implicit_expires_at(login.started_at, cx.now()),
    };
    let access = match wanted.token {
        true => Some(issue.access_token_until(cx, expires_at).await?),
        false => None,
    };
    if wanted.id_token {
        let hashes = Hashes { access_token: access.as_ref().map(|a| a.token.as_str()), code: code.as_deref(), state };
        put("id_token", issue.id_token(cx, expires_at, nonce, &hashes).await?.into());
    }
    if let Some(access) = access {
        put("access_token", access.token.into());
        put("token_type", "Bearer".into());
        put("expires_in", (access.expires_at - cx.now()).to_string().into());
    }
    Ok(out)
}

/// A code: `<uuid>.<session id>.<client's id>` [KC 1.4].
fn new_code(cx: &Cx<'_>, request: &AuthRequest, login: &Login<'_>, acr: &str, writes: &mut Writes) -> Result<String> {
    let client = &request.client.client.id;
    let mut doc = Document::default();
    doc.set("session", login.id.as_str());
    doc.set("client", client.as_str());
    doc.set("acr", acr);
    for name in ["redirect_uri", "scope", "nonce", "claims", "code_challenge", "code_challenge_method"] {
        if let Some(value) = request.parameter(name) {
            doc.set(name, value);
        }
    }
    let id = ids::uuid()?;
    let code = Code { id: id.clone(), doc, expires_at: cx.now() + cx.plan.realm.access_code_lifespan };
    store::logins::insert_code(&mut writes.batch, &cx.plan.realm.id, &code);
    Ok(format!("{id}.{}.{client}", login.id))
}

fn event(request: &AuthRequest, proof: &Proof<'_>, session: &UserSession) -> Event {
    let mut event = Event::new(EventType::Login);
    event.client_id = Some(request.client.client.client_id.clone());
    event.user_id = Some(proof.person.user.id.clone());
    event.session_id = Some(session.id.clone());
    event.detail("auth_method", "openid-connect").detail("auth_type", "code");
    for name in ["response_type", "redirect_uri", "response_mode"] {
        if let Some(value) = request.parameter(name) {
            event.detail(name, value);
        }
    }
    event.detail("consent", proof.consent).detail("code_id", session.id.clone());
    event.detail("username", proof.person.user.username.clone());
    for (name, value) in &proof.details {
        event.detail(name, value.clone());
    }
    event
}
