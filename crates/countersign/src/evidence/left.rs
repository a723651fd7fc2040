//! Logs that were left for others. One that goes on from another says so in its first entry, which commits to the last head
//! of the other: it shows what of that one counts, and between its head and the leaves that are still there, what was lost.

use ledger::leaf::commit;
use ledger::record::{self, MoveRecord};
use ledger::text::{Digest, Octets};
use ledger::{Checkpoint, Hash, Kind, Leaf, Policy, note};
use serde::Deserialize;

use super::following::Lines;
use super::tiled::{Head, Tiled};
use crate::commands::Failure;

/// Octets of the longest answer about a log's keys.
const LONGEST: usize = 4 * 1024 * 1024;
/// Logs that are followed from one to the next.
const MOST: usize = 32;

/// What a log says of where it began, as far as it is read here.
#[derive(Deserialize)]
struct Told {
    #[serde(rename = "move")]
    first: Option<First>,
}

/// A first entry, as its log shows it.
#[derive(Deserialize)]
struct First {
    leaf: Octets,
    salt: Digest,
    record: Octets,
}

/// How a log goes on from another.
pub(super) struct Move {
    /// The log that goes on.
    pub(super) log: Tiled,
    /// Its head, under which the entry was found.
    pub(super) head: Checkpoint,
    /// The last head of the log before.
    pub(super) committed: Checkpoint,
    id: Hash,
    record: MoveRecord,
}

/// How an earlier head of a log stands to what is there of it, and to what is gone on from.
pub(super) enum Standing {
    /// It is the beginning of what is there, or the head itself that is gone on from.
    Shown,
    /// Nothing shows it any more: leaves under it were lost.
    Lost,
    /// It is contradicted; a sentence.
    Fork(String),
}

impl First {
    fn open(&self) -> Option<(Leaf, MoveRecord)> {
        let leaf = Leaf::parse(&self.leaf.0).ok()?;
        let record: MoveRecord = record::parse(&self.record.0).ok()?;
        let is_its = leaf.kind == Kind::Move
            && leaf.commitment == commit(&self.salt.0, &self.record.0)
            && leaf.at_ms == record.recorded_at.0;
        is_its.then_some((leaf, record))
    }
}

impl Move {
    /// When it was, in milliseconds since 1970.
    pub(super) fn record(&self) -> &MoveRecord {
        &self.record
    }

    /// What it says, in a sentence without an end.
    pub(super) fn says(&self) -> String {
        let (new, old) = (&self.head.origin, &self.record.old_origin);
        let (id, at, reason) = (Digest(self.id), self.record.recorded_at, &self.record.reason);
        let size = self.committed.size;
        format!(
            "the first entry of {new}, {id} of {at}, commits to the head of {size} leaves of {old}, and says why: {reason:?}"
        )
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
        let (mut moves, mut head) = (Vec::new(), open.checkpoint.clone());
        while moves.len() < MOST {
            let one = match self.of(&head.origin).first_move(head, policy).await? {
                Ok(one) => one,
                Err(why) => return Ok(Err(why)),
            };
            let before = one.record.old_origin.clone();
            let committed = one.committed.clone();
            moves.insert(0, one);
            if before == origin {
                return Ok(Ok(moves));
            }
            let log = self.of(&before);
            let Some(there) = log.still(&before, policy).await? else {
                return Ok(Err(format!("it goes on from {before}, which is not served there")));
            };
            if let Some(why) = log.contradicts(&there.checkpoint, &committed).await? {
                return Ok(Err(why));
            }
            head = there.checkpoint;
        }
        Ok(Err(format!("more than {MOST} logs go on from one another")))
    }

    /// The entry by which this log goes on from another, shown to be its first.
    async fn first_move(self, head: Checkpoint, policy: Option<&Policy>) -> Result<Result<Move, String>, Failure> {
        let told = self.read("keys", LONGEST).await?;
        let told = told.and_then(|octets| serde_json::from_slice::<Told>(&octets).ok()).and_then(|told| told.first);
        let origin = &head.origin;
        let Some((leaf, record)) = told.and_then(|first| first.open()) else {
            return Ok(Err(format!("{origin} shows no entry by which it goes on from another")));
        };
        if head.size == 0 || !self.includes(&leaf.id(), 0, &head).await? {
            return Ok(Err(format!("the entry by which {origin} is said to go on from another is not its first")));
        }
        let before = &record.old_origin;
        let committed = match Head::read(record.old_checkpoint.as_bytes()) {
            Ok(committed) if committed.checkpoint.origin == *before => committed,
            _ => return Ok(Err(format!("the first entry of {origin} commits to no head of {before}"))),
        };
        match self.trusted(committed, policy, Lines::Each).await {
            Ok(Head { checkpoint: committed, .. }) => {
                Ok(Ok(Move { log: self, head, committed, id: leaf.id(), record }))
            }
            Err(why) => Ok(Err(format!("the head of {before} that {origin} goes on from: {why}"))),
        }
    }

    /// The head of a log as it is still served there; None where it isn't.
    pub(super) async fn still(&self, origin: &str, policy: Option<&Policy>) -> Result<Option<Head>, Failure> {
        let Some(octets) = self.read("checkpoint", note::LONGEST).await? else { return Ok(None) };
        let head = Head::read(&octets)?;
        if head.checkpoint.origin != origin {
            return Ok(None);
        }
        let head = self.trusted(head, policy, Lines::Each).await?;
        match &head.since {
            Some(since) if !self.goes_on(since, &head.checkpoint).await? => {
                let (old, new) = (since.size, head.checkpoint.size);
                Err(format!(
                    "FORK: the last head of {origin}, of {new} leaves, is not shown to go on from the one of {old} leaves by \
                     which its key took over"
                )
                .into())
            }
            _ => Ok(Some(head)),
        }
    }

    /// How what is there of a log that was left contradicts the head that is gone on from; None where it doesn't.
    pub(super) async fn contradicts(
        &self,
        there: &Checkpoint,
        committed: &Checkpoint,
    ) -> Result<Option<String>, Failure> {
        // Where leaves were lost, nothing can be shown.
        let agrees = there.size < committed.size || self.goes_on(committed, there).await?;
        let (origin, size) = (&there.origin, there.size);
        Ok((!agrees).then(|| {
            format!(
                "FORK: the head of {size} leaves of {origin} is not shown to go on from the one of {} leaves that is gone on \
                 from elsewhere. Keep both",
                committed.size
            )
        }))
    }

    /// How an earlier head of a log that was left stands to what is there of it, and to the head that is gone on from, which
    /// don't contradict each other.
    pub(super) async fn standing(
        &self,
        old: &Checkpoint,
        there: Option<&Checkpoint>,
        committed: &Checkpoint,
    ) -> Result<Standing, Failure> {
        let (origin, size) = (&old.origin, old.size);
        if size > committed.size {
            return Ok(Standing::Fork(format!(
                "its key signed a head of {size} leaves of {origin}, and what goes on from that does so from {} leaves alone",
                committed.size
            )));
        }
        let joins = match there {
            _ if size == committed.size => old.root == committed.root,
            Some(there) if size <= there.size => self.goes_on(old, there).await?,
            _ => return Ok(Standing::Lost),
        };
        Ok(match joins {
            true => Standing::Shown,
            false => Standing::Fork(format!(
                "what is there of {origin}, and is gone on from, is not shown to go on from its head of {size} leaves"
            )),
        })
    }
}
