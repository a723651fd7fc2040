//! `upperCase(n)`: at least n upper case letters.

use crate::password_policy::rule::{Rule, Violation, count, number};

pub(super) const RULE: Rule = Rule {
    id: "upperCase",
    default: "1",
    read: number::<1>,
    check: |setting, _, password| {
        let english = "Invalid password: must contain at least {0} upper case characters.";
        (count(password, char::is_uppercase) < setting.least())
            .then(|| Violation::counted("invalidPasswordMinUpperCaseCharsMessage", english, setting))
    },
};
