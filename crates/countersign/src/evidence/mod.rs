//! Evidence at the command line: judging it without any server, putting it together on the operator's side, and looking
//! after a ledger from outside, as its witness or as a participant.
//!
//! | module | command |
//! |---|---|
//! | [`bundle`] | `verify bundle` |
//! | [`receipt`] | `verify receipt` |
//! | [`watch`] | `watch` |
//! | [`witness`] | `witness` |
//!
//! `evidence export` is in `run`, since it opens the store.

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

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use ::ledger::text::UtcTime;

use crate::commands::Failure;

pub use trust::Trust;

/// What a command found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// For standard output.
    pub text: String,
    /// What the process ends with.
    pub status: u8,
}

/// All of a file that is no longer than so many octets.
pub(crate) fn read(place: &Path, longest: usize) -> Result<Vec<u8>, Failure> {
    let cannot = |cause| format!("{} cannot be read: {cause}", place.display());
    let mut octets = Vec::new();
    let file = File::open(place).map_err(cannot)?;
    file.take(longest as u64 + 1).read_to_end(&mut octets).map_err(cannot)?;
    if octets.len() > longest {
        return Err(format!("{} is longer than the {longest} octets that are read", place.display()).into());
    }
    Ok(octets)
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
