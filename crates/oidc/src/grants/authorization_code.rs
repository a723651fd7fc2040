//! Authorization code: what the browser brought back, for tokens [RFC6749-4.1.3], [RFC7636-4.6], [KC 1.4].
//!
//! Order: code, session and user, redirect_uri, client, flow, PKCE. Whoever names a code spends it, right or wrong. A
//! code that is spent already, or never was, ends the client's part in the session that it names [RFC6749-4.1.2].

use std::sync::Arc;

use domain::{Error, Person, Result, Writes, lifetimes};
use model::{Code, Document, Event, EventType, UserSession};

use super::{Grant, TokenAnswer, TokenRequest};
use crate::cx::Cx;
use crate::form::Form;
use crate::pkce;
use crate::refusals::{
    CODE_FLOW_OFF, CODE_MISSING, CODE_NOT_VALID, CODE_OTHER_CLIENT, CODE_REDIRECT, CODE_SESSION_GONE,
    OFFLINE_NOT_ALLOWED, USER_DISABLED,
};
use crate::scope::Granted;
use crate::session::{Login, first_refresh};
use crate::tokens::Issue;

pub(super) const GRANT: Grant = Grant {
    id: "authorization_code",
    event: EventType::CodeToToken,
    exchange: |request, event| Box::pin(exchange(request, event)),
};

/// A code's three parts: `<uuid>.<session id>.<client's id>`.
struct Parts<'a> {
    id: &'a str,
    session: &'a str,
    client: &'a str,
}

impl<'a> Parts<'a> {
    fn parse(code: &'a str) -> Option<Self> {
        let mut parts = code.split('.');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(id), Some(session), Some(client), None) => Some(Self { id, session, client }),
            _ => None,
        }
    }
}

async fn exchange(request: &TokenRequest<'_>, event: &mut Event) -> Result<TokenAnswer> {
    let (cx, plan) = (request.cx, &request.client.plan);
    let Some(code) = request.form.find("code") else { return Err(CODE_MISSING.into()) };
    let Some(parts) = Parts::parse(code) else { return Err(CODE_NOT_VALID.into()) };
    event.detail("code_id", parts.session);
    event.session_id = Some(parts.session.to_owned());
    let realm_id = &cx.plan.realm.id;
    let store = &cx.core().store;
    let Some(code) = store::logins::find_code(store, realm_id, parts.id, cx.now()).await? else {
        return Err(replayed(cx, &parts).await?);
    };
    let Found { session, person } = match check(request, &code, &parts).await {
        Ok(found) => found,
        Err(error) => return Err(spent(error, realm_id, &code.id)),
    };
    let mut writes = Writes::default();
    store::logins::redeem_code(&mut writes.batch, realm_id, &code.id);
    event.user_id = Some(person.user.id.clone());
    let scope = code.doc.text("scope").unwrap_or_default();
    let mut granted = Granted::of(plan, scope);
    let offline = granted.offline;
    if offline && !person.has_realm_role(&cx.plan, "offline_access") {
        return Err(spent(OFFLINE_NOT_ALLOWED.into(), realm_id, &code.id));
    }
    granted.restrict(&cx.plan, &person);
    let part = store::sessions::find_client(store, &session.id, false, &plan.client.id).await?;
    let mut client_notes = part.map_or_else(Document::default, |p| p.notes);
    for note in ["scope", "redirect_uri", "nonce", "acr", "claims"] {
        if let Some(value) = code.doc.text(note) {
            client_notes.set(note, value);
        }
    }
    let refresh = first_refresh(cx, plan, granted.all(), &mut client_notes)?;
    let login = Login {
        id: session.id.clone(),
        person: &person,
        client: plan,
        remember_me: session.remember_me,
        begins: false,
        started_at: session.started_at,
        notes: session.notes.clone(),
        client_notes,
    };
    login.write(cx, offline, &mut writes);
    let facts = login.facts(offline);
    let issue = Issue {
        client: plan,
        person: &person,
        session: &facts,
        granted: &granted,
        grant: "ac",
        nonce: code.doc.text("nonce"),
        refresh,
    };
    let issued = issue.answer(cx, event).await?;
    Ok(TokenAnswer { body: issued.body, writes })
}

/// Refuses a code that isn't there, and ends the client's part in the session that it names.
async fn replayed(cx: &Cx<'_>, parts: &Parts<'_>) -> Result<Error> {
    let found = store::sessions::find(&cx.core().store, &cx.plan.realm.id, parts.session, false).await?;
    if found.is_none() {
        return Ok(CODE_NOT_VALID.into());
    }
    let mut writes = Writes::default();
    store::sessions::delete_client(&mut writes.batch, parts.session, false, parts.client);
    Ok(CODE_NOT_VALID.after(writes))
}

/// The attempt spends the code, whatever else is wrong.
fn spent(error: Error, realm_id: &str, code: &str) -> Error {
    let Error::Refused(mut refused) = error else { return error };
    store::logins::spend_code(&mut refused.writes.batch, realm_id, code);
    Error::Refused(refused)
}

/// The session that a code stands for, and its user.
struct Found {
    session: UserSession,
    person: Arc<Person>,
}

async fn check(request: &TokenRequest<'_>, code: &Code, parts: &Parts<'_>) -> Result<Found> {
    let (cx, plan) = (request.cx, &request.client.plan);
    let same = code.doc.text("session") == Some(parts.session) && code.doc.text("client") == Some(parts.client);
    if !same {
        return Err(CODE_NOT_VALID.into());
    }
    let store = &cx.core().store;
    let session = store::sessions::find(store, &cx.plan.realm.id, parts.session, false).await?;
    let Some(session) = session.filter(|s| lifetimes::is_session_alive(&cx.plan.realm, s, cx.now())) else {
        return Err(CODE_SESSION_GONE.into());
    };
    let Some(person) = cx.core().person(&cx.plan, &session.user_id).await? else {
        return Err(CODE_SESSION_GONE.into());
    };
    if !person.user.enabled {
        return Err(USER_DISABLED.into());
    }
    if code.doc.text("redirect_uri") != request.form.find("redirect_uri") {
        return Err(CODE_REDIRECT.into());
    }
    if parts.client != plan.client.id {
        return Err(CODE_OTHER_CLIENT.into());
    }
    if !plan.client.standard_flow {
        return Err(CODE_FLOW_OFF.into());
    }
    verify_pkce(request.form, &code.doc, plan.client.attribute("pkce.code.challenge.method").is_some())?;
    Ok(Found { session, person })
}

fn verify_pkce(form: &Form, code: &Document, enforced: bool) -> Result<()> {
    pkce::verify(form.find("code_verifier"), code.text("code_challenge"), code.text("code_challenge_method"), enforced)
        .map_err(Into::into)
}
