//! Which of a user's roles a client's token may carry [KC 3.4: fullScopeAllowed, scope mappings].

use domain::roles::RoleSet;
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
        let all = person.effective_roles(plan);
        if client.client.full_scope_allowed {
            return Self { roles: all.iter().collect() };
        }
        let mut allowed = plan.scope_mapping(&client.client.id);
        for scope in &granted.scopes {
            allowed.add(&plan.scope_mapping(&scope.id));
        }
        Self { roles: all.iter().filter(|role| allowed.contains(&role.id) || is_own(client, role)).collect() }
    }

    /// The roles in their order, so that the same user has the same token.
    pub fn iter(&self) -> impl Iterator<Item = &'a Role> + '_ {
        self.roles.iter().copied()
    }

    /// Whether a role is among them, by id.
    pub fn contains(&self, id: &str) -> bool {
        self.roles.iter().any(|r| r.id == id)
    }
}

fn is_own(client: &ClientPlan, role: &Role) -> bool {
    role.client.as_ref().is_some_and(|owner| owner.id == client.client.id)
}

/// Whether a user may have a scope: one that is mapped to roles is for those who have one of them.
pub fn may_have(plan: &Plan, scope: &ScopePlan, effective: &RoleSet<'_>) -> bool {
    !plan.has_scope_mapping(&scope.id) || plan.scope_mapping(&scope.id).meets(effective)
}
