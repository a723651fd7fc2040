//! Refreshing: new tokens for an old one [RFC6749-6], [KC 1.5].
//!
//! Where the realm rotates, each token belongs to a chain (`reuse_id`) kept with the client's part in the session. Only
//! the newest one issued, or the one used last as often as the realm allows, is taken; anything else ends the client's
//! part, so that neither thief nor victim goes on unnoticed. The chain is replaced by a conditional write: of two
//! simultaneous uses exactly one wins, on one node or ten.

use std::sync::Arc;

use domain::{Person, Result, Writes, ids, lifetimes};
use model::{ClientSession, Event, EventType};
use store::sessions::{SessionState, TokenKey};

use super::{Grant, TokenAnswer, TokenRequest};
use crate::active::Kind;
use crate::claims::Claims;
use crate::client_plan::ClientPlan;
use crate::cx::Cx;
use crate::described::notes;
use crate::refusals::{
    CLIENT_NOT_IN_SESSION, CONSENT_GONE, INVALID_SCOPES, NO_REFRESH_TOKEN, OFFLINE_NOT_GRANTED, OFFLINE_SESSION_GONE,
    REFRESH_INVALID, REFRESH_OTHER_CLIENT, REUSE_EXCEEDED, SESSION_NOT_ACTIVE, STALE_TOKEN, TOKEN_NOT_ACTIVE,
    USER_DISABLED,
};
use crate::scope::Granted;
use crate::session::Chain;
use crate::tokens::{Issue, Refresh, SessionFacts};
use crate::verified::Verified;

pub(super) const GRANT: Grant = Grant {
    id: "refresh_token",
    event: EventType::RefreshToken,
    exchange: |request, event| Box::pin(exchange(request, event)),
};

async fn exchange(request: &TokenRequest<'_>, event: &mut Event) -> Result<TokenAnswer> {
    let (cx, plan) = (request.cx, &request.client.plan);
    let Some(token) = request.form.find("refresh_token") else { return Err(NO_REFRESH_TOKEN.into()) };
    let asked = request.form.some("scope");
    if asked.is_some() {
        Granted::parse(plan, asked)?;
    }
    let (verified, kind) = read(cx, token)?;
    let claims = &verified.claims;
    note(event, claims);
    if claims.text("azp") != Some(plan.client.client_id.as_str()) {
        return Err(REFRESH_OTHER_CLIENT.into());
    }
    if cx.is_stale(claims, plan, 0) {
        return Err(STALE_TOKEN.into());
    }
    let offline = kind == Kind::Offline;
    let Found { session, mut part, person } = find(cx, claims, offline, &plan.client.id).await?;
    event.user_id = Some(person.user.id.clone());
    event.session_id = Some(part.session_id.clone());
    if cx.is_stale(claims, plan, person.user.not_before) {
        return Err(STALE_TOKEN.into());
    }
    if offline && !person.has_realm_role(&cx.plan, "offline_access") {
        return Err(OFFLINE_NOT_GRANTED.into());
    }
    let mut writes = Writes::default();
    let next = next_token(cx, claims, &mut part, &mut writes)?;
    use_session(cx, &session, &part, next.chain.is_some(), &mut writes);

    let held = claims.text("scope").unwrap_or_default();
    let mut granted = narrowed(plan, held, asked)?;
    granted.restrict(&cx.plan, &person);
    check_consent(cx, plan, &granted, &person).await?;
    let facts = SessionFacts {
        id: Some(part.session_id.clone()),
        offline,
        remember_me: session.remember_me,
        started_at: session.started_at,
        notes: notes(&session.notes),
        client_notes: part.notes.clone(),
    };
    let refresh = match plan.client.attribute("use.refresh.tokens") {
        Some("false") => Refresh::No,
        _ => Refresh::Yes { scope: held.to_owned(), id: next.id.clone(), chain: next.chain },
    };
    event.detail("updated_refresh_token_id", next.id);
    let issue =
        Issue { client: plan, person: &person, session: &facts, granted: &granted, grant: "rt", nonce: None, refresh };
    let issued = issue.answer(cx, event).await?;
    Ok(TokenAnswer { body: issued.body, writes })
}

/// Refuses what the user must have allowed and hasn't, or no longer.
async fn check_consent(cx: &Cx<'_>, plan: &ClientPlan, granted: &Granted<'_>, person: &Person) -> Result<()> {
    if !plan.client.consent_required {
        return Ok(());
    }
    let given = store::consents::find(&cx.core().store, &person.user.id, &plan.client.id).await?;
    let given = given.map(|consent| consent.texts("grantedClientScopes")).unwrap_or_default();
    match granted.scopes.iter().filter(|scope| scope.on_consent_screen).all(|scope| given.contains(&scope.name)) {
        true => Ok(()),
        false => Err(CONSENT_GONE.into()),
    }
}

/// Reads a refresh token: the realm's own, of the right kind, and within its time.
fn read(cx: &Cx<'_>, token: &str) -> Result<(Arc<Verified>, Kind)> {
    let Some(verified) = cx.verify(token) else { return Err(REFRESH_INVALID.into()) };
    let kind = Kind::of(&verified.claims).filter(|k| matches!(k, Kind::Refresh | Kind::Offline));
    let Some(kind) = kind else { return Err(REFRESH_INVALID.into()) };
    if verified.claims.text("iss") != Some(cx.issuer().as_str()) {
        let text = format!("Invalid token issuer. Expected '{}'", cx.issuer());
        return Err(REFRESH_INVALID.describe(text).into());
    }
    if cx.is_expired(&verified.claims) {
        return Err(TOKEN_NOT_ACTIVE.into());
    }
    Ok((verified, kind))
}

