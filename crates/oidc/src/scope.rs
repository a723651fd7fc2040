//! The scopes of a request [RFC6749-3.3], [KC 1.2].

use crate::client_plan::{ClientPlan, ScopePlan};
use crate::form::LONGEST_PARAMETER;
use crate::refusals::INVALID_SCOPES;
use crate::token_roles::may_have;
use domain::{Person, Plan, Result};

/// Scopes granted to a client: its default ones, and the optional ones asked for.
pub struct Granted<'a> {
    /// The scopes, the default ones first.
    pub scopes: Vec<&'a ScopePlan>,
    /// Whether `openid` was asked for.
    pub openid: bool,
    /// Whether `offline_access` was asked for.
    pub offline: bool,
}

impl<'a> Granted<'a> {
    /// Reads a `scope` parameter. One that names what the client can't have is refused with the whole string.
    pub fn parse(client: &'a ClientPlan, scope: Option<&str>) -> Result<Self> {
        // A longer one counts as none, as in Keycloak.
        let Some(text) = scope.filter(|text| text.len() <= LONGEST_PARAMETER) else { return Ok(Self::of(client, "")) };
        let known = |word: &str| word == "openid" || client.scope(word).is_some();
        if text.is_empty() || !text.split(' ').filter(|w| !w.is_empty()).all(known) {
            return Err(INVALID_SCOPES.describe(format!("Invalid scopes: {text}")).into());
        }
        Ok(Self::of(client, text))
    }

    /// What a scope string grants at this moment; words that mean nothing any more are passed over.
    pub fn of(client: &'a ClientPlan, text: &str) -> Self {
        let asked = |name: &str| text.split(' ').any(|w| w == name);
        Self {
            scopes: client.scopes.iter().filter(|s| s.by_default || asked(&s.name)).collect(),
            openid: asked("openid"),
            offline: asked("offline_access") && client.scope("offline_access").is_some(),
        }
    }

    /// Leaves out the scopes that are for roles which the user hasn't got.
    pub fn restrict(&mut self, plan: &Plan, person: &Person) {
        let effective = person.effective_roles(plan);
        self.scopes.retain(|s| may_have(plan, s, &effective));
    }

    /// The `scope` of an answer and of an access token: openid first, then those that are to be named.
    pub fn named(&self) -> String {
        self.join(|s| s.in_token_scope)
    }

    /// The `scope` of a refresh token: all of them.
    pub fn all(&self) -> String {
        self.join(|_| true)
    }

    fn join(&self, wanted: impl Fn(&ScopePlan) -> bool) -> String {
        let openid = self.openid.then_some("openid");
        let named = self.scopes.iter().filter(|s| wanted(s)).map(|s| s.name.as_str());
        openid.into_iter().chain(named).collect::<Vec<_>>().join(" ")
    }
}
