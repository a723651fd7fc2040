//! The registry in a realm's file: every chain, record by record. An import takes a chain only as one that hangs together.

use std::collections::HashSet;

use domain::network::change::row_of;
use domain::{Error, Fault, Result};
use jose::b64;
use registry::{Participant, Role, Status};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::participants::{ParticipantRow, RecordRow, RoleRow};
use store::{Batch, Store};

use super::check;
use crate::refusals::BROKEN_REFERENCE;

/// The member of a realm's file.
pub(crate) const MEMBER: &str = "countersign";

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    participants: Vec<Chain>,
    roles: Vec<Chain>,
}

/// A chain: whose it is, and its records in base64url.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Chain {
    id: String,
    records: Vec<String>,
}

/// The registry of a realm.
pub(crate) async fn export(store: &Store, realm_id: &str) -> Result<Value> {
    let mut participants = Vec::new();
    for row in store::participants::list(store, realm_id, "", 0, i64::MAX).await? {
        participants.push(chain(store, realm_id, row.id).await?);
    }
    let mut roles = Vec::new();
    for row in store::participants::list_all_roles(store, realm_id).await? {
        roles.push(chain(store, realm_id, row.id).await?);
    }
    Ok(json!({"participants": participants, "roles": roles}))
}

async fn chain(store: &Store, realm_id: &str, id: String) -> Result<Chain> {
    let rows = store::participants::records(store, realm_id, &id).await?;
    Ok(Chain { id, records: rows.iter().map(|row| b64::encode(&row.octets)).collect() })
}

/// What stands for a chain in the store.
pub(crate) enum Rows {
    /// A participant's.
    Participant(ParticipantRow, Vec<RecordRow>),
    /// A role's, and the role as it is at its end.
    Role(Box<Role>, RoleRow, Vec<RecordRow>),
}

/// Reads the registry of a realm's file, in which participants come before their roles.
///
/// # Errors
/// 400 for a chain that doesn't hang together, a role without its participant, and a client that isn't there or has two
/// roles; each named by its place.
pub(crate) fn read(file: Value, has_client: impl Fn(&str) -> bool) -> Result<Vec<Rows>> {
    let file: File = serde_json::from_value(file).map_err(|error| broken("", &error.to_string()))?;
    let (mut ids, mut clients, mut keys) = (HashSet::new(), HashSet::new(), HashSet::new());
    let mut out = Vec::new();
    for (n, chain) in file.participants.iter().enumerate() {
        let at = format!(".participants[{n}]");
        let records = records(&at, chain, &mut ids)?;
        let folded = Participant::fold(records.iter().map(|record| record.octets.as_slice()));
        let participant = folded.map_err(|error| broken(&at, &error.to_string()))?;
        let participant = participant.filter(|participant| participant.id == chain.id);
        let participant = participant.ok_or_else(|| broken(&at, "not the chain of that id"))?;
        check::statement(&participant.statement)?;
        out.push(Rows::Participant(row_of_participant(&participant)?, records));
    }
    let organisations: HashSet<&str> = file.participants.iter().map(|chain| chain.id.as_str()).collect();
    for (n, chain) in file.roles.iter().enumerate() {
        let at = format!(".roles[{n}]");
        let records = records(&at, chain, &mut ids)?;
        let folded = Role::fold(records.iter().map(|record| record.octets.as_slice()));
        let role = folded.map_err(|error| broken(&at, &error.to_string()))?.filter(|role| role.id == chain.id);
        let role = role.ok_or_else(|| broken(&at, "not the chain of that id"))?;
        if !organisations.contains(role.participant_id.as_str()) {
            return Err(broken(&at, &format!("no participant with id \"{}\"", role.participant_id)));
        }
        let client = &role.settings.client_id;
        if role.status() != Status::Ended && (!has_client(client) || !clients.insert(client.clone())) {
            return Err(broken(&at, &format!("no client with clientId \"{client}\", or one that has another role")));
        }
        for key in &role.keys {
            if !keys.insert(key.thumbprint.clone()) {
                return Err(broken(
                    &at,
                    &format!("the key {} is there before, and a key stands for one role", key.kid),
                ));
            }
        }
        out.push(Rows::Role(Box::new(role.clone()), row_of(&role), records));
    }
    Ok(out)
}

/// Inserts what stands for a chain.
pub(crate) fn insert(batch: &mut Batch, realm_id: &str, rows: &Rows) {
    let records = match rows {
        Rows::Participant(row, records) => {
            store::participants::insert(batch, realm_id, row);
            records
        }
        Rows::Role(role, row, records) => {
            store::participants::insert_role(batch, realm_id, row);
            store::participants::set_networks(batch, realm_id, &role.id, &role.settings.product_networks);
            for key in &role.keys {
                store::participants::insert_key(batch, realm_id, &role.id, &key.kid, &key.thumbprint);
            }
            records
        }
    };
    for record in records {
        store::participants::insert_record(batch, realm_id, record);
    }
}

fn records(at: &str, chain: &Chain, ids: &mut HashSet<String>) -> Result<Vec<RecordRow>> {
    check::id("id", &chain.id).map_err(|_| broken(at, "an id that no participant or role can have"))?;
    if !ids.insert(chain.id.clone()) {
        return Err(broken(at, &format!("two chains have the id \"{}\"", chain.id)));
    }
    let record = |(seq, text): (i64, &String)| {
        let octets = b64::decode(text, "record").map_err(|_| broken(at, "a record that is not in base64url"))?;
        // Which entry it was of another ledger is for that one to show.
        Ok(RecordRow { subject: chain.id.clone(), seq, entry_id: String::new(), octets })
    };
    (1..).zip(&chain.records).map(record).collect()
}

fn row_of_participant(participant: &Participant) -> Result<ParticipantRow> {
    Ok(ParticipantRow {
        id: participant.id.clone(),
        name: participant.statement.participant_name.clone(),
        seq: i64::try_from(participant.head.seq).unwrap_or(i64::MAX),
        head: participant.head.digest.clone(),
        doc: serde_json::to_string(&participant.statement).map_err(Fault::new)?,
    })
}

fn broken(at: &str, why: &str) -> Error {
    BROKEN_REFERENCE.describe(format!("{MEMBER}{at}: {why}")).into()
}
