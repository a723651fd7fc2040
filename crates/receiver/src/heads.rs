//! The newest head of each log that a receiver has seen: a log that goes back, shows two trees, or one that does not
//! continue what it was, has lost the receiver's trust.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
pub(crate) struct Heads(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    newest: Arc<Vec<Head>>,
    /// Up to where each log was proved to be one log; from the first head that was seen.
    proved: Vec<Head>,
    /// Why no log of this server is believed any more.
    broken: Option<String>,
    /// Why none is believed until the next proof.
    doubt: Option<String>,
}

impl Heads {
    pub(crate) fn new(seen: &[Head]) -> Self {
        let heads = Self::default();
        let mut state = heads.lock();
        seen.iter().for_each(|head| state.raise(head));
        state.proved = state.newest.to_vec();
        drop(state);
        heads
    }

    /// What had been seen at this moment.
    ///
    /// # Errors
    /// Why no log is believed any more.
    pub(crate) fn seen(&self) -> Result<Arc<Vec<Head>>, String> {
        let state = self.lock();
        let why = state.broken.as_ref().or(state.doubt.as_ref());
        why.cloned().map_or_else(|| Ok(state.newest.clone()), Err)
    }

    /// Takes a head that was given after `before` had been seen. Replies overtake each other, so one may be older than
    /// the newest, but none may be older than what had been seen when its request went out.
    pub(crate) fn take(&self, head: &Head, before: &[Head]) -> Result<(), String> {
        let mut state = self.lock();
        let same_origin = |seen: &&Head| seen.origin == head.origin;
        if let Some(seen) = before.iter().find(same_origin)
            && head.size < seen.size
        {
            return Err(format!("{} went back from {} leaves to {}", head.origin, seen.size, head.size));
        }
        let known = state.newest.iter().chain(before).filter(same_origin);
        if known.clone().any(|seen| seen.size == head.size && seen.root != head.root) {
            return Err(format!("{} shows two trees of {} leaves", head.origin, head.size));
        }
        state.raise(head);
        Ok(())
    }

    /// Pairs of heads, the second of which is still to be proved to continue the first.
    pub(crate) fn to_prove(&self) -> Vec<(Head, Head)> {
        let state = self.lock();
        let pair = |proved: &Head| {
            let newest = state.newest.iter().find(|head| head.origin == proved.origin && head.size > proved.size)?;
            Some((proved.clone(), newest.clone()))
        };
        state.proved.iter().filter_map(pair).collect()
    }

    /// Notes that a log was proved to be one up to this head.
    pub(crate) fn prove(&self, head: &Head) {
        let mut state = self.lock();
        let proved = state.proved.iter_mut().find(|proved| proved.origin == head.origin && proved.size < head.size);
        if let Some(proved) = proved {
            *proved = head.clone();
        }
    }

    /// Has no more to prove of other logs than this one, which goes on from them.
    pub(crate) fn leave_others(&self, origin: &str) {
        self.lock().proved.retain(|proved| proved.origin == origin);
    }

    /// Believes no log any more.
    pub(crate) fn give_up(&self, why: String) {
        self.lock().broken.get_or_insert(why);
    }

    /// Believes no log until all that was to be proved is.
    pub(crate) fn doubt(&self, why: String) {
        self.lock().doubt = Some(why);
    }

    /// Notes that all that was to be proved is.
    pub(crate) fn settle(&self) {
        self.lock().doubt = None;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn raise(&mut self, head: &Head) {
        let heads = Arc::make_mut(&mut self.newest);
        let room = heads.len() < MOST_ORIGINS;
        match heads.iter_mut().find(|seen| seen.origin == head.origin) {
            Some(seen) if seen.size < head.size => *seen = head.clone(),
            // Origins change by moves alone, so few are enough; a server that makes them up is not followed.
            None if room => {
                heads.push(head.clone());
                self.proved.push(head.clone());
            }
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
        let seen = heads.seen().unwrap();
        assert_eq!(heads.take(&head(5, 5), &seen), Ok(()));
        assert_eq!(heads.take(&head(7, 7), &seen), Ok(()));
        assert!(heads.take(&head(4, 4), &seen).is_err());
        assert!(heads.take(&head(5, 6), &seen).is_err());
        assert!(heads.take(&head(7, 8), &seen).is_err());
        assert!(heads.take(&head(6, 6), &heads.seen().unwrap()).is_err());
    }

    #[test]
    fn replies_may_overtake_each_other() {
        let heads = Heads::new(&[head(5, 5)]);
        let seen = heads.seen().unwrap();
        assert_eq!(heads.take(&head(7, 7), &seen), Ok(()));
        assert_eq!(heads.take(&head(6, 6), &seen), Ok(()));
        assert_eq!(*heads.seen().unwrap(), [head(7, 7)]);
    }

    #[test]
    fn what_is_to_be_proved_goes_from_the_last_proof_to_the_newest_head() {
        let heads = Heads::new(&[head(5, 5)]);
        assert!(heads.to_prove().is_empty());
        let seen = heads.seen().unwrap();
        heads.take(&head(7, 7), &seen).unwrap();
        heads.take(&head(9, 9), &seen).unwrap();
        assert_eq!(heads.to_prove(), [(head(5, 5), head(9, 9))]);
        heads.prove(&head(9, 9));
        assert!(heads.to_prove().is_empty());
        heads.doubt("no proof".to_owned());
        assert_eq!(heads.seen(), Err("no proof".to_owned()));
        heads.settle();
        assert_eq!(*heads.seen().unwrap(), [head(9, 9)]);
        heads.give_up("forked".to_owned());
        heads.settle();
        assert_eq!(heads.seen(), Err("forked".to_owned()));
    }
}
