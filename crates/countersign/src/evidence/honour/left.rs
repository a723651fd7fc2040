//! The same where the log was left for another since: what is there of it and what went along are looked at, and what the
//! operator gives as the reason where the rest is not there.

use ledger::Policy;
use ledger::text::UtcTime;

use super::Question;
use crate::evidence::following::Lines;
use crate::evidence::left::Move;
use crate::evidence::left::standing::Standing;
use crate::evidence::receipt::Findings;
use crate::evidence::tiled::{Head, Tiled};

/// A log on the way from the receipt's to the one that is open.
struct Stage<'m> {
    log: &'m Tiled,
    head: &'m Head,
    /// How it was left; None of the open one, and where that is not shown.
    left: Option<&'m Move>,
    /// Whether it is the receipt's own.
    is_first: bool,
}

/// What was found of a leaf.
enum Sought {
    /// In which stage, at which index, and the time of the newest leaf before it where that is asked.
    At(usize, u64, Option<UtcTime>),
    /// In none of the stages; whether each was looked through.
    Nowhere(bool),
}

impl Stage<'_> {
    fn origin(&self) -> &str {
        &self.head.checkpoint.origin
    }

    /// What is not served of it any more, in a sentence without an end.
    fn gone(&self) -> Option<String> {
        let left = self.left?;
        let (from, to) = left.gone(&self.head.checkpoint)?;
        let (origin, last) = (self.origin(), to - 1);
        Some(format!(
            "the leaves of {origin} from index {from} to {last} are not served any more; the operator gives as its reason {:?}, \
             in the first entry of {}",
            left.record().reason,
            left.head.checkpoint.origin
        ))
    }
}

