//! Gives the entries of ledgers their indexes, in the order of their arrival, and signs the tree that they make.
//!
//! One node at a time holds a ledger's lease; what makes the indexes right is not the lease but that a batch counts only
//! where the ledger is as large as it was read. No index is skipped and none is used twice.

use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::time::Duration;

use ledger::record::{self, Named, RangeRecord, Version};
use ledger::text::{Digest, UtcTime};
use ledger::tile::{Edge, TileId};
use ledger::witness::Head;
use ledger::{Checkpoint, Hash, Kind, Leaf, hash};
use serde::Deserialize;
use store::Batch;
use store::ledger::{EntryRow, Growth, LedgerRow, MessageRow};

use crate::network::entry::Entry;
use crate::network::ledger_keys;
use crate::{Core, Error, Fault, Result};

/// Entries that get their indexes at once.
const AT_ONCE: i64 = 512;
/// Entries that get their indexes before another ledger has its turn, at least.
const A_TURN: u64 = 8 * AT_ONCE as u64;
/// How long a node that says nothing holds a ledger.
const LEASE_MS: i64 = 8_000;
/// How long the sequencer sleeps unless somebody wakes it: entries of other nodes are seen this late.
const IDLE: Duration = Duration::from_millis(500);
/// Between two batches, so that entries gather, and one signature and one look at the disk are for many. Whoever comes when
/// nothing was going on waits for none of it.
const GATHER: Duration = Duration::from_millis(250);
/// Ledgers whose key is kept in memory.
pub(crate) const SIGNERS: usize = 100;

/// A ledger as this batch leaves it.
struct Batching<'b> {
    batch: &'b mut Batch,
    ledger: &'b LedgerRow,
    hashes: Vec<Hash>,
    /// Ids of entries whose records can't be read: they get their index, and nothing finds them but their time.
    unreadable: Vec<String>,
}

/// What a message is found by, read without the rest: the record was written, and its spelling checked, here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Searched {
    recorded_at: UtcTime,
    participant_role_id: String,
    kid: String,
    body: SearchedBody,
    request_id: Option<String>,
    trace_id: Option<String>,
    verdict: String,
}

#[derive(Deserialize)]
struct SearchedBody {
    sha256: String,
}

impl Core {
    /// Wakes the sequencer: something waits for its index.
    pub fn wake_sequencer(&self) {
        self.sequencer.notify_one();
    }

    /// Sleeps until something may wait.
    pub async fn await_entries(&self) {
        tokio::time::sleep(GATHER).await;
        let _ = tokio::time::timeout(IDLE, self.sequencer.notified()).await;
    }

    /// Gives indexes to what waits, in every ledger whose lease this node has or gets; how many.
    ///
    /// # Errors
    /// When the store can't be read or written; the other ledgers get their turn all the same.
    pub async fn sequence_all(&self) -> Result<u64> {
        let (mut placed, mut failed) = (0, Ok(()));
        loop {
            let mut has_more = false;
            for id in store::ledger::waiting(&self.store).await? {
                match self.sequence(&id).await {
                    Ok(more) => {
                        placed += more;
                        has_more |= more >= A_TURN;
                    }
                    Err(error) => failed = Err(error),
                }
            }
            if !has_more {
                return failed.map(|()| placed);
            }
        }
    }

