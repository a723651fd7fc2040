//! A participant as the registry knows it at a moment: whether it is approved, and its keys through time.

use jose::VerifyingKey;

/// Who a message claims to be from.
#[derive(Clone, Debug, Default)]
pub struct Sender {
    /// The id of its participant role.
    pub id: String,
    /// Whether it may take part at this moment.
    pub approved: bool,
    /// Its keys, the ended and revoked ones too.
    pub keys: Vec<SenderKey>,
    /// What it calls itself in signatures, for [`crate::profile::Rule::Issuer`].
    pub issuer: Option<String>,
    /// The trust anchor of its keys, for [`crate::profile::Rule::Anchor`].
    pub anchor: Option<String>,
}

/// One of its keys. Times are seconds since 1970.
#[derive(Clone, Debug)]
pub struct SenderKey {
    /// The key's name.
    pub kid: String,
    /// The public key.
    pub key: VerifyingKey,
    /// The first second at which it counts.
    pub valid_from: i64,
    /// The second from which it doesn't any more.
    pub valid_until: Option<i64>,
    /// Since when it must not be trusted.
    pub revoked_since: Option<i64>,
}

/// How a key stands at a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It counts.
    Valid,
    /// It doesn't count yet.
    NotYet,
    /// It doesn't count any more.
    Ended,
    /// It must not be trusted.
    Revoked,
}

impl SenderKey {
    /// How it stands at a second.
    pub fn standing(&self, at: i64) -> Standing {
        if at < self.valid_from {
            Standing::NotYet
        } else if self.valid_until.is_some_and(|until| at >= until) {
            Standing::Ended
        } else if self.revoked_since.is_some_and(|since| at >= since) {
            Standing::Revoked
        } else {
            Standing::Valid
        }
    }
}
