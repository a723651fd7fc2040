//! `conditional-credential`: the user was not proved yet by one of the credentials configured, such as a passkey that
//! makes a second factor needless.

use super::ConditionKind;
use crate::flow::Condition;

pub(super) const CONDITION: ConditionKind = ConditionKind { id: "conditional-credential", holds };

fn holds(asked: &Condition<'_>) -> bool {
    let config = |name: &str| asked.config.and_then(|c| c.nested("config", name));
    let used = asked.attempt.tab.note("credential").unwrap_or_default();
    let named = config("credentials").unwrap_or_default().split("##").any(|c| c == used);
    named == (config("included") == Some("true"))
}
