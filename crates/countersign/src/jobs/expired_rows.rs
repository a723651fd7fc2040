//! Sessions, codes, logins and used-up values whose time is over.

use std::sync::Arc;
use std::time::Duration;

use domain::Core;

use super::{CHUNK, Job, is_more_after};

pub(super) const JOB: Job =
    Job { name: "expired rows", every: Duration::from_secs(60), turn: |core| Box::pin(purge(core)) };

async fn purge(core: Arc<Core>) -> domain::Result<u64> {
    let mut all = 0;
    loop {
        let gone = store::logins::purge_expired(&core.store, core.now(), CHUNK).await?;
        all += gone;
        if !is_more_after(gone).await {
            return Ok(all);
        }
    }
}
