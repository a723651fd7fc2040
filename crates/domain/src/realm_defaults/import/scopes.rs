//! Client scopes, the realm's two lists of them, and which roles scopes and clients may ask for.

use serde_json::Value;

use super::Import;
use crate::realm_defaults::Rep;
use crate::realm_defaults::json::{add_texts, edit, find_mut, has, holds, list, object, take_objects, text, texts};
use crate::realm_defaults::mapper::complete_mappers;

impl Import {
    /// The file's scopes in place of the built-in ones. Without any in the file, its two lists only add to the
    /// realm's.
    pub(super) fn scopes(&mut self) {
        let lists = ["defaultDefaultClientScopes", "defaultOptionalClientScopes"];
        if !has(&self.file, "clientScopes") {
            for member in lists {
                let more = texts(&self.file, member);
                add_texts(&mut self.realm, member, &more);
            }
            return;
        }
        let mut scopes = take_objects(&mut self.file, "clientScopes");
        scopes.iter_mut().for_each(complete_mappers);
        for member in lists {
            self.realm.insert(member.to_owned(), texts(&self.file, member).into());
        }
        if !holds(&scopes, "name", OFFLINE_ACCESS) {
            let built_in = take_objects(&mut self.realm, "clientScopes");
            scopes.extend(built_in.into_iter().filter(|scope| text(scope, "name") == OFFLINE_ACCESS));
            add_texts(&mut self.realm, "defaultOptionalClientScopes", &[OFFLINE_ACCESS.to_owned()]);
        }
        self.realm.insert("clientScopes".to_owned(), list(scopes));
        let mut clients = take_objects(&mut self.realm, "clients");
        for client in &mut clients {
            client.insert("defaultClientScopes".to_owned(), Value::Array(Vec::new()));
            client.insert("optionalClientScopes".to_owned(), Value::Array(Vec::new()));
        }
        self.realm.insert("clients".to_owned(), list(clients));
    }

    /// Adds the file's mappings to the built-in ones.
    pub(super) fn scope_mappings(&mut self) {
        let given = take_objects(&mut self.file, "scopeMappings");
        let merged = with_mappings(take_objects(&mut self.realm, "scopeMappings"), given);
        self.realm.insert("scopeMappings".to_owned(), list(merged));

        let keep_account = !self.has_client("account");
        let given = self.file.shift_remove("clientScopeMappings").map(object).unwrap_or_default();
        edit(&mut self.realm, "clientScopeMappings", |of_clients| {
            of_clients.retain(|_, _| keep_account);
            for (client, mappings) in given {
                let known = take_objects(of_clients, &client);
                let mappings = mappings.as_array().cloned().unwrap_or_default().into_iter().map(object).collect();
                of_clients.insert(client, list(with_mappings(known, mappings)));
            }
        });
        if self.realm.get("clientScopeMappings").and_then(Value::as_object).is_some_and(Rep::is_empty) {
            self.realm.shift_remove("clientScopeMappings");
        }
    }
}

/// One entry for each client or scope, with the roles of both lists.
fn with_mappings(mut known: Vec<Rep>, given: Vec<Rep>) -> Vec<Rep> {
    for mapping in given {
        let key = if has(&mapping, "clientScope") { "clientScope" } else { "client" };
        match find_mut(&mut known, key, text(&mapping, key)) {
            Some(entry) => add_texts(entry, "roles", &texts(&mapping, "roles")),
            None => known.push(mapping),
        }
    }
    known
}

/// The scope, and the role, of offline sessions.
pub(super) const OFFLINE_ACCESS: &str = "offline_access";
