//! Protocol mappers: what puts claims into tokens, userinfo and introspection [KC 3.1].
//!
//! A mapper is one file with one [`Mapper`] and one line in [`MAPPERS`], from which dispatch, server information and
//! documentation derive. A mapper decides nothing about who may have the token: it only reads its [`Subject`].

use domain::Person;
use model::{Document, ProtocolMapper};

use crate::claims::Claims;
use crate::client_plan::{ClientPlan, Step};
use crate::cx::Cx;
use crate::token_roles::TokenRoles;

/// What the claims are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// An access token.
    Access,
    /// A lightweight access token: only what asks for it by `lightweight.claim`.
    LightweightAccess,
    /// An ID token.
    Id,
    /// The userinfo answer.
    Userinfo,
    /// The introspection answer.
    Introspection,
}

/// Whom and what the claims are about.
pub struct Subject<'a> {
    /// The request.
    pub cx: &'a Cx<'a>,
    /// The client that the token is for.
    pub client: &'a ClientPlan,
    /// The user or service account.
    pub person: &'a Person,
    /// The session's id, where there is one.
    pub session_id: Option<&'a str>,
    /// Notes of the user's session: AUTH_TIME, client_id, clientHost, …
    pub session_notes: &'a Document,
    /// Notes of the client's session: nonce, acr, claims, …
    pub client_notes: &'a Document,
    /// The roles that the token may carry.
    pub roles: &'a TokenRoles<'a>,
    /// What the claims are for.
    pub target: Target,
}

/// A kind of mapper.
pub struct Mapper {
    /// Keycloak's provider id.
    pub id: &'static str,
    /// Keycloak's name for people.
    pub name: &'static str,
    /// What its claims may go into at all; the configuration's switches choose among them.
    pub targets: &'static [Target],
    /// Whether it is silent about `id.token.claim` and the like: then it always goes into its targets.
    pub unconditional: bool,
    /// Puts in the claims.
    pub apply: fn(&Subject<'_>, &ProtocolMapper, &mut Claims),
}

/// Every mapper, in the order that Keycloak's console lists them.
pub const MAPPERS: &[&Mapper] = &[];

/// The mapper of a provider id.
pub fn find(id: &str) -> Option<&'static Mapper> {
    MAPPERS.iter().copied().find(|m| m.id == id)
}

/// Runs the mappers of a client and of the scopes granted to it, in their order.
pub fn run<'s>(subject: &Subject<'_>, steps: impl Iterator<Item = &'s Step>, claims: &mut Claims) {
    for step in steps {
        if wanted(step.mapper, &step.config, subject.target) {
            (step.mapper.apply)(subject, &step.config, claims);
        }
    }
}

/// Whether a mapper's claims go into a target [KC 3.1].
fn wanted(mapper: &Mapper, config: &ProtocolMapper, target: Target) -> bool {
    let kind = match target {
        Target::LightweightAccess => Target::Access,
        other => other,
    };
    if !mapper.targets.contains(&kind) {
        return false;
    }
    if mapper.unconditional {
        return target != Target::LightweightAccess;
    }
    match target {
        Target::Access => config.switch("access.token.claim"),
        Target::LightweightAccess => config.switch("lightweight.claim"),
        Target::Id => config.switch("id.token.claim"),
        Target::Userinfo => config.switch("userinfo.token.claim"),
        Target::Introspection => match config.config("introspection.token.claim") {
            Some(value) => value == "true",
            None => config.switch("access.token.claim"),
        },
    }
}
