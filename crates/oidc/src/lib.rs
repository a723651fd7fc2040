//! OAuth 2.0 and OpenID Connect as Keycloak speaks them: data in, data out; no HTTP types, no SQL.
//!
//! Start at [`token::exchange`] for the token endpoint and its [`grants`], at `authorize` for the browser's way in.

pub mod active;
mod allowance;
pub mod authorize;
mod backchannel;
pub mod bearer;
mod claims;
pub mod client_auth;
mod client_plan;
mod cx;
mod described;
mod direct_grant;
pub mod discovery;
mod encryption;
mod form;
pub mod grants;
pub mod introspect;
mod jwks;
pub mod logout;
pub mod mappers;
mod origins;
pub mod participant;
pub mod pkce;
mod redirect;
pub mod refusals;
pub mod response;
pub mod revoke;
mod scope;
pub mod session;
pub mod token;
mod token_roles;
pub mod tokens;
pub mod userinfo;
mod verified;

pub use bearer::Bearer;
pub use claims::{Claims, audiences};
pub use client_plan::{ClientPlan, ScopePlan, Step};
pub use cx::{Cx, Oidc};
pub use form::Form;
pub use origins::web_origins;
pub use redirect::RedirectUri;
pub use scope::Granted;
pub use token_roles::TokenRoles;
