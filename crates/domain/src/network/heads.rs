//! The newest checkpoints. They are read each time: another node may have signed one since, and what a receipt names is
//! compared with what its receiver saw before.

use crate::{Core, Fault, Result};

impl Core {
    /// The newest checkpoint of a ledger, as a signed note.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn checkpoint(&self, ledger_id: &str) -> Result<String> {
        let note = store::ledger::checkpoint(&self.store, ledger_id).await?;
        note.ok_or_else(|| Fault::new("a ledger is gone").into())
    }
}
