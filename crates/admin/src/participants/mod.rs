//! Who takes part in a network, as its operators see and change it: participants, their roles, their keys.
//!
//! Each change is a record at the end of a chain and an entry in the realm's ledger, in the batch that answers it; its
//! answer holds a receipt for each. What is sent is read strictly.

mod check;
pub(crate) mod file;
mod history;
mod keys;
mod networks;
mod nonce;
pub(crate) mod origins;
mod recording;
mod roles;
mod secret;
mod sent;
mod shown;
pub(crate) mod switch;
mod warnings;

use domain::{Error, Result, Writes, ids};
use model::AdminOperation;
use registry::Participant;
use registry::participant::Statement;
use serde_json::Value;

use crate::permit::{ManageParticipants, Permission, Permit, ViewParticipants};
use crate::refusals::PARTICIPANT_NOT_FOUND;
use recording::{Done, Recording};

pub use domain::network::past::Past;
pub use history::{history, participant_history, past};
pub use keys::{NewKey, NewState, add_key, jwks, keys, nonce, read_key, update_key};
pub use networks::{list_networks, network_roles, put_into_network, take_out_of_network};
pub use roles::{addresses, create_role, list_roles, read_role, set_addresses, update_role};
pub use secret::{Rotation, expiring, rotate_secret};
pub use sent::Members;

/// Lists a page of participants by name, those whose name holds a text or whose id it is.
pub async fn list(permit: &Permit<'_, ViewParticipants>, search: &str, first: i64, max: i64) -> Result<Value> {
    let rows = store::participants::list(permit.store(), permit.realm_id(), search, first, max).await?;
    Ok(rows.iter().map(shown::row).collect())
}

/// Counts them.
pub async fn count(permit: &Permit<'_, ViewParticipants>, search: &str) -> Result<Value> {
    Ok(store::participants::count(permit.store(), permit.realm_id(), search).await?.into())
}

/// Reads a participant, as it is or as it was.
pub async fn read(permit: &Permit<'_, ViewParticipants>, id: &str, past: Past) -> Result<Value> {
    Ok(shown::participant(&find_in(permit, id, past).await?))
}

/// Registers an organisation; its id, and what there is now.
pub async fn create(permit: &Permit<'_, ManageParticipants>, mut sent: Members) -> Result<(String, Value, Writes)> {
    let said = Value::Object(sent.clone());
    let id = new_id(permit, sent::take_text(&mut sent, "id")?).await?;
    let statement: Statement = sent::read(sent)?;
    check::statement(&statement)?;
    let mut recording = Recording::begin(permit).await?;
    recording.state(&id, None, statement)?;
    let made = Participant::fold(recording.newest()).map_err(domain::Fault::new)?;
    let now = made.as_ref().map(shown::participant).unwrap_or_default();
    let path = format!("participants/{id}");
    let done = Done { operation: AdminOperation::Create, kind: PARTICIPANT, path, sent: said };
    let (now, writes) = recording.finish(permit, done, now)?;
    Ok((id, now, writes))
}

/// Changes the members sent.
pub async fn update(permit: &Permit<'_, ManageParticipants>, id: &str, mut sent: Members) -> Result<(Value, Writes)> {
    let seen = find(permit, id).await?;
    let said = Value::Object(sent.clone());
    as_seen(&mut sent, id, &seen.head)?;
    sent.shift_remove("updatedOn");
    let statement = sent::merged(&seen.statement, sent)?;
    check::statement(&statement)?;
    let mut recording = Recording::begin(permit).await?;
    let mut now = shown::participant(&seen);
    if statement != seen.statement {
        recording.state(id, Some(&seen), statement.clone())?;
        if let Some(octets) = recording.newest() {
            let record = registry::Record::parse(octets).map_err(domain::Fault::new)?;
            let mut head = seen.head.clone();
            head.follow(&record, octets).map_err(domain::Fault::new)?;
            now = shown::participant(&Participant { id: seen.id, statement, head });
        }
    }
    let path = format!("participants/{id}");
    let done = Done { operation: AdminOperation::Update, kind: PARTICIPANT, path, sent: said };
    recording.finish(permit, done, now)
}

async fn find<P: Permission>(permit: &Permit<'_, P>, id: &str) -> Result<Participant> {
    find_in(permit, id, Past::default()).await
}

async fn find_in<P: Permission>(permit: &Permit<'_, P>, id: &str, past: Past) -> Result<Participant> {
    let found = permit.cx.oidc.core.participant_in(permit.realm_id(), id, past).await?;
    found.ok_or_else(|| Error::from(PARTICIPANT_NOT_FOUND))
}

/// The id of a new participant or role: the one given, if it is no chain's yet, or one made up.
async fn new_id<P: Permission>(permit: &Permit<'_, P>, given: Option<String>) -> Result<String> {
    let Some(id) = given else { return Ok(ids::uuid()?) };
    check::id("id", &id)?;
    let (store, realm_id) = (permit.store(), permit.realm_id());
    let is_taken = store::participants::find(store, realm_id, &id).await?.is_some()
        || store::participants::find_role(store, realm_id, &id).await?.is_some();
    match is_taken {
        true => Err(check::taken(format!("A participant or a role has the id {id}"))),
        false => Ok(id),
    }
}

/// Takes out what was read and is sent back: another id is refused, and a head that is the newest no more, too.
fn as_seen(sent: &mut Members, id: &str, head: &registry::record::Head) -> Result<()> {
    if sent::take_text(sent, "id")?.is_some_and(|given| given != id) {
        return Err(check::refuse("id: can't be changed"));
    }
    let is_newest = sent.shift_remove("seq").is_none_or(|seq| seq == head.seq);
    match is_newest && sent::take_text(sent, "head")?.is_none_or(|given| given == head.digest) {
        true => {
            sent.shift_remove("receipts");
            Ok(())
        }
        false => Err(check::taken("It was changed meanwhile: read it again")),
    }
}

/// Kinds of things in administrators' events.
const PARTICIPANT: &str = "PARTICIPANT";
const ROLE: &str = "PARTICIPANT_ROLE";
const KEY: &str = "PARTICIPANT_KEY";
