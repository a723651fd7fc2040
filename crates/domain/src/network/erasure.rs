//! Erasing records of messages that are older than the realm keeps them. The tree stays as it is; an entry says what went.
//! A closed ledger takes no entry: there the log alone does.

use ledger::Kind;
use ledger::record::{self, ErasureRecord, Named, Version};
use ledger::text::UtcTime;
use store::Batch;
use store::ledger::LedgerRow;

use crate::network::entry::Entry;
use crate::network::erase_after_days;
use crate::{Core, Error, Fault, Fresh, Result};

/// Messages that go at once, of each ledger.
const AT_ONCE: i64 = 500;
const DAY_MS: i64 = 86_400_000;

impl Core {
    /// Erases what is older than each realm keeps, some at a time; how many messages went.
    ///
    /// # Errors
    /// When the store can't be read or written; nothing is half erased then.
    pub async fn erase_old_messages(&self) -> Result<u64> {
        let mut gone = 0;
        for row in store::ledger::all(&self.store).await? {
            let Some(realm) = store::realms::find_by_id(&self.store, &row.realm_id).await? else { continue };
            let Some(plan) = self.plan(&realm.name, Fresh::WithinASecond).await? else { continue };
            if let Some(days) = erase_after_days(&plan.realm) {
                gone += self.erase_before(&row, self.clock.now_ms() - days * DAY_MS).await?;
            }
        }
        Ok(gone)
    }

    async fn erase_before(&self, ledger: &LedgerRow, before_ms: i64) -> Result<u64> {
        let old = store::erasure::old_messages(&self.store, &ledger.id, before_ms, AT_ONCE).await?;
        let positions = || old.iter().map(|message| message.position);
        let (Some(first), Some(last)) = (positions().min(), positions().max()) else { return Ok(0) };
        let index = |position: i64| u64::try_from(position).unwrap_or(0);
        let now_ms = self.clock.now_ms();
        let record = ErasureRecord {
            v: Version,
            kind: Named,
            recorded_at: UtcTime(index(now_ms)),
            before: UtcTime(index(before_ms)),
            from: index(first),
            to: index(last) + 1,
            messages: old.len() as u64,
        };
        let entry = Entry::new(Kind::Erasure, now_ms, record::write(&record).map_err(Fault::new)?)?;
        let mut batch = Batch::new();
        for message in &old {
            store::erasure::erase_message(&mut batch, ledger, message);
        }
        if !ledger.closed {
            entry.append(&mut batch, &ledger.clone().into());
        }
        match self.store.db().commit(batch).await.map_err(Error::from) {
            // Another node was faster; what is left is found again.
            Err(Error::Lost(store::erasure::ERASED)) => return Ok(0),
            committed => committed?,
        };
        if ledger.closed {
            let (origin, to, messages) = (&ledger.origin, last + 1, old.len());
            tracing::info!(%origin, from = first, to, messages, "messages of a closed ledger are erased");
        }
        self.wake_sequencer();
        Ok(old.len() as u64)
    }
}
