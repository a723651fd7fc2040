//! OAuth 2.0 and OpenID Connect as Keycloak speaks them: data in, data out; no HTTP types, no SQL.

mod claims;
pub mod client_auth;
mod client_plan;
mod cx;
mod form;
mod jwks;
pub mod mappers;
pub mod refusals;
mod scope;
mod token_roles;

pub use claims::{Claims, audiences};
pub use client_plan::{ClientPlan, ScopePlan, Step};
pub use cx::{Cx, Oidc};
pub use form::Form;
pub use scope::Granted;
