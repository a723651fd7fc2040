//! Times of a ledger's heads that are not the operator's word: by witnesses, and by a timestamp authority.
//!
//! Each is kept beside its head, and becomes an entry: whatever is sequenced after that entry is later than the time.

use std::sync::PoisonError;

use ledger::note::SignatureLine;
use ledger::record::{self, Named, RenewalRecord, TimeForm, TimeRecord, Version};
use ledger::text::{Octets, UtcTime};
use ledger::{Kind, Note};
use model::Realm;
use store::Batch;
use store::heads::HeadRow;
use store::ledger::LedgerRow;

use crate::network::attribute;
use crate::network::entry::Entry;
use crate::network::heads::of_receipts;
use crate::network::ledger::Open;
use crate::network::witnesses::{self, Witness};
use crate::{Core, Fault, Result};

/// Witnesses: lines, or a JSON list, of `VKEY URL`.
pub const WITNESSES: &str = "countersign.witnesses";
/// The URL of a timestamp authority.
pub const AUTHORITY: &str = "countersign.timestamp-url";
/// Seconds between two outside times.
pub const EVERY: &str = "countersign.time-every";
/// Days before the end of an authority's certificate at which its timestamps are renewed by one that lasts longer.
pub const RENEW_BEFORE: &str = "countersign.renew-before-days";
/// Seconds that the newest outside time may be old.
pub const AT_LEAST_EVERY: &str = "countersign.time-at-least-every";
/// Whether no message is recorded while it is older.
pub const REFUSE_WITHOUT: &str = "countersign.refuse-without-time";

const USUAL_EVERY: i64 = 600;
/// Days.
const USUAL_RENEWAL: i64 = 90;
const LONGEST_RENEWAL: i64 = 3650;
const HOUR_MS: i64 = 3600 * 1000;
const DAY_MS: i64 = 24 * 3600 * 1000;
/// A year, in seconds.
pub(super) const LONGEST: i64 = 366 * 24 * 3600;

/// Who shows a realm's ledger its time, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Times {
    /// Witnesses of its checkpoints.
    pub witnesses: Vec<Witness>,
    /// The URL of a timestamp authority [RFC3161-3.4].
    pub authority: Option<String>,
    /// Milliseconds between two times.
    pub every_ms: i64,
    /// Milliseconds before the end of an authority's certificate at which its timestamps are renewed.
    pub renew_before_ms: i64,
    /// Milliseconds that the newest may be old, if the realm says so.
    pub at_least_every_ms: Option<i64>,
    /// Whether no message is recorded while it is older.
    pub refuses_without: bool,
}

impl Times {
    pub(super) fn read(realm: &Realm) -> Self {
        let seconds = |name| {
            let number: Option<i64> = attribute(realm, name).and_then(|text| text.parse().ok());
            number.map(|seconds| seconds.clamp(1, LONGEST))
        };
        let renew_before: Option<i64> = attribute(realm, RENEW_BEFORE).and_then(|text| text.parse().ok());
        let renew_before = renew_before.unwrap_or(USUAL_RENEWAL).clamp(0, LONGEST_RENEWAL);
        Self {
            witnesses: witnesses::read(attribute(realm, WITNESSES)),
            authority: attribute(realm, AUTHORITY).map(str::to_owned),
            every_ms: seconds(EVERY).unwrap_or(USUAL_EVERY) * 1000,
            renew_before_ms: renew_before * DAY_MS,
            at_least_every_ms: seconds(AT_LEAST_EVERY).map(|seconds| seconds * 1000),
            refuses_without: attribute(realm, REFUSE_WITHOUT) == Some("true"),
        }
    }

    /// Whether anybody is asked for the time.
    pub fn is_asked(&self) -> bool {
        self.authority.is_some() || !self.witnesses.is_empty()
    }
}

/// What was heard of a head's time.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    /// Lines of witnesses, each with its second since 1970.
    pub lines: Vec<(SignatureLine, u64)>,
    /// An authority's timestamp.
    pub stamp: Option<Stamp>,
    /// Where that one is to outlive those before it: when their certificate ends, in milliseconds.
    pub renews: Option<i64>,
}

/// An authority's timestamp.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// In DER.
    pub der: Vec<u8>,
    /// Its second since 1970.
    pub second: u64,
    /// The second at which its authority's certificate ends.
    pub until: u64,
}

impl Heard {
    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.stamp.is_none()
    }
}

