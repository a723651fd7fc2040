//! `lowerCase(n)`: at least n lower case letters.

use crate::password_policy::rule::{Rule, Violation, count, number};

pub(super) const RULE: Rule = Rule {
    id: "lowerCase",
    default: "1",
    read: number::<1>,
    check: |setting, _, password| {
        let english = "Invalid password: must contain at least {0} lower case characters.";
        (count(password, char::is_lowercase) < setting.least())
            .then(|| Violation::counted("invalidPasswordMinLowerCaseCharsMessage", english, setting))
    },
};
