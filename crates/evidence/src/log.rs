//! The log that a bundle was taken from: its heads, what is under them, and between which outside times.

use ledger::hash::Hash;
use ledger::leaf::{Kind, Leaf, commit};
use ledger::record::{self, Record};
use ledger::text::{Digest, UtcTime};
use ledger::tree::{verify_consistency, verify_inclusion};
use ledger::{Checkpoint, Note, Policy};

use crate::bundle::{Bundle, Entry, Head};
use crate::log_keys::{LogKeys, Opened, named};
use crate::report::Report;
use crate::times::{self, DRIFT, Outside, Times};

/// Seconds that an entry may lie before an outside time that came into the log before it.
const LATEST: u64 = 900;

/// A log as its heads show it.
pub(crate) struct Log {
    newest: Checkpoint,
    times: Times,
}

impl Log {
    /// Judges the heads; None where there is nothing to prove other things by.
    pub(crate) fn judge(bundle: &Bundle, policy: Option<&Policy>, at: UtcTime, report: &mut Report) -> Option<Self> {
        let mut heads: Vec<Opened> = Vec::new();
        for (n, head) in bundle.checkpoints.iter().enumerate() {
            match open_head(head, &bundle.origin, heads.last().map(|before| &before.checkpoint)) {
                Ok(head) => heads.push(head),
                Err(why) => {
                    report.refute("log", format!("head {}: {why}", n + 1));
                    return None;
                }
            }
        }
        let Some(newest) = heads.last().map(|head| head.checkpoint.clone()) else {
            report.refute("log", "the bundle has no head of the log".to_owned());
            return None;
        };
        let (count, origin, size) = (heads.len(), &newest.origin, newest.size);
        report.prove("log", format!("{count} head(s) of {origin} are consistent, the newest of {size} leaves"));
        let mut log = Self::under(newest);
        if let Some(policy) = policy {
            let keys = LogKeys::of(policy, bundle, &log, &heads, report);
            for (n, (head, given)) in heads.iter().zip(&bundle.checkpoints).enumerate() {
                let times = signatures(head, &keys, policy, n + 1 == count, report)?;
                log.times.take_head(head, times, given, policy, report);
            }
            let entered = times::entered(&log, bundle, policy, report);
            log.times.settle(entered, at, report);
            if log.times.before.is_empty() {
                report.refute("time", "no head has an outside time that this trust accepts".to_owned());
            }
        }
        Some(log)
    }

    /// A log of which one head is known, and no time.
    pub(crate) fn under(newest: Checkpoint) -> Self {
        Self { newest, times: Times::default() }
    }

    /// An entry's leaf, once it was found to commit to the record and to be in the log.
    pub(crate) fn open(&self, entry: &Entry, kind: Kind) -> Result<Leaf, String> {
        let leaf = Leaf::parse(&entry.leaf.0).map_err(|error| error.to_string())?;
        if leaf.kind != kind {
            return Err(format!("its leaf is of kind {}, not {}", leaf.kind.name(), kind.name()));
        }
        if leaf.commitment != commit(&entry.salt.0, &entry.record.0) {
            return Err("its leaf commits to another record".to_owned());
        }
        let proof: Vec<Hash> = entry.inclusion.iter().map(|hash| hash.0).collect();
        verify_inclusion(&leaf.id(), entry.index, self.newest.size, &self.newest.root, &proof)
            .map_err(|error| error.to_string())?;
        Ok(leaf)
    }

    /// The leaf and the record of an entry, once both were found to be in the log and to tell of the same kind and time.
    pub(crate) fn read<R: Record>(&self, entry: &Entry) -> Result<(Leaf, R), String> {
        let record: R = record::parse(&entry.record.0).map_err(|error| error.to_string())?;
        let leaf = self.open(entry, record.kind())?;
        match record.recorded_at().0 == leaf.at_ms {
            true => Ok((leaf, record)),
            false => Err("its record has another time than its leaf".to_owned()),
        }
    }

