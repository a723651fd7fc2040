//! Roles: what each brings along, and which of a user's a client may carry.

use std::collections::{HashMap, HashSet};

use model::Role;

/// The roles of a realm, by id.
#[derive(Debug, Default)]
pub struct Roles {
    by_id: HashMap<String, Role>,
}

impl Roles {
    /// Takes the realm's roles.
    pub fn new(roles: Vec<Role>) -> Self {
        Self { by_id: roles.into_iter().map(|r| (r.id.clone(), r)).collect() }
    }

    /// The role of that id.
    pub fn find(&self, id: &str) -> Option<&Role> {
        self.by_id.get(id)
    }

    /// The realm role of that name.
    pub fn realm_role(&self, name: &str) -> Option<&Role> {
        self.by_id.values().find(|r| r.client.is_none() && r.name == name)
    }

    /// The role of a client, by `clientId` and name.
    pub fn client_role(&self, client_id: &str, name: &str) -> Option<&Role> {
        self.by_id.values().find(|r| r.name == name && r.client.as_ref().is_some_and(|(_, c)| c == client_id))
    }

    /// All roles.
    pub fn iter(&self) -> impl Iterator<Item = &Role> {
        self.by_id.values()
    }

    /// The given roles and all that they bring along, directly and through others.
    pub fn expand<'a>(&'a self, ids: impl IntoIterator<Item = &'a str>) -> HashSet<&'a str> {
        let mut seen = HashSet::new();
        let mut next: Vec<&Role> = ids.into_iter().filter_map(|id| self.by_id.get(id)).collect();
        while let Some(role) = next.pop() {
            if seen.insert(role.id.as_str()) {
                next.extend(role.composites.iter().filter_map(|id| self.by_id.get(id)));
            }
        }
        seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(id: &str, composites: &[&str]) -> Role {
        Role {
            id: id.to_owned(),
            name: id.to_owned(),
            client: None,
            composites: composites.iter().map(|c| (*c).to_owned()).collect(),
        }
    }

    #[test]
    fn a_role_brings_along_what_its_composites_bring_even_in_a_circle() {
        let roles = Roles::new(vec![role("a", &["b"]), role("b", &["c", "a"]), role("c", &[]), role("d", &[])]);
        let mut all: Vec<&str> = roles.expand(["a"]).into_iter().collect();
        all.sort_unstable();
        assert_eq!(all, ["a", "b", "c"]);
    }
}
