//! `forceExpiredPasswordChange(days)`: a password older than that must be changed at the next login.

use crate::password_policy::rule::{Rule, never, number};

pub(super) const RULE: Rule =
    Rule { id: "forceExpiredPasswordChange", default: "365", read: number::<365>, check: never };
