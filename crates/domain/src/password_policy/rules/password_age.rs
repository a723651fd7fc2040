//! `passwordAge(days)`: not the current password, nor one set within so many days; see `earlier`.

use crate::password_policy::rule::{Rule, never, number};

pub(super) const RULE: Rule = Rule { id: "passwordAge", default: "30", read: number::<30>, check: never };