    /// Gives indexes to what waits in a ledger, if this node has or gets its lease; how many. After a turn of some batches
    /// the other ledgers have theirs, however much comes in here.
    ///
    /// # Errors
    /// As [`Core::sequence_all`].
    pub async fn sequence(&self, ledger_id: &str) -> Result<u64> {
        let mut placed = 0;
        while placed < A_TURN {
            let Some(ledger) = store::ledger::find(&self.store, ledger_id).await? else { return Ok(placed) };
            // One that was set back is not signed; that was logged when it was found. A node that can't sign takes no
            // lease: it would keep the others from it, and others take its holder's word for what was signed.
            if self.examine(&ledger).await?.is_some() || !self.holds(ledger_id).await? {
                return Ok(placed);
            }
            let pending = store::ledger::pending(&self.store, ledger_id, AT_ONCE).await?;
            let pending = ledger_keys::together(pending, AT_ONCE);
            if pending.is_empty() {
                return Ok(placed);
            }
            match self.place(&ledger, &pending).await {
                Ok(()) => placed += pending.len() as u64,
                // Another node has taken over.
                Err(Error::Lost(_)) => {
                    self.leases.remove(ledger_id);
                    return Ok(placed);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(placed)
    }

    /// Takes or keeps the lease of a ledger; false where another node holds it.
    ///
    /// # Errors
    /// When the store can't be written.
    pub async fn holds(&self, ledger_id: &str) -> Result<bool> {
        let now = self.clock.now_ms();
        // Each batch renews it, and counts only while it is held.
        if self.leases.get(ledger_id).is_some_and(|until| (LEASE_MS / 2..=LEASE_MS).contains(&(until - now))) {
            return Ok(true);
        }
        let holds = store::ledger::take_lease(&self.store, ledger_id, &self.node, now, now + LEASE_MS).await?;
        if holds {
            self.leases.insert(ledger_id.to_owned(), now + LEASE_MS);
        } else {
            self.leases.remove(ledger_id);
        }
        Ok(holds)
    }

    /// Gives up the leases of this node, which ends.
    ///
    /// # Errors
    /// When the store can't be written; they end by themselves then.
    pub async fn release_ledgers(&self) -> Result<()> {
        self.leases.clear();
        Ok(store::ledger::release_leases(&self.store, &self.node).await?)
    }

    async fn place(&self, ledger: &LedgerRow, pending: &[EntryRow]) -> Result<()> {
        let size = u64::try_from(ledger.size).map_err(Fault::new)?;
        let wanted: Vec<(i64, i64)> = Edge::tiles(size).into_iter().map(stored).collect();
        let tiles = store::ledger::tiles(&self.store, &ledger.id, &wanted).await?;
        let tile = |id: TileId| tiles.iter().find(|(at, _)| *at == stored(id)).map(|(_, octets)| octets.as_slice());
        let mut edge = Edge::load(size, tile).map_err(Fault::new)?;
        if edge.root().map_err(Fault::new)?.as_slice() != ledger.root {
            return Err(
                Fault::new(format!("the tiles of the ledger {} are not those of its root", ledger.origin)).into()
            );
        }
        let mut batch = Batch::new();
        let mut batching = Batching { batch: &mut batch, ledger, hashes: Vec::new(), unreadable: Vec::new() };
        let mut of_roles: BTreeMap<String, Vec<Digest>> = BTreeMap::new();
        store::ledger::place(batching.batch, ledger, ledger.size, pending);
        for entry in pending {
            let position = batching.place(entry);
            if let Some(role) = batching.index(entry, position) {
                let id = hash::leaf_hash(&entry.leaf);
                of_roles.entry(role).or_default().push(Digest(id));
            }
        }
        let now = self.clock.now_ms();
        let to = size + batching.hashes.len() as u64;
        for (role, leaves) in of_roles {
            let before = store::ledger::newest_range(&self.store, &ledger.id, &role, i64::MAX).await?;
            batching.add_range(now, role, (before, to), leaves)?;
        }
        let Batching { hashes, unreadable, .. } = batching;
        let changed = edge.append(&hashes);
        let root = edge.root().map_err(Fault::new)?;
        for (id, octets) in &changed {
            let (level, n) = stored(*id);
            store::ledger::put_tile(&mut batch, &ledger.id, level, n, octets);
        }
        let next = self.next_signers(ledger, pending).await?;
        let signers = self.signers_of(ledger).await?;
        let note = signers.sign(&Checkpoint::new(&ledger.origin, edge.size(), root), next.as_ref(), now)?;
        if let Some(next) = &next {
            signers.hand_over(&mut batch, ledger, next, &note.to_string());
        }
        let growth = Growth {
            from: ledger.size,
            to: ledger.size + hashes.len() as i64,
            root: &root,
            checkpoint: &note.to_string(),
            now_ms: now,
            holder: &self.node,
            lease_ms: now + LEASE_MS,
        };
        store::ledger::grow(&mut batch, &ledger.id, &growth);
        self.store.db().commit(batch).await?;
        self.leases.insert(ledger.id.clone(), now + LEASE_MS);
        self.signed(&ledger.id, Head { size: edge.size(), root }, &note.to_string()).await;
        self.tell_unreadable(ledger, &unreadable);
        Ok(())
    }

    fn tell_unreadable(&self, ledger: &LedgerRow, ids: &[String]) {
        for id in ids {
            tracing::error!(origin = %ledger.origin, id, "an entry got its index, and its record can't be read");
        }
        if !ids.is_empty() {
            let mut unreadable = self.unreadable.lock().unwrap_or_else(PoisonError::into_inner);
            *unreadable.entry(ledger.origin.clone()).or_default() += ids.len() as u64;
        }
    }

    /// Entries whose records can't be read, in a sentence for each ledger.
    pub(crate) fn unreadable_records(&self) -> Vec<String> {
        let unreadable = self.unreadable.lock().unwrap_or_else(PoisonError::into_inner);
        let say = |(origin, count): (&String, &u64)| {
            format!(
                "The ledger {origin} has {count} new entries whose records can't be read: a search finds them by their time alone"
            )
        };
        unreadable.iter().map(say).collect()
    }
}

impl Batching<'_> {
    /// Counts an entry, which has the next index.
    fn place(&mut self, entry: &EntryRow) -> i64 {
        let position = self.next();
        self.hashes.push(hash::leaf_hash(&entry.leaf));
        position
    }

    fn next(&self) -> i64 {
        self.ledger.size + self.hashes.len() as i64
    }

    /// Lets what an entry tells be found, and says which role it is about.
    fn index(&mut self, entry: &EntryRow, position: i64) -> Option<String> {
        let kind = u8::try_from(entry.kind).ok().and_then(Kind::of_number);
        let role = match (kind, entry.record.as_deref()) {
            (Some(Kind::Message | Kind::Report), Some(record)) => self.index_message(record, position),
            (Some(Kind::Registry), Some(record)) => registry::Record::parse(record).ok().map(|record| record.subject),
            (Some(_), Some(_)) => return None,
            _ => None,
        };
        if role.is_none() {
            self.unreadable.push(entry.id.clone());
            // Whatever it is, it is erased when it is old.
            if let Some(leaf) = Leaf::parse(&entry.leaf).ok().filter(|leaf| leaf.kind.is_verdict()) {
                let time_ms = i64::try_from(leaf.at_ms).unwrap_or(i64::MAX);
                let row = MessageRow { position, time_ms, ..MessageRow::default() };
                store::ledger::index_message(self.batch, self.ledger, &row);
            }
        }
        role
    }

    fn index_message(&mut self, record: &[u8], position: i64) -> Option<String> {
        let message: Searched = serde_json::from_slice(record).ok()?;
        let row = MessageRow {
            position,
            role_id: message.participant_role_id.clone(),
            time_ms: i64::try_from(message.recorded_at.0).unwrap_or(i64::MAX),
            kid: Some(message.kid).filter(|kid| !kid.is_empty()),
            digest: message.body.sha256,
            request_id: message.request_id.filter(|id| can_be_sought(id)),
            trace_id: message.trace_id.filter(|id| can_be_sought(id)),
            verdict: message.verdict,
        };
        store::ledger::index_message(self.batch, self.ledger, &row);
        Some(message.participant_role_id)
    }

    /// Says which leaves of a role came since the role's last range, so that its complete history can be shown alone.
    fn add_range(
        &mut self,
        now: i64,
        role: String,
        (before, to): (Option<store::ledger::RangeRow>, u64),
        leaves: Vec<Digest>,
    ) -> Result<()> {
        let prev = before.as_ref().and_then(|range| range.digest.as_slice().try_into().ok()).map(Digest);
        let record = RangeRecord {
            v: Version,
            kind: Named,
            recorded_at: UtcTime(u64::try_from(now).unwrap_or(0)),
            participant_role_id: role.clone(),
            from: before.map_or(0, |range| u64::try_from(range.until).unwrap_or(0)),
            to,
            leaves,
            prev,
        };
        let octets = record::write(&record).map_err(Fault::new)?;
        let position = self.next();
        let range = store::ledger::RangeRow {
            until: i64::try_from(to).map_err(Fault::new)?,
            position,
            digest: hash::sha256(&octets).to_vec(),
        };
        let entry = Entry::new(Kind::Range, now, octets)?;
        let row = EntryRow { position: Some(position), ..entry.row() };
        store::ledger::append_placed(self.batch, self.ledger, &row);
        store::ledger::add_range(self.batch, &self.ledger.id, &role, &range);
        self.hashes.push(entry.leaf.id());
        Ok(())
    }
}

/// Whether a text fits into a column: PostgreSQL's hold all but NUL, and a sender may write what it likes.
fn can_be_sought(id: &str) -> bool {
    !id.contains('\0')
}

pub(crate) fn stored(id: TileId) -> (i64, i64) {
    (i64::from(id.level), i64::try_from(id.n).unwrap_or(i64::MAX))
}
