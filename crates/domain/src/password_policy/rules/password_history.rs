//! `passwordHistory(n)`: none of the last n passwords, the current one among them; see `earlier`.

use crate::password_policy::rule::{Rule, never, number};

pub(super) const RULE: Rule = Rule { id: "passwordHistory", default: "3", read: number::<3>, check: never };
