//! Records of messages that are older than their realm keeps them.

use std::time::Duration;

use super::Job;

pub(super) const JOB: Job = Job {
    name: "erasures",
    every: Duration::from_secs(60),
    turn: |core| Box::pin(async move { core.erase_old_messages().await }),
};
