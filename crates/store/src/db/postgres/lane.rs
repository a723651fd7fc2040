//! One shared connection for reads, replaced when it is lost.

use std::sync::{Arc, Mutex, PoisonError};

use deadpool_postgres::{Object, Pool};

use super::super::StoreError;
use super::refusal::pool_refusal;

#[derive(Debug, Default)]
pub(super) struct Lane {
    current: Mutex<Option<Arc<Object>>>,
    /// Held while connecting, so that a lost connection is replaced by one and not by one for each waiting read.
    connecting: tokio::sync::Mutex<()>,
}

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
