//! `notUsername`: not the username, in any case of letters.

use crate::password_policy::rule::{Rule, Violation, nothing};

pub(super) const RULE: Rule = Rule {
    id: "notUsername",
    default: "",
    read: nothing,
    check: |_, subject, password| {
        let english = "Invalid password: must not be equal to the username.";
        (subject.username.to_lowercase() == password.to_lowercase())
            .then(|| Violation::plain("invalidPasswordNotUsernameMessage", english))
    },
};