impl Question<'_> {
    /// Looks for the leaf from the log that was left on to the open one, that of the given head.
    pub(super) async fn left(&self, open: Head, old: Option<&Head>, findings: &mut Findings) {
        let origin = &self.receipt.origin;
        let moves = self.moves(open, findings).await;
        let log = self.log.of(origin);
        let there = match log.still(origin, self.policy()).await.unwrap_or_else(|failure| Err(failure.to_string())) {
            Ok(Some(there)) => Some(there),
            Ok(None) => {
                findings.lack(format!(
                    "{origin} itself is not served there: name where it is, or a folder with its files, by --ledger"
                ));
                None
            }
            Err(why) => {
                findings.lack(why);
                None
            }
        };
        self.heads(&log, old, there.as_ref(), moves.first(), findings).await;
        let mut stages = Vec::new();
        if let Some(head) = &there {
            stages.push(Stage { log: &log, head, left: moves.first(), is_first: true });
        }
        for (n, one) in (1..).zip(&moves) {
            stages.push(Stage { log: &one.log, head: &one.head, left: moves.get(n), is_first: false });
        }
        let sought = self.seek(&stages, findings).await;
        for (n, stage) in stages.iter().enumerate() {
            match sought {
                Sought::At(at, index, _) if at == n => self.attested(stage, index, findings).await,
                // By its first entry it goes on from the one before.
                _ if !stage.is_first => self.attested(stage, 0, findings).await,
                _ => {}
            }
        }
        match sought {
            Sought::At(n, index, before) => {
                if let Some(stage) = stages.get(n) {
                    self.placed(stage, (index, before), findings);
                }
            }
            Sought::Nowhere(is_whole) => {
                let is_whole = is_whole && there.is_some() && !moves.is_empty();
                findings.lack(self.nowhere(&stages, is_whole));
            }
        }
    }

    /// The way from the log that was left; none where it is not shown.
    async fn moves(&self, open: Head, findings: &mut Findings) -> Vec<Move> {
        let (log, name) = (self.log, open.checkpoint.origin.clone());
        let moves = match log.trusted(open, self.policy(), Lines::Each).await {
            Ok(open) => log.moves(&open, &self.receipt.origin, self.policy()).await,
            Err(why) => Err(why),
        };
        let moves = moves.unwrap_or_else(|why| Err(why.to_string())).unwrap_or_else(|why| {
            findings.lack(format!(
                "{log} is the log {name} now, not the receipt's, and is not shown to go on from that: {why}"
            ));
            Vec::new()
        });
        if let Some(first) = moves.first() {
            findings.good(format!("the log was left: {}", first.says()));
        }
        moves
    }

    /// Looks at how the head in the receipt, the one that is served and the one that is gone on from stand to one another.
    async fn heads(
        &self,
        log: &Tiled,
        old: Option<&Head>,
        there: Option<&Head>,
        first: Option<&Move>,
        findings: &mut Findings,
    ) {
        let (old, there) = (old.map(|old| &old.checkpoint), there.map(|there| &there.checkpoint));
        let Some(first) = first else {
            // What is served is the receipt's log all the same.
            if let Some((old, there)) = old.zip(there) {
                self.goes_on(log, old, there, findings).await;
            }
            return;
        };
        if let Some(why) = first.unshown(there) {
            findings.good(why);
        }
        if let Some(there) = there
            && let Some(fork) = findings.or_lack(log.contradicts(there, first).await).flatten()
        {
            findings.lack(fork);
        }
        let Some(old) = old else { return };
        match findings.or_lack(log.standing(old, there, &first.committed).await) {
            Some(Standing::Fork(why)) => {
                findings.lack(format!("FORK: {why}, which the receipt carries. Keep both"));
            }
            Some(Standing::Lost) => findings.lack(format!(
                "nothing there shows that the head of {} leaves of {}, which the receipt carries, is of what is gone on from: \
                 keep it",
                old.size, old.origin
            )),
            Some(Standing::Shown | Standing::OfWhatIsThere) | None => {}
        }
    }

    /// Looks for the leaf. What the logs say is tried in each before all leaves of one are looked at.
    async fn seek(&self, stages: &[Stage<'_>], findings: &mut Findings) -> Sought {
        let (mut looked_at, mut is_whole) = (0, true);
        for (n, stage) in stages.iter().enumerate() {
            if let Some(index) = self.told(stage.log, &stage.head.checkpoint).await {
                if stage.is_first {
                    return Sought::At(n, index, None);
                }
                // What came before it takes a look at all.
                let scan = findings.or_lack(self.scan(stage.log, &stage.head.checkpoint, &mut looked_at).await);
                return Sought::At(n, index, scan.map(|scan| UtcTime(scan.before_ms)));
            }
        }
        for (n, stage) in stages.iter().enumerate() {
            match findings.or_lack(self.scan(stage.log, &stage.head.checkpoint, &mut looked_at).await) {
                Some(scan) => {
                    if let Some(index) = scan.index {
                        return Sought::At(n, index, Some(UtcTime(scan.before_ms)));
                    }
                }
                None => is_whole = false,
            }
        }
        Sought::Nowhere(is_whole)
    }

    /// Where leaves of a log are not served any more, the trust's witnesses must have seen the leaf of this index in it: its
    /// key alone could have signed another tree since.
    async fn attested(&self, stage: &Stage<'_>, index: u64, findings: &mut Findings) {
        let head = &stage.head.checkpoint;
        let Some((size, committed)) = stage.left.and_then(|left| left.gone(head)) else { return };
        if !self.is_seen(stage, index).await {
            findings.lack(format!(
                "nothing shows that index {index} under the head of {size} leaves of {} is of the {committed} leaves that are \
                 gone on from: the ones between are not served any more, and no quorum of this trust's witnesses is shown to \
                 have cosigned it",
                stage.origin()
            ));
        }
    }

    /// Whether a quorum of the trust's witnesses cosigned the head that is served, or one before it that holds the index.
    async fn is_seen(&self, stage: &Stage<'_>, index: u64) -> bool {
        let Some(policy) = self.policy() else { return false };
        if stage.head.is_cosigned(policy) {
            return true;
        }
        let told = stage.log.told().await.unwrap_or_default();
        for note in told.seen() {
            if let Ok(seen) = Head::read(note.as_bytes())
                && self.is_seen_by(stage, index, seen, policy).await
            {
                return true;
            }
        }
        false
    }

    /// Whether a quorum cosigned this head, which holds the index and is gone on from by the one that is served.
    async fn is_seen_by(&self, stage: &Stage<'_>, index: u64, seen: Head, policy: &Policy) -> bool {
        let (seen_head, head) = (seen.checkpoint.clone(), &stage.head.checkpoint);
        seen_head.origin == head.origin
            && seen_head.size > index
            && seen.is_cosigned(policy)
            && stage.log.trusted(seen, Some(policy), Lines::Each).await.is_ok()
            && stage.log.goes_on(&seen_head, head).await.unwrap_or(false)
    }

    /// What it means that the leaf is there.
    fn placed(&self, stage: &Stage<'_>, (index, before): (u64, Option<UtcTime>), findings: &mut Findings) {
        let (origin, size, due) = (stage.origin(), stage.head.checkpoint.size, self.due());
        if let Some(left) = stage.left.filter(|left| index >= left.committed.size) {
            findings.lack(format!(
                "it is in the log {origin} at index {index}, behind the {} leaves that are gone on from",
                left.committed.size
            ));
        } else if stage.is_first {
            findings.good(format!(
                "it is in the log {origin}, which takes no more, at index {index}, under the head of {size} leaves"
            ));
        } else {
            let first = &self.receipt.origin;
            let is_there = format!(
                "it is in {origin}, which goes on from {first}, at index {index}, under the head of {size} leaves"
            );
            match before {
                Some(before) if before <= due => findings.good(is_there),
                Some(before) => {
                    findings.lack(self.came_late(&is_there, &format!("comes behind a leaf of {before}")));
                }
                None => findings.lack(format!("{is_there}; whether it came in time can't be told")),
            }
        }
    }

    /// What it means that a leaf is neither in a log that was left nor in those that go on from it, or that not each of those
    /// could be looked through.
    fn nowhere(&self, stages: &[Stage<'_>], is_whole: bool) -> String {
        let due = self.due();
        let gone = stages.iter().filter_map(Stage::gone).map(|gone| format!("; {gone}")).collect::<String>();
        if self.now <= due {
            let yet = if stages.is_empty() { "" } else { "it is not there yet; " };
            return format!("{yet}it is promised for {due}: ask again then{gone}");
        }
        let one = |stage: &Stage<'_>| match stage.is_first {
            true => format!("among the {} leaves that are there of {}", stage.head.checkpoint.size, stage.origin()),
            false => format!("in {}", stage.origin()),
        };
        let places = stages.iter().map(one).collect::<Vec<_>>().join(", nor ");
        if is_whole {
            let whose = self.whose();
            return format!("BROKEN PROMISE: it was due at {due}, and is not {places}{gone}. {whose}");
        }
        let places = if places.is_empty() { String::new() } else { format!("it was not found {places}; ") };
        format!(
            "{places}whether it is in the rest of the log, or in what goes on from it, can't be told. It was due at {due}: \
             until it is shown, the promise is not kept{gone}"
        )
    }
}
