//! The roles of a token by name, which some mappers change before others read them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::token_roles::TokenRoles;

/// Role names of the realm and of clients. A client without a role isn't there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoleNames<'a> {
    pub(super) realm: Vec<Cow<'a, str>>,
    pub(super) clients: BTreeMap<Cow<'a, str>, Vec<Cow<'a, str>>>,
}

impl<'a> RoleNames<'a> {
    /// The names of a token's roles.
    pub fn new(roles: &TokenRoles<'a>) -> Self {
        let mut names = Self::default();
        for role in roles.iter() {
            let name = Cow::Borrowed(role.name.as_str());
            match &role.client {
                None => names.realm.push(name),
                Some(client) => names.clients.entry(Cow::Borrowed(&client.client_id)).or_default().push(name),
            }
        }
        names
    }

    /// Adds a role, once; it needn't exist.
    pub(super) fn add(&mut self, role: &str) {
        let (client_id, name) = parse(role);
        let list = match client_id {
            None => &mut self.realm,
            Some(client_id) => self.clients.entry(Cow::Owned(client_id.to_owned())).or_default(),
        };
        if !list.iter().any(|known| known == name) {
            list.push(Cow::Owned(name.to_owned()));
        }
    }

    /// Takes a role away; whether it was there.
    pub(super) fn remove(&mut self, role: &str) -> bool {
        let (client_id, name) = parse(role);
        let list = match client_id {
            None => Some(&mut self.realm),
            Some(client_id) => self.clients.get_mut(client_id),
        };
        let Some(list) = list else { return false };
        let before = list.len();
        list.retain(|known| known != name);
        let removed = list.len() < before;
        self.clients.retain(|_, names| !names.is_empty());
        removed
    }
}

/// A role as mappers write it: the client's id up to the last dot, then the name.
fn parse(role: &str) -> (Option<&str>, &str) {
    match role.rsplit_once('.') {
        Some((client_id, name)) => (Some(client_id), name),
        None => (None, role),
    }
}
