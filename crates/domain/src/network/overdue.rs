//! Entries that wait for their index for longer than their receipts promise: something keeps the sequencers from them.

use std::sync::PoisonError;

use store::ledger::LedgerRow;

use crate::network::entry::MAX_DELAY;
use crate::{Core, Result};

impl Core {
    /// Says that a ledger's oldest entry without an index has waited for too long, before the eyes of this node: what
    /// waited while no node was at work gets its turn first. None where nothing has.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn overdue(&self, row: &LedgerRow) -> Result<Option<String>> {
        let now = self.clock.now_ms();
        let Some(oldest) = store::ledger::oldest_waiting(&self.store, row.n).await? else {
            self.waiting.remove(&row.id);
            return Ok(None);
        };
        let kept = self.waiting.get(&row.id).filter(|(arrival, _)| *arrival == oldest);
        let since = kept.map_or(now, |(_, since)| since);
        if kept.is_none() {
            self.waiting.insert(row.id.clone(), (oldest, now));
        }
        let seconds = u64::try_from((now - since) / 1000).unwrap_or(0);
        Ok((seconds > MAX_DELAY).then(|| {
            format!(
                "The ledger {} has entries that have waited for their index for {seconds} seconds, longer than their \
                 receipts promise: the log says why",
                row.origin
            )
        }))
    }

    /// Keeps what the last look at all ledgers found overdue, a sentence for each.
    pub fn set_overdue_ledgers(&self, overdue: Vec<String>) {
        for sentence in &overdue {
            tracing::error!(sentence, "a ledger gives no indexes");
        }
        *self.overdue.lock().unwrap_or_else(PoisonError::into_inner) = overdue;
    }

    /// What the last look found.
    pub fn overdue_ledgers(&self) -> Vec<String> {
        self.overdue.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
