//! Turns: those who change a realm's configuration go one after another, so that none loses again and again to faster ones.
//!
//! This spares work and waiting within one process. What keeps changes from being lost, also between nodes, is the
//! condition on the realm's version (`domain::Writes::reconfigures`).

use std::hash::{DefaultHasher, Hash, Hasher};

use tokio::sync::{Mutex, MutexGuard};

/// Realms share these many queues.
const QUEUES: usize = 64;

/// The queues.
pub struct Turns([Mutex<()>; QUEUES]);

impl Default for Turns {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Mutex::default()))
    }
}

impl Turns {
    /// Waits for the realm's turn; it ends when the guard goes.
    pub async fn of(&self, realm: &str) -> Option<MutexGuard<'_, ()>> {
        let mut hasher = DefaultHasher::new();
        realm.hash(&mut hasher);
        let queue = self.0.get(hasher.finish() as usize % QUEUES)?;
        Some(queue.lock().await)
    }
}
