//! The heads of a ledger that show when messages came into it, for a bundle.

use std::collections::BTreeMap;

use domain::network::ledger::Open;
use domain::network::standing::consistency;
use domain::{Core, Fault, Result};
use evidence::bundle::Head;
use ledger::record::{self, RenewalRecord, TimeRecord};
use ledger::text::{Digest, Octets};
use ledger::{Checkpoint, Kind, Note};
use store::heads::HeadRow;
use store::ledger::EntryRow;

/// Entries that brought in the same head's time: one by each witness and one by the authority, at most.
const MOST_TIMES: i64 = 16;
/// Renewals in a ledger's life, some one in a year.
const MOST_RENEWALS: i64 = 200;

/// What stands around messages: heads with outside times, and entries of such times.
pub(crate) struct Around {
    /// From the oldest to the newest, each shown to go on from the one before.
    pub(crate) heads: Vec<Head>,
    /// The size under which everything is proved.
    pub(crate) size: u64,
    /// Entries of times before each message.
    pub(crate) times: Vec<EntryRow>,
}

impl Around {
    /// For each message the oldest head with an outside time that holds it, and the times entered before it. The newest head
    /// is the newest with an outside time, if it holds all that is claimed, and else the ledger's own.
    pub(crate) async fn of(core: &Core, ledger: &Open, messages: &[EntryRow], end: i64) -> Result<Self> {
        let store = &core.store;
        let mut rows: BTreeMap<i64, HeadRow> = BTreeMap::new();
        let mut times: BTreeMap<i64, EntryRow> = BTreeMap::new();
        let mut handovers: BTreeMap<i64, HeadRow> = BTreeMap::new();
        for index in messages.iter().filter_map(|message| message.position) {
            if let Some(head) = store::heads::first_with(store, &ledger.id, index).await? {
                rows.insert(head.size, head);
            }
            let kind = i64::from(Kind::Time.number());
            for time in store::ledger::last_of_kind(store, &ledger.id, kind, index, MOST_TIMES).await? {
                times.extend(time.position.map(|at| (at, time)));
            }
        }
        for key in store::ledger_keys::list(store, &ledger.id).await? {
            let Some(note) = key.handover else { continue };
            let size =
                Note::parse(note.as_bytes()).and_then(|note| Checkpoint::parse(&note.text)).map_err(Fault::new)?.size;
            let size = i64::try_from(size).map_err(Fault::new)?;
            handovers.insert(size, HeadRow { size, note, stamp: None, stamp_until: None, time_ms: 0 });
        }
        match store::heads::newest(store, &ledger.id).await? {
            Some(newest) if newest.size >= end => {
                rows.insert(newest.size, newest);
            }
            _ => {
                let own = store::ledger::find(store, &ledger.id).await?;
                let own = own.ok_or_else(|| Fault::new("a ledger is gone"))?;
                let head = HeadRow { size: own.size, note: own.checkpoint, stamp: None, stamp_until: None, time_ms: 0 };
                rows.entry(own.size).or_insert(head);
            }
        }
        // The checkpoints by which new keys took over, as far as what is shown reaches.
        let newest = rows.keys().last().copied().unwrap_or(0);
        for (size, head) in handovers {
            if size <= newest {
                rows.entry(size).or_insert(head);
            }
        }
        // What shows that timestamps were there before their authority aged: their entries, and the heads stamped anew.
        let renewal = i64::from(Kind::Renewal.number());
        for entry in store::ledger::first_of_kind(store, &ledger.id, renewal, 0, MOST_RENEWALS).await? {
            let record = entry.record.as_deref().and_then(|octets| record::parse::<RenewalRecord>(octets).ok());
            let size = record.and_then(|record| Note::parse(record.checkpoint.as_bytes()).ok());
            let size =
                size.and_then(|note| Checkpoint::parse(&note.text).ok()).and_then(|head| i64::try_from(head.size).ok());
            if let Some(size) = size.filter(|size| *size <= newest)
                && let Some(head) = store::heads::of_size(store, &ledger.id, size).await?
            {
                rows.entry(size).or_insert(head);
            }
            times.extend(entry.position.map(|at| (at, entry)));
        }
        for size in rows.values().filter(|head| head.stamp.is_some()).map(|head| head.size) {
            let kind = i64::from(Kind::Time.number());
            for time in store::ledger::first_of_kind(store, &ledger.id, kind, size, MOST_TIMES).await? {
                let record = time.record.as_deref().and_then(|octets| record::parse::<TimeRecord>(octets).ok());
                if record.is_some_and(|record| is_of(&record.checkpoint, size)) {
                    times.extend(time.position.map(|at| (at, time)));
                }
            }
        }
        let mut heads = Vec::with_capacity(rows.len());
        let mut size = 0;
        for row in rows.into_values() {
            let note = Note::parse(row.note.as_bytes()).map_err(Fault::new)?;
            let now = Checkpoint::parse(&note.text).map_err(Fault::new)?.size;
            let hashes = if heads.is_empty() { Vec::new() } else { consistency(core, &ledger.id, size, now).await? };
            heads.push(Head {
                note: row.note,
                consistency: hashes.into_iter().map(Digest).collect(),
                timestamps: row.stamp.map(Octets).into_iter().collect(),
            });
            size = now;
        }
        times.retain(|at, _| u64::try_from(*at).is_ok_and(|at| at < size));
        Ok(Self { heads, size, times: times.into_values().collect() })
    }
}

/// Whether a checkpoint is of that size.
fn is_of(checkpoint: &str, size: i64) -> bool {
    let head = Note::parse(checkpoint.as_bytes()).and_then(|note| Checkpoint::parse(&note.text));
    head.is_ok_and(|head| i64::try_from(head.size) == Ok(size))
}
