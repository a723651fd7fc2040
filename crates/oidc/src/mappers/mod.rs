//! Protocol mappers: what puts claims into tokens, userinfo and introspection [KC 3.1].
//!
//! A mapper is one file with one [`Mapper`] and one line in [`MAPPERS`], from which dispatch, server information and
//! documentation derive. A mapper decides nothing about who may have the token: it only reads its [`Work`].
//!
//! Mappers run by priority, since some change the roles that others read.

mod acr;
mod address;
mod allowed_origins;
mod amr;
mod audience;
mod audience_resolve;
mod claims_parameter;
mod claims_parameter_value;
mod client_roles;
mod full_name;
mod group_membership;
mod hardcoded_claim;
mod hardcoded_role;
mod nonce;
mod organization;
mod organization_groups;
mod pairwise_sub;
mod property;
mod realm_roles;
mod reference;
mod role_name;
mod role_names;
mod session_note;
mod session_state;
mod sub;
mod user_attribute;
mod user_property;
mod value;

use domain::Person;
use domain::groups::Groups;
use model::{Client, Document, ProtocolMapper};

use crate::claims::Claims;
use crate::client_plan::{ClientPlan, Step};
use crate::cx::Cx;
use crate::token_roles::TokenRoles;

pub use property::{Property, PropertyKind};
pub use reference::reference;
pub use role_names::RoleNames;

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
    /// The token endpoint's answer itself.
    TokenResponse,
}

impl Target {
    /// All of them.
    pub const ALL: &[Self] =
        &[Self::Access, Self::LightweightAccess, Self::Id, Self::Userinfo, Self::Introspection, Self::TokenResponse];
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

/// What a mapper works on: the subject's parts, the roles as mappers before it left them, and the claims so far.
pub struct Work<'a> {
    /// What the claims are for.
    pub target: Target,
    /// The client that the token is for.
    pub client: &'a Client,
    /// The user or service account.
    pub person: &'a Person,
    /// The realm's groups.
    pub groups: &'a Groups,
    /// The session's id, where there is one.
    pub session_id: Option<&'a str>,
    /// Notes of the user's session.
    pub session_notes: &'a Document,
    /// Notes of the client's session.
    pub client_notes: &'a Document,
    /// The roles by name.
    pub roles: RoleNames<'a>,
    /// The claims.
    pub claims: &'a mut Claims,
}

/// A kind of mapper.
pub struct Mapper {
    /// Keycloak's provider id.
    pub id: &'static str,
    /// Keycloak's name for people.
    pub name: &'static str,
    /// Mappers with a lower one run earlier.
    pub priority: i32,
    /// What can be configured, in the console's order.
    pub properties: &'static [Property],
    /// What its claims go into.
    pub goes: Goes,
    /// Does its work.
    pub apply: fn(&mut Work<'_>, &ProtocolMapper),
}

/// How it is decided what a mapper's claims go into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goes {
    /// By the switches among its properties; an absent one is off, but that of introspection follows the access token.
    Switched,
    /// Likewise; but for the access token and introspection an absent one is on.
    SwitchedOn,
    /// Always into these.
    Always(&'static [Target]),
}

/// Everything that claims are for.
pub(crate) const EVERYWHERE: &[Target] =
    &[Target::Access, Target::LightweightAccess, Target::Id, Target::Userinfo, Target::Introspection];

/// Every mapper, by provider id.
pub const MAPPERS: &[&Mapper] = &[
    &acr::ACR,
    &address::ADDRESS,
    &allowed_origins::ALLOWED_ORIGINS,
    &amr::AMR,
    &audience::AUDIENCE,
    &audience_resolve::AUDIENCE_RESOLVE,
    &claims_parameter::CLAIMS_PARAMETER,
    &claims_parameter_value::CLAIMS_PARAMETER_VALUE,
    &full_name::FULL_NAME,
    &group_membership::GROUP_MEMBERSHIP,
    &hardcoded_claim::HARDCODED_CLAIM,
    &hardcoded_role::HARDCODED_ROLE,
    &nonce::NONCE,
    &organization_groups::ORGANIZATION_GROUPS,
    &organization::ORGANIZATION,
    &role_name::ROLE_NAME,
    &session_state::SESSION_STATE,
    &pairwise_sub::PAIRWISE_SUB,
    &sub::SUB,
    &user_attribute::USER_ATTRIBUTE,
    &client_roles::CLIENT_ROLES,
    &user_property::USER_PROPERTY,
    &realm_roles::REALM_ROLES,
    &session_note::SESSION_NOTE,
];

/// The mapper of a provider id.
pub fn find(id: &str) -> Option<&'static Mapper> {
    MAPPERS.iter().copied().find(|m| m.id == id)
}

/// Runs the mappers of a client and of the scopes granted to it, by priority.
pub fn run<'s>(subject: &Subject<'_>, steps: impl Iterator<Item = &'s Step>, claims: &mut Claims) {
    Work {
        target: subject.target,
        client: &subject.client.client,
        person: subject.person,
        groups: &subject.cx.plan.groups,
        session_id: subject.session_id,
        session_notes: subject.session_notes,
        client_notes: subject.client_notes,
        roles: RoleNames::new(subject.roles),
        claims,
    }
    .run(steps);
}

impl Work<'_> {
    fn run<'s>(mut self, steps: impl Iterator<Item = &'s Step>) {
        let mut wanted: Vec<&Step> = steps.filter(|step| step.goes_into(self.target)).collect();
        wanted.sort_by_key(|step| step.mapper.priority);
        for step in wanted {
            (step.mapper.apply)(&mut self, &step.config);
        }
    }
}

/// Whether a mapper's claims go into a target [KC 3.1].
pub(crate) fn is_wanted(mapper: &Mapper, config: &ProtocolMapper, target: Target) -> bool {
    let switch = match target {
        Target::Access => property::ACCESS.name,
        Target::LightweightAccess => property::LIGHTWEIGHT.name,
        Target::Id => property::ID.name,
        Target::Userinfo => property::USERINFO.name,
        Target::Introspection => property::INTROSPECTION.name,
        Target::TokenResponse => property::RESPONSE.name,
    };
    let on_when_absent = match mapper.goes {
        Goes::Always(targets) => return targets.contains(&target),
        Goes::Switched => target == Target::Introspection && config.switch(property::ACCESS.name),
        Goes::SwitchedOn => matches!(target, Target::Access | Target::Introspection),
    };
    let has_switch = mapper.properties.iter().any(|property| property.name == switch);
    has_switch && config.config(switch).map_or(on_when_absent, |value| value == "true")
}

#[cfg(test)]
mod tests;