    /// Whether an entry may be from that moment, in milliseconds since 1970: it can't be later than an outside time under
    /// which it stands, nor much earlier than one behind which it came.
    pub(crate) fn may_be_from(&self, index: u64, at_ms: u64) -> Result<(), String> {
        let (after, before) = self.interval(index);
        let recorded = at_ms / 1000;
        if let Some(before) = before.filter(|before| recorded > before.seconds.saturating_add(DRIFT)) {
            return Err(format!("it was in the log by {}, before it says it was recorded", before.text()));
        }
        match after.filter(|after| after.seconds > recorded.saturating_add(LATEST)) {
            Some(after) => {
                Err(format!("it came into the log after {}, long after it says it was recorded", after.text()))
            }
            None => Ok(()),
        }
    }

    /// The closest outside times between which an entry came into the log.
    pub(crate) fn interval(&self, index: u64) -> (Option<&Outside>, Option<&Outside>) {
        let after = self.times.after.iter().filter(|(entry, _)| *entry < index).map(|(_, time)| time);
        let before = self.times.before.iter().filter(|(size, _)| *size > index).map(|(_, time)| time);
        (after.max_by_key(|time| time.seconds), before.min_by_key(|time| time.seconds))
    }

    /// The log's name.
    pub(crate) fn origin(&self) -> &str {
        &self.newest.origin
    }

    /// How many leaves there are under the newest head.
    pub(crate) fn size(&self) -> u64 {
        self.newest.size
    }
}

fn open_head(head: &Head, origin: &str, previous: Option<&Checkpoint>) -> Result<Opened, String> {
    let note = Note::parse(head.note.as_bytes()).map_err(|error| error.to_string())?;
    let checkpoint = Checkpoint::parse(&note.text).map_err(|error| error.to_string())?;
    if note.to_string() != head.note || checkpoint.origin != origin {
        return Err(format!("it is of {}, not of {origin}", checkpoint.origin));
    }
    let proof: Vec<Hash> = head.consistency.iter().map(|Digest(hash)| *hash).collect();
    match previous {
        Some(old) => verify_consistency(old.size, &old.root, checkpoint.size, &checkpoint.root, &proof)
            .map_err(|error| error.to_string())?,
        None if proof.is_empty() => {}
        None => return Err("the first head goes on from nothing".to_owned()),
    }
    Ok(Opened { note, checkpoint })
}

/// Checks the signatures of log and witnesses, and gives the witnesses' times. None where nothing under the head counts.
fn signatures(
    head: &Opened,
    keys: &LogKeys<'_>,
    policy: &Policy,
    is_newest: bool,
    report: &mut Report,
) -> Option<Vec<Outside>> {
    let size = head.checkpoint.size;
    let witnesses = head.note.verify(policy.witnesses.iter().map(|witness| &witness.key));
    let witnesses = witnesses.map_err(|error| format!("the head of {size} leaves: {error}"));
    let (logs, witnesses) = match keys.verify(head).and_then(|logs| Ok((logs, witnesses?))) {
        Ok(found) => found,
        Err(why) => {
            report.refute("log", why);
            return None;
        }
    };
    if is_newest {
        for key in logs.iter().map(|line| line.key) {
            let by = named(key);
            report.prove("log", format!("the newest head, of {size} leaves, is signed by the log's {by}"));
        }
        let names = witnesses.iter().map(|line| line.key.name()).collect::<Vec<_>>().join(", ");
        match policy.is_met(&witnesses) {
            false => report.refute("log", "too few witnesses of this trust cosigned the newest head".to_owned()),
            true if names.is_empty() => report.state("log", "this trust asks for no witness".to_owned()),
            true => report.prove("log", format!("enough witnesses cosigned the newest head: {names}")),
        }
    }
    Some(witnesses.iter().filter_map(Outside::cosigned).collect())
}
