//! Rows on their way in: collected into batches of bounded size, under a realm that nobody sees yet.

use std::sync::Arc;

use domain::{Core, Result};
use store::{Batch, StoreError};

use crate::refusals;

/// A realm being staged.
pub(super) struct Staging<'a> {
    core: &'a Arc<Core>,
    /// The realm's id.
    pub(super) realm_id: String,
    /// What is written next.
    pub(super) batch: Batch,
}

/// Statements in a batch, about: others' batches pass between two of them.
const CHUNK: usize = 400;

impl<'a> Staging<'a> {
    pub(super) fn new(core: &'a Arc<Core>, realm_id: String) -> Self {
        Self { core, realm_id, batch: Batch::new() }
    }

    pub(super) fn core(&self) -> &'a Arc<Core> {
        self.core
    }

    /// Writes what is collected, if it is a chunk.
    pub(super) async fn pace(&mut self) -> Result<()> {
        if self.batch.len() >= CHUNK { self.flush().await } else { Ok(()) }
    }

    /// Writes what is collected.
    pub(super) async fn flush(&mut self) -> Result<()> {
        match self.core.store.db().commit(std::mem::take(&mut self.batch)).await {
            Err(StoreError::Conflict { constraint }) => {
                tracing::warn!(realm = %self.realm_id, %constraint, "an imported realm holds what is there already");
                Err(refusals::CONFLICT.into())
            }
            done => Ok(done.map(drop)?),
        }
    }

    /// Takes away what was staged. What can't be taken away now is at the next start.
    pub(super) async fn abandon(&mut self) {
        if let Err(error) = crate::purge::realm(self.core, &self.realm_id).await {
            tracing::warn!(realm = %self.realm_id, ?error, "a broken import could not be cleared away yet");
        }
    }
}
