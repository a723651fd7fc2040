//! Changes of the registry: each is a record at the end of a chain and an entry in the ledger, in one batch.

use ledger::Kind;
use registry::participant::Statement;
use registry::record::{self, Head};
use registry::{Actor, ChainError, Change, Moment, Participant, Record, Role, Settings, Status};
use store::participants::{ParticipantRow, RecordRow, RoleRow};

use crate::network::entry::Entry;
use crate::network::ledger::Open;
use crate::{Fault, Refusal, Result, Writes};

/// A change that can't follow on what is there.
pub const IMPOSSIBLE: Refusal = Refusal::new(400, "invalid_request", "", "");

/// Who changes what, when, and where it is recorded.
#[derive(Clone, Debug)]
pub struct Recorder<'r> {
    /// The realm's id.
    pub realm_id: &'r str,
    /// Its ledger.
    pub ledger: &'r Open,
    /// Who.
    pub actor: Actor,
    /// When, in milliseconds.
    pub now_ms: i64,
}

impl Recorder<'_> {
    /// Registers an organisation.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn state_participant(
        &self,
        writes: &mut Writes,
        id: &str,
        seen: Option<&Participant>,
        statement: Statement,
    ) -> Result<Entry> {
        let change = Change::ParticipantStated { participant: statement.clone() };
        let (octets, head) = self.record(id, seen.map(|participant| &participant.head), change);
        let row = ParticipantRow {
            id: id.to_owned(),
            name: statement.participant_name.clone(),
            seq: seq(&head),
            head: head.digest.clone(),
            doc: serde_json::to_string(&statement).map_err(Fault::new)?,
        };
        match seen {
            Some(participant) => {
                store::participants::update(&mut writes.batch, self.realm_id, &row, &participant.head.digest);
            }
            None => store::participants::insert(&mut writes.batch, self.realm_id, &row),
        }
        self.keep(writes, id, octets, &head)
    }

    /// Registers a role: it is `APPLIED`.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn apply(
        &self,
        writes: &mut Writes,
        id: &str,
        participant_id: &str,
        settings: Settings,
    ) -> Result<(Role, Entry)> {
        let networks = settings.product_networks.clone();
        let change = Change::RoleApplied { participant_id: participant_id.to_owned(), role: settings };
        let (octets, head) = self.record(id, None, change);
        let role = Role::begin(&octets).map_err(Fault::new)?;
        store::participants::insert_role(&mut writes.batch, self.realm_id, &row_of(&role));
        store::participants::set_networks(&mut writes.batch, self.realm_id, id, &networks);
        let entry = self.keep(writes, id, octets, &head)?;
        Ok((role, entry))
    }

    /// Changes a role, if its chain still ends where it was read.
    ///
    /// # Errors
    /// [`IMPOSSIBLE`], with the reason, for a change that can't follow.
    pub fn change(&self, writes: &mut Writes, seen: &Role, change: Change) -> Result<(Role, Entry)> {
        let networks = match &change {
            Change::RoleStated { role } => Some(role.product_networks.clone()),
            _ => None,
        };
        let added = match &change {
            Change::KeyAdded { kid, .. } => Some(kid.clone()),
            _ => None,
        };
        let (octets, head) = self.record(&seen.id, Some(&seen.head), change);
        let mut role = seen.clone();
        role.follow(&octets).map_err(|error| match error {
            ChainError::Impossible { why, .. } => IMPOSSIBLE.describe(format!("This would be {why}")).into(),
            other => crate::Error::from(Fault::new(other)),
        })?;
        // The row first: it is what verdicts hold, so that entries arrive in the order in which they were decided.
        store::participants::update_role(&mut writes.batch, self.realm_id, &row_of(&role), &seen.head.digest);
        if let Some(networks) = networks {
            store::participants::set_networks(&mut writes.batch, self.realm_id, &role.id, &networks);
        }
        if let Some(key) = added.and_then(|kid| role.key(&kid)) {
            for identity in &key.identities {
                store::participants::insert_key(&mut writes.batch, self.realm_id, &role.id, &key.kid, identity);
            }
        }
        let entry = self.keep(writes, &seen.id, octets, &head)?;
        Ok((role, entry))
    }

    fn record(&self, subject: &str, seen: Option<&Head>, change: Change) -> (Vec<u8>, Head) {
        let now = Moment::from_ms(self.now_ms);
        let record = Record {
            v: 1,
            kind: record::Kind::Registry,
            subject: subject.to_owned(),
            seq: seen.map_or(1, |head| head.seq + 1),
            // A clock that went back doesn't make a chain go back.
            recorded_at: seen.map_or(now, |head| now.max(head.at)),
            actor: self.actor.clone(),
            change,
            prev: seen.map(|head| head.digest.clone()),
        };
        let octets = record.to_bytes();
        let head = Head { seq: record.seq, digest: record::digest(&octets), at: record.recorded_at };
        (octets, head)
    }

    fn keep(&self, writes: &mut Writes, subject: &str, octets: Vec<u8>, head: &Head) -> Result<Entry> {
        let entry = Entry::new(Kind::Registry, head.at.ms(), octets)?;
        let row = RecordRow {
            subject: subject.to_owned(),
            seq: seq(head),
            entry_id: entry.id(),
            octets: entry.record.clone(),
        };
        store::participants::insert_record(&mut writes.batch, self.realm_id, &row);
        store::ledger::enter_record(&mut writes.batch, &self.ledger.id, subject, row.seq, &row.entry_id);
        entry.append(&mut writes.batch, self.ledger);
        Ok(entry)
    }
}

fn seq(head: &Head) -> i64 {
    i64::try_from(head.seq).unwrap_or(i64::MAX)
}

/// The row that stands for a role in the store.
pub fn row_of(role: &Role) -> RoleRow {
    let has_ended = role.status() == Status::Ended;
    RoleRow {
        id: role.id.clone(),
        participant_id: role.participant_id.clone(),
        client_key: (!has_ended).then(|| role.settings.client_id.clone()),
        kind: role.settings.participant_role.clone(),
        status: role.status().name().to_owned(),
        seq: seq(&role.head),
        head: role.head.digest.clone(),
    }
}
