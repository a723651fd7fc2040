//! `hashIterations(n)`: rounds of new hashes; minus one leaves it to the scheme.

use crate::password_policy::rule::{Rule, never, number};

pub(super) const RULE: Rule = Rule { id: "hashIterations", default: "-1", read: number::<{ -1 }>, check: never };
