//! Introspection [RFC7662], [KC 1.12, 2.8].

use std::sync::Arc;

use domain::{Error, Result, Writes};
use model::{Event, EventType};

use crate::active::{ActiveToken, Kind};
use crate::claims::Claims;
use crate::client_auth::{self, AuthenticatedClient};
use crate::client_plan::ClientPlan;
use crate::cx::Cx;
use crate::described::notes;
use crate::mappers::{self, Subject, Target};
use crate::refusals::{
    CLIENT_CREDENTIALS_WRONG, DUPLICATED, INTROSPECT_PUBLIC, INTROSPECT_SECRET, TOKEN_MISSING, TOKEN_TYPE_UNKNOWN,
};
use crate::scope::Granted;
use crate::token::{Call, audiences, claim, named_client, used_up, with_event};
use crate::token_roles::TokenRoles;
use crate::tokens::steps;

/// What is known of a token, and in which form to say it.
pub struct Introspection {
    /// The answer's members; among them, for a caller that accepts JWTs, the same as a signed one [KC 1.12].
    pub body: Arc<str>,
    /// Whether the token counts.
    pub active: bool,
    /// The writes.
    pub writes: Writes,
}

/// Tells a client about a token. `as_jwt`: whether the caller accepts `application/jwt`.
pub async fn introspect(cx: &Cx<'_>, call: &Call<'_>, as_jwt: bool) -> Result<Introspection> {
    cx.check_open()?;
    let mut event = Event::new(EventType::IntrospectToken);
    event.client_id = named_client(call);
    let client = match authenticate(cx, call).await {
        Ok(client) => client,
        Err(error) => return Err(with_event(error, event)),
    };
    event.client_id = Some(client.plan.client.client_id.clone());
    event.detail("client_auth_method", client.method);
    match told(cx, call, &client, &mut event, as_jwt).await {
        Ok(mut answer) => {
            if !answer.active {
                event.error = Some("invalid_token");
                event.detail("reason", "Access token JWT check failed");
            }
            let mut writes = client.writes;
            writes.append(std::mem::take(&mut answer.writes));
            writes.events.push(event);
            answer.writes = writes;
            Ok(answer)
        }
        Err(error) => Err(with_event(used_up(error, client), event)),
    }
}

async fn authenticate(cx: &Cx<'_>, call: &Call<'_>) -> Result<AuthenticatedClient> {
    match client_auth::authenticate(cx, &claim(call, &audiences(cx))).await {
        Err(Error::Refused(refused)) if refused.refusal.error == CLIENT_CREDENTIALS_WRONG.error => {
            Err(INTROSPECT_SECRET.into())
        }
        Ok(client) if client.plan.client.public => Err(INTROSPECT_PUBLIC.into()),
        other => other,
    }
}

async fn told(
    cx: &Cx<'_>,
    call: &Call<'_>,
    client: &AuthenticatedClient,
    event: &mut Event,
    as_jwt: bool,
) -> Result<Introspection> {
    if call.form.repeats() {
        return Err(DUPLICATED.into());
    }
    let Some(token) = call.form.some("token") else { return Err(TOKEN_MISSING.into()) };
    let wanted: &[Kind] = match call.form.some("token_type_hint") {
        None | Some("access_token") => &[Kind::Access, Kind::Id],
        Some("refresh_token") => &[Kind::Refresh, Kind::Offline],
        Some("requesting_party_token") => &[Kind::Access],
        Some(_) => return Err(TOKEN_TYPE_UNKNOWN.into()),
    };
    let Ok(active) = cx.active(token, wanted).await? else {
        return Ok(inactive());
    };
    if !wanted.contains(&Kind::Refresh) && !is_meant_for(active.claims(), &client.plan) {
        return Ok(inactive());
    }
    event.detail("token_id", active.claims().text("jti").unwrap_or_default());
    event.detail("token_issued_for", active.claims().text("azp").unwrap_or_default());
    event.detail("token_type", active.claims().text("typ").unwrap_or_default());
    event.user_id = Some(active.person.user.id.clone());
    event.session_id = active.claims().text("sid").map(str::to_owned);
    let allowed = client.plan.client.switch("client.introspection.response.allow.jwt.claim.enabled");
    let body = match as_jwt && allowed {
        true => {
            let told = describe(cx, &active);
            let key = cx.signer_of(&cx.plan.realm.default_signature_algorithm)?;
            let jwt = cx.sign(key, "JWT", told.clone()).await?;
            let mut told = answer(told, &active);
            told.set("jwt", jwt);
            told.to_text().into()
        }
        false => cx.describe("introspection", token, &active, || answer(describe(cx, &active), &active).to_text()),
    };
    Ok(Introspection { body, active: true, writes: Writes::default() })
}

/// What introspection says of an access token that came with a message, to whoever received both; and the token, if it
/// counts. Whoever asks has to be known and entitled; that the token was sent to them is their word.
pub async fn told_of(cx: &Cx<'_>, token: &str) -> Result<(Arc<str>, Option<ActiveToken>)> {
    let Ok(active) = cx.active(token, &[Kind::Access]).await? else {
        return Ok((inactive().body, None));
    };
    let body = cx.describe("introspection", token, &active, || answer(describe(cx, &active), &active).to_text());
    Ok((body, Some(active)))
}

/// Whether a token names a client among its audiences.
fn is_meant_for(token: &Claims, caller: &ClientPlan) -> bool {
    token.audiences().contains(&caller.client.client_id.as_str())
}

/// The members that say that the token counts, and whose it is.
fn answer(mut told: Claims, active: &ActiveToken) -> Claims {
    told.set("client_id", active.claims().text("azp").unwrap_or_default());
    told.set("username", active.person.user.username.as_str());
    told.set("token_type", active.claims().text("typ").unwrap_or_default());
    told.set("active", true);
    told
}

fn inactive() -> Introspection {
    Introspection { body: r#"{"active":false}"#.into(), active: false, writes: Writes::default() }
}

/// The token's own members and those of the mappers for introspection.
fn describe(cx: &Cx<'_>, active: &ActiveToken) -> Claims {
    let token = active.claims();
    let (session_notes, client_notes) = (notes(&active.session_notes), notes(&active.client_notes));
    let mut claims = Claims::default();
    for name in TOKENS_OWN {
        if let Some(value) = token.find(name) {
            claims.set(*name, value.clone());
        }
    }
    let scope = token.text("scope").unwrap_or_default();
    let mut granted = Granted::of(&active.client, scope);
    granted.restrict(&cx.plan, &active.person);
    let roles = TokenRoles::new(&cx.plan, &active.client, &granted, &active.person);
    let subject = Subject {
        cx,
        client: &active.client,
        person: &active.person,
        session_id: token.text("sid"),
        session_notes: &session_notes,
        client_notes: &client_notes,
        roles: &roles,
        target: Target::Introspection,
    };
    mappers::run(&subject, steps(&active.client, &granted), &mut claims);
    cx.repeat_participant(token, &mut claims);
    if let Some(acr) = token.find("acr") {
        claims.set("acr", acr.clone());
    }
    claims
}

/// The members that introspection repeats from the token itself.
const TOKENS_OWN: &[&str] =
    &["exp", "iat", "auth_time", "jti", "iss", "aud", "sub", "typ", "azp", "nonce", "sid", "acr", "scope", "cnf"];
