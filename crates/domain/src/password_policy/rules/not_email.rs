//! `notEmail`: not the e-mail address, in any case of letters.

use crate::password_policy::rule::{Rule, Violation, nothing};

pub(super) const RULE: Rule = Rule {
    id: "notEmail",
    default: "",
    read: nothing,
    check: |_, subject, password| {
        let english = "Invalid password: must not be equal to the email.";
        (subject.email.is_some_and(|email| email.to_lowercase() == password.to_lowercase()))
            .then(|| Violation::plain("invalidPasswordNotEmailMessage", english))
    },
};
