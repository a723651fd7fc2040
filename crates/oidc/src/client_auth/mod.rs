//! Client authentication [RFC6749-2.3], [KC 1.3].
//!
//! A method is one file with one [`Method`] and one line in [`METHODS`], from which dispatch and discovery derive.
//! Only [`authenticate`] makes an [`AuthenticatedClient`].

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use domain::{Result, Writes};
use model::ClientAuthenticator;

use crate::client_plan::ClientPlan;
use crate::cx::Cx;
use crate::form::Form;

/// A client that proved itself, or a public one that was named.
pub struct AuthenticatedClient {
    /// The client.
    pub plan: Arc<ClientPlan>,
    /// Keycloak's name of the method, for events: `client-secret`, `client-jwt`, …; public clients have the former.
    pub method: &'static str,
    /// What must be written with the answer: the assertion's jti is used up.
    pub writes: Writes,
    _proof: (),
}

/// What the request says about who is asking.
pub struct Claim<'a> {
    /// The form.
    pub form: &'a Form,
    /// The `Authorization` header.
    pub authorization: Option<&'a str>,
    /// URLs besides the issuer that an assertion may be meant for: the endpoint called, the token endpoint, …
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
    pub serves: fn(&ClientAuthenticator) -> bool,
    /// Proves the client, which is known and enabled.
    pub prove: for<'a> fn(&'a Cx<'a>, &'a Claim<'a>, Arc<ClientPlan>) -> Proof<'a>,
}

/// Every method.
pub const METHODS: &[&Method] = &[];

/// Finds out which client asks, and has it proved by its method.
///
/// Errors: the rows of `refusals` under client authentication.
pub async fn authenticate(cx: &Cx<'_>, claim: &Claim<'_>) -> Result<AuthenticatedClient> {
    let _ = (cx, claim);
    Err(crate::refusals::CLIENT_UNKNOWN.into())
}
