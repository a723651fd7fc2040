//! Times of a ledger's heads that are not the operator's word: by witnesses, and by a timestamp authority.
//!
//! Each is kept beside its head, and becomes an entry: whatever is sequenced after that entry is later than the time.

use std::sync::PoisonError;

use ledger::note::SignatureLine;
use ledger::record::{self, Named, TimeForm, TimeRecord, Version};
use ledger::text::{Octets, UtcTime};
use ledger::{Kind, Note};
use model::Realm;
use store::Batch;
use store::heads::HeadRow;
use store::ledger::LedgerRow;

use crate::network::attribute;
use crate::network::entry::Entry;
use crate::network::ledger::Open;
use crate::network::witnesses::{self, Witness};
use crate::{Core, Fault, Result};

/// Witnesses: lines, or a JSON list, of `VKEY URL`.
pub const WITNESSES: &str = "countersign.witnesses";
/// The URL of a timestamp authority.
pub const AUTHORITY: &str = "countersign.timestamp-url";
/// Seconds between two outside times.
pub const EVERY: &str = "countersign.time-every";
/// Seconds that the newest outside time may be old.
pub const AT_LEAST_EVERY: &str = "countersign.time-at-least-every";
/// Whether nothing is recorded while it is older.
pub const REFUSE_WITHOUT: &str = "countersign.refuse-without-time";

const USUAL_EVERY: i64 = 600;
/// A year, in seconds.
const LONGEST: i64 = 366 * 24 * 3600;

/// Who shows a realm's ledger its time, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Times {
    /// Witnesses of its checkpoints.
    pub witnesses: Vec<Witness>,
    /// The URL of a timestamp authority [RFC3161-3.4].
    pub authority: Option<String>,
    /// Milliseconds between two times.
    pub every_ms: i64,
    /// Milliseconds that the newest may be old, if the realm says so.
    pub at_least_every_ms: Option<i64>,
    /// Whether nothing is recorded while it is older.
    pub refuses_without: bool,
}

impl Times {
    pub(super) fn read(realm: &Realm) -> Self {
        let seconds = |name| {
            let number: Option<i64> = attribute(realm, name).and_then(|text| text.parse().ok());
            number.map(|seconds| seconds.clamp(1, LONGEST))
        };
        Self {
            witnesses: witnesses::read(attribute(realm, WITNESSES)),
            authority: attribute(realm, AUTHORITY).map(str::to_owned),
            every_ms: seconds(EVERY).unwrap_or(USUAL_EVERY) * 1000,
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
    /// An authority's timestamp in DER, and its second.
    pub stamp: Option<(Vec<u8>, u64)>,
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
        let newest = of_lines.chain(heard.stamp.iter().map(|(_, second)| *second)).max().unwrap_or(0);
        let mut batch = Batch::new();
        let ledger = Open::from(row.clone());
        let line = |(line, _): &(SignatureLine, u64)| (TimeForm::Cosignature, line.to_string().into_bytes());
        let stamp = heard.stamp.iter().map(|(der, _)| (TimeForm::Rfc3161, der.clone()));
        for (form, token) in heard.lines.iter().map(line).chain(stamp) {
            let record = TimeRecord {
                v: Version,
                kind: Named,
                recorded_at: UtcTime(u64::try_from(now_ms).unwrap_or(0)),
                checkpoint: row.checkpoint.clone(),
                form,
                token: Octets(token),
            };
            Entry::new(Kind::Time, now_ms, record::write(&record).map_err(Fault::new)?)?.append(&mut batch, &ledger);
        }
        note.lines.extend(heard.lines.into_iter().map(|(line, _)| line));
        let head = HeadRow {
            size: row.size,
            note: note.to_string(),
            stamp: heard.stamp.map(|(der, _)| der),
            time_ms: i64::try_from(newest.saturating_mul(1000)).unwrap_or(i64::MAX),
        };
        store::heads::put(&mut batch, &row.id, &head);
        store::ledger::set_checkpoint(&mut batch, &row.id, row.size, &head.note);
        self.store.db().commit(batch).await?;
        self.standings.remove(&row.id);
        self.wake_sequencer();
        Ok(())
    }

    /// Says which ledgers' times are too old, for whoever looks after this node.
    pub fn set_late_ledgers(&self, late: Vec<String>) {
        let mut known = self.late.lock().unwrap_or_else(PoisonError::into_inner);
        if *known != late {
            for sentence in &late {
                tracing::error!(sentence, "a ledger lacks an outside time");
            }
            *known = late;
        }
    }

    /// What somebody should look at, in a sentence each: ledgers whose newest outside time was too old at the last look,
    /// what witnesses say against them, and records that can't be read.
    pub fn late_ledgers(&self) -> Vec<String> {
        let late = self.late.lock().unwrap_or_else(PoisonError::into_inner).clone();
        late.into_iter().chain(self.doubts()).chain(self.unreadable_records()).collect()
    }
}
