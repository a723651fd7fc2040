//! Entries of ledgers that wait for their index.

use std::time::Duration;

use super::Job;

pub(super) const JOB: Job = Job {
    name: "sequencer",
    // The wait is in the turn, which somebody may wake.
    every: Duration::ZERO,
    turn: |core| {
        Box::pin(async move {
            core.await_entries().await;
            core.sequence_all().await
        })
    },
};
