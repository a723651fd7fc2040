//! A change under way: where it is recorded, and what was recorded so far.

use domain::network::change::Recorder;
use domain::network::entry::Entry;
use domain::network::heads::of_receipts;
use domain::network::ledger::Open;
use domain::{Fault, Result, Writes};
use model::AdminOperation;
use registry::participant::Statement;
use registry::{Actor, Change, Participant, Role, Settings};
use serde_json::{Value, json};

use crate::permit::{Permission, Permit};

/// A change under way. What it answers in the end has one receipt for each record.
pub(super) struct Recording {
    realm_id: String,
    ledger: Open,
    checkpoint: Option<String>,
    actor: Actor,
    now_ms: i64,
    entries: Vec<Entry>,
    /// What is to be written.
    pub(super) writes: Writes,
}

impl Recording {
    /// Begins, once it is clear that the change is one. Where the realm has no ledger yet, it gets one.
    pub(super) async fn begin<P: Permission>(permit: &Permit<'_, P>) -> Result<Self> {
        let core = &permit.cx.oidc.core;
        let ledger = core.ledger(&permit.cx.plan).await?.clone();
        if let Some(network) = &permit.cx.plan.network {
            core.may_change(network, &ledger).await?;
        }
        let row = store::ledger::find(permit.store(), &ledger.id).await?;
        Ok(Self {
            realm_id: permit.realm_id().to_owned(),
            checkpoint: row.map(|row| of_receipts(&row.checkpoint)).filter(|checkpoint| !checkpoint.is_empty()),
            ledger,
            actor: permit.who.actor(),
            now_ms: permit.cx.now_ms,
            entries: Vec::new(),
            writes: Writes::default(),
        })
    }

    fn parts(&mut self) -> (Recorder<'_>, &mut Writes, &mut Vec<Entry>) {
        let actor = self.actor.clone();
        let recorder = Recorder { realm_id: &self.realm_id, ledger: &self.ledger, actor, now_ms: self.now_ms };
        (recorder, &mut self.writes, &mut self.entries)
    }

    /// An organisation says who it is, for the first time or anew.
    pub(super) fn state(&mut self, id: &str, seen: Option<&Participant>, said: Statement) -> Result<()> {
        let (recorder, writes, entries) = self.parts();
        entries.push(recorder.state_participant(writes, id, seen, said)?);
        Ok(())
    }

    /// A role is registered.
    pub(super) fn apply(&mut self, id: &str, participant: &str, settings: Settings) -> Result<Role> {
        let (recorder, writes, entries) = self.parts();
        let (role, entry) = recorder.apply(writes, id, participant, settings)?;
        entries.push(entry);
        self.leans_on_the_realm();
        Ok(role)
    }

    /// A role changes.
    pub(super) fn change(&mut self, seen: &Role, change: Change) -> Result<Role> {
        let (recorder, writes, entries) = self.parts();
        let (role, entry) = recorder.change(writes, seen, change)?;
        entries.push(entry);
        let of = |role: &Role| (role.settings.profile.clone(), role.settings.participant_role.clone());
        if of(&role) != of(seen) {
            self.leans_on_the_realm();
        }
        Ok(role)
    }

    /// What a role is and by which profile it signs is the realm's to have: of who takes it out of the realm and who gives it
    /// to a role at the same moment, one decides anew.
    fn leans_on_the_realm(&mut self) {
        self.writes.reconfigures = true;
    }

    /// The record of the newest entry, for what is told of it.
    pub(super) fn newest(&self) -> Option<&[u8]> {
        self.entries.last().map(|entry| entry.record.as_slice())
    }

    /// Tells administrators' events of it, and answers what there is now, with the receipts.
    pub(super) fn finish<P: Permission>(
        mut self,
        permit: &Permit<'_, P>,
        done: Done,
        mut now: Value,
    ) -> Result<(Value, Writes)> {
        let event = permit.event(done.operation, done.kind, done.path, Some(done.sent));
        self.writes.admin_events.push(event);
        let receipt = |entry: &Entry| serde_json::to_value(entry.receipt(&self.ledger, self.checkpoint.clone()));
        let receipts = self.entries.iter().map(receipt).collect::<Result<Vec<_>, _>>().map_err(Fault::new)?;
        if let Some(members) = now.as_object_mut() {
            members.insert("receipts".to_owned(), json!(receipts));
        }
        Ok((now, self.writes))
    }
}

/// What an administrator's event tells.
pub(super) struct Done {
    /// What was done.
    pub(super) operation: AdminOperation,
    /// To what kind of thing.
    pub(super) kind: &'static str,
    /// Where, below the realm.
    pub(super) path: String,
    /// What was sent.
    pub(super) sent: Value,
}
