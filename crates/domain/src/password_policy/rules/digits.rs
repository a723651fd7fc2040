//! `digits(n)`: at least n decimal digits, of any script.

use super::kinds::is_digit;
use crate::password_policy::rule::{Rule, Violation, count, number};

pub(super) const RULE: Rule = Rule {
    id: "digits",
    default: "1",
    read: number::<1>,
    check: |setting, _, password| {
        let english = "Invalid password: must contain at least {0} numerical digits.";
        (count(password, is_digit) < setting.least())
            .then(|| Violation::counted("invalidPasswordMinDigitsMessage", english, setting))
    },
};
