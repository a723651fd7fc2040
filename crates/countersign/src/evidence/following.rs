//! Heads that count under a trust file: those that a key of it signed, and those of keys to which one of them handed the log
//! over. The log shows that itself, by the entry that names the new key under a head which both signed.

use ::evidence::bundle::Entry;
use ledger::{Checkpoint, Policy, VerifierKey};
use serde::Deserialize;

use super::tiled::{Head, Tiled};
use crate::commands::Failure;

/// Octets of the longest answer about a log's keys.
const LONGEST: usize = 4 * 1024 * 1024;

/// What a log says of its keys, as far as it is read here.
#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    handovers: Vec<Handover>,
}

/// How a key took over.
#[derive(Deserialize)]
struct Handover {
    /// The note with the lines of both keys.
    checkpoint: String,
    /// The entry that names the new one.
    entry: Entry,
}

impl Tiled {
    /// Gives a head back that counts under a policy, with the head from which on its key signs where that is none of the
    /// policy's own. Without a policy each counts.
    pub(super) async fn trusted(&self, head: Head, policy: Option<&Policy>) -> Result<Head, Failure> {
        let Some(policy) = policy else { return Ok(head) };
        let origin = head.checkpoint.origin.clone();
        if !head.note.verify(policy.logs_of(&origin))?.is_empty() {
            return Ok(head);
        }
        if policy.logs_of(&origin).next().is_none() {
            let names: Vec<&str> = policy.logs.iter().map(VerifierKey::name).collect();
            return Err(format!(
                "the checkpoint is of the log {origin}, and this trust names no key of that, but of {}. If the operator left \
                 one log for another, ask for the new log's line, by another way than from this server, and put it beside \
                 the old one",
                if names.is_empty() { "none".to_owned() } else { names.join(", ") }
            )
            .into());
        }
        match self.newest_key(policy, &origin).await? {
            Some((from, key)) if head.note.verify_one(&key).is_ok() => Ok(Head { since: Some(from), ..head }),
            _ => Err(format!(
                "the checkpoint of {origin} is signed by no log key of this trust, nor by one to which such a key is shown to \
                 have handed over. If the operator gave the log a new key, ask for its line, by another way than from this \
                 server, and put it beside the old one"
            )
            .into()),
        }
    }

    /// The last key that follows on those of a policy, and the head from which on it signs.
    async fn newest_key(&self, policy: &Policy, origin: &str) -> Result<Option<(Checkpoint, VerifierKey)>, Failure> {
        let Some(octets) = self.read("keys", LONGEST).await? else { return Ok(None) };
        // What can't be read shows nothing.
        let Ok(told) = serde_json::from_slice::<Told>(&octets) else { return Ok(None) };
        let mut known: Vec<VerifierKey> = policy.logs_of(origin).cloned().collect();
        let mut newest = None;
        for Handover { checkpoint, entry } in &told.handovers {
            if let Ok((head, key)) = ::evidence::follow(origin, checkpoint, entry, &known) {
                // The one before signs no more.
                known = vec![key.clone()];
                newest = Some((head, key));
            }
        }
        Ok(newest)
    }
}
