//! Grants: what a client may exchange for tokens at the token endpoint [RFC6749-4].
//!
//! A grant is one file with one [`Grant`] and one line in [`GRANTS`], from which dispatch and discovery derive.

mod authorization_code;
mod client_credentials;
mod password;
mod refresh_token;

use std::future::Future;
use std::pin::Pin;

use domain::{Result, Writes};
use model::{Event, EventType};
use serde_json::{Map, Value};

use crate::client_auth::AuthenticatedClient;
use crate::cx::Cx;
use crate::form::Form;

/// A request at the token endpoint, its client proved.
pub struct TokenRequest<'a> {
    /// The request.
    pub cx: &'a Cx<'a>,
    /// Its parameters, none repeated.
    pub form: &'a Form,
    /// The client.
    pub client: &'a AuthenticatedClient,
}

/// Tokens to hand out, and what must be written first.
pub struct TokenAnswer {
    /// The answer's members.
    pub body: Map<String, Value>,
    /// The writes.
    pub writes: Writes,
}

/// A grant's boxed future.
pub type Exchange<'a> = Pin<Box<dyn Future<Output = Result<TokenAnswer>> + Send + 'a>>;

/// A grant.
pub struct Grant {
    /// The value of `grant_type`.
    pub id: &'static str,
    /// The event of its success; a refusal's is the twin with `_ERROR`.
    pub event: EventType,
    /// Finds, validates, consumes, issues. Facts for the event are added as they are learned.
    pub exchange: for<'a> fn(&'a TokenRequest<'a>, &'a mut Event) -> Exchange<'a>,
}

/// Every grant.
pub const GRANTS: &[&Grant] =
    &[&authorization_code::GRANT, &client_credentials::GRANT, &password::GRANT, &refresh_token::GRANT];

/// The grant of a `grant_type`.
pub fn find(id: &str) -> Option<&'static Grant> {
    GRANTS.iter().copied().find(|g| g.id == id)
}
