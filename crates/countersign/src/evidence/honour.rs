//! Whether a log has honoured a receipt: it has the leaf, and goes on from the head that the receipt carries. Where the log was
//! left for another since, what is there of it and what went along are looked at, and what says that the rest was lost.

use ledger::text::UtcTime;
use ledger::{Checkpoint, Hash, Receipt};

use super::Trust;
use super::following::Lines;
use super::left::{Move, Standing};
use super::receipt::Findings;
use super::tiled::{Head, Scan, Tiled};
use crate::commands::Failure;

/// Whether a log has a receipt's leaf.
pub(super) struct Question<'q> {
    pub(super) log: &'q Tiled,
    pub(super) receipt: &'q Receipt,
    pub(super) id: Hash,
    pub(super) trust: Option<&'q Trust>,
    /// Whether the receipt was shown to be the operator's.
    pub(super) is_signed: bool,
    pub(super) now: UtcTime,
}

impl Question<'_> {
    /// Looks for the leaf, and whether the log goes on from the head in the receipt.
    pub(super) async fn honoured(&self, old: Option<&Head>, findings: &mut Findings) -> Result<(), Failure> {
        let log = self.log;
        let head = match log.head(None).await {
            Ok(head) => head,
            Err(why) => {
                findings.lack(why.to_string());
                return Ok(());
            }
        };
        if self.trust.is_none() {
            findings.lack("consistent in itself, trust not given: nobody said which key is the log's".to_owned());
        }
        if head.checkpoint.origin != self.receipt.origin {
            return self.left(head, old, findings).await;
        }
        let head = match log.trusted(head, self.policy(), Lines::Each).await {
            Ok(head) => head,
            Err(why) => {
                findings.lack(why.to_string());
                return Ok(());
            }
        };
        let new = &head.checkpoint;
        if let Some(since) = &head.since
            && !log.goes_on(since, new).await?
        {
            let (old_size, new_size) = (since.size, new.size);
            findings.lack(format!(
                "FORK: the newest head, of {new_size} leaves, is not shown to go on from the one of {old_size} leaves by \
                 which its key took over"
            ));
        }
        if let Some(old) = old {
            self.goes_on(&old.checkpoint, new, findings).await?;
        }
        // What the log says of one entry is believed as little as what it doesn't say: all leaves are looked at.
        let index = match self.told(log, new).await? {
            Some(index) => Some(index),
            None => {
                let scan = log.scan(&self.id, new).await?;
                if scan.index.is_none() {
                    findings.lack(self.missing(&scan, &head));
                }
                scan.index
            }
        };
        if let Some(index) = index {
            findings.good(format!("it is in the log at index {index}, under the head of {} leaves", new.size));
        }
        Ok(())
    }

    /// The same where another log is open there now, that of the given head.
    async fn left(&self, open: Head, old: Option<&Head>, findings: &mut Findings) -> Result<(), Failure> {
        let (log, origin, name) = (self.log, &self.receipt.origin, open.checkpoint.origin.clone());
        let moves = match log.trusted(open, self.policy(), Lines::Each).await {
            Ok(open) => log.moves(&open, origin, self.policy()).await?,
            Err(why) => Err(why.to_string()),
        };
        let moves = moves.unwrap_or_else(|why| {
            findings.lack(format!(
                "{log} is the log {name} now, not the receipt's, and is not shown to go on from that: {why}"
            ));
            Vec::new()
        });
        if let Some(first) = moves.first() {
            findings.good(format!("the log was left: {}", first.says()));
        }
        let log = log.of(origin);
        let there = match log.still(origin, self.policy()).await {
            Ok(head) => head.map(|head| head.checkpoint),
            Err(why) => {
                findings.lack(why.to_string());
                return Ok(());
            }
        };
        let committed = moves.first().map(|first| &first.committed).or(there.as_ref());
        if let Some((old, committed)) = old.zip(committed)
            && let Standing::Fork(why) = log.standing(&old.checkpoint, there.as_ref(), committed).await?
        {
            findings.lack(format!("FORK: {why}, which the receipt carries. Keep both"));
        }
        let Some((head, committed)) = there.as_ref().zip(committed) else {
            findings.lack(format!(
                "{origin} itself is not served there: name where it is, or a folder with its files, by --ledger"
            ));
            return Ok(());
        };
        if let Some(fork) = log.contradicts(head, committed).await? {
            findings.lack(fork);
        }
        match self.find(&log, head, &moves).await? {
            Some((there, index, size)) if there == *origin && index < committed.size => findings.good(format!(
                "it is in the log {origin}, which takes no more, at index {index}, under the head of {size} leaves"
            )),
            Some((there, index, _)) if there == *origin => findings.lack(format!(
                "it is in the log {origin} at index {index}, behind the {} leaves that are gone on from",
                committed.size
            )),
            Some((there, index, size)) => findings.good(format!(
                "it is in {there}, which goes on from {origin}, at index {index}, under the head of {size} leaves"
            )),
            None => findings.lack(self.lost(head, &moves)),
        }
        Ok(())
    }

    /// Where the leaf is: the origin, the index, and the size of the head under which it was found. What the logs say is
    /// tried in each before all leaves of one are looked at.
    async fn find(
        &self,
        left: &Tiled,
        head: &Checkpoint,
        moves: &[Move],
    ) -> Result<Option<(String, u64, u64)>, Failure> {
        let logs = || std::iter::once((left, head)).chain(moves.iter().map(|one| (&one.log, &one.head)));
        for (log, head) in logs() {
            if let Some(index) = self.told(log, head).await? {
                return Ok(Some((head.origin.clone(), index, head.size)));
            }
        }
        for (log, head) in logs() {
            if let Some(index) = log.scan(&self.id, head).await?.index {
                return Ok(Some((head.origin.clone(), index, head.size)));
            }
        }
        Ok(None)
    }

    /// Where the log says that the leaf is, if it is there.
    async fn told(&self, log: &Tiled, head: &Checkpoint) -> Result<Option<u64>, Failure> {
        Ok(match log.told_index(&self.id).await?.filter(|index| *index < head.size) {
            Some(index) if log.includes(&self.id, index, head).await? => Some(index),
            _ => None,
        })
    }

    async fn goes_on(&self, old: &Checkpoint, new: &Checkpoint, findings: &mut Findings) -> Result<(), Failure> {
        let (old_size, new_size) = (old.size, new.size);
        // A saved copy may well be older than the receipt.
        if old_size > new_size {
            let log = self.log;
            findings.lack(format!(
                "the head of {log}, of {new_size} leaves, is older than the receipt's, of {old_size}: ask a newer one"
            ));
        } else if !self.log.goes_on(old, new).await? {
            findings.lack(format!(
                "FORK: the newest head, of {new_size} leaves, is not shown to go on from the receipt's, of {old_size}. \
                 Keep both: two signed heads of one log that no proof joins speak against its operator"
            ));
        }
        Ok(())
    }

    /// What it means that a leaf isn't there.
    fn missing(&self, scan: &Scan, head: &Head) -> String {
        let (due, size) = (self.due(), head.checkpoint.size);
        if self.now.0 <= due.0 {
            return format!("it is not among the {size} leaves yet; it is promised for {due}: ask again then");
        }
        let cosigned = self.trust.and_then(|trust| head.newest_cosignature(&trust.policy)).unwrap_or(0);
        let shown = UtcTime(scan.newest_ms.max(cosigned.saturating_mul(1000)));
        let later = match (shown > due, self.log) {
            (true, _) => format!("as they were at {shown}"),
            (false, Tiled::Served { .. }) => "as they are served now".to_owned(),
            (false, Tiled::Saved(_)) => {
                return format!(
                    "it is not among the {size} leaves, but these may have been saved before {due}, when it was due: \
                     save them anew"
                );
            }
        };
        let whose = self.whose();
        format!("BROKEN PROMISE: it was due at {due}, and is not among the {size} leaves of the log {later}. {whose}")
    }

    /// What it means that a leaf is neither in a log that was left nor in those that go on from it.
    fn lost(&self, head: &Checkpoint, moves: &[Move]) -> String {
        let (due, origin, there) = (self.due(), &head.origin, head.size);
        if self.now.0 <= due.0 {
            return format!("it is not there yet; it is promised for {due}: ask again then");
        }
        let (names, says) = match moves.first() {
            Some(first) => {
                let names: Vec<&str> = moves.iter().map(|one| one.head.origin.as_str()).collect();
                let lost = match first.committed.size.checked_sub(there) {
                    None | Some(0) => "it had no index when the log was left".to_owned(),
                    Some(_) => format!("of the log the leaves from index {there} on were lost when it was left"),
                };
                (format!(", nor in {}", names.join(", ")), format!(": {lost}, and {}", first.says()))
            }
            None => (String::new(), String::new()),
        };
        let whose = self.whose();
        format!(
            "BROKEN PROMISE: it was due at {due}, and is not among the {there} leaves that are there of {origin}{names}{says}. \
             {whose}"
        )
    }

    fn due(&self) -> UtcTime {
        let delay = self.receipt.max_delay_seconds.saturating_mul(1000);
        UtcTime(self.receipt.received_at.0.saturating_add(delay))
    }

    fn whose(&self) -> &'static str {
        match self.is_signed {
            true => {
                "This receipt with its answer's signature, and the signed checkpoint, are proof against the operator: keep them"
            }
            false => {
                "Together with the signature of the answer that it came in (--signature) this is proof against the \
                 operator; without it anyone could have written the receipt"
            }
        }
    }

    fn policy(&self) -> Option<&ledger::Policy> {
        self.trust.map(|trust| &trust.policy)
    }
}
