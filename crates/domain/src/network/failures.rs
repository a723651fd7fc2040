//! Failures that anyone could cause in anyone's name: they are counted, and a summary a minute stands in the ledger.
//!
//! They never count against whoever they name. The counts are in memory and bounded; dying loses at most a minute of them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use ledger::Kind;
use ledger::record::{self, Named, SummaryRecord, Version};
use ledger::text::UtcTime;
use store::Batch;

use crate::network::entry::Entry;
use crate::network::ledger::Open;
use crate::{Core, Error, Fault, Result};

/// Different failures that are counted apart, for all ledgers together; beyond, who is claimed is left out.
const MOST: usize = 4000;
/// Senders that are named of one caller's failures of a kind, in each summary: names are made up at no cost, and those
/// beyond are counted as one.
const NAMED: usize = 32;
/// Callers that are counted apart within a minute.
const CALLERS: usize = 4000;
/// Failures of one caller in a minute whose likely cause is looked for.
const CAUSES: u32 = 600;
const MINUTE_MS: i64 = 60_000;

/// The counts since the last summary.
#[derive(Default)]
pub(crate) struct Failures(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    from_ms: i64,
    of: HashMap<Failure, u64>,
    /// How many senders were named for each ledger, caller and code.
    named: HashMap<(String, String, &'static str), usize>,
    ledgers: HashMap<String, Open>,
    minute: i64,
    of_callers: HashMap<String, u32>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Failure {
    ledger: String,
    client_id: String,
    claimed: String,
    code: &'static str,
}

impl Counts {
    fn add(&mut self, ledger: &Open, client_id: &str, claimed: &str, code: &'static str) {
        let mut failure =
            Failure { ledger: ledger.id.clone(), client_id: client_id.to_owned(), claimed: claimed.to_owned(), code };
        if !self.of.contains_key(&failure) {
            let named = self.named.entry((ledger.id.clone(), client_id.to_owned(), code)).or_default();
            if self.of.len() < MOST && *named < NAMED {
                *named += 1;
            } else {
                failure.claimed.clear();
            }
        }
        if self.of.contains_key(&failure) || self.of.len() < 2 * MOST {
            *self.of.entry(failure).or_default() += 1;
            self.ledgers.entry(ledger.id.clone()).or_insert_with(|| ledger.clone());
        }
    }
}

impl Counts {
    /// Takes back what could not be written of a ledger.
    fn add_back(&mut self, counts: &Self, ledger: &Open) {
        self.from_ms = if self.of.is_empty() { counts.from_ms } else { self.from_ms.min(counts.from_ms) };
        for (failure, count) in counts.of.iter().filter(|(failure, _)| failure.ledger == ledger.id) {
            if self.of.contains_key(failure) || self.of.len() < 2 * MOST {
                *self.of.entry(failure.clone()).or_default() += count;
            }
        }
        self.ledgers.insert(ledger.id.clone(), ledger.clone());
    }
}

impl Core {
    /// Counts a failure. Whether there is time to look for its cause: one caller's flood must not take others'.
    pub fn count_false_message(&self, ledger: &Open, client_id: &str, claimed: &str, code: &'static str) -> bool {
        let now = self.clock.now_ms();
        let mut counts = self.failures.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.of.is_empty() {
            counts.from_ms = now;
        }
        counts.add(ledger, client_id, claimed, code);
        let minute = now / MINUTE_MS;
        if counts.minute != minute {
            counts.minute = minute;
            counts.of_callers.clear();
        }
        if counts.of_callers.len() >= CALLERS && !counts.of_callers.contains_key(client_id) {
            return false;
        }
        let so_far = counts.of_callers.entry(client_id.to_owned()).or_default();
        *so_far = so_far.saturating_add(1);
        *so_far <= CAUSES
    }

    /// Writes a summary of what was counted into each ledger; into how many. One that was closed meanwhile takes none.
    ///
    /// # Errors
    /// When the store can't be written; what was counted stays for the next time.
    pub async fn summarise_failures(&self) -> Result<u64> {
        let counts = {
            let mut counts = self.failures.0.lock().unwrap_or_else(PoisonError::into_inner);
            let (minute, of_callers) = (counts.minute, std::mem::take(&mut counts.of_callers));
            std::mem::replace(&mut *counts, Counts { minute, of_callers, ..Counts::default() })
        };
        let mut written = Ok(0);
        for ledger in counts.ledgers.values() {
            match self.summarise(&counts, ledger).await {
                Ok(()) => written = written.map(|written| written + 1),
                Err(Error::Lost(store::ledger::CLOSED)) => {}
                Err(error) => {
                    self.failures.0.lock().unwrap_or_else(PoisonError::into_inner).add_back(&counts, ledger);
                    written = Err(error);
                }
            }
        }
        self.wake_sequencer();
        written
    }

    async fn summarise(&self, counts: &Counts, ledger: &Open) -> Result<()> {
        let now = self.clock.now_ms();
        let told = counts.of.iter().filter(|(failure, _)| failure.ledger == ledger.id);
        let told = told.map(|(failure, count)| record::Failures {
            client_id: failure.client_id.clone(),
            claimed: failure.claimed.clone(),
            code: failure.code.to_owned(),
            count: *count,
        });
        let mut failures: Vec<record::Failures> = told.collect();
        failures.sort_by(|a, b| (&a.client_id, &a.claimed, &a.code).cmp(&(&b.client_id, &b.claimed, &b.code)));
        let at = |ms: i64| UtcTime(u64::try_from(ms).unwrap_or(0));
        let (from, to) = (at(counts.from_ms), at(now));
        let record = SummaryRecord { v: Version, kind: Named, recorded_at: to, from, to, failures };
        let mut batch = Batch::new();
        Entry::new(Kind::Summary, now, record::write(&record).map_err(Fault::new)?)?.append(&mut batch, ledger);
        self.store.db().commit(batch).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Counts, NAMED};
    use crate::network::ledger::Open;

    #[test]
    fn made_up_senders_beyond_some_tens_are_counted_as_one() {
        let ledger = Open { id: "l".to_owned(), origin: "o".to_owned(), verifier: "v".to_owned() };
        let mut counts = Counts::default();
        for n in 0..5000 {
            counts.add(&ledger, "gateway", &format!("nobody-{n}"), "participant_unknown");
        }
        counts.add(&ledger, "gateway", "bank", "signature_invalid");
        counts.add(&ledger, "gateway", "nobody-0", "participant_unknown");
        assert_eq!(counts.of.len(), NAMED + 2);
        let of = |claimed: &str| counts.of.iter().find(|(failure, _)| failure.claimed == claimed).map(|(_, n)| *n);
        assert_eq!(of(""), Some(5000 - NAMED as u64), "none is lost");
        assert_eq!((of("nobody-0"), of("bank")), (Some(2), Some(1)), "a real one is not crowded out");
        let mut next = Counts::default();
        next.add(&ledger, "gateway", "bank", "signature_invalid");
        next.add_back(&counts, &ledger);
        assert_eq!((next.of.values().sum::<u64>(), next.of.len()), (5003, NAMED + 2), "what can't be written stays");
    }
}
