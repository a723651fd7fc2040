//! The pool that password hashes run in: as many at once as there are cores, a bounded number waiting, the rest
//! refused at once. Thus a storm of logins delays logins, never tokens.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use super::scheme::{HashChoice, Scratch};
use super::stored::{PasswordHash, StoredPassword, Unreadable};

/// Runs password hashes. Cheap to clone; clones share the bounds.
#[derive(Clone)]
pub struct Hasher {
    shared: Arc<Shared>,
}

struct Shared {
    /// Running and waiting together.
    places: Arc<Semaphore>,
    running: Semaphore,
    /// One per core at most, since only running hashes take one.
    scratches: Mutex<Vec<Scratch>>,
    runs: AtomicU64,
}

/// Why a hash was not made or compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// Too many are waiting already; try again in a second.
    #[error("too many password hashes at once")]
    Busy,
    /// What is stored can't be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// The thread died or the system gave no random bytes.
    #[error("password hashing failed")]
    Failed,
}

impl Hasher {
    /// A pool that runs `cores` hashes at once and lets `queue` more wait.
    #[must_use]
    pub fn new(cores: usize, queue: usize) -> Self {
        let cores = cores.max(1);
        let shared = Shared {
            places: Arc::new(Semaphore::new(cores + queue)),
            running: Semaphore::new(cores),
            scratches: Mutex::new(Vec::new()),
            runs: AtomicU64::new(0),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Whether `stored` is the hash of `password`.
    ///
    /// # Errors
    /// Busy, or the stored password is unreadable.
    pub async fn verify(&self, stored: &StoredPassword, password: &str) -> Result<bool, HashError> {
        let hash = PasswordHash::parse(stored)?;
        let password = Zeroizing::new(password.to_owned());
        Ok(self.run(move |scratch| hash.verify(&password, scratch)).await??)
    }

    /// Costs what [`Hasher::verify`] costs in this realm, so that an unknown username takes as long as a wrong
    /// password.
    ///
    /// # Errors
    /// Busy.
    pub async fn verify_nobody(&self, choice: HashChoice, password: &str) -> Result<(), HashError> {
        let password = Zeroizing::new(password.to_owned());
        self.run(move |scratch| PasswordHash::blank(choice).verify(&password, scratch).map(|_| ())).await??;
        Ok(())
    }

    /// Hashes a new password as the realm chose.
    ///
    /// # Errors
    /// Busy, or no random bytes.
    pub async fn make(&self, choice: HashChoice, password: &str) -> Result<StoredPassword, HashError> {
        let mut salt = [0; 16];
        aws_lc_rs::rand::fill(&mut salt).map_err(|_| HashError::Failed)?;
        let password = Zeroizing::new(password.to_owned());
        let hash = self.run(move |scratch| PasswordHash::make(&password, choice, salt, scratch)).await??;
        Ok(hash.to_stored())
    }

    /// How often it hashed so far: what an answer cost, told without a clock.
    #[must_use]
    pub fn runs(&self) -> u64 {
        self.shared.runs.load(Ordering::Relaxed)
    }

    /// Runs anything that hashes: for instance the comparison with several earlier passwords, which takes one place.
    /// A caller that goes away doesn't free its place before the work is done.
    ///
    /// # Errors
    /// Busy, or the work panicked.
    pub async fn run<T, F>(&self, work: F) -> Result<T, HashError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Scratch) -> T + Send + 'static,
    {
        let place = self.shared.places.clone().try_acquire_owned().map_err(|_| HashError::Busy)?;
        let turn = self.shared.running.acquire().await.map_err(|_| HashError::Failed)?;
        turn.forget();
        let shared = Arc::clone(&self.shared);
        let job = tokio::task::spawn_blocking(move || {
            let turn = Turn(&shared);
            shared.runs.fetch_add(1, Ordering::Relaxed);
            let mut scratch = shared.scratches().pop().unwrap_or_default();
            let result = work(&mut scratch);
            shared.scratches().push(scratch);
            drop(turn);
            drop(place);
            result
        });
        job.await.map_err(|_| HashError::Failed)
    }
}

impl Shared {
    fn scratches(&self) -> std::sync::MutexGuard<'_, Vec<Scratch>> {
        self.scratches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives the turn to the next one waiting, also when the work panics.
struct Turn<'a>(&'a Shared);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.running.add_permits(1);
    }
}
