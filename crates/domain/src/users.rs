//! Users with what tokens and permissions need of them: their roles and groups.

use std::sync::Arc;

use model::User;

use crate::roles::RoleSet;
use crate::{Core, Plan, Result};

/// A user with their own roles and groups. Kept by the user's version, which grows with each change of any of them.
#[derive(Debug)]
pub struct Person {
    /// The user.
    pub user: User,
    /// Ids of the roles that they have themselves.
    pub roles: Vec<String>,
    /// Ids of the groups that they are in.
    pub groups: Vec<String>,
}

impl Person {
    /// All roles that the user has: their own, their groups', and what those bring along.
    pub fn effective_roles<'a>(&self, plan: &'a Plan) -> RoleSet<'a> {
        let own = self.roles.iter().map(String::as_str);
        let of_groups = plan.groups.roles(self.groups.iter().map(String::as_str));
        plan.roles.expand(own.chain(of_groups))
    }

    /// Whether the user has a role of the realm, by name.
    pub fn has_realm_role(&self, plan: &Plan, name: &str) -> bool {
        plan.roles.realm_role(name).is_some_and(|r| self.effective_roles(plan).contains(r.id.as_str()))
    }
}

impl Core {
    /// The user of that id.
    pub async fn person(&self, plan: &Plan, id: &str) -> Result<Option<Arc<Person>>> {
        let user = store::users::find(&self.store, &plan.realm.id, id).await?;
        self.complete(plan, user).await
    }

    /// The user of that id, which is known to be at a version: from what is kept if it is of that version.
    pub async fn person_at(&self, plan: &Plan, id: &str, version: i64) -> Result<Option<Arc<Person>>> {
        match self.people.get(&key(plan, id)) {
            Some(person) if person.user.version == version => Ok(Some(person)),
            // In a box, since most requests need no room for it.
            _ => Box::pin(self.person(plan, id)).await,
        }
    }

    /// The user whom somebody means who typed a name or, where the realm allows it, an e-mail address [KC 1.6].
    pub async fn person_by_login(&self, plan: &Plan, typed: &str) -> Result<Option<Arc<Person>>> {
        let name = typed.trim().to_lowercase();
        if name.is_empty() || name.len() > LONGEST_NAME {
            return Ok(None);
        }
        let realm = &plan.realm;
        let mut user = None;
        if realm.login_with_email_allowed && name.contains('@') {
            user = store::users::find_by_email(&self.store, &realm.id, &name).await?;
        }
        if user.is_none() {
            user = store::users::find_by_username(&self.store, &realm.id, &name).await?;
        }
        self.complete(plan, user).await
    }

    async fn complete(&self, plan: &Plan, user: Option<User>) -> Result<Option<Arc<Person>>> {
        let Some(user) = user else { return Ok(None) };
        if let Some(person) = self.people.get(&key(plan, &user.id))
            && person.user.version == user.version
        {
            return Ok(Some(person));
        }
        let (roles, groups) = store::users::memberships(&self.store, &user.id).await?;
        let person = Arc::new(Person { user, roles, groups });
        self.people.insert(key(plan, &person.user.id), Arc::clone(&person));
        Ok(Some(person))
    }
}

/// People are kept by realm and id: an id of another realm is nobody here.
fn key(plan: &Plan, id: &str) -> (String, String) {
    (plan.realm.id.clone(), id.to_owned())
}

/// Longer names are nobody's: Keycloak's profile allows 255 characters.
const LONGEST_NAME: usize = 1024;
