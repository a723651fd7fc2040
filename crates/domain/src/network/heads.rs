//! The newest checkpoints, kept for half a second: receipts carry one, and nobody is hurt by one that is not the newest.

use std::sync::Arc;

use ledger::Note;

use crate::{Core, Fault, Result};

const FRESH_MS: i64 = 500;
/// Octets of the longest signature that receipts carry.
const LONGEST: usize = 1024;

/// A newest checkpoint.
#[derive(Clone, Debug)]
pub struct Newest {
    /// As a signed note.
    pub note: Arc<str>,
    /// As receipts carry it, and records of times.
    pub of_receipts: Arc<str>,
}

impl Core {
    /// The newest checkpoint of a ledger, at most half a second old.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn checkpoint(&self, ledger_id: &str) -> Result<Newest> {
        let now = self.clock.now_ms();
        if let Some((at, kept)) = self.checkpoints.get(ledger_id)
            && (0..FRESH_MS).contains(&(now - at))
        {
            return Ok(kept);
        }
        let row = store::ledger::find(&self.store, ledger_id).await?.ok_or_else(|| Fault::new("a ledger is gone"))?;
        let newest = Newest { of_receipts: of_receipts(&row.checkpoint).into(), note: row.checkpoint.into() };
        self.checkpoints.insert(ledger_id.to_owned(), (now, newest.clone()));
        Ok(newest)
    }
}

/// A checkpoint without its longest signatures: one of ML-DSA is more than all else of a receipt together, and the reply
/// that brings the receipt is signed anyway.
pub fn of_receipts(checkpoint: &str) -> String {
    let Ok(mut note) = Note::parse(checkpoint.as_bytes()) else { return checkpoint.to_owned() };
    note.lines.retain(|line| line.signature.len() <= LONGEST);
    note.to_string()
}
