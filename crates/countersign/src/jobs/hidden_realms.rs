//! What is left of realms that were being deleted, or imported, when a server ended.

use std::time::Duration;

use super::Job;

pub(super) const JOB: Job = Job {
    name: "hidden realms",
    every: Duration::from_secs(600),
    turn: |core| Box::pin(async move { admin::purge_hidden(&core).await.map(|()| 0) }),
};
