//! Events older than their realm keeps them.

use std::sync::Arc;
use std::time::Duration;

use domain::Core;

use super::{CHUNK, Job, is_more_after};

pub(super) const JOB: Job =
    Job { name: "old events", every: Duration::from_secs(900), turn: |core| Box::pin(purge(core)) };

async fn purge(core: Arc<Core>) -> domain::Result<u64> {
    let mut all = 0;
    for realm in store::realms::list(&core.store).await? {
        let keeps_seconds = realm.doc.int_or("eventsExpiration", 0);
        if keeps_seconds <= 0 {
            continue;
        }
        let before_ms = core.clock.now_ms() - keeps_seconds.saturating_mul(1000);
        loop {
            let gone = store::events::purge(&core.store, &realm.id, before_ms, CHUNK).await?;
            all += gone;
            if !is_more_after(gone).await {
                break;
            }
        }
    }
    Ok(all)
}
