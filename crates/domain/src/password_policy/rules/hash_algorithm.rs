//! `hashAlgorithm(name)`: what new hashes are made with; existing ones follow at their owner's next login.

use crate::password_policy::rule::{Rule, Setting, never};

pub(super) const RULE: Rule = Rule {
    id: "hashAlgorithm",
    default: "argon2",
    read: |written| {
        let name = written.ok_or("Password hashing provider id must be set")?;
        Ok(Setting::Text(name.to_owned()))
    },
    check: never,
};
