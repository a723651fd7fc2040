//! Answers of the server that are kept for a while: a bounded number, each asked for by one caller at a time.

use std::sync::Arc;

use quick_cache::sync::Cache;
use tokio::sync::Mutex;

use crate::server::ServerError;

/// Answers under names.
pub(crate) struct Fresh<V> {
    slots: Cache<String, Arc<Mutex<Slot<V>>>>,
    lives: Lives,
}

/// How long an answer counts, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lives {
    /// One that says what there is.
    pub(crate) known: i64,
    /// One that says that there is nothing.
    pub(crate) unknown: i64,
    /// How much longer the former counts while the server is away.
    pub(crate) stale: i64,
}

struct Slot<V> {
    answer: Option<(Option<V>, i64)>,
    failed: Option<(ServerError, i64)>,
}

impl<V: Clone> Fresh<V> {
    pub(crate) fn new(most: usize, lives: Lives) -> Self {
        Self { slots: Cache::new(most), lives }
    }

    /// What is kept under a name, or what `ask` says now.
    ///
    /// # Errors
    /// What `ask` says, when nothing that counts is kept.
    pub(crate) async fn get(
        &self,
        name: &str,
        now: i64,
        ask: impl Future<Output = Result<Option<V>, ServerError>>,
    ) -> Result<Option<V>, ServerError> {
        let new = || Ok::<_, std::convert::Infallible>(Arc::new(Mutex::new(Slot { answer: None, failed: None })));
        let Ok(slot) = self.slots.get_or_insert_with(name, new);
        let mut slot = slot.lock().await;
        if let Some((answer, _)) = slot.answer.as_ref().filter(|(answer, at)| now - at < self.life(answer)) {
            return Ok(answer.clone());
        }
        let recent = slot.failed.as_ref().filter(|(_, at)| now.saturating_sub(*at) < PAUSE_MS);
        let error = match recent {
            Some((error, _)) => error.clone(),
            None => match ask.await {
                Ok(answer) => {
                    *slot = Slot { answer: Some((answer.clone(), now)), failed: None };
                    return Ok(answer);
                }
                Err(error) => {
                    slot.failed = Some((error.clone(), now));
                    error
                }
            },
        };
        let stale = slot.answer.as_ref().filter(|(answer, at)| {
            let most = self.lives.known.saturating_add(self.lives.stale);
            answer.is_some() && now - at < most && matches!(error, ServerError::Away(_))
        });
        stale.map(|(answer, _)| answer.clone()).ok_or(error)
    }

    fn life(&self, answer: &Option<V>) -> i64 {
        if answer.is_some() { self.lives.known } else { self.lives.unknown }
    }
}

/// After a failure callers are told the same for so long, so that a server that is away is not waited for by each.
const PAUSE_MS: i64 = 1000;

#[cfg(test)]
mod tests;
