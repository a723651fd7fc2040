//! Logs that were left for others. One that goes on from another says so in its first entry, which commits to the last head
//! of the other: it shows what of that one counts, and, beside what is still served of it, what isn't any more.

pub(super) mod standing;

use ledger::record::MoveRecord;
use ledger::text::Digest;
use ledger::{Checkpoint, Hash, Policy, note};

use super::following::Lines;
use super::tiled::{Head, Tiled};
use crate::commands::Failure;

/// Logs that are followed from one to the next.
const MOST: usize = 32;

/// How a log goes on from another.
pub(super) struct Move {
    /// The log that goes on.
    pub(super) log: Tiled,
    /// Its head, under which the entry was found.
    pub(super) head: Head,
    /// The last head of the log before.
    pub(super) committed: Checkpoint,
    /// The head from which on the key of that one signs, where it took over from another.
    pub(super) since: Option<Checkpoint>,
    id: Hash,
    record: MoveRecord,
}

impl Move {
    /// What its entry holds.
    pub(super) fn record(&self) -> &MoveRecord {
        &self.record
    }

    /// What it says, in a sentence without an end.
    pub(super) fn says(&self) -> String {
        let (new, old) = (&self.head.checkpoint.origin, &self.record.old_origin);
        let (id, at, reason) = (Digest(self.id), self.record.recorded_at, &self.record.reason);
        let size = self.committed.size;
        format!(
            "the first entry of {new}, {id} of {at}, commits to the head of {size} leaves of {old}, and says why: {reason:?}"
        )
    }

    /// The leaves that the log before had by what is committed to, and that are not served of it any more: from the one
    /// index to before the other.
    pub(super) fn gone(&self, there: &Checkpoint) -> Option<(u64, u64)> {
        (there.size < self.committed.size).then_some((there.size, self.committed.size))
    }
}

impl Tiled {
    /// The way from a log that was left to the one of this head, from the one that follows it on. The inner error says what
    /// is not shown.
    pub(super) async fn moves(
        &self,
        open: &Head,
        origin: &str,
        policy: Option<&Policy>,
    ) -> Result<Result<Vec<Move>, String>, Failure> {
        let (mut moves, mut head) = (Vec::new(), open.clone());
        while moves.len() < MOST {
            let one = match self.of(&head.checkpoint.origin).first_move(head, policy).await? {
                Ok(one) => one,
                Err(why) => return Ok(Err(why)),
            };
            let before = one.record.old_origin.clone();
            if before == origin {
                moves.insert(0, one);
                return Ok(Ok(moves));
            }
            let log = self.of(&before);
            let still = match log.still(&before, policy).await? {
                Ok(Some(still)) => still,
                Ok(None) => return Ok(Err(format!("it goes on from {before}, which is not served there"))),
                Err(why) => return Ok(Err(why)),
            };
            if let Some(why) = log.contradicts(&still.checkpoint, &one).await? {
                return Ok(Err(why));
            }
            head = still;
            moves.insert(0, one);
        }
        Ok(Err(format!("more than {MOST} logs go on from one another")))
    }

    /// The entry by which this log goes on from another, shown to be its first.
    async fn first_move(self, head: Head, policy: Option<&Policy>) -> Result<Result<Move, String>, Failure> {
        let origin = &head.checkpoint.origin;
        let Some((leaf, record)) = self.told().await?.first.and_then(|first| first.open()) else {
            return Ok(Err(format!("{origin} shows no entry by which it goes on from another")));
        };
        if head.checkpoint.size == 0 || !self.includes(&leaf.id(), 0, &head.checkpoint).await? {
            return Ok(Err(format!("the entry by which {origin} is said to go on from another is not its first")));
        }
        let before = &record.old_origin;
        let committed = match Head::read(record.old_checkpoint.as_bytes()) {
            Ok(committed) if committed.checkpoint.origin == *before => committed,
            _ => return Ok(Err(format!("the first entry of {origin} commits to no head of {before}"))),
        };
        match self.trusted(committed, policy, Lines::Each).await {
            Ok(Head { checkpoint: committed, since, .. }) => {
                Ok(Ok(Move { log: self, head, committed, since, id: leaf.id(), record }))
            }
            Err(why) => Ok(Err(format!("the head of {before} that {origin} goes on from: {why}"))),
        }
    }

    /// The head of a log as it is still served there; None where it isn't. The inner error says what speaks against it.
    pub(super) async fn still(
        &self,
        origin: &str,
        policy: Option<&Policy>,
    ) -> Result<Result<Option<Head>, String>, Failure> {
        let Some(octets) = self.read("checkpoint", note::LONGEST).await? else { return Ok(Ok(None)) };
        let head = match Head::read(&octets) {
            Ok(head) if head.checkpoint.origin == origin => head,
            Ok(_) => return Ok(Ok(None)),
            Err(why) => return Ok(Err(format!("what is served as the last head of {origin} is none: {why}"))),
        };
        let head = match self.trusted(head, policy, Lines::Each).await {
            Ok(head) => head,
            Err(why) => return Ok(Err(format!("the last head of {origin}: {why}"))),
        };
        match &head.since {
            Some(since) if !self.goes_on(since, &head.checkpoint).await? => {
                let (old, new) = (since.size, head.checkpoint.size);
                Ok(Err(format!(
                    "FORK: the last head of {origin}, of {new} leaves, is not shown to go on from the one of {old} leaves by \
                     which its key took over"
                )))
            }
            _ => Ok(Ok(Some(head))),
        }
    }
}
