//! Rows on their way in: collected into batches of bounded size under a realm that nobody sees yet, or into the one that
//! replaces a realm.

use std::sync::Arc;

use domain::{Core, Result};
use store::{Batch, StoreError};

/// A realm being staged.
pub(super) struct Staging<'a> {
    core: &'a Arc<Core>,
    /// The realm's id.
    pub(super) realm_id: String,
    /// When it began, in milliseconds.
    pub(super) since_ms: i64,
    /// Whether rows of it are in the store.
    is_written: bool,
    /// How many statements are collected before they are written.
    chunk: usize,
    /// What is written next.
    pub(super) batch: Batch,
}

/// Statements in a batch, about: others' batches pass between two of them.
const CHUNK: usize = 400;

impl<'a> Staging<'a> {
    pub(super) fn new(core: &'a Arc<Core>, realm_id: String) -> Self {
        Self { core, realm_id, since_ms: core.clock.now_ms(), is_written: false, chunk: CHUNK, batch: Batch::new() }
    }

    /// One that is written by one batch, whatever its size.
    pub(super) fn at_once(core: &'a Arc<Core>, realm_id: String) -> Self {
        Self { chunk: usize::MAX, batch: Batch::long(), ..Self::new(core, realm_id) }
    }

    pub(super) fn core(&self) -> &'a Arc<Core> {
        self.core
    }

    /// Writes what is collected, if it is a chunk.
    pub(super) async fn pace(&mut self) -> Result<()> {
        if self.batch.len() >= self.chunk { self.flush().await } else { Ok(()) }
    }

    /// Writes what is collected.
    pub(super) async fn flush(&mut self) -> Result<()> {
        match self.core.store.db().commit(std::mem::take(&mut self.batch)).await {
            Err(StoreError::Conflict { constraint }) => {
                tracing::warn!(realm = %self.realm_id, %constraint, "an imported realm holds what is there already");
                Err(domain::CONFLICT.into())
            }
            done => {
                done?;
                self.is_written = true;
                Ok(())
            }
        }
    }

    /// Takes away what was staged; what isn't written isn't there, and a realm of the same id is another's. What can't
    /// be taken away now is once it is old.
    pub(super) async fn abandon(&mut self) {
        if !self.is_written {
            return;
        }
        if let Err(error) = crate::purge::staged(self.core, &self.realm_id, self.since_ms).await {
            tracing::warn!(realm = %self.realm_id, ?error, "a broken import could not be cleared away yet");
        }
    }
}
