//! A sender's access token [RFC6750-2.1], checked by the realm's keys.

use std::sync::Arc;

use http::{HeaderMap, header};
use jose::{Compact, digest};
use quick_cache::sync::Cache;
use serde_json::{Map, Value};
use signing::{Code, Verdict};

use crate::realm_keys::RealmKeys;
use crate::refusal::Refusal;
use crate::reply::asymmetric;
use crate::server::ServerError;

/// The one bearer token of a request.
pub(crate) fn of(headers: &HeaderMap) -> Result<&str, Refusal> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(inactive("The request needs one header Authorization: Bearer"));
    };
    let text = value.to_str().map_err(|_| inactive("The header Authorization is not text"))?;
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() || token.len() > LONGEST {
        return Err(inactive("The request needs a header Authorization: Bearer with an access token"));
    }
    Ok(token)
}

/// Claims of tokens whose signature was found good a moment ago, by the digest of all of the token.
pub(crate) struct Tokens(Cache<Vec<u8>, Arc<Signed>>);

struct Signed {
    claims: Map<String, Value>,
    /// When its signature was checked, in seconds.
    at: i64,
}

impl Tokens {
    pub(crate) fn new() -> Self {
        Self(Cache::new(MOST_TOKENS))
    }
}

/// Whom a token must be for, and when.
pub(crate) struct Wanted<'w> {
    pub(crate) issuer: &'w str,
    pub(crate) audience: Option<&'w str>,
    /// In seconds.
    pub(crate) now: i64,
}

/// Whom a token is of.
pub(crate) struct Bearer {
    /// The participant role that it names.
    pub(crate) role: String,
    /// The client that it was issued for.
    pub(crate) client: String,
}

/// The sender that a token is of, if it is good at this second.
pub(crate) async fn sender(
    token: &str,
    tokens: &Tokens,
    keys: &RealmKeys,
    wanted: &Wanted<'_>,
) -> Result<Result<Bearer, Refusal>, ServerError> {
    let digest = digest::sha256(token.as_bytes());
    let known = tokens.0.get(&digest).filter(|known| (0..AGREED).contains(&(wanted.now - known.at)));
    if let Some(known) = known {
        return Ok(claimed(&known.claims, wanted));
    }
    let claims = match signed(token, keys).await? {
        Ok(claims) => claims,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let sender = claimed(&claims, wanted);
    if sender.is_ok() {
        tokens.0.insert(digest, Arc::new(Signed { claims, at: wanted.now }));
    }
    Ok(sender)
}

/// The claims that a key of the realm signed as an access token's.
async fn signed(token: &str, keys: &RealmKeys) -> Result<Result<Map<String, Value>, Refusal>, ServerError> {
    // Whatever has `crit` is refused here, so that a signed reply can't pass for a token.
    let Ok(jws) = Compact::parse(token) else { return Ok(Err(inactive("The access token is no signed JWT"))) };
    let header = &jws.header;
    if header.typ() != Some("JWT") || header.member("b64").is_some() {
        return Ok(Err(inactive("The token is not of the kind of access tokens")));
    }
    let (Some(kid), Some(algorithm)) = (header.kid(), asymmetric(header)) else {
        return Ok(Err(inactive("The access token names no key of the realm")));
    };
    let Some(key) = keys.find(kid, algorithm).await? else {
        return Ok(Err(inactive("The access token is signed by no key of the realm")));
    };
    if jws.verify(key.verifying()).is_err() {
        return Ok(Err(inactive("The access token's signature does not match")));
    }
    Ok(jws.claims().map_err(|_| inactive("The access token is no signed JWT")))
}

fn claimed(claims: &Map<String, Value>, wanted: &Wanted<'_>) -> Result<Bearer, Refusal> {
    let Wanted { issuer, audience, now } = *wanted;
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let time = |name: &str| claims.get(name).and_then(Value::as_i64);
    if text("iss") != Some(issuer) {
        return Err(inactive("The access token is of another issuer"));
    }
    // The realm signs ID tokens with the same key; they are for the client's eyes alone.
    if text("typ") != Some("Bearer") {
        return Err(inactive("The token is not an access token"));
    }
    if time("exp").is_none_or(|end| end <= now) {
        return Err(inactive("The access token has ended: get a new one"));
    }
    if claims.contains_key("nbf") && time("nbf").is_none_or(|begin| begin > now) {
        return Err(inactive("The access token does not count yet"));
    }
    if claims.contains_key("cnf") {
        return Err(inactive("The access token is bound to a key that is not shown here"));
    }
    if audience.is_some_and(|wanted| !names(claims.get("aud"), wanted)) {
        return Err(inactive("The access token is not for this audience"));
    }
    let role = text("participantRoleId").filter(|role| !role.is_empty());
    let role = role.ok_or_else(|| inactive("The access token is not a participant's"))?;
    Ok(Bearer { role: role.to_owned(), client: text("azp").unwrap_or_default().to_owned() })
}

fn names(audience: Option<&Value>, wanted: &str) -> bool {
    match audience {
        Some(Value::String(one)) => one == wanted,
        Some(Value::Array(several)) => several.iter().any(|one| one.as_str() == Some(wanted)),
        _ => false,
    }
}

fn inactive(detail: &'static str) -> Refusal {
    Verdict::new(Code::TokenInactive, detail).into()
}

const LONGEST: usize = 16 * 1024;
const MOST_TOKENS: usize = 2000;
/// Seconds for which a signature that was found good is not checked again, should its key leave the realm.
const AGREED: i64 = 30;
