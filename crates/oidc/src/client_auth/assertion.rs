//! The assertion of `client-jwt` and `client-secret-jwt` [RFC7523-3], [OIDCC-9]: taking it apart, and the checks that
//! both share.
//!
//! The order is Keycloak's: type, form, issuer and subject, client, algorithm, signature, audience, times, jti. All
//! times are seconds.

use domain::{Refusal, Result, Writes};
use jose::{Algorithm, Compact};
use model::Client;
use serde_json::{Map, Value};

use super::refusals::{
    ASSERTION_FROM_THE_FUTURE, ASSERTION_MISSING, ASSERTION_TOO_LONG, ASSERTION_TOO_OLD, assertion_type,
};
use crate::claims::audiences;
use crate::cx::Cx;
use crate::form::Form;
use crate::refusals::{
    ASSERTION_ALGORITHM, ASSERTION_AUDIENCE, ASSERTION_AUDIENCES, ASSERTION_NO_EXP, ASSERTION_NO_JTI,
    ASSERTION_NOT_ACTIVE, ASSERTION_REUSED, ASSERTION_TYPE_MISSING, CLIENT_ASSERTION_UNUSABLE,
};

/// The one type of assertion there is.
pub(super) const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// An assertion taken apart. Nothing in it is to be believed before its signature is checked.
pub(super) struct Assertion<'a> {
    pub(super) token: Compact<'a>,
    /// None for `none`.
    pub(super) algorithm: Option<Algorithm>,
    claims: Map<String, Value>,
    exp: Option<i64>,
    iat: Option<i64>,
    nbf: Option<i64>,
}

impl<'a> Assertion<'a> {
    /// The text of a request's assertion, when its type is right.
    pub(super) fn text(form: &'a Form) -> Result<&'a str, Refusal> {
        match form.find("client_assertion_type") {
            None => Err(ASSERTION_TYPE_MISSING),
            Some(JWT_BEARER) => form.find("client_assertion").ok_or(ASSERTION_MISSING),
            Some(other) => Err(assertion_type(other)),
        }
    }

    /// Takes an assertion apart; None for what is no JWT, has times that are none, or names no algorithm that is one.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let token = Compact::parse(text).ok()?;
        let algorithm = match token.header.alg() {
            "none" => None,
            _ => Some(token.header.algorithm().ok()?),
        };
        let claims = token.claims().ok()?;
        let [exp, iat, nbf] = [seconds(&claims, "exp")?, seconds(&claims, "iat")?, seconds(&claims, "nbf")?];
        Some(Self { algorithm, exp, iat, nbf, claims, token })
    }

    /// The client that it speaks for, which must also be its issuer.
    pub(super) fn subject(&self) -> Result<&str, Refusal> {
        let text = |name: &str| self.claims.get(name).and_then(Value::as_str);
        match (text("sub"), text("iss")) {
            (Some(sub), Some(iss)) if sub == iss => Ok(sub),
            _ => Err(CLIENT_ASSERTION_UNUSABLE),
        }
    }

    /// The algorithm, if the client may use it.
    pub(super) fn allowed_algorithm(&self, client: &Client) -> Result<Algorithm, Refusal> {
        let pinned = client.attribute("token.endpoint.auth.signing.alg");
        self.algorithm
            .filter(|used| pinned.is_none_or(|name| Algorithm::parse(name) == Some(*used)))
            .ok_or(ASSERTION_ALGORITHM)
    }

    /// Whether it is meant for us: for exactly one of the URLs that are ours.
    pub(super) fn check_audience(&self, issuer: &str, others: &[String]) -> Result<(), Refusal> {
        match *audiences(self.claims.get("aud")) {
            [] => Err(ASSERTION_AUDIENCE),
            [one] if one == issuer || others.iter().any(|other| other == one) => Ok(()),
            [_] => Err(ASSERTION_AUDIENCE),
            _ => Err(ASSERTION_AUDIENCES),
        }
    }

    /// Checks the times and that the jti is new, and writes that it is used up.
    pub(super) async fn use_up(&self, cx: &Cx<'_>, client: &Client) -> Result<Writes> {
        let (value, until) = self.check_life(client, cx.now())?;
        let realm_id = &cx.plan.realm.id;
        if store::logins::is_used(&cx.core().store, realm_id, USED, &value).await? {
            return Err(ASSERTION_REUSED.into());
        }
        let mut writes = Writes::default();
        store::logins::use_once(&mut writes.batch, realm_id, USED, &value, until);
        Ok(writes)
    }

    /// What its jti is remembered by, and until when.
    fn check_life(&self, client: &Client, now: i64) -> Result<(String, i64), Refusal> {
        let longest = client.number("token.endpoint.auth.signing.max.exp").filter(|s| *s > 0).unwrap_or(LONGEST);
        let until = self.check_times(longest, now)?;
        let jti = match self.claims.get("jti") {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => return Err(ASSERTION_NO_JTI),
        };
        // The jti is of any length; its hash isn't.
        Ok((jose::certificate::thumbprint_sha256(jti.as_bytes()), until))
    }

    /// Checks the times; the second from which the assertion is too old for certain.
    fn check_times(&self, longest: i64, now: i64) -> Result<i64, Refusal> {
        let exp = self.exp.ok_or(ASSERTION_NO_EXP)?;
        if exp <= now || self.nbf.is_some_and(|nbf| nbf > now + SKEW) {
            return Err(ASSERTION_NOT_ACTIVE);
        }
        match self.iat {
            None if exp - now > longest => Err(ASSERTION_TOO_LONG),
            None => Ok(exp),
            Some(iat) if iat > now + SKEW => Err(ASSERTION_FROM_THE_FUTURE),
            Some(iat) if now > iat.saturating_add(longest) => Err(ASSERTION_TOO_OLD),
            Some(iat) => Ok(exp.min(iat.saturating_add(longest).saturating_add(1))),
        }
    }
}

/// A claim that is a number of seconds; the inner None where it is absent, the outer where it is something else.
fn seconds(claims: &Map<String, Value>, name: &str) -> Option<Option<i64>> {
    match claims.get(name) {
        None | Some(Value::Null) => Some(None),
        #[expect(clippy::cast_possible_truncation, reason = "fractions are cut off, and the cast saturates")]
        Some(Value::Number(number)) => number.as_i64().or_else(|| number.as_f64().map(|f| f as i64)).map(Some),
        Some(_) => None,
    }
}

/// The kind under which used assertions are remembered, and the label of the write that lost.
pub(super) const USED: &str = "client-assertion";
/// Clocks may differ by this many seconds, except at the end of an assertion's life [KC].
const SKEW: i64 = 15;
/// An assertion may be this old, unless the client's attribute says otherwise.
const LONGEST: i64 = 60;

#[cfg(test)]
mod tests;
