//! What the server does on its own, again and again.
//!
//! Every node runs every job: each takes away only what is over, a few rows at a time, so two at once do no harm. A job
//! that fails is logged and tried again at its next turn. A new job is a file here and a line in [`JOBS`].

mod erasures;
mod expired_rows;
mod hidden_realms;
mod old_events;
mod outside_times;
mod sequencer;
mod summaries;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use domain::Core;
use tokio::task::JoinSet;

/// A job.
pub struct Job {
    pub name: &'static str,
    /// From the end of one turn to the beginning of the next.
    pub every: Duration,
    pub turn: fn(Arc<Core>) -> Turn,
}

/// One turn at work; how many rows went.
pub type Turn = Pin<Box<dyn Future<Output = domain::Result<u64>> + Send>>;

/// All jobs.
pub const JOBS: &[Job] = &[
    erasures::JOB,
    expired_rows::JOB,
    hidden_realms::JOB,
    old_events::JOB,
    outside_times::JOB,
    sequencer::JOB,
    summaries::JOB,
];

/// The jobs at work.
pub struct Running(JoinSet<()>);

/// Begins all jobs; their first turn comes soon, but after the first requests.
pub fn begin(core: &Arc<Core>) -> Running {
    let mut running = JoinSet::new();
    for job in JOBS {
        let core = Arc::clone(core);
        running.spawn(async move {
            let mut wait = FIRST.min(job.every);
            loop {
                tokio::time::sleep(wait).await;
                wait = job.every;
                take_turn(job, &core).await;
            }
        });
    }
    Running(running)
}

impl Running {
    /// Ends all jobs where they are; what they have not done waits for the next start.
    pub async fn end(mut self) {
        self.0.shutdown().await;
    }
}

async fn take_turn(job: &Job, core: &Arc<Core>) {
    // In a set of its own, so that a panic ends this turn alone, and the end of the job ends the turn.
    let mut turn = JoinSet::new();
    turn.spawn((job.turn)(Arc::clone(core)));
    match turn.join_next().await {
        Some(Ok(Ok(0))) | None => {}
        Some(Ok(Ok(rows))) => tracing::debug!(job = job.name, rows, "a job is done"),
        Some(Ok(Err(error))) => tracing::warn!(job = job.name, ?error, "a job failed; it is tried again"),
        Some(Err(_)) => tracing::error!(job = job.name, "a job panicked; it is tried again"),
    }
}

/// Whether a chunk was full, so that there is more; then after a pause that lets others' writes pass.
async fn is_more_after(gone: u64) -> bool {
    let more = i64::try_from(gone).is_ok_and(|gone| gone >= CHUNK);
    if more {
        tokio::time::sleep(PAUSE).await;
    }
    more
}

const FIRST: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(20);
/// Rows that go at once: a few milliseconds of the writer's time.
const CHUNK: i64 = 500;

#[cfg(test)]
mod tests;
