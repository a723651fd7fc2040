//! What a browser brings, and what it is told to keep [KC 6.5].

use domain::lifetimes;
use domain::{Plan, Result};
use jose::jwe::SealingKey;
use model::UserSession;
use oidc::{Claims, Cx};

/// The cookies of a request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Browser<'a> {
    /// AUTH_SESSION_ID.
    pub auth_session: Option<&'a str>,
    /// KC_RESTART.
    pub restart: Option<&'a str>,
    /// KEYCLOAK_IDENTITY.
    pub identity: Option<&'a str>,
    /// KEYCLOAK_REMEMBER_ME.
    pub remember_me: Option<&'a str>,
}

/// A cookie to set or to remove.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CookieChange {
    /// AUTH_SESSION_ID, and KC_AUTH_SESSION_HASH with it where a login begins.
    AuthSession {
        /// The signed value.
        value: String,
        /// The hash, if it goes along.
        hash: Option<String>,
    },
    /// KC_RESTART: the logins in progress, sealed.
    Restart(String),
    /// KC_RESTART removed.
    RestartRemoved,
    /// KEYCLOAK_IDENTITY and KEYCLOAK_SESSION: who is logged in.
    Identity {
        /// The signed value.
        value: String,
        /// The session's hash.
        hash: String,
        /// Seconds that the session may live.
        max_age: i64,
        /// Whether the browser keeps it beyond its own end.
        persistent: bool,
    },
    /// Both removed, and KEYCLOAK_REMEMBER_ME with them where it is there.
    IdentityRemoved {
        /// Whether there is a KEYCLOAK_REMEMBER_ME to remove.
        remember_me: bool,
    },
    /// KEYCLOAK_REMEMBER_ME: the name to fill in next time.
    RememberMe(String),
    /// KEYCLOAK_LOCALE: the language chosen.
    Locale(String),
}

/// The signed value of AUTH_SESSION_ID: base64 of the id and its signature.
pub(crate) fn sign_id(cx: &Cx<'_>, id: &str) -> Result<String> {
    let signature = jose::b64::encode(hs512(&cx.plan)?.sign(id.as_bytes())?);
    Ok(jose::b64::encode(format!("{id}.{signature}")))
}

/// The id in an AUTH_SESSION_ID of ours.
pub(crate) fn verify_id(cx: &Cx<'_>, value: &str) -> Option<String> {
    if value.len() > 512 {
        return None;
    }
    let text = String::from_utf8(jose::b64::decode(value, "cookie").ok()?).ok()?;
    let (id, signature) = text.split_once('.')?;
    let signature = jose::b64::decode(signature, "cookie").ok()?;
    let key = cx.plan.keys.signer("HS512")?;
    key.verifying_key().verify(key.algorithm(), id.as_bytes(), &signature).ok()?;
    Some(id.to_owned())
}

fn hs512(plan: &Plan) -> Result<&jose::SigningKey> {
    plan.keys.signer("HS512").ok_or_else(|| domain::Error::MissingKey("HS512".to_owned()))
}

/// The hash that scripts may see: base64 of the SHA-384 of an id.
pub(crate) fn hash(id: &str) -> String {
    jose::b64::encode_standard(jose::digest::sha384(id.as_bytes()))
}

/// The realm's key for sealing cookies.
pub(crate) fn sealing_key(plan: &Plan) -> Result<&SealingKey> {
    Ok(plan.keys.sealing().ok_or_else(|| domain::plan::missing("AES key"))?)
}

/// The cookies that say who is logged in.
pub(crate) async fn identity(cx: &Cx<'_>, session: &UserSession) -> Result<CookieChange> {
    let (_, max) = lifetimes::session(&cx.plan.realm, false, session.remember_me);
    let mut claims = Claims::default();
    claims.set("exp", session.started_at.saturating_add(max));
    claims.set("iat", cx.now());
    claims.set("jti", domain::ids::uuid()?);
    claims.set("iss", cx.issuer());
    claims.set("sub", session.user_id.as_str());
    claims.set("typ", IDENTITY);
    claims.set("sid", session.id.as_str());
    claims.set("state_checker", session.notes.text("state_checker").unwrap_or_default());
    let key = hs512(&cx.plan)?;
    let value = jose::jws::encode(&jose::jws::header(key, Some("JWT")), &claims.to_bytes(), key)?;
    Ok(CookieChange::Identity { value, hash: hash(&session.id), max_age: max, persistent: session.remember_me })
}

/// The session that a browser's KEYCLOAK_IDENTITY names, if it is alive and its user enabled.
pub(crate) async fn session_of(cx: &Cx<'_>, browser: &Browser<'_>) -> Result<Option<UserSession>> {
    let Some(verified) = browser.identity.and_then(|value| cx.verify(value)) else { return Ok(None) };
    let claims = &verified.claims;
    if claims.text("typ") != Some(IDENTITY)
        || claims.text("iss") != Some(cx.issuer().as_str())
        || cx.is_expired(claims)
        || claims.int("iat").unwrap_or(0) < cx.plan.realm.not_before
    {
        return Ok(None);
    }
    let id = claims.text("sid").unwrap_or_default();
    let found = store::sessions::find(&cx.core().store, &cx.plan.realm.id, id, false).await?;
    let found = found.filter(|s| {
        lifetimes::is_session_alive(&cx.plan.realm, s, cx.now()) && claims.text("sub") == Some(s.user_id.as_str())
    });
    let Some(session) = found else { return Ok(None) };
    let person = cx.core().person(&cx.plan, &session.user_id).await?;
    let welcome = |p: &domain::Person| p.user.enabled && claims.int("iat").unwrap_or(0) >= p.user.not_before;
    Ok(Some(session).filter(|_| person.is_some_and(|p| welcome(&p))))
}

const IDENTITY: &str = "Serialized-ID";
