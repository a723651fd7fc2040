//! Outside times of ledgers, by witnesses and timestamp authorities, where it is time for one.

use std::time::Duration;

use super::Job;

pub(super) const JOB: Job = Job {
    name: "outside times",
    every: Duration::from_secs(5),
    turn: |core| Box::pin(async move { messages::times::ask_all(&core).await }),
};
