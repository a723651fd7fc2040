//! The end of a ledger: closed for good, or left for one under a new name that commits to its last head.

use std::collections::HashSet;
use std::time::Duration;

use ledger::record::{self, MoveRecord, Named, Version};
use ledger::text::UtcTime;
use ledger::{Checkpoint, Kind, Note};
use store::Batch;
use store::ledger::LedgerRow;

use crate::network::Network;
use crate::network::entry::Entry;
use crate::network::ledger::Open;
use crate::network::witnesses::Said;
use crate::{Core, Error, Fault, Plan, Refusal, Result};

/// Looks at a new ledger until it has its first entries, and the time between two.
const PATIENCE: u32 = 300;
const STEP: Duration = Duration::from_millis(100);
/// Why a ledger goes on from one of another server.
const IMPORTED: &str = "the realm was imported with its registry";

/// A realm that has no open ledger.
pub const NO_LEDGER: Refusal = Refusal::new(404, "not_found", "The realm has no open ledger", "");
/// A ledger whose last entries have no index yet.
pub const STILL_WAITING: Refusal = Refusal::new(409, "conflict", "", "");

/// A ledger that was left for another.
#[derive(Clone, Debug)]
pub struct Moved {
    /// The old ledger as the store has it.
    pub old: LedgerRow,
    /// The size of the old ledger's last head that is known; what is above the store's size is missing.
    pub last: u64,
    /// How many of its entries got no index there, and get one in the new ledger.
    pub waiting: u64,
    /// The new ledger.
    pub new: Open,
}

impl Moved {
    /// How many entries were signed and are not in the store.
    pub fn missing(&self) -> u64 {
        self.last.saturating_sub(u64::try_from(self.old.size).unwrap_or(0))
    }
}

impl Core {
    /// Ends a realm's ledger: what waits gets its index first. Its evidence stays, and the realm is one without
    /// participants from then on.
    ///
    /// # Errors
    /// [`NO_LEDGER`]; [`STILL_WAITING`] where another node gives indexes, or the ledger may not be signed.
    pub async fn close_ledger(&self, realm_id: &str) -> Result<LedgerRow> {
        let open = store::ledger::find_open(&self.store, realm_id).await?.ok_or(NO_LEDGER)?;
        self.sequence(&open.id).await?;
        let waiting = store::ledger::count_waiting(&self.store, &open.id).await?;
        if waiting > 0 {
            let text = format!("{waiting} entries of {} have no index yet", open.origin);
            let why = self.refused_ledgers().into_iter().next().unwrap_or_else(|| "try again in a moment".to_owned());
            return Err(STILL_WAITING.describe(format!("{text}: {why}")).into());
        }
        let mut batch = Batch::new();
        // An entry that was added since it was counted is waited for by whoever asks again.
        store::ledger::close_settled(&mut batch, &open.id);
        store::realms::touch(&mut batch, realm_id);
        match self.store.db().commit(batch).await.map_err(Error::from) {
            Err(Error::Lost(store::ledger::WAITING)) => {
                let text = format!("An entry has just been added to {}: try again", open.origin);
                return Err(STILL_WAITING.describe(text).into());
            }
            committed => committed?,
        };
        store::ledger::find(&self.store, &open.id).await?.ok_or_else(|| Fault::new("a ledger is gone").into())
    }

    /// Opens a ledger under a new name that commits to the last head of the realm's present one, which is closed. The
    /// registry's records stand in the new one again, so that verdicts there can be proved by it alone.
    ///
    /// # Errors
    /// [`NO_LEDGER`].
    pub async fn recover_ledger(&self, plan: &Plan, reason: &str) -> Result<Moved> {
        let realm_id = &plan.realm.id;
        let newest = store::ledger::of_realm(&self.store, realm_id).await?;
        let old = newest.into_iter().next().ok_or(NO_LEDGER)?;
        if !old.closed {
            // What can still get its index gets it.
            self.sequence(&old.id).await?;
        }
        let old = store::ledger::find(&self.store, &old.id).await?.ok_or(NO_LEDGER)?;
        let waiting = store::ledger::pending(&self.store, &old.id, i64::MAX).await?;
        let waiting: HashSet<String> = waiting.into_iter().map(|entry| entry.id).collect();
        let (last, note) = self.cosigned_head(plan.network.as_ref(), &old).await?;
        let now_ms = self.clock.now_ms();
        let mut batch = Batch::long();
        if !old.closed {
            store::ledger::close(&mut batch, &old.id);
        }
        let new = self.open_ledger(&mut batch, plan).await?;
        enter_move(&mut batch, &new, now_ms, (&old.origin, note), reason)?;
        store::ledger::has_gone_on(&mut batch, realm_id);
        let entered = self.enter_registry(&mut batch, realm_id, &new, &waiting).await?;
        store::realms::touch(&mut batch, realm_id);
        self.store.db().commit(batch).await?;
        let waiting = self.carry(realm_id, &new, 1 + entered).await?;
        Ok(Moved { old, last, waiting, new })
    }

