//! Userinfo: what a token tells of its user [OIDCC-5.3], [KC 1.14, 2.9].

use std::sync::Arc;

use domain::{Result, Writes};
use model::{Event, EventType};

use crate::active::{ActiveToken, Inactive, Kind};
use crate::claims::Claims;
use crate::cx::Cx;
use crate::described::notes;
use crate::mappers::{self, Subject, Target};
use crate::refusals::HTTPS_REQUIRED;
use crate::scope::Granted;
use crate::token_roles::TokenRoles;
use crate::tokens::steps;

/// The answer.
pub enum Body {
    /// JSON.
    Json(Arc<str>),
    /// A signed JWT [OIDCC-5.3.2].
    Jwt(String),
}

/// The answer, the origins that may read it, and the writes.
pub struct Userinfo {
    /// The answer.
    pub body: Body,
    /// The client that the token was issued for.
    pub client: Arc<crate::ClientPlan>,
    /// The writes.
    pub writes: Writes,
}

/// Why there is none: the members of `WWW-Authenticate` [RFC6750-3].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// The status.
    pub status: u16,
    /// The error, if the request tried at all.
    pub error: Option<(&'static str, &'static str)>,
}

const fn challenge(status: u16, error: &'static str, description: &'static str) -> Challenge {
    Challenge { status, error: Some((error, description)) }
}

/// No token at all.
pub const NO_TOKEN: Challenge = Challenge { status: 401, error: None };
/// Header and form both.
pub const TWO_WAYS: Challenge =
    challenge(400, "invalid_request", "More than one method used for including an access token");
/// The form's twice.
pub const TWICE: Challenge = challenge(400, "invalid_request", "Duplicate parameter");
const INVALID: Challenge = challenge(401, "invalid_token", "Token verification failed");
const SESSION_GONE: Challenge = challenge(401, "invalid_token", "user_session_not_found");
const USER_DISABLED: Challenge = challenge(401, "invalid_token", "User disabled");
const CLIENT_DISABLED: Challenge = challenge(401, "invalid_token", "Client disabled");
const LIGHTWEIGHT: Challenge =
    challenge(401, "invalid_token", "Lightweight access token not allowed for userinfo endpoint");
const NO_OPENID: Challenge = challenge(403, "insufficient_scope", "Missing openid scope");

/// Tells the holder of an access token about its user.
pub async fn userinfo(cx: &Cx<'_>, token: &str) -> Result<std::result::Result<Userinfo, Challenge>> {
    if cx.lacks_https() {
        return Err(HTTPS_REQUIRED.into());
    }
    if !cx.plan.realm.enabled {
        return Ok(Err(INVALID));
    }
    let active = match cx.active(token, &[Kind::Access]).await? {
        Ok(active) => active,
        Err(why) => {
            return Ok(Err(match why {
                Inactive::Invalid => INVALID,
                Inactive::SessionGone => SESSION_GONE,
                Inactive::UserDisabled => USER_DISABLED,
                Inactive::ClientDisabled => CLIENT_DISABLED,
            }));
        }
    };
    let claims = active.claims();
    if claims.text("jti").and_then(|j| j.get(2..4)) == Some("lt") {
        return Ok(Err(LIGHTWEIGHT));
    }
    let scope = claims.text("scope").unwrap_or_default();
    if !scope.split(' ').any(|w| w == "openid") {
        return Ok(Err(NO_OPENID));
    }
    if claims.text("typ") == Some("DPoP") {
        return Ok(Err(INVALID));
    }
    let mut event = Event::new(EventType::UserInfoRequest);
    event.client_id = Some(active.client.client.client_id.clone());
    event.user_id = Some(active.person.user.id.clone());
    event.session_id = claims.text("sid").map(str::to_owned);
    event.detail("auth_method", "validate_access_token").detail("username", active.person.user.username.clone());
    let algorithm = active.client.client.attribute("user.info.response.signature.alg");
    event.detail("signature_required", if algorithm.is_some() { "true" } else { "false" });
    let body = match algorithm {
        None => Body::Json(cx.describe("userinfo", token, &active, || describe(cx, &active, scope).to_text())),
        Some(algorithm) => Body::Jwt(signed(cx, &active, algorithm, describe(cx, &active, scope)).await?),
    };
    let writes = Writes { events: vec![event], ..Writes::default() };
    Ok(Ok(Userinfo { body, client: active.client, writes }))
}

fn describe(cx: &Cx<'_>, active: &ActiveToken, scope: &str) -> Claims {
    let mut granted = Granted::of(&active.client, scope);
    granted.restrict(&cx.plan, &active.person);
    let roles = TokenRoles::new(&cx.plan, &active.client, &granted, &active.person);
    let (session_notes, client_notes) = (notes(&active.session_notes), notes(&active.client_notes));
    let mut claims = Claims::default();
    claims.set("sub", active.person.user.id.as_str());
    let subject = Subject {
        cx,
        client: &active.client,
        person: &active.person,
        session_id: active.claims().text("sid"),
        session_notes: &session_notes,
        client_notes: &client_notes,
        roles: &roles,
        target: Target::Userinfo,
    };
    mappers::run(&subject, steps(&active.client, &granted), &mut claims);
    cx.name_no_participant(&mut claims);
    claims
}

async fn signed(cx: &Cx<'_>, active: &ActiveToken, algorithm: &str, mut claims: Claims) -> Result<String> {
    claims.set("iss", cx.issuer());
    claims.set("aud", active.client.client.client_id.as_str());
    let key = cx.signer_of(algorithm)?;
    cx.sign(key, "JWT", claims).await
}
