//! `specialChars(n)`: at least n characters that are neither letters nor digits.

use super::kinds::is_letter_or_digit;
use crate::password_policy::rule::{Rule, Violation, count, length, number};

pub(super) const RULE: Rule = Rule {
    id: "specialChars",
    default: "1",
    read: number::<1>,
    check: |setting, _, password| {
        let english = "Invalid password: must contain at least {0} special characters.";
        (length(password) - count(password, is_letter_or_digit) < setting.least())
            .then(|| Violation::counted("invalidPasswordMinSpecialCharsMessage", english, setting))
    },
};
