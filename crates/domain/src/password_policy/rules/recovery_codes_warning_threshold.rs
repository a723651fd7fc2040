//! `recoveryCodesWarningThreshold(n)`: with so few recovery codes left the user is warned.

use crate::password_policy::rule::{Rule, never, number};

pub(super) const RULE: Rule =
    Rule { id: "recoveryCodesWarningThreshold", default: "4", read: number::<4>, check: never };
