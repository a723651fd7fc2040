//! How far a role's approval is.

use serde::{Deserialize, Serialize};

/// The approval of a participant role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// It asked to take part.
    Applied,
    /// Somebody looks at it.
    UnderReview,
    /// It takes part.
    Approved,
    /// It may not.
    Rejected,
    /// It may not for now.
    Suspended,
    /// It has left; its keys and history stay.
    Ended,
}

impl Status {
    /// Every status, in the order of a life.
    pub const ALL: &[Self] =
        &[Self::Applied, Self::UnderReview, Self::Approved, Self::Rejected, Self::Suspended, Self::Ended];

    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Applied => "APPLIED",
            Self::UnderReview => "UNDER_REVIEW",
            Self::Approved => "APPROVED",
            Self::Rejected => "REJECTED",
            Self::Suspended => "SUSPENDED",
            Self::Ended => "ENDED",
        }
    }

    /// Reads a name of the wire.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|status| status.name() == name)
    }

    /// Whether the next one may follow. Nothing follows the end.
    pub fn may_become(self, next: Self) -> bool {
        match self {
            Self::Applied => matches!(next, Self::UnderReview | Self::Approved | Self::Rejected | Self::Ended),
            Self::UnderReview => matches!(next, Self::Approved | Self::Rejected | Self::Ended),
            Self::Approved => matches!(next, Self::Suspended | Self::Ended),
            Self::Rejected => matches!(next, Self::Applied | Self::UnderReview | Self::Ended),
            Self::Suspended => matches!(next, Self::Approved | Self::Ended),
            Self::Ended => false,
        }
    }
}
