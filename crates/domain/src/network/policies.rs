//! What a realm says of its evidence, as it was: each change of it is an entry, before anything is judged by it.

use std::collections::BTreeMap;

use ledger::Kind;
use ledger::record::{self, Named, PolicyRecord, Version};
use ledger::text::UtcTime;
use model::Realm;
use serde_json::Value;
use store::Batch;

use crate::network::entry::Entry;
use crate::network::ledger::Open;
use crate::{Core, Fault, Plan, Result};

/// What the names of the attributes begin with.
const OURS: &str = "countersign.";

impl Core {
    /// Makes sure that what the realm says now is what its ledger's newest entry of that kind says. Two nodes that see a
    /// change at once may both say so.
    ///
    /// # Errors
    /// When the store can't be read or written.
    pub async fn enter_policy(&self, plan: &Plan, ledger: &Open) -> Result<()> {
        let known = (ledger.id.clone(), format!("policy {}", plan.version));
        if self.entered.get(&known).is_some() {
            return Ok(());
        }
        let settings = settings(&plan.realm);
        let kind = i64::from(Kind::Policy.number());
        let newest = store::ledger::newest_of_kind(&self.store, &ledger.id, kind).await?;
        let newest = newest.and_then(|octets| record::parse::<PolicyRecord>(&octets).ok());
        if newest.is_none_or(|newest| newest.settings != settings) {
            let now_ms = self.clock.now_ms();
            let recorded_at = UtcTime(u64::try_from(now_ms).unwrap_or(0));
            let record = PolicyRecord { v: Version, kind: Named, recorded_at, settings };
            let mut batch = Batch::new();
            Entry::new(Kind::Policy, now_ms, record::write(&record).map_err(Fault::new)?)?.append(&mut batch, ledger);
            self.store.db().commit(batch).await?;
            self.wake_sequencer();
        }
        self.entered.insert(known, ());
        Ok(())
    }
}

fn settings(realm: &Realm) -> BTreeMap<String, String> {
    let all = realm.doc.object("attributes").into_iter().flatten();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    all.filter(|(name, _)| name.starts_with(OURS)).map(|(name, value)| (name.clone(), text(value))).collect()
}
