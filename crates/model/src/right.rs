//! The rights over messages: roles of one client, in realms with participants.

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
}
