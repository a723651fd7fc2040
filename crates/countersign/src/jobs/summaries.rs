//! Failures that were counted, as one entry a minute in each ledger they were about.

use std::time::Duration;

use super::Job;

pub(super) const JOB: Job = Job {
    name: "summaries",
    every: Duration::from_secs(60),
    turn: |core| Box::pin(async move { core.summarise_failures().await }),
};
