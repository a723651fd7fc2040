//! Records of messages that are older than their realm keeps them.

use std::sync::Arc;
use std::time::Duration;

use domain::Core;

use super::{Job, is_more_after};

pub(super) const JOB: Job =
    Job { name: "erasures", every: Duration::from_secs(60), turn: |core| Box::pin(erase(core)) };

async fn erase(core: Arc<Core>) -> domain::Result<u64> {
    let mut all = 0;
    loop {
        let gone = core.erase_old_messages().await?;
        all += gone;
        if !is_more_after(gone).await {
            return Ok(all);
        }
    }
}