    /// Lets a ledger that is being opened go on from the one that the realm had on the server which it was imported from, if
    /// its file told.
    pub(super) async fn go_on_from_elsewhere(&self, batch: &mut Batch, realm_id: &str, new: &Open) -> Result<()> {
        let elsewhere = store::ledger::elsewhere(&self.store, realm_id).await?;
        if let Some(old) = elsewhere.into_iter().find(|old| old.is_next) {
            enter_move(batch, new, self.clock.now_ms(), (&old.origin, old.checkpoint), IMPORTED)?;
            store::ledger::has_gone_on(batch, realm_id);
        }
        Ok(())
    }

    /// Carries over what still waits in closed ledgers of a realm, where leaving one was cut short; how many entries.
    ///
    /// # Errors
    /// [`NO_LEDGER`].
    pub async fn carry_rest(&self, realm_id: &str) -> Result<u64> {
        let open = store::ledger::find_open(&self.store, realm_id).await?.ok_or(NO_LEDGER)?;
        // Behind all that the new one has by now: the move, and the registry that verdicts name.
        let size = open.size + store::ledger::count_waiting(&self.store, &open.id).await?;
        self.carry(realm_id, &open.into(), size).await
    }

    /// Carries over what waited in the ledger before, once the new one has its first entries: the move, and the registry
    /// that verdicts name.
    async fn carry(&self, realm_id: &str, new: &Open, size: i64) -> Result<u64> {
        for _ in 0..PATIENCE {
            self.sequence(&new.id).await?;
            let row = store::ledger::find(&self.store, &new.id).await?.ok_or(NO_LEDGER)?;
            if row.size < size {
                // Another node holds the lease, and gives the indexes.
                tokio::time::sleep(STEP).await;
                continue;
            }
            let mut batch = Batch::new();
            let carried = store::ledger::carry(&mut batch, realm_id, &new.id, size);
            let carried = self.store.db().commit(batch).await?.rows(carried);
            self.sequence(&new.id).await?;
            return Ok(carried);
        }
        Err(Fault::unavailable("the new ledger gives no indexes: what waited in the old one still does").into())
    }

    /// The largest head of a ledger that is known here, and its size, with the lines of those witnesses that can be reached:
    /// what goes on elsewhere commits to it.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn cosigned_head(&self, network: Option<&Network>, ledger: &LedgerRow) -> Result<(u64, String)> {
        let (size, text) = self.last_head(ledger).await?;
        let witnesses = network.map(|network| network.times.witnesses.as_slice()).unwrap_or_default();
        let mut note = Note::parse(text.as_bytes()).map_err(Fault::new)?;
        // Of what is not in the store nothing can be shown to them.
        for witness in witnesses.iter().filter(|_| i64::try_from(size) == Ok(ledger.size)) {
            if note.lines.iter().any(|line| line.is_of(&witness.key)) {
                continue;
            }
            match self.ask_witness(&ledger.id, witness, &note, size).await? {
                Said::Cosigned(line, _) => note.lines.push(line),
                said => tracing::warn!(witness = witness.key.name(), ?said, "the last head is not cosigned"),
            }
        }
        Ok((size, note.to_string()))
    }

    /// The largest head of a ledger that is known here: the store's, one that others signed, or the one remembered.
    async fn last_head(&self, ledger: &LedgerRow) -> Result<(u64, String)> {
        let others = store::heads::newest(&self.store, &ledger.id).await?.map(|head| head.note);
        let keys = self.ledger_verifiers(ledger).await?;
        let own = self.remembered.read(ledger, &keys).map(|(_, note)| note.to_string());
        let mut last: Option<(u64, String)> = None;
        // The first of a size counts: the lines of others are on it.
        for note in others.into_iter().chain([ledger.checkpoint.clone()]).chain(own) {
            let size = Note::parse(note.as_bytes()).and_then(|note| Checkpoint::parse(&note.text));
            let size = size.map_err(Fault::new)?.size;
            if last.as_ref().is_none_or(|(before, _)| size > *before) {
                last = Some((size, note));
            }
        }
        last.ok_or_else(|| Fault::new("a ledger without a head").into())
    }
}

/// Begins a ledger with the entry that commits to the last head of another, by its origin and its note.
fn enter_move(batch: &mut Batch, new: &Open, now_ms: i64, old: (&str, String), reason: &str) -> Result<()> {
    let record = MoveRecord {
        v: Version,
        kind: Named,
        recorded_at: UtcTime(u64::try_from(now_ms).unwrap_or(0)),
        old_origin: old.0.to_owned(),
        old_checkpoint: old.1,
        reason: reason.to_owned(),
    };
    Entry::new(Kind::Move, now_ms, record::write(&record).map_err(Fault::new)?)?.append(batch, new);
    Ok(())
}
