//! Roles: what each brings along, and which of a user's a client may carry.

use std::cmp::Ordering;

use model::Role;

/// The roles of a realm, in the order that tokens have them: the realm's own, then each client's, by name.
///
/// A master realm has some twenty roles for each realm there is, and an administrator all of them. So roles go by their
/// place here, and a set of them is a row of bits.
#[derive(Debug, Default)]
pub struct Roles {
    ordered: Vec<Role>,
    /// Places in the order of the ids.
    by_id: Vec<u32>,
    /// Of each role, the places of what it brings along.
    brings: Vec<Vec<u32>>,
}

/// Some of a realm's roles.
#[derive(Clone, Debug)]
pub struct RoleSet<'a> {
    roles: &'a Roles,
    bits: Vec<u64>,
}

impl Roles {
    /// Takes the realm's roles.
    pub fn new(mut ordered: Vec<Role>) -> Self {
        ordered.sort_by(|a, b| (&a.client, &a.name).cmp(&(&b.client, &b.name)));
        ordered.shrink_to_fit();
        let id_at = |place: &u32| ordered.get(*place as usize).map(|role| role.id.as_str());
        let mut by_id: Vec<u32> = (0..).zip(&ordered).map(|(place, _)| place).collect();
        by_id.sort_by(|a, b| id_at(a).cmp(&id_at(b)));
        let mut roles = Self { ordered, by_id, brings: Vec::new() };
        let places = |role: &Role| role.composites.iter().filter_map(|id| roles.place(id)).collect();
        roles.brings = roles.ordered.iter().map(places).collect();
        roles
    }

    fn place(&self, id: &str) -> Option<u32> {
        let order = |place: &u32| self.at(*place).map_or(Ordering::Less, |role| role.id.as_str().cmp(id));
        self.by_id.binary_search_by(order).ok().and_then(|found| self.by_id.get(found).copied())
    }

    fn at(&self, place: u32) -> Option<&Role> {
        self.ordered.get(place as usize)
    }

    /// The role of that id.
    pub fn find(&self, id: &str) -> Option<&Role> {
        self.at(self.place(id)?)
    }

    /// The realm role of that name.
    pub fn realm_role(&self, name: &str) -> Option<&Role> {
        let order = |role: &Role| (role.client.is_some(), role.name.as_str()).cmp(&(false, name));
        self.ordered.binary_search_by(order).ok().and_then(|found| self.ordered.get(found))
    }

    /// The role of a client, by `clientId` and name.
    pub fn client_role(&self, client_id: &str, name: &str) -> Option<&Role> {
        self.ordered.iter().find(|r| r.name == name && r.client.as_ref().is_some_and(|c| c.client_id == client_id))
    }

    /// All roles.
    pub fn iter(&self) -> impl Iterator<Item = &Role> {
        self.ordered.iter()
    }

    /// The given roles and all that they bring along, directly and through others.
    pub fn expand<'i>(&self, ids: impl IntoIterator<Item = &'i str>) -> RoleSet<'_> {
        let mut set = self.only([]);
        let mut next: Vec<u32> = ids.into_iter().filter_map(|id| self.place(id)).collect();
        while let Some(place) = next.pop() {
            if set.insert(place) {
                next.extend(self.brings.get(place as usize).into_iter().flatten());
            }
        }
        set
    }

    /// The given roles alone.
    pub fn only<'i>(&self, ids: impl IntoIterator<Item = &'i str>) -> RoleSet<'_> {
        let mut set = RoleSet { roles: self, bits: vec![0; self.ordered.len().div_ceil(64)] };
        for place in ids.into_iter().filter_map(|id| self.place(id)) {
            set.insert(place);
        }
        set
    }
}

impl<'a> RoleSet<'a> {
    /// Whether it is new.
    fn insert(&mut self, place: u32) -> bool {
        let bit = 1 << (place % 64);
        match self.bits.get_mut((place / 64) as usize) {
            Some(bits) if *bits & bit == 0 => {
                *bits |= bit;
                true
            }
            _ => false,
        }
    }

    fn has(&self, place: u32) -> bool {
        self.bits.get((place / 64) as usize).is_some_and(|bits| bits & (1 << (place % 64)) != 0)
    }

    /// Whether the role of that id is among them.
    pub fn contains(&self, id: &str) -> bool {
        self.roles.place(id).is_some_and(|place| self.has(place))
    }

    /// Takes another set's roles of the same realm in.
    pub fn add(&mut self, other: &Self) {
        for (bits, more) in self.bits.iter_mut().zip(&other.bits) {
            *bits |= more;
        }
    }

    /// Whether a role is in both.
    pub fn meets(&self, other: &Self) -> bool {
        self.bits.iter().zip(&other.bits).any(|(bits, others)| bits & others != 0)
    }

    /// The roles, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &'a Role> + '_ {
        (0..).zip(&self.roles.ordered).filter(|(place, _)| self.has(*place)).map(|(_, role)| role)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use model::RoleClient;

    use super::*;

    fn role(id: &str, composites: &[&str]) -> Role {
        Role {
            id: id.to_owned(),
            name: format!("name of {id}"),
            client: None,
            composites: composites.iter().map(|c| (*c).to_owned()).collect(),
        }
    }

    fn ids<'a>(set: &RoleSet<'a>) -> Vec<&'a str> {
        set.iter().map(|role| role.id.as_str()).collect()
    }

    #[test]
    fn a_role_brings_along_what_its_composites_bring_even_in_a_circle() {
        let roles = Roles::new(vec![role("a", &["b"]), role("b", &["c", "a"]), role("c", &[]), role("d", &[])]);
        assert_eq!(ids(&roles.expand(["a"])), ["a", "b", "c"]);
        assert_eq!(ids(&roles.only(["d", "a", "nothing"])), ["a", "d"]);
        assert!(roles.expand(["d"]).contains("d") && !roles.expand(["d"]).contains("a"));
    }

    #[test]
    fn roles_are_found_by_id_and_by_name_and_stand_in_the_order_of_tokens() {
        let client = |id: &str, of: &str| {
            let client = RoleClient { id: format!("{of}-id"), client_id: of.to_owned() };
            Role { client: Some(Arc::new(client)), ..role(id, &[]) }
        };
        let names = (0..200).map(|n| role(&format!("{n:03}"), &[]));
        let roles = Roles::new([client("z", "b"), client("y", "a")].into_iter().chain(names.rev()).collect());
        assert_eq!(roles.find("077").unwrap().name, "name of 077");
        assert!(roles.find("nothing").is_none() && roles.realm_role("name of z").is_none());
        assert_eq!(roles.realm_role("name of 199").unwrap().id, "199");
        assert_eq!(roles.client_role("b", "name of z").unwrap().id, "z");
        assert_eq!(ids(&roles.only(["z", "y", "199", "000"])), ["000", "199", "y", "z"]);
    }

    #[test]
    fn sets_are_joined_and_compared() {
        let roles = Roles::new((0..130).map(|n| role(&n.to_string(), &[])).collect());
        let mut set = roles.only(["1", "129"]);
        assert!(!set.meets(&roles.only(["2", "128"])));
        set.add(&roles.only(["128"]));
        assert!(set.meets(&roles.only(["2", "128"])) && set.contains("128"));
    }
}
