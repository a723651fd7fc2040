//! How an operation ends when it doesn't succeed.
//!
//! A [`Refusal`] says no, by the book: status, error, text and the event's error, a const row in its crate's
//! `refusals.rs`. It carries the writes that must happen although the answer is no. A [`Fault`] means that something
//! broke: it is logged once, at the edge, and the caller sees a generic body.

use std::borrow::Cow;
use std::fmt;

use store::StoreError;

use crate::Writes;

/// A text with a NUL character.
pub const INVALID_CHARACTER: Refusal = Refusal::new(400, "invalid_request", "Invalid character", "");

/// A thing with an id or name that another has; Keycloak's text for what its database refuses.
pub const CONFLICT: Refusal = Refusal::new(409, "errorMessage", "Conflict detected. See logs for details", "");
/// The label of [`Error::Lost`] for a key that is taken.
pub const TAKEN: &str = "name";

/// We say no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The error code of the wire.
    pub error: &'static str,
    /// The text beside it, Keycloak's to the letter; empty for none.
    pub description: Cow<'static, str>,
    /// The error of the event, for the administrator; empty for no event.
    pub event: &'static str,
}

impl Refusal {
    /// A row of a table of refusals.
    pub const fn new(status: u16, error: &'static str, description: &'static str, event: &'static str) -> Self {
        Self { status, error, description: Cow::Borrowed(description), event }
    }

    /// The row with another text, where the text names what was sent.
    #[must_use]
    pub fn describe(&self, description: impl Into<Cow<'static, str>>) -> Self {
        Self { description: description.into(), ..self.clone() }
    }

    /// The refusal with writes that happen although the answer is no.
    #[must_use]
    pub fn after(&self, writes: Writes) -> Error {
        Error::Refused(Box::new(Refused { refusal: self.clone(), writes }))
    }
}

/// A refusal and the writes that go with it.
#[derive(Debug)]
pub struct Refused {
    /// What is said.
    pub refusal: Refusal,
    /// What is written all the same.
    pub writes: Writes,
}

/// Something broke.
#[derive(Debug)]
pub struct Fault {
    /// Whether trying again in a moment may help: the database is away, a queue is full.
    pub unavailable: bool,
    cause: Box<dyn std::error::Error + Send + Sync>,
}

impl Fault {
    /// A fault with its cause, for the log.
    pub fn new(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { unavailable: false, cause: cause.into() }
    }

    /// A fault that may be over in a moment.
    pub fn unavailable(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { unavailable: true, cause: cause.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause.fmt(f)
    }
}

/// Why there is no answer.
#[derive(Debug)]
pub enum Error {
    /// We say no.
    Refused(Box<Refused>),
    /// Something broke.
    Fault(Fault),
    /// A conditional write lost against another request; the label says which. Trying again reads anew.
    Lost(&'static str),
    /// The realm has no active key for an algorithm; once it has one (`Core::add_fallback_key`), trying again helps.
    MissingKey(String),
}

/// The result of an operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(Refused { refusal, writes: Writes::default() }))
    }
}

impl From<&Refusal> for Error {
    fn from(refusal: &Refusal) -> Self {
        refusal.clone().into()
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unmet(label) => Self::Lost(label),
            // Another request took the name first: deciding anew finds it taken, and says so.
            StoreError::Conflict { .. } => Self::Lost(TAKEN),
            // No database keeps this character in a text, so whoever sends it means no good.
            StoreError::NulCharacter => INVALID_CHARACTER.into(),
            other => Self::Fault(other.into()),
        }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        match error {
            // An operator makes room, and what was refused can be sent again.
            StoreError::Unavailable { .. } | StoreError::DiskFull => Self::unavailable(error),
            other => Self::new(other),
        }
    }
}

impl From<jose::Error> for Fault {
    fn from(error: jose::Error) -> Self {
        Self::new(error)
    }
}

impl From<jose::Error> for Error {
    fn from(error: jose::Error) -> Self {
        Self::Fault(error.into())
    }
}
