//! The rules, one file each. A new one is a file here and a line in [`RULES`].

mod digits;
mod force_expired_password_change;
mod hash_algorithm;
mod hash_iterations;
mod kinds;
mod length;
mod lower_case;
mod max_auth_age;
mod max_length;
mod not_contains_username;
mod not_email;
mod not_username;
mod password_age;
mod password_blacklist;
mod password_history;
mod recovery_codes_warning_threshold;
mod regex_pattern;
mod special_chars;
mod upper_case;

use super::rule::Rule;

/// Every rule, in the order they are tried. When a password breaks several, the one reported is the first in this
/// order: it is the one a Keycloak reports (it goes by the hash of their names, so there is no other sense in it).
pub const RULES: &[Rule] = &[
    not_contains_username::RULE,
    force_expired_password_change::RULE,
    hash_iterations::RULE,
    recovery_codes_warning_threshold::RULE,
    special_chars::RULE,
    upper_case::RULE,
    password_history::RULE,
    lower_case::RULE,
    password_blacklist::RULE,
    length::RULE,
    regex_pattern::RULE,
    digits::RULE,
    not_username::RULE,
    max_auth_age::RULE,
    max_length::RULE,
    hash_algorithm::RULE,
    password_age::RULE,
    not_email::RULE,
];
