//! `maxAuthAge(seconds)`: how fresh a login must be for changing one's password without another.

use crate::password_policy::rule::{Rule, never, number};

pub(super) const RULE: Rule = Rule { id: "maxAuthAge", default: "300", read: number::<300>, check: never };
