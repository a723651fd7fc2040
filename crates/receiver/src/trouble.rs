//! What kept the last message from its record, for whoever asks how the receiver is.

use std::sync::{Mutex, PoisonError};

use crate::server::ServerError;

/// The last outcome.
#[derive(Debug, Default)]
pub(crate) struct Trouble(Mutex<Option<(ServerError, i64)>>);

impl Trouble {
    /// Notes that a message was put on record, and its receipt kept.
    pub(crate) fn over(&self) {
        *self.lock() = None;
    }

    /// Notes what kept a message from its record.
    pub(crate) fn begin(&self, error: ServerError, now_ms: i64) {
        *self.lock() = Some((error, now_ms));
    }

    /// What kept the last message from its record. It counts for a while only: whoever heeds it sends no further message,
    /// and then none could show that it is over.
    pub(crate) fn now(&self, now_ms: i64) -> Option<ServerError> {
        let last = self.lock();
        last.as_ref().filter(|(_, at)| now_ms.saturating_sub(*at) < COUNTS_MS).map(|(error, _)| error.clone())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<(ServerError, i64)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const COUNTS_MS: i64 = 30_000;

#[cfg(test)]
mod tests {
    use super::{COUNTS_MS, Trouble};
    use crate::server::ServerError;

    #[test]
    fn trouble_counts_until_a_message_is_on_record_or_nobody_tries_any_more() {
        let (trouble, error) = (Trouble::default(), ServerError::Untrusted("forged".to_owned()));
        assert_eq!(trouble.now(0), None);
        trouble.begin(error.clone(), 10);
        assert_eq!((trouble.now(10), trouble.now(9 + COUNTS_MS)), (Some(error.clone()), Some(error.clone())));
        assert_eq!(trouble.now(10 + COUNTS_MS), None);
        trouble.begin(error, 20);
        trouble.over();
        assert_eq!(trouble.now(20), None);
    }
}