fn note(event: &mut Event, claims: &Claims) {
    for (detail, claim) in [("refresh_token_id", "jti"), ("refresh_token_type", "typ"), ("refresh_token_sub", "sub")] {
        if let Some(value) = claims.text(claim) {
            event.detail(detail, value);
        }
    }
}

struct Found {
    session: SessionState,
    part: ClientSession,
    person: Arc<Person>,
}

/// Finds the session, the client's part in it, and the user, all still good, by one read.
async fn find(cx: &Cx<'_>, claims: &Claims, offline: bool, client_id: &str) -> Result<Found> {
    let realm = &cx.plan.realm;
    let session_id = claims.text("sid").unwrap_or_default();
    let key = TokenKey { realm_id: &realm.id, session_id, offline, client_id, token_id: "" };
    let state = store::sessions::token_state(&cx.core().store, key).await?;
    let Some(state) = state else { return Err(SESSION_NOT_ACTIVE.into()) };
    cx.confirm(state.realm_version)?;
    let gone = if offline { &OFFLINE_SESSION_GONE } else { &SESSION_NOT_ACTIVE };
    let (Some(session), Some(user)) = (state.session, state.user) else { return Err(gone.into()) };
    if !lifetimes::is_alive(realm, offline, &session, cx.now()) {
        return Err(SESSION_NOT_ACTIVE.into());
    }
    if !user.enabled {
        return Err(USER_DISABLED.into());
    }
    let Some(person) = cx.core().person_at(&cx.plan, &user.id, user.version).await? else {
        return Err(SESSION_NOT_ACTIVE.into());
    };
    let of_this_part = claims.int("iat").unwrap_or(0) >= state.client_started_at;
    let Some(client_notes) = state.client_notes.filter(|_| of_this_part) else {
        return Err(CLIENT_NOT_IN_SESSION.into());
    };
    let part = ClientSession {
        session_id: session_id.to_owned(),
        offline,
        client_id: client_id.to_owned(),
        started_at: session.started_at,
        refreshed_at: cx.now(),
        version: state.client_version,
        notes: notes(&client_notes),
    };
    Ok(Found { session, part, person })
}

struct Next {
    id: String,
    chain: Option<String>,
}

/// Moves the chain on, where the realm rotates.
fn next_token(cx: &Cx<'_>, claims: &Claims, part: &mut ClientSession, writes: &mut Writes) -> Result<Next> {
    let id = ids::uuid()?;
    if !cx.plan.realm.revoke_refresh_token {
        return Ok(Next { id, chain: None });
    }
    let used = claims.text("jti").unwrap_or_default();
    let Some(chain_id) = claims.text("reuse_id") else {
        // Issued before the realm began to rotate: it starts a chain, and is its first use.
        let chain_id = used.to_owned();
        let chain = Chain::read(&part.notes, &chain_id).unwrap_or_else(|| Chain {
            issued: used.to_owned(),
            used: String::new(),
            uses: 0,
        });
        return advance(cx, Step { chain, chain_id, used, id }, part, writes);
    };
    let Some(chain) = Chain::read(&part.notes, chain_id) else { return Err(end(&STALE_TOKEN, part)) };
    advance(cx, Step { chain, chain_id: chain_id.to_owned(), used, id }, part, writes)
}

/// A step of a chain: the token used, and the id of the next one.
struct Step<'a> {
    chain: Chain,
    chain_id: String,
    used: &'a str,
    id: String,
}

fn advance(cx: &Cx<'_>, step: Step<'_>, part: &mut ClientSession, writes: &mut Writes) -> Result<Next> {
    let Step { chain, chain_id, used, id } = step;
    let uses = match () {
        () if chain.issued == used => 0,
        () if chain.used == used => chain.uses,
        () => return Err(end(&STALE_TOKEN, part)),
    };
    if uses > cx.plan.realm.refresh_token_max_reuse {
        return Err(end(&REUSE_EXCEEDED, part));
    }
    Chain { issued: id.clone(), used: used.to_owned(), uses: uses + 1 }.save(&mut part.notes, &chain_id);
    store::sessions::update_client(&mut writes.batch, part);
    Ok(Next { id, chain: Some(chain_id) })
}

/// Refuses, and ends the client's part in the session.
fn end(refusal: &domain::Refusal, part: &ClientSession) -> domain::Error {
    let mut writes = Writes::default();
    store::sessions::delete_client(&mut writes.batch, &part.session_id, part.offline, &part.client_id);
    refusal.after(writes)
}

/// Notes that the session was used: at once where something is written anyway, else at most once a minute.
fn use_session(cx: &Cx<'_>, session: &SessionState, part: &ClientSession, rotating: bool, writes: &mut Writes) {
    let now = cx.now();
    if rotating || now - session.refreshed_at >= lifetimes::COARSE {
        let realm = &cx.plan.realm;
        let expires = lifetimes::row_expires_at(realm, part.offline, session.remember_me, session.started_at, now);
        store::sessions::refresh(&mut writes.batch, &part.session_id, part.offline, now, expires);
    }
}

/// The scopes of the new tokens: those of the refresh token, without the optional ones that aren't asked for again.
fn narrowed<'a>(plan: &'a ClientPlan, held: &str, asked: Option<&str>) -> Result<Granted<'a>> {
    let mut granted = Granted::of(plan, held);
    let Some(asked) = asked else { return Ok(granted) };
    let is_asked = |name: &str| asked.split(' ').any(|w| w == name);
    granted.scopes.retain(|s| s.by_default || is_asked(&s.name));
    if asked.len() > held.len().saturating_add(4000) {
        return Err(INVALID_SCOPES.describe(format!("Invalid scopes: {asked}")).into());
    }
    Ok(granted)
}
