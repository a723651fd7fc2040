//! The rights over messages: roles of one client, in realms with participants.

use crate::Role;

/// The client whose roles are the rights.
pub const MESSAGE_SIGNING: &str = "message-signing";

/// What not every client may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// Have messages verified.
    VerifyMessages,
    /// Have messages signed with the realm's keys.
    SignMessages,
    /// See everybody's evidence.
    ViewEvidence,
    /// Take everybody's evidence away in bundles.
    ExportEvidence,
}

impl Right {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::VerifyMessages, Self::SignMessages, Self::ViewEvidence, Self::ExportEvidence];

    /// The role of the client that gives it.
    pub const fn role(self) -> &'static str {
        match self {
            Self::VerifyMessages => "verify-messages",
            Self::SignMessages => "sign-messages",
            Self::ViewEvidence => "view-evidence",
            Self::ExportEvidence => "export-evidence",
        }
    }

    /// The right that a role gives, if it gives one.
    pub fn of_role(role: &Role) -> Option<Self> {
        let is_of_client = role.client.as_ref().is_some_and(|client| client.client_id == MESSAGE_SIGNING);
        Self::ALL.into_iter().find(|right| is_of_client && right.role() == role.name)
    }
}
