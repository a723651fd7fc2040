//! Which of a user's roles a client's token may carry [KC 3.4: fullScopeAllowed, scope mappings].

use std::collections::HashSet;

use domain::{Person, Plan};
use model::Role;

use crate::client_plan::{ClientPlan, ScopePlan};
use crate::scope::Granted;

/// The roles of a token.
pub struct TokenRoles<'a> {
    roles: Vec<&'a Role>,
}

impl<'a> TokenRoles<'a> {
    /// The user's roles, as far as the client and the granted scopes let them through.
    pub fn new(plan: &'a Plan, client: &ClientPlan, granted: &Granted<'_>, person: &'a Person) -> Self {
        let mut all = person.effective_roles(plan);
        if !client.client.full_scope_allowed {
            let mut allowed = plan.scope_mapping(&client.client.id);
            for scope in &granted.scopes {
                allowed.extend(plan.scope_mapping(&scope.id));
            }
            all.retain(|id| allowed.contains(id) || is_own(plan, client, id));
        }
        Self { roles: in_order(plan, &all) }
    }

    /// The roles, sorted by client and name, so that the same user has the same token.
    pub fn iter(&self) -> impl Iterator<Item = &'a Role> + '_ {
        self.roles.iter().copied()
    }

    /// Whether a role is among them, by id.
    pub fn contains(&self, id: &str) -> bool {
        self.roles.iter().any(|r| r.id == id)
    }
}

fn is_own(plan: &Plan, client: &ClientPlan, id: &str) -> bool {
    plan.roles.find(id).and_then(|r| r.client.as_ref()).is_some_and(|(owner, _)| *owner == client.client.id)
}

fn in_order<'a>(plan: &'a Plan, ids: &HashSet<&str>) -> Vec<&'a Role> {
    let mut roles: Vec<&Role> = ids.iter().filter_map(|id| plan.roles.find(id)).collect();
    roles.sort_by(|a, b| (&a.client, &a.name).cmp(&(&b.client, &b.name)));
    roles
}

/// Whether a user may have a scope: one that is mapped to roles is for those who have one of them.
pub fn may_have(plan: &Plan, scope: &ScopePlan, effective: &HashSet<&str>) -> bool {
    !plan.has_scope_mapping(&scope.id) || plan.scope_mapping(&scope.id).iter().any(|id| effective.contains(id))
}
