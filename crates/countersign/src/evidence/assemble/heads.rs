//! The heads under which a bundle's entries are proved, out of those that a log shows and those that older bundles have.

use std::collections::{BTreeMap, BTreeSet};

use ::evidence::bundle;
use ::evidence::parts::Parts;
use ::evidence::timestamp;
use ::evidence::told::Told;
use ledger::hash::sha256;
use ledger::text::{Digest, Octets};
use ledger::{Checkpoint, Policy};

use crate::commands::Failure;
use crate::evidence::following::Lines;
use crate::evidence::tiled::{Head, Tiled};

/// Where heads come from, and whom they must convince.
pub(super) struct Heads<'h> {
    pub(super) log: &'h Tiled,
    /// The newest that is served.
    pub(super) served: &'h Head,
    pub(super) told: &'h Told,
    pub(super) policy: Option<&'h Policy>,
}

/// Heads from the oldest to the newest, each shown to go on from the one before.
pub(super) struct Around {
    pub(super) heads: Vec<bundle::Head>,
    pub(super) newest: Checkpoint,
    /// Whether the newest has an outside time.
    pub(super) is_timed: bool,
}

/// A head, with what was found over it.
struct Found {
    head: Head,
    timestamps: Vec<Octets>,
    /// Whether a bundle needs it, whatever it shows.
    is_needed: bool,
    /// Whether somebody else says when it was there.
    is_timed: bool,
}

impl Found {
    /// Whether somebody of this policy says when it was there. Without one everybody counts.
    fn has_time(&self, policy: Option<&Policy>) -> bool {
        let Some(policy) = policy else {
            let mut lines = self.head.note.lines.iter();
            return !self.timestamps.is_empty() || lines.any(|line| line.name != self.head.checkpoint.origin);
        };
        let imprint = sha256(self.head.note.text.as_bytes());
        let mut stamps = self.timestamps.iter();
        self.head.newest_cosignature(policy).is_some()
            || stamps.any(|stamp| timestamp::verify(&stamp.0, &imprint, &policy.tsas).is_ok())
    }
}

impl Heads<'_> {
    /// For each of these indexes the oldest head with an outside time that is over it. The newest head is the newest with an
    /// outside time, if it is over all of them, and else the log's own.
    ///
    /// # Errors
    /// A sentence, also where what is shown speaks against the log.
    pub(super) async fn around(&self, parts: &Parts, indexes: &[u64]) -> Result<Around, Failure> {
        let found = self.all(parts).await?;
        let end = indexes.iter().max().map_or(0, |last| last + 1);
        let newest = found.iter().filter(|(size, _)| **size >= end).max_by_key(|(size, one)| {
            let is_met = self.policy.is_none_or(|policy| one.head.is_met(policy));
            (is_met, one.is_timed, **size)
        });
        let Some((newest, is_timed)) = newest.map(|(size, one)| (*size, one.is_timed)) else {
            return Err("no head of the log is over all of the messages".into());
        };
        let mut sizes: BTreeSet<u64> = found.iter().filter(|(_, one)| one.is_needed).map(|(size, _)| *size).collect();
        for index in indexes {
            let over = found.iter().find(|(size, one)| **size > *index && one.is_timed);
            sizes.extend(over.map(|(size, _)| *size));
        }
        sizes.insert(newest);
        let mut heads: Vec<bundle::Head> = Vec::new();
        let mut before: Option<Checkpoint> = None;
        for (_, one) in found.into_iter().filter(|(size, _)| sizes.contains(size) && *size <= newest) {
            let now = one.head.checkpoint;
            let hashes = match &before {
                None => Some(Vec::new()),
                Some(before) => self.log.consistency(before, &now, &self.served.checkpoint).await?,
            };
            let Some(hashes) = hashes else {
                let old = before.map_or(0, |before| before.size);
                return Err(self.fork(&format!(
                    "the head of {} leaves is not shown to go on from the one of {old} leaves",
                    now.size
                )));
            };
            heads.push(bundle::Head {
                note: one.head.note.to_string(),
                consistency: hashes.into_iter().map(Digest).collect(),
                timestamps: one.timestamps,
            });
            before = Some(now);
        }
        let newest = before.ok_or("there is no head of the log")?;
        Ok(Around { heads, newest, is_timed })
    }

    /// What it means that two heads don't agree: anybody writes one that nobody's signature is asked of.
    fn fork(&self, how: &str) -> Failure {
        match self.policy {
            Some(_) => format!("FORK: {how}. Keep both: two signed heads of one log that no proof joins speak against its operator"),
            None => format!(
                "the heads disagree: {how}. No signature was checked, so this speaks against nobody yet: say by --trust \
                 whose heads count"
            ),
        }
        .into()
    }

    /// All heads by their sizes; of each size there can be but one.
    async fn all(&self, parts: &Parts) -> Result<BTreeMap<u64, Found>, Failure> {
        let (log, served) = (self.log, &self.served.checkpoint);
        let own = Found { head: self.served.clone(), timestamps: Vec::new(), is_needed: false, is_timed: false };
        let mut all = BTreeMap::from([(served.size, own)]);
        let kept = parts.heads().iter().map(|head| (head.note.as_str(), head.timestamps.clone(), true));
        let seen = self.told.seen().map(|note| (note, Vec::new(), false));
        let stamped = self.told.stamped.iter();
        let stamped = stamped.map(|head| (head.checkpoint.as_str(), vec![head.timestamp.clone()], false));
        let handovers = self.told.handovers.iter().map(|handover| (handover.checkpoint.as_str(), Vec::new(), true));
        for (note, timestamps, is_needed) in kept.chain(seen).chain(stamped).chain(handovers) {
            let Ok(head) = Head::read(note.as_bytes()) else { continue };
            if head.checkpoint.origin != served.origin {
                continue;
            }
            // What no key of the trust signed says nothing against anybody.
            let Ok(head) = log.trusted(head, self.policy, Lines::Short).await else { continue };
            let (size, root) = (head.checkpoint.size, head.checkpoint.root);
            if size > served.size {
                // What the log itself shows may have grown since its head was read.
                let is_kept = parts.heads().iter().any(|kept| kept.note == note);
                if is_kept && self.policy.is_some() {
                    return Err(format!(
                        "an older bundle has a signed head of {size} leaves, and {log} shows {}: ask a newer copy. If there is \
                         none, the log was set back: keep both",
                        served.size
                    )
                    .into());
                }
                continue;
            }
            match all.get_mut(&size) {
                Some(there) if there.head.checkpoint.root != root => {
                    return Err(self.fork(&format!("there are two heads of {size} leaves of {}", served.origin)));
                }
                Some(there) => {
                    for line in head.note.lines {
                        if !there.head.note.lines.contains(&line) {
                            there.head.note.lines.push(line);
                        }
                    }
                    there.timestamps.extend(timestamps);
                    there.timestamps.sort();
                    there.timestamps.dedup();
                    there.is_needed |= is_needed;
                }
                None => {
                    all.insert(size, Found { head, timestamps, is_needed, is_timed: false });
                }
            }
        }
        for one in all.values_mut() {
            one.is_timed = one.has_time(self.policy);
        }
        Ok(all)
    }
}
