//! `maxLength(n)`: at most n characters.

use crate::password_policy::rule::{Rule, Violation, length, number};

pub(super) const RULE: Rule = Rule {
    id: "maxLength",
    default: "64",
    read: number::<64>,
    check: |setting, _, password| {
        let english = "Invalid password: maximum length {0}.";
        (setting.number().is_some_and(|most| length(password) as i64 > i64::from(most)))
            .then(|| Violation::counted("invalidPasswordMaxLengthMessage", english, setting))
    },
};
