//! `length(n)`: at least n characters.

use crate::password_policy::rule::{Rule, Violation, length, number};

pub(super) const RULE: Rule = Rule {
    id: "length",
    default: "8",
    read: number::<8>,
    check: |setting, _, password| {
        let english = "Invalid password: minimum length {0}.";
        (length(password) < setting.least())
            .then(|| Violation::counted("invalidPasswordMinLengthMessage", english, setting))
    },
};
