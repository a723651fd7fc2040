//! One shared connection for reads, replaced when it is lost.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use deadpool_postgres::{Object, Pool};

use super::super::StoreError;
use super::refusal::pool_refusal;

#[derive(Debug, Default)]
pub(super) struct Lane {
    current: Mutex<Option<Arc<Object>>>,
    /// Held while connecting, so that a lost connection is replaced by one and not by one for each waiting read.
    connecting: tokio::sync::Mutex<()>,
    reads: AtomicUsize,
}

/// A read that a lane counts as long as it is under way.
#[derive(Debug)]
pub(super) struct Taken<'a>(&'a Lane);

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.0.reads.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The first lane that has room, and where none has the one with the fewest reads: reads that travel together cost
/// half of what they cost alone, until one connection of the database has more than it can do.
pub(super) fn take(lanes: &[Lane]) -> Option<Taken<'_>> {
    let reads = |lane: &&Lane| lane.reads.load(Ordering::Relaxed);
    let lane = lanes.iter().find(|lane| reads(lane) < ROOM).or_else(|| lanes.iter().min_by_key(reads))?;
    lane.reads.fetch_add(1, Ordering::Relaxed);
    Some(Taken(lane))
}

impl std::ops::Deref for Taken<'_> {
    type Target = Lane;

    fn deref(&self) -> &Lane {
        self.0
    }
}

/// Reads under way on one connection before the next is used.
const ROOM: usize = 16;

impl Lane {
    /// The connection in use, or a new one.
    pub(super) async fn connection(&self, pool: &Pool) -> Result<Arc<Object>, StoreError> {
        if let Some(client) = self.usable() {
            return Ok(client);
        }
        let _one = self.connecting.lock().await;
        if let Some(client) = self.usable() {
            return Ok(client);
        }
        let client = Arc::new(pool.get().await.map_err(|error| pool_refusal(&error))?);
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&client));
        Ok(client)
    }

    /// Stops using this connection. It is closed when its other reads have ended.
    pub(super) fn leave(&self, client: &Arc<Object>) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.as_ref().is_some_and(|current| Arc::ptr_eq(current, client)) {
            *current = None;
        }
    }

    fn usable(&self) -> Option<Arc<Object>> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        // A closed one goes back to the pool now, which makes room for its successor.
        current.take_if(|client| client.is_closed());
        current.clone()
    }
}
