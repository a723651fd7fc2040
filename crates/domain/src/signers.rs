//! The threads that sign with RSA: as many as there are cores, so that cheap requests don't wait behind signatures.
//!
//! Threads of their own rather than the runtime's blocking pool: under load they find the next job without sleeping, which
//! spares two wake-ups a signature.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crossbeam_channel::{Receiver, Sender, TrySendError};
use tokio::sync::oneshot;

use crate::{Fault, Result};

/// Signatures waiting for a thread, at most: beyond, a request is told to come back in a moment.
const WAITING: usize = 4096;

pub(crate) struct Signers {
    jobs: Sender<Job>,
}

type Job = Box<dyn FnOnce() + Send>;

impl Signers {
    /// Starts the threads; they end when the last handle is gone.
    pub(crate) fn start(threads: usize) -> Self {
        let (jobs, waiting) = crossbeam_channel::bounded(WAITING);
        for _ in 0..threads {
            let waiting = waiting.clone();
            let started = std::thread::Builder::new().name("signer".to_owned()).spawn(move || work(&waiting));
            if let Err(error) = started {
                tracing::error!(%error, "a thread for signatures cannot be started");
            }
        }
        Self { jobs }
    }

    /// Runs work that signs.
    ///
    /// Errors: the work's, or a fault that may be over in a moment where too many are waiting.
    pub(crate) async fn run<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job = Box::new(move || {
            let done =
                catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(Fault::new("signing failed").into()));
            // Nobody may be waiting any more.
            let _ = answer.send(done);
        });
        self.jobs.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => Fault::unavailable("too many signatures at once"),
            TrySendError::Disconnected(_) => Fault::new("no thread signs any more"),
        })?;
        answered.await.map_err(Fault::new)?
    }
}

fn work(waiting: &Receiver<Job>) {
    for job in waiting {
        job();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Signers;
    use crate::Error;

    #[tokio::test]
    async fn each_is_answered_to_its_own() {
        let signers = Signers::start(2);
        for n in 0..20 {
            assert_eq!(signers.run(move || Ok(n)).await.unwrap(), n);
        }
    }

    #[tokio::test]
    async fn one_too_many_is_told_to_come_back() {
        let (jobs, _nobody_takes_them) = crossbeam_channel::bounded(1);
        let signers = Signers { jobs };
        let first = tokio::time::timeout(Duration::from_millis(20), signers.run(|| Ok(())));
        let (_, refused) = tokio::join!(first, signers.run(|| Ok(())));
        assert!(matches!(refused, Err(Error::Fault(fault)) if fault.unavailable));
    }

    #[tokio::test]
    async fn work_that_panics_ends_alone() {
        let signers = Signers::start(1);
        let failed: crate::Result<()> = signers.run(|| panic!("on purpose")).await;
        assert!(matches!(failed, Err(Error::Fault(_))));
        assert_eq!(signers.run(|| Ok(7)).await.unwrap(), 7);
    }
}
