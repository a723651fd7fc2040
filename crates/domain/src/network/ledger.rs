//! A realm's ledger: opened when it is first needed, and who its next entries are given their indexes by.

use std::collections::HashSet;

use ledger::{Checkpoint, Kind, hash};
use store::Batch;
use store::ledger::LedgerRow;
use store::ledger_keys::State;

use crate::network::entry::Entry;
use crate::network::ledger_keys::Signers;
use crate::network::service_keys::{PATIENCE_MS, STEP_MS};
use crate::{Core, Error, Fault, Plan, Result, ids};

/// The open ledger of a realm, as far as it never changes.
#[derive(Clone, Debug)]
pub struct Open {
    /// Its id in the store.
    pub id: String,
    /// Its name in checkpoints.
    pub origin: String,
    /// The key that checkpoints are verified with, in its text form.
    pub verifier: String,
}

impl From<LedgerRow> for Open {
    fn from(row: LedgerRow) -> Self {
        Self { id: row.id, origin: row.origin, verifier: row.verifier }
    }
}

/// The label of [`Error::Lost`] when a ledger was opened: deciding anew finds it.
const OPENED: &str = "ledger";

impl Core {
    /// The realm's ledger. Where there is none yet, one is opened, and the operation decides anew.
    ///
    /// # Errors
    /// [`Error::Lost`] after one was opened; a fault for a realm without participants.
    pub async fn ledger<'p>(&self, plan: &'p Plan) -> Result<&'p Open> {
        let network = plan.network.as_ref().ok_or_else(|| Fault::new("a realm without participants has no ledger"))?;
        match &network.ledger {
            Some(open) => Ok(open),
            None => {
                let mut batch = Batch::long();
                let open = self.open_ledger(&mut batch, plan).await?;
                self.go_on_from_elsewhere(&mut batch, &plan.realm.id, &open).await?;
                self.enter_registry(&mut batch, &plan.realm.id, &open, &HashSet::new()).await?;
                store::realms::touch_seen(&mut batch, &plan.realm.id, plan.version);
                match self.store.db().commit(batch).await.map_err(Error::from) {
                    // Whoever was first, there is one now.
                    Ok(_) | Err(Error::Lost(_)) => Err(Error::Lost(OPENED)),
                    Err(error) => Err(error),
                }
            }
        }
    }

    /// Waits until a ledger has given the first of its entries an index, if any wait for one: nobody is to hear of a ledger
    /// that was opened a moment ago that it goes on from none.
    ///
    /// # Errors
    /// Unavailable while it gives none.
    pub async fn begun(&self, ledger: &Open) -> Result<()> {
        for _ in 0..PATIENCE_MS / STEP_MS {
            let row = store::ledger::find(&self.store, &ledger.id).await?;
            let Some(empty) = row.filter(|row| row.size == 0 && !row.closed) else { return Ok(()) };
            if store::ledger::oldest_waiting(&self.store, empty.n).await?.is_none() {
                return Ok(());
            }
            // Whoever holds the lease is faster than the next round of its job.
            if self.sequence(&ledger.id).await? == 0 {
                tokio::time::sleep(std::time::Duration::from_millis(STEP_MS)).await;
            }
        }
        Err(Fault::unavailable("the ledger has just been opened, and gives no indexes yet").into())
    }

    pub(super) async fn open_ledger(&self, batch: &mut Batch, plan: &Plan) -> Result<Open> {
        let id = ids::uuid()?;
        // A realm whose ledgers are all closed says it as well.
        let wanted = super::attribute(&plan.realm, super::ORIGIN);
        let own = format!("ledger.countersign/{}/{}", of_name(&plan.realm.name), id.get(..13).unwrap_or(&id));
        let origin = match wanted {
            Some(wanted) if !store::ledger::origin_taken(&self.store, wanted).await? => wanted.to_owned(),
            Some(wanted) if !store::ledger::has_origin(&self.store, &plan.realm.id, wanted).await? => {
                // Two realms that were made at the same moment with one wish: none of their people is to wait for the other.
                tracing::warn!(realm = %plan.realm.name, wanted, origin = %own, "another realm's ledger took the wanted name");
                own
            }
            _ => own,
        };
        let keys = Signers::generate(&origin)?;
        let now = self.clock.now_ms();
        let root = hash::empty_root();
        let checkpoint = keys.signers.sign(&Checkpoint::new(&origin, 0, root), None, now)?.to_string();
        let row = LedgerRow {
            n: 0,
            id,
            realm_id: plan.realm.id.clone(),
            verifier: keys.signers.verifier(),
            origin,
            size: 0,
            root: root.to_vec(),
            checkpoint,
            checkpoint_ms: now,
            epoch: 0,
            closed: false,
        };
        tracing::info!(realm = %plan.realm.name, origin = %row.origin, key = %row.verifier, "a ledger is opened");
        store::ledger::insert(batch, &row);
        keys.insert(&self.store, batch, &row.id, (0, State::Signs))?;
        Ok(row.into())
    }
}

impl Core {
    /// Enters the registry's records into a ledger that has just been opened, so that verdicts there can be proved by it
    /// alone; how many entries it has by that. `carried` are entries that come from the ledger before as they are.
    pub(super) async fn enter_registry(
        &self,
        batch: &mut Batch,
        realm_id: &str,
        open: &Open,
        carried: &HashSet<String>,
    ) -> Result<i64> {
        let mut records = Vec::new();
        for row in store::participants::all_records(&self.store, realm_id).await? {
            let at = registry::Record::parse(&row.octets).map_err(Fault::new)?.recorded_at.ms();
            records.push((at, row));
        }
        store::ledger::expect_records(batch, realm_id, i64::try_from(records.len()).unwrap_or(i64::MAX));
        // Of the same moment they stay as they are: each chain in its order.
        records.sort_by_key(|(at, _)| *at);
        let mut entered = 0;
        for (at, row) in records {
            let id = if carried.contains(&row.entry_id) {
                row.entry_id
            } else {
                let entry = Entry::new(Kind::Registry, at, row.octets)?;
                store::participants::move_record(batch, realm_id, &row.subject, row.seq, &entry.id());
                entry.append(batch, open);
                entered += 1;
                entry.id()
            };
            store::ledger::enter_record(batch, &open.id, &row.subject, row.seq, &id);
        }
        Ok(entered)
    }
}

/// A realm's name as a part of an origin, which holds no spaces and no plus.
fn of_name(name: &str) -> String {
    url::form_urlencoded::byte_serialize(name.as_bytes()).collect::<String>().replace('+', "%20")
}
