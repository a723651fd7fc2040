//! What a gateway keeps on disk.

use std::io;
use std::sync::Arc;

use receiver::Receipts;
use receiver::clock::Clock;
use receiver::keep::{Envelope, Keep, Kept, KeptReceipt, none_may_wait};
use receiver::logs::KnownKeys;

use crate::spool::Spool;

/// Receipts, and messages that wait where that is allowed.
pub(crate) struct Disk {
    pub(crate) receipts: Receipts,
    pub(crate) spool: Option<Arc<Spool>>,
    pub(crate) clock: Clock,
}

impl Keep for Disk {
    fn receipt(&self, receipt: KeptReceipt) -> Kept<'_> {
        self.receipts.receipt(receipt)
    }

    fn spool(&self, envelope: Envelope) -> Kept<'_> {
        Box::pin(async move {
            let spool = self.spool.clone().ok_or_else(none_may_wait)?;
            let now = (self.clock)();
            tokio::task::spawn_blocking(move || spool.keep(now, &envelope)).await.map_err(io::Error::other)?
        })
    }

    fn log_keys(&self, keys: KnownKeys) -> Kept<'_> {
        self.receipts.log_keys(keys)
    }
}
