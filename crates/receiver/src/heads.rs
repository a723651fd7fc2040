//! The newest head of each log that a receiver has seen: a log that goes back, or shows two trees, lost the receiver's
//! trust.

use std::sync::{Arc, Mutex, PoisonError};

use ledger::{Checkpoint, Hash};

/// A log at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The log's name.
    pub origin: String,
    /// How many leaves it had.
    pub size: u64,
    /// Their root.
    pub root: Hash,
}

impl From<&Checkpoint> for Head {
    fn from(checkpoint: &Checkpoint) -> Self {
        Self { origin: checkpoint.origin.clone(), size: checkpoint.size, root: checkpoint.root }
    }
}

/// The newest heads.
#[derive(Debug, Default)]
pub(crate) struct Heads(Mutex<Arc<Vec<Head>>>);

impl Heads {
    pub(crate) fn new(seen: &[Head]) -> Self {
        let heads = Self::default();
        seen.iter().for_each(|head| heads.raise(head));
        heads
    }

    /// What had been seen at this moment.
    pub(crate) fn seen(&self) -> Arc<Vec<Head>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes a head that was given after `before` had been seen. Replies overtake each other, so one may be older than
    /// the newest, but none may be older than what had been seen when its request went out.
    pub(crate) fn take(&self, head: &Head, before: &[Head]) -> Result<(), String> {
        let Some(seen) = before.iter().find(|seen| seen.origin == head.origin) else {
            self.raise(head);
            return Ok(());
        };
        if head.size < seen.size {
            return Err(format!("{} went back from {} leaves to {}", head.origin, seen.size, head.size));
        }
        if head.size == seen.size && head.root != seen.root {
            return Err(format!("{} shows two trees of {} leaves", head.origin, head.size));
        }
        self.raise(head);
        Ok(())
    }

    fn raise(&self, head: &Head) {
        let mut heads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let heads = Arc::make_mut(&mut heads);
        let room = heads.len() < MOST_ORIGINS;
        match heads.iter_mut().find(|seen| seen.origin == head.origin) {
            Some(seen) if seen.size < head.size => *seen = head.clone(),
            // Origins change by moves alone, so few are enough; a server that makes them up is not followed.
            None if room => heads.push(head.clone()),
            _ => {}
        }
    }
}

const MOST_ORIGINS: usize = 16;

#[cfg(test)]
mod tests {
    use super::{Head, Heads};

    fn head(size: u64, root: u8) -> Head {
        Head { origin: "log.example/1".to_owned(), size, root: [root; 32] }
    }

    #[test]
    fn a_log_never_goes_back_nor_shows_two_trees() {
        let heads = Heads::new(&[head(5, 5)]);
        let seen = heads.seen();
        assert_eq!(heads.take(&head(5, 5), &seen), Ok(()));
        assert_eq!(heads.take(&head(7, 7), &seen), Ok(()));
        assert!(heads.take(&head(4, 4), &seen).is_err());
        assert!(heads.take(&head(5, 6), &seen).is_err());
        assert!(heads.take(&head(6, 6), &heads.seen()).is_err());
    }

    #[test]
    fn replies_may_overtake_each_other() {
        let heads = Heads::new(&[head(5, 5)]);
        let seen = heads.seen();
        assert_eq!(heads.take(&head(7, 7), &seen), Ok(()));
        assert_eq!(heads.take(&head(6, 6), &seen), Ok(()));
        assert_eq!(*heads.seen(), [head(7, 7)]);
    }
}
