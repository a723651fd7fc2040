//! Authenticators: the steps of flows [KC 6.1].
//!
//! An authenticator is one file with one [`Authenticator`] and one line in [`AUTHENTICATORS`]; a condition likewise in
//! [`CONDITIONS`]. From them dispatch and server information derive.

mod conditional_credential;
mod conditional_user_configured;
mod cookie;
mod identity_provider_redirector;
mod organization;
mod otp_form;
mod username_password_form;

use std::future::Future;
use std::pin::Pin;

use domain::Result;
use model::Credential;
use oidc::{Cx, Form};

use crate::flow::{Attempt, Condition, Outcome};

/// An authenticator's boxed future.
pub type Step<'a> = Pin<Box<dyn Future<Output = Result<Outcome>> + Send + 'a>>;

/// A step of a flow.
pub struct Authenticator {
    /// Keycloak's provider id.
    pub id: &'static str,
    /// Whether the user has what it needs; None for one that every user has.
    pub configured: Option<fn(&[Credential]) -> bool>,
    /// On arriving at it.
    pub enter: for<'a> fn(&'a Cx<'a>, &'a mut Attempt<'_>) -> Step<'a>,
    /// On the form that its page sent.
    pub submit: for<'a> fn(&'a Cx<'a>, &'a mut Attempt<'_>, &'a Form) -> Step<'a>,
}

/// A condition of a conditional subflow.
pub struct ConditionKind {
    /// Keycloak's provider id.
    pub id: &'static str,
    /// Whether it holds.
    pub holds: fn(&Condition<'_>) -> bool,
}

/// Every authenticator.
pub const AUTHENTICATORS: &[&Authenticator] = &[
    &cookie::AUTHENTICATOR,
    &identity_provider_redirector::AUTHENTICATOR,
    &organization::AUTHENTICATOR,
    &username_password_form::AUTHENTICATOR,
    &otp_form::AUTHENTICATOR,
];

/// Every condition.
pub const CONDITIONS: &[&ConditionKind] =
    &[&conditional_user_configured::CONDITION, &conditional_credential::CONDITION];

/// The authenticator of a provider id.
pub fn find(id: &str) -> Option<&'static Authenticator> {
    AUTHENTICATORS.iter().copied().find(|a| a.id == id)
}

/// The condition of a provider id.
pub fn find_condition(id: &str) -> Option<&'static ConditionKind> {
    CONDITIONS.iter().copied().find(|c| c.id == id)
}

/// Whether a provider id is a condition's.
pub fn is_condition(id: &str) -> bool {
    id.starts_with("conditional-") || find_condition(id).is_some()
}

/// For those that have no page of their own.
fn no_form<'a>(_: &'a Cx<'a>, _: &'a mut Attempt<'_>, _: &'a Form) -> Step<'a> {
    Box::pin(async { Ok(Outcome::Attempted) })
}
