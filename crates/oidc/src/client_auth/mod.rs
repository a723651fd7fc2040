//! Client authentication [RFC6749-2.3], [KC 1.3].
//!
//! A method is one file with one [`Method`] and one line in [`METHODS`], from which dispatch and discovery derive.
//! Only [`authenticate`] makes an [`AuthenticatedClient`].
//!
//! Who asks is found in this order: the form's `client_id`, the Basic header's user, the assertion's subject. The
//! client then decides which method proves it; the request doesn't.

mod assertion;
mod jwt;
mod presented;
mod refusals;
mod secret;
mod secret_jwt;
mod x509;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use domain::{Error, Result, Writes};
use model::Client;

use crate::client_plan::ClientPlan;
use crate::cx::Cx;
use crate::form::Form;
use crate::refusals::{ASSERTION_REUSED, CLIENT_ASSERTION_UNUSABLE, CLIENT_DISABLED, CLIENT_UNKNOWN};
use assertion::Assertion;
use presented::Presented;

/// A client that proved itself, or a public one that was named.
#[expect(clippy::manual_non_exhaustive, reason = "nothing else in this crate may make one either")]
pub struct AuthenticatedClient {
    /// The client.
    pub plan: Arc<ClientPlan>,
    /// Keycloak's name of the method, for events: `client-secret`, `client-jwt`, …; public clients have the former.
    pub method: &'static str,
    /// What must be written with the answer, be it a refusal or not: the assertion's jti is used up. Of two requests
    /// with one assertion, the second one's commit is lost; see [`replayed`].
    pub writes: Writes,
    _proof: (),
}

/// What the request says about who is asking.
pub struct Claim<'a> {
    /// The form.
    pub form: &'a Form,
    /// The `Authorization` header.
    pub authorization: Option<&'a str>,
    /// URLs besides the issuer that an assertion may be meant for: the token endpoint, introspection, …
    pub audiences: &'a [String],
}

/// What a method found.
pub struct Proved {
    /// The client.
    pub plan: Arc<ClientPlan>,
    /// What must be written with the answer.
    pub writes: Writes,
}

/// A method's boxed future.
pub type Proof<'a> = Pin<Box<dyn Future<Output = Result<Proved>> + Send + 'a>>;

/// A way for a client to prove itself.
pub struct Method {
    /// Keycloak's authenticator id.
    pub id: &'static str,
    /// The names in discovery's `token_endpoint_auth_methods_supported`.
    pub names: &'static [&'static str],
    /// The clients that it is for.
    pub serves: fn(&Client) -> bool,
    /// Proves the client that was named, which is known and enabled.
    pub prove: for<'a> fn(&'a Cx<'a>, &'a Claim<'a>, Arc<ClientPlan>) -> Proof<'a>,
}

/// Every method, in the order of Keycloak's flow `clients`.
pub const METHODS: &[&Method] = &[&secret::SECRET, &jwt::JWT, &secret_jwt::SECRET_JWT, &x509::X509];

/// Finds out which client asks, and has it proved by its method.
///
/// Errors: the rows of `refusals` under client authentication.
pub async fn authenticate(cx: &Cx<'_>, claim: &Claim<'_>) -> Result<AuthenticatedClient> {
    let presented = Presented::read(claim)?;
    let named = match presented.client_id.as_deref() {
        Some(client_id) => find(cx, client_id).await,
        None => Err(CLIENT_UNKNOWN.into()),
    };
    let plan = match named {
        Ok(plan) => plan,
        Err(Error::Refused(refused)) => match asserted(cx, claim).await? {
            Some(plan) => plan,
            None => return Err(Error::Refused(refused)),
        },
        Err(error) => return Err(error),
    };
    let Some(method) = METHODS.iter().find(|m| (m.serves)(&plan.client)) else {
        return Err(CLIENT_ASSERTION_UNUSABLE.into());
    };
    let proved = (method.prove)(cx, claim, plan).await?;
    Ok(AuthenticatedClient { plan: proved.plan, method: method.id, writes: proved.writes, _proof: () })
}

/// The error of a commit, made into a refusal where it was lost because the assertion had been used before.
pub fn replayed(error: Error) -> Error {
    match error {
        Error::Lost(assertion::USED) => ASSERTION_REUSED.into(),
        other => other,
    }
}

/// The client of that `clientId`, if it is enabled.
async fn find(cx: &Cx<'_>, client_id: &str) -> Result<Arc<ClientPlan>> {
    match cx.client(client_id).await? {
        None => Err(CLIENT_UNKNOWN.into()),
        Some(plan) if !plan.client.enabled => Err(CLIENT_DISABLED.into()),
        Some(plan) => Ok(plan),
    }
}

/// The client that the request's assertion speaks for, where nothing else names one: None without an assertion, or
/// where it contradicts the form.
async fn asserted(cx: &Cx<'_>, claim: &Claim<'_>) -> Result<Option<Arc<ClientPlan>>> {
    let Some(assertion) = Assertion::text(claim.form).ok().and_then(Assertion::parse) else { return Ok(None) };
    let subject = assertion.subject()?;
    if claim.form.find("client_id").is_some_and(|named| named != subject) {
        return Ok(None);
    }
    let plan = find(cx, subject).await?;
    let by_assertion = [&jwt::JWT, &secret_jwt::SECRET_JWT].iter().any(|m| (m.serves)(&plan.client));
    match by_assertion && !plan.client.public {
        true => Ok(Some(plan)),
        false => Err(CLIENT_ASSERTION_UNUSABLE.into()),
    }
}

/// The client whom an assertion speaks for. The form's `client_id` must agree with it; a Basic header needn't.
async fn speaker(
    cx: &Cx<'_>,
    claim: &Claim<'_>,
    named: Arc<ClientPlan>,
    assertion: &Assertion<'_>,
    method: &Method,
) -> Result<Arc<ClientPlan>> {
    let subject = assertion.subject()?;
    if subject == named.client.client_id {
        return Ok(named);
    }
    if claim.form.find("client_id").is_some() {
        return match cx.client(subject).await? {
            Some(_) => Err(refusals::ASSERTION_OTHER_CLIENT.into()),
            None => Err(CLIENT_UNKNOWN.into()),
        };
    }
    let plan = find(cx, subject).await?;
    match (method.serves)(&plan.client) && !plan.client.public {
        true => Ok(plan),
        false => Err(CLIENT_ASSERTION_UNUSABLE.into()),
    }
}

#[cfg(test)]
mod tests;
