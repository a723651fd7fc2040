//! Whether a leaf came into the log later than it was due, as far as the log shows it: by the time of a leaf before it, or by
//! a head without it that a witness cosigned after that.

use ledger::Checkpoint;
use ledger::hash::leaf_hash;
use ledger::text::UtcTime;

use super::Question;
use crate::evidence::following::Lines;
use crate::evidence::tiled::{Head, Tiled};

impl Question<'_> {
    /// What shows that the leaf at an index came late, in a sentence without an end. Nothing of it is asked from whoever
    /// withholds it: a log shows no more than its operator likes of when its leaves came.
    pub(super) async fn late(&self, log: &Tiled, index: u64, head: &Checkpoint) -> Option<String> {
        match self.behind(log, index, head).await {
            Some(before) => Some(format!("comes behind a leaf of {before}")),
            None => self.unseen(log, index, head).await,
        }
    }

    /// The time of the newest of the leaves before it in their bundle, where that is later than it was due.
    async fn behind(&self, log: &Tiled, index: u64, head: &Checkpoint) -> Option<UtcTime> {
        let before = log.bundle_before(index, head).await.ok()?;
        let (at, entry, time) = before.into_iter().max_by_key(|(_, _, time)| *time)?;
        let is_late = time > self.due() && log.includes(&leaf_hash(&entry), at, head).await.unwrap_or(false);
        is_late.then_some(time)
    }

    /// A head without it that a witness of the trust saw after it was due.
    async fn unseen(&self, log: &Tiled, index: u64, head: &Checkpoint) -> Option<String> {
        let policy = self.policy()?;
        let told = log.of(&head.origin).told().await.ok()?;
        for note in told.seen() {
            let Ok(seen) = Head::read(note.as_bytes()) else { continue };
            let (size, at) = (seen.checkpoint.size, seen.newest_cosignature(policy));
            let at = UtcTime(at.unwrap_or(0).saturating_mul(1000));
            if size > index || at <= self.due() || seen.checkpoint.origin != head.origin {
                continue;
            }
            let Ok(seen) = log.trusted(seen, Some(policy), Lines::Each).await else { continue };
            if log.goes_on(&seen.checkpoint, head).await.unwrap_or(false) {
                return Some(format!("a witness saw the {size} leaves before it at {at}"));
            }
        }
        None
    }
}
