//! The newest checkpoints. They are read each time: another node may have signed one since, and what a receipt names is
//! compared with what its receiver saw before.

use std::sync::Arc;

use ledger::Note;
use serde_json::Value;

use crate::{Core, Fault, Result};

/// Octets of the longest signature that receipts carry.
const LONGEST: usize = 1024;

/// A newest checkpoint.
#[derive(Clone, Debug)]
pub struct Newest {
    /// As a signed note.
    pub note: Arc<str>,
    /// How many entries it covers.
    pub size: u64,
    /// As receipts carry it, and records of times.
    pub of_receipts: Arc<str>,
    /// What stands for the note within a text in JSON.
    pub in_json: Arc<str>,
}

impl Core {
    /// The newest checkpoint of a ledger.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn checkpoint(&self, ledger_id: &str) -> Result<Newest> {
        let note = store::ledger::checkpoint(&self.store, ledger_id).await?;
        self.newest(ledger_id, &note.ok_or_else(|| Fault::new("a ledger is gone"))?)
    }

    /// The same of one that was read. It is the same for many receipts and proofs: what is made of it is remembered.
    ///
    /// # Errors
    /// For a text that is no checkpoint.
    pub fn newest(&self, ledger_id: &str, note: &str) -> Result<Newest> {
        if let Some(kept) = self.checkpoints.get(ledger_id).filter(|kept| *kept.note == *note) {
            return Ok(kept);
        }
        let quoted = serde_json::to_string(note).map_err(Fault::new)?;
        let in_json = quoted.trim_matches('"').into();
        let size = note.split('\n').nth(1).and_then(|size| size.parse().ok());
        let size = size.ok_or_else(|| Fault::new("a checkpoint without a size"))?;
        let newest = Newest { size, of_receipts: of_receipts(note).into(), note: note.into(), in_json };
        self.checkpoints.insert(ledger_id.to_owned(), newest.clone());
        Ok(newest)
    }
}

/// Heads of a ledger that others saw.
#[derive(Clone, Debug, Default)]
pub struct SeenHeads {
    /// Notes with lines of witnesses, the newest first.
    pub cosigned: Vec<String>,
    /// The newest that an authority stamped, as it is shown.
    pub stamped: Option<Value>,
}

impl Core {
    /// What was shown last of a ledger's heads that others saw, if it was put together as of this.
    pub fn kept_heads(&self, ledger_id: &str, as_of: &str) -> Option<Arc<SeenHeads>> {
        self.shown_heads.get(ledger_id).filter(|(known, _)| known == as_of).map(|(_, shown)| shown)
    }

    /// Keeps it.
    pub fn keep_heads(&self, ledger_id: &str, as_of: String, shown: Arc<SeenHeads>) {
        self.shown_heads.insert(ledger_id.to_owned(), (as_of, shown));
    }
}

/// A checkpoint without its longest signatures: one of ML-DSA is more than all else of a receipt together, and the reply
/// that brings the receipt is signed anyway.
pub fn of_receipts(checkpoint: &str) -> String {
    let Ok(mut note) = Note::parse(checkpoint.as_bytes()) else { return checkpoint.to_owned() };
    note.lines.retain(|line| line.signature.len() <= LONGEST);
    note.to_string()
}
