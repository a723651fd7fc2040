//! `notContainsUsername`: doesn't contain the username, in any case of letters.

use crate::password_policy::rule::{Rule, Violation, nothing};

pub(super) const RULE: Rule = Rule {
    id: "notContainsUsername",
    default: "",
    read: nothing,
    check: |_, subject, password| {
        let english = "Invalid password: Can not contain the username.";
        (!subject.username.is_empty() && password.to_lowercase().contains(&subject.username.to_lowercase()))
            .then(|| Violation::plain("invalidPasswordNotContainsUsernameMessage", english))
    },
};