impl Core {
    /// Keeps what was heard of a ledger's head, and enters each time into the ledger.
    ///
    /// # Errors
    /// When the store can't be written.
    pub async fn keep_times(&self, row: &LedgerRow, heard: Heard) -> Result<()> {
        let now_ms = self.clock.now_ms();
        let mut note = Note::parse(row.checkpoint.as_bytes()).map_err(Fault::new)?;
        let of_lines = heard.lines.iter().map(|(_, second)| *second);
        let newest = of_lines.chain(heard.stamp.iter().map(|stamp| stamp.second)).max().unwrap_or(0);
        let mut batch = Batch::new();
        let ledger = Open::from(row.clone());
        let line = |(line, _): &(SignatureLine, u64)| (TimeForm::Cosignature, line.to_string().into_bytes());
        let renewed = heard.stamp.as_ref().zip(heard.renews);
        let stamp = heard.stamp.iter().filter(|_| renewed.is_none());
        let stamp = stamp.map(|stamp| (TimeForm::Rfc3161, stamp.der.clone()));
        for (form, token) in heard.lines.iter().map(line).chain(stamp) {
            let record = TimeRecord {
                v: Version,
                kind: Named,
                recorded_at: UtcTime(u64::try_from(now_ms).unwrap_or(0)),
                checkpoint: of_receipts(&row.checkpoint),
                form,
                token: Octets(token),
            };
            Entry::new(Kind::Time, now_ms, record::write(&record).map_err(Fault::new)?)?.append(&mut batch, &ledger);
        }
        if let Some((stamp, ends)) = renewed {
            let record = RenewalRecord {
                v: Version,
                kind: Named,
                recorded_at: UtcTime(u64::try_from(now_ms).unwrap_or(0)),
                checkpoint: of_receipts(&row.checkpoint),
                token: Octets(stamp.der.clone()),
                ends: UtcTime(u64::try_from(ends).unwrap_or(0)),
                until: UtcTime(stamp.until.saturating_mul(1000)),
            };
            let octets = record::write(&record).map_err(Fault::new)?;
            Entry::new(Kind::Renewal, now_ms, octets)?.append(&mut batch, &ledger);
        }
        note.lines.extend(heard.lines.into_iter().map(|(line, _)| line));
        let head = HeadRow {
            size: row.size,
            note: note.to_string(),
            stamp_until: heard
                .stamp
                .as_ref()
                .map(|stamp| i64::try_from(stamp.until.saturating_mul(1000)).unwrap_or(i64::MAX)),
            stamp: heard.stamp.map(|stamp| stamp.der),
            time_ms: i64::try_from(newest.saturating_mul(1000)).unwrap_or(i64::MAX),
        };
        store::heads::put(&mut batch, &row.id, &head);
        store::ledger::set_checkpoint(&mut batch, &row.id, row.size, &head.note);
        self.store.db().commit(batch).await?;
        self.standings.remove(&row.id);
        self.wake_sequencer();
        Ok(())
    }

    /// When the certificate under a ledger's newest timestamp ends, in milliseconds, if that is soon enough for the realm to
    /// have it renewed, and the ledger holds that timestamp.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn ends_soon(&self, times: &Times, row: &LedgerRow) -> Result<Option<i64>> {
        let newest = store::heads::newest_stamped(&self.store, &row.id).await?.filter(|head| head.size < row.size);
        let latest = self.clock.now_ms().saturating_add(times.renew_before_ms);
        Ok(newest.and_then(|head| head.stamp_until).filter(|until| *until <= latest))
    }

    /// Whether a ledger's authority was not asked for the sake of a renewal within the last hour; then it is now.
    pub fn may_renew(&self, ledger_id: &str) -> bool {
        let now = self.clock.now_ms();
        let is_due = self.renewals.get(ledger_id).is_none_or(|asked| now - asked >= HOUR_MS);
        if is_due {
            self.renewals.insert(ledger_id.to_owned(), now);
        }
        is_due
    }

    /// Says which ledgers' times are too old, for whoever looks after this node; None where no ledger is open.
    pub fn set_late_ledgers(&self, late: Option<Vec<String>>) {
        let mut known = self.late.lock().unwrap_or_else(PoisonError::into_inner);
        if *known != late {
            for sentence in late.iter().flatten() {
                tracing::error!(sentence, "somebody should look at a ledger");
            }
            *known = late;
        }
    }

    /// Whether there is a ledger to look after: one was open at the last look, or is refused.
    pub fn has_ledgers(&self) -> bool {
        let is_open = self.late.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        is_open || !self.refused_ledgers().is_empty()
    }

    /// What somebody should look at, in a sentence each: ledgers whose newest outside time was too old at the last look, or
    /// that lacked a profile then, what witnesses say against them, those that refuse, and records that can't be read.
    pub fn late_ledgers(&self) -> Vec<String> {
        let late = self.late.lock().unwrap_or_else(PoisonError::into_inner).clone();
        late.into_iter().flatten().chain(self.complaints()).chain(self.unreadable_records()).collect()
    }
}
