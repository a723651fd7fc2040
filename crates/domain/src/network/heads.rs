//! The newest checkpoints, kept for half a second: receipts carry one, and nobody is hurt by one that is not the newest.

use std::sync::Arc;

use crate::{Core, Fault, Result};

const FRESH_MS: i64 = 500;

impl Core {
    /// The newest checkpoint of a ledger, as a signed note; at most half a second old.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn checkpoint(&self, ledger_id: &str) -> Result<Arc<str>> {
        let now = self.clock.now_ms();
        if let Some((at, kept)) = self.checkpoints.get(ledger_id)
            && (0..FRESH_MS).contains(&(now - at))
        {
            return Ok(kept);
        }
        let row = store::ledger::find(&self.store, ledger_id).await?.ok_or_else(|| Fault::new("a ledger is gone"))?;
        let note: Arc<str> = row.checkpoint.into();
        self.checkpoints.insert(ledger_id.to_owned(), (now, Arc::clone(&note)));
        Ok(note)
    }
}
