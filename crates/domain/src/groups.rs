//! Groups: their paths, and the roles that they and their parents give.

use std::collections::HashMap;

use model::Group;

/// The groups of a realm, by id.
#[derive(Debug, Default)]
pub struct Groups {
    by_id: HashMap<String, Group>,
}

/// A chain of parents longer than this is taken to be a circle.
const DEEPEST: usize = 64;

impl Groups {
    /// Takes the realm's groups.
    pub fn new(groups: Vec<Group>) -> Self {
        Self { by_id: groups.into_iter().map(|g| (g.id.clone(), g)).collect() }
    }

    /// The group of that id.
    pub fn find(&self, id: &str) -> Option<&Group> {
        self.by_id.get(id)
    }

    /// All groups.
    pub fn iter(&self) -> impl Iterator<Item = &Group> {
        self.by_id.values()
    }

    /// The group and its parents, the group first.
    pub fn chain(&self, id: &str) -> Vec<&Group> {
        let mut out = Vec::new();
        let mut next = self.by_id.get(id);
        while let Some(group) = next.filter(|_| out.len() < DEEPEST) {
            out.push(group);
            next = group.parent.as_deref().and_then(|p| self.by_id.get(p));
        }
        out
    }

    /// The group's path: `/Airways/Editors`; a slash in a name is written `~/`, as Keycloak does.
    pub fn path(&self, id: &str) -> String {
        let mut names: Vec<String> = self.chain(id).iter().map(|g| g.name.replace('/', "~/")).collect();
        names.reverse();
        format!("/{}", names.join("/"))
    }

    /// The group at a path.
    pub fn at_path(&self, path: &str) -> Option<&Group> {
        self.by_id.values().find(|g| self.path(&g.id) == path || self.path(&g.id).strip_prefix('/') == Some(path))
    }

    /// Ids of the roles that membership in the groups gives, their parents' included.
    pub fn roles<'a>(&'a self, ids: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
        ids.into_iter().flat_map(|id| self.chain(id)).flat_map(|group| group.roles.iter().map(String::as_str)).collect()
    }
}
