//! What messages need besides themselves, so that a stranger can judge them.

use std::collections::{BTreeMap, BTreeSet};

use ledger::record::MessageRecord;
use ledger::text::Digest;

/// What a bundle of some messages holds besides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Roles that sent them. Without their chains nothing is proved.
    pub senders: BTreeSet<String>,
    /// Roles that asked about them. Their chains count where a profile signs who receives a message.
    pub receivers: BTreeSet<String>,
    /// The organisations that hold the senders' roles.
    pub participants: BTreeSet<String>,
    /// Names of the profiles that they were judged by, by the digests of their definitions.
    pub profiles: BTreeMap<Digest, String>,
}

impl Needs {
    /// What all of these need.
    #[must_use]
    pub fn of<'r>(records: impl IntoIterator<Item = &'r MessageRecord>) -> Self {
        let mut needs = Self::default();
        for record in records {
            needs.senders.insert(record.participant_role_id.clone());
            needs.receivers.extend(record.asked_by.participant_role_id.clone());
            needs.participants.insert(record.participant_id.clone());
            needs.profiles.insert(record.profile.digest, record.profile.name.clone());
        }
        needs
    }

    /// All roles whose chains a bundle holds.
    #[must_use]
    pub fn roles(&self) -> BTreeSet<&str> {
        self.senders.iter().chain(&self.receivers).map(String::as_str).collect()
    }
}
