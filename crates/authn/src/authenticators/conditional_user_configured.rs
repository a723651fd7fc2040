//! `conditional-user-configured`: the user has what one of the subflow's other steps asks for.

use model::Requirement;

use super::{ConditionKind, find};
use crate::flow::Condition;

pub(super) const CONDITION: ConditionKind = ConditionKind { id: "conditional-user-configured", holds };

fn holds(asked: &Condition<'_>) -> bool {
    asked.attempt.person.is_some()
        && asked
            .flow
            .executions
            .iter()
            .filter(|e| e.requirement != Requirement::Disabled)
            .filter_map(|e| find(e.authenticator.as_deref()?)?.configured)
            .any(|configured| configured(asked.credentials))
}
