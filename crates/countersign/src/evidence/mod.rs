//! Evidence at the command line: judging it without any server, putting it together on the operator's side, and looking
//! after a ledger from outside, as its witness or as a participant.
//!
//! | module | command |
//! |---|---|
//! | [`assemble`] | `evidence assemble` |
//! | [`bundle`] | `verify bundle` |
//! | [`receipt`] | `verify receipt` |
//! | [`watch`] | `watch` |
//! | [`witness`] | `witness` |
//!
//! `evidence export` is in `run`, since it opens the store.

pub mod access;
pub mod assemble;
pub mod bundle;
pub mod receipt;
pub mod watch;
pub mod witness;

mod following;
mod held;
mod honour;
mod http;
pub(crate) mod keep;
mod left;
mod reply;
mod tiled;
mod trust;

use std::path::Path;

use ::ledger::text::UtcTime;

use crate::commands::Failure;

pub use trust::Trust;

/// What was named and can't be read, in a file or over the net: nothing is found of it, neither good nor bad.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Unread(pub(crate) String);

/// All of a file that is no longer than so many octets.
///
/// # Errors
/// [`Unread`].
pub(crate) fn read(place: &Path, longest: usize) -> Result<Vec<u8>, Failure> {
    crate::files::read(place, longest).map_err(|why| Unread(why.to_string()).into())
}

/// What a command found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// For standard output.
    pub text: String,
    /// What the process ends with.
    pub status: u8,
}

/// A moment as people write it: a date, with or without a time to the second or the millisecond, all in UTC.
///
/// # Errors
/// A sentence for the terminal.
pub fn moment(text: &str) -> Result<UtcTime, Failure> {
    let spelled = match text.len() {
        10 => format!("{text}T00:00:00.000Z"),
        20 => text.replace('Z', ".000Z"),
        _ => text.to_owned(),
    };
    UtcTime::parse(&spelled).ok_or_else(|| {
        format!("{text:?} is no moment: write it as 2026-11-26, 2026-11-26T21:24:33Z or 2026-11-26T21:24:33.123Z")
            .into()
    })
}

#[cfg(test)]
mod tests;
