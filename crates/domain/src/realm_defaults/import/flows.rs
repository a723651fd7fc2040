//! Authentication flows, their configurations, and required actions of an imported realm.

use std::collections::HashSet;

use super::Import;
use crate::realm_defaults::Rep;
use crate::realm_defaults::json::{flag, has, holds, list, take_objects, text};

impl Import {
    /// Adds the file's flows; of the built-in ones those stay whose top the file doesn't have, each with its parts.
    pub(super) fn flows(&mut self) {
        self.required_actions();
        let mut flows = take_objects(&mut self.file, "authenticationFlows");
        let mut configs = take_objects(&mut self.file, "authenticatorConfig");
        let built_in = take_objects(&mut self.realm, "authenticationFlows");
        let built_in_configs = take_objects(&mut self.realm, "authenticatorConfig");
        let tops = built_in.iter().filter(|flow| flag(flow, "topLevel")).map(|flow| text(flow, "alias"));
        let mut kept = HashSet::new();
        let mut used = HashSet::new();
        for top in tops.filter(|alias| !holds(&flows, "alias", alias)) {
            collect(&built_in, top, &mut kept, &mut used);
        }
        let fresh: Vec<Rep> = built_in
            .into_iter()
            .filter(|flow| kept.contains(text(flow, "alias")) && !holds(&flows, "alias", text(flow, "alias")))
            .collect();
        flows.extend(fresh);
        let fresh: Vec<Rep> = built_in_configs
            .into_iter()
            .filter(|config| used.contains(text(config, "alias")) && !holds(&configs, "alias", text(config, "alias")))
            .collect();
        configs.extend(fresh);
        self.realm.insert("authenticationFlows".to_owned(), list(flows));
        self.realm.insert("authenticatorConfig".to_owned(), list(configs));
    }

    /// The file's actions, if it has any, are all there are; only deleting one's account is always among them.
    fn required_actions(&mut self) {
        if !has(&self.file, "requiredActions") {
            return;
        }
        let mut actions = take_objects(&mut self.file, "requiredActions");
        let built_in = take_objects(&mut self.realm, "requiredActions");
        if !holds(&actions, "alias", DELETE_ACCOUNT) {
            actions.extend(built_in.into_iter().filter(|action| text(action, "alias") == DELETE_ACCOUNT));
        }
        self.realm.insert("requiredActions".to_owned(), list(actions));
    }
}

/// The aliases of a flow, of the flows in it, and of the configurations they use.
fn collect(flows: &[Rep], alias: &str, found: &mut HashSet<String>, configs: &mut HashSet<String>) {
    if !found.insert(alias.to_owned()) {
        return;
    }
    let Some(flow) = flows.iter().find(|flow| text(flow, "alias") == alias) else { return };
    for execution in take_objects(&mut flow.clone(), "authenticationExecutions") {
        if has(&execution, "authenticatorConfig") {
            configs.insert(text(&execution, "authenticatorConfig").to_owned());
        }
        if has(&execution, "flowAlias") {
            collect(flows, text(&execution, "flowAlias"), found, configs);
        }
    }
}

const DELETE_ACCOUNT: &str = "delete_account";
