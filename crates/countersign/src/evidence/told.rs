//! What a log says of its keys and heads, as far as it is read here: how keys took over from one another, where it began, and
//! up to where witnesses saw it.

use ::evidence::bundle::Entry;
use ledger::text::{Digest, Octets};
use serde::Deserialize;

use super::tiled::Tiled;
use crate::commands::Failure;

/// Octets of the longest answer about a log's keys.
const LONGEST: usize = 4 * 1024 * 1024;

/// The answer.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Told {
    #[serde(default)]
    pub(super) handovers: Vec<Handover>,
    /// Where the log goes on from another.
    #[serde(rename = "move", default)]
    pub(super) first: Option<First>,
    /// The newest head that is said to have lines of witnesses.
    #[serde(default)]
    pub(super) cosigned: Option<String>,
    /// Older ones with others of them.
    #[serde(default)]
    pub(super) cosigned_before: Vec<String>,
}

/// Heads that a log may show as cosigned, as far as they are looked at.
const MOST_SEEN: usize = 32;

impl Told {
    /// The heads that are said to be cosigned, the newest first.
    pub(super) fn seen(&self) -> impl Iterator<Item = &String> {
        self.cosigned.iter().chain(&self.cosigned_before).take(MOST_SEEN)
    }
}

/// How a key took over.
#[derive(Deserialize)]
pub(super) struct Handover {
    /// The note with the lines of both keys.
    pub(super) checkpoint: String,
    /// The entry that names the new one.
    pub(super) entry: Entry,
}

/// A log's first entry.
#[derive(Deserialize)]
pub(super) struct First {
    pub(super) leaf: Octets,
    pub(super) salt: Digest,
    pub(super) record: Octets,
}

impl Tiled {
    /// What is said. What is not there, or can't be read, says nothing.
    pub(super) async fn told(&self) -> Result<Told, Failure> {
        let octets = self.read("keys", LONGEST).await?;
        Ok(octets.and_then(|octets| serde_json::from_slice(&octets).ok()).unwrap_or_default())
    }
}
