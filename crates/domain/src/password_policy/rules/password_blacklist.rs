//! `passwordBlacklist(file)`: not in a list of passwords nobody may have, in any case of letters.

use crate::password_policy::rule::{Rule, Setting, Violation};

pub(super) const RULE: Rule = Rule {
    id: "passwordBlacklist",
    default: "",
    read: |written| match written {
        None => Ok(Setting::Nothing),
        // A name, never a way through folders.
        Some(name) if name.is_empty() || name.starts_with('.') || name.contains(['/', '\\']) => Err("Not a file name"),
        Some(name) => Ok(Setting::Text(name.to_owned())),
    },
    check: |setting, subject, password| {
        let listed = subject.blacklists.contains(setting.text()?, &password.to_lowercase());
        let english = "Invalid password: password is not allowed.";
        listed.then(|| Violation::plain("invalidPasswordBlacklistedMessage", english))
    },
};
