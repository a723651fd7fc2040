//! Whether a log has honoured a receipt: it has the leaf, and goes on from the head that the receipt carries.
//!
//! What one part of a log doesn't show is told, and the others are looked at all the same: who serves it could else hide what
//! speaks against it.

mod late;
mod left;

use ledger::text::UtcTime;
use ledger::{Checkpoint, Hash, Receipt};

use super::Trust;
use super::following::Lines;
use super::receipt::Findings;
use super::tiled::{Head, Scan, Tiled};
use crate::commands::Failure;

/// Leaves that are looked at for one receipt, whatever sizes are stated.
const MOST_LEAVES: u64 = 1 << 28;

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
    pub(super) async fn honoured(&self, old: Option<&Head>, findings: &mut Findings) {
        let log = self.log;
        let Some(head) = findings.or_lack(log.head(None).await) else { return };
        if self.trust.is_none() {
            findings.lack("consistent in itself, trust not given: nobody said which key is the log's".to_owned());
        }
        if head.checkpoint.origin != self.receipt.origin {
            return self.left(head, old, findings).await;
        }
        let Some(head) = findings.or_lack(log.trusted(head, self.policy(), Lines::Each).await) else { return };
        let new = &head.checkpoint;
        if let Some(since) = &head.since
            && findings.or_lack(log.goes_on(since, new).await) == Some(false)
        {
            let (old_size, new_size) = (since.size, new.size);
            findings.lack(format!(
                "FORK: the newest head, of {new_size} leaves, is not shown to go on from the one of {old_size} leaves by \
                 which its key took over"
            ));
        }
        if let Some(old) = old {
            self.goes_on(log, &old.checkpoint, new, findings).await;
        }
        // What the log says of one entry is believed as little as what it doesn't say: all leaves are looked at.
        let index = match self.told(log, new).await {
            Some(index) => Some(index),
            None => {
                let scan = self.scan(log, new, &mut 0).await;
                if let Ok(scan) = &scan
                    && scan.index.is_none()
                {
                    findings.lack(self.missing(scan, &head));
                }
                findings.or_lack(scan.map_err(|why| self.not_shown(&why))).and_then(|scan| scan.index)
            }
        };
        if let Some(index) = index {
            let is_there = format!("it is in the log at index {index}, under the head of {} leaves", new.size);
            match self.late(log, index, new).await {
                None => findings.good(is_there),
                Some(why) => findings.lack(self.came_late(&is_there, &why)),
            }
        }
    }

    /// Where the log says that the leaf is, if it is shown to be there.
    async fn told(&self, log: &Tiled, head: &Checkpoint) -> Option<u64> {
        let index = log.told_index(&self.id).await.ok()?.filter(|index| *index < head.size)?;
        log.includes(&self.id, index, head).await.is_ok_and(|is_there| is_there).then_some(index)
    }

    /// Looks for the leaf among all under a head, after so many others that were looked at already.
    async fn scan(&self, log: &Tiled, head: &Checkpoint, looked_at: &mut u64) -> Result<Scan, Failure> {
        *looked_at = looked_at.saturating_add(head.size);
        if *looked_at > MOST_LEAVES {
            return Err(format!(
                "{log} shows no index of it, and its {} leaves are not looked through: no more than {MOST_LEAVES} are",
                head.size
            )
            .into());
        }
        log.scan(&self.id, head).await
    }

    async fn goes_on(&self, log: &Tiled, old: &Checkpoint, new: &Checkpoint, findings: &mut Findings) {
        let (old_size, new_size) = (old.size, new.size);
        // A saved copy may well be older than the receipt.
        if old_size > new_size {
            findings.lack(format!(
                "the head of {log}, of {new_size} leaves, is older than the receipt's, of {old_size}: ask a newer one"
            ));
        } else if findings.or_lack(log.goes_on(old, new).await) == Some(false) {
            findings.lack(format!(
                "FORK: the newest head, of {new_size} leaves, is not shown to go on from the receipt's, of {old_size}. \
                 Keep both: two signed heads of one log that no proof joins speak against its operator"
            ));
        }
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

    /// What it means that a leaf is there, and came behind something of later than it was due.
    fn came_late(&self, is_there: &str, why: &str) -> String {
        format!("{is_there}, but late: it was due at {}, and {why}", self.due())
    }

    /// What it means that it can't be seen whether a leaf is there.
    fn not_shown(&self, why: &Failure) -> Failure {
        let (due, is_due) = (self.due(), self.now > self.due());
        match is_due {
            true => format!("{why}. It was due at {due}: until it is shown, the promise is not kept"),
            false => format!("{why}. It is promised for {due}: ask again then"),
        }
        .into()
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
