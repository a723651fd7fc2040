//! The threads that sign with RSA: as many as there are cores, so that cheap requests don't wait behind signatures.
//!
//! Threads of their own rather than the runtime's blocking pool: under load they find the next job without sleeping, which
//! spares two wake-ups a signature.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crossbeam_channel::{Receiver, Sender, TrySendError};
use jose::SigningKey;
use tokio::sync::oneshot;

use crate::{Error, Fault, Result};

/// Signatures waiting for a thread, at most: beyond, a request is told to come back in a moment.
const WAITING: usize = 4096;

pub(crate) struct Signers {
    jobs: Sender<Job>,
}

struct Job {
    header: String,
    payload: Vec<u8>,
    key: SigningKey,
    answer: oneshot::Sender<Result<String>>,
}

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

    /// Signs a compact JWS.
    ///
    /// Errors: a fault that may be over in a moment where too many are waiting.
    pub(crate) async fn sign(&self, header: String, payload: Vec<u8>, key: &SigningKey) -> Result<String> {
        let (answer, answered) = oneshot::channel();
        self.jobs.try_send(Job { header, payload, key: key.clone(), answer }).map_err(|error| match error {
            TrySendError::Full(_) => Fault::unavailable("too many signatures at once"),
            TrySendError::Disconnected(_) => Fault::new("no thread signs any more"),
        })?;
        answered.await.map_err(Fault::new)?
    }
}

fn work(waiting: &Receiver<Job>) {
    for Job { header, payload, key, answer } in waiting {
        let sign = AssertUnwindSafe(|| jose::jws::encode(&header, &payload, &key).map_err(Error::from));
        let signed = catch_unwind(sign).unwrap_or_else(|_| Err(Fault::new("signing failed").into()));
        // Nobody may be waiting any more.
        let _ = answer.send(signed);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jose::{Algorithm, SigningKey};

    use super::Signers;
    use crate::Error;

    fn key() -> SigningKey {
        SigningKey::from_secret(Algorithm::HS256, "k", &[7; 32]).unwrap()
    }

    #[tokio::test]
    async fn each_is_signed_and_answered_to_its_own() {
        let key = key();
        let signers = Signers::start(2);
        for n in 0..20_u8 {
            let token = signers.sign(jose::jws::header(&key, None), vec![n], &key).await.unwrap();
            assert_eq!(token.split('.').nth(1), Some(jose::b64::encode([n]).as_str()));
        }
    }

    #[tokio::test]
    async fn one_too_many_is_told_to_come_back() {
        let key = key();
        let (jobs, _nobody_takes_them) = crossbeam_channel::bounded(1);
        let signers = Signers { jobs };
        let first = tokio::time::timeout(Duration::from_millis(20), signers.sign(String::new(), Vec::new(), &key));
        let second = signers.sign(String::new(), Vec::new(), &key);
        let (_, refused) = tokio::join!(first, second);
        assert!(matches!(refused, Err(Error::Fault(fault)) if fault.unavailable));
    }
}
