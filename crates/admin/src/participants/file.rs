//! The registry in a realm's file: every chain, record by record, and the heads of the realm's ledgers, from which the one
//! that an import opens goes on. A chain is taken only as one that hangs together.

use std::collections::HashSet;

use domain::network::attributes::LONGEST_ORIGIN;
use domain::network::change::row_of;
use domain::network::profiles::Profiles;
use domain::{Core, Error, Fault, Plan, Result};
use jose::b64;
use ledger::{Checkpoint, KeyType, Note, VerifierKey};
use registry::record::Head;
use registry::{Moment, Participant, PublicKey, Role, Status};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::ledger::ElsewhereRow;
use store::participants::{ParticipantRow, RecordRow, RoleRow};
use store::{Batch, Store};

use super::check;
use super::keys::WORDS;
use crate::refusals::BROKEN_REFERENCE;

/// The member of a realm's file.
pub(crate) const MEMBER: &str = "countersign";

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct File {
    participants: Vec<Chain>,
    roles: Vec<Chain>,
    /// Missing in files of servers before this was told, and of realms without a ledger.
    #[serde(skip_serializing_if = "Option::is_none")]
    ledgers: Option<Vec<Ledger>>,
}

/// A ledger that the realm has or had, as it goes on elsewhere: its newest checkpoint, and the key that signed it.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Ledger {
    origin: String,
    verifier: String,
    checkpoint: String,
}

/// A chain: whose it is, and its records in base64url.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Chain {
    id: String,
    records: Vec<String>,
}

/// The registry of a realm, and the heads of its ledgers, the newest first.
pub(crate) async fn export(core: &Core, plan: &Plan) -> Result<Value> {
    let (store, realm_id) = (&core.store, plan.realm.id.as_str());
    let mut participants = Vec::new();
    for row in store::participants::list(store, realm_id, "", 0, i64::MAX).await? {
        participants.push(chain(store, realm_id, row.id).await?);
    }
    let mut roles = Vec::new();
    for row in store::participants::list_all_roles(store, realm_id).await? {
        roles.push(chain(store, realm_id, row.id).await?);
    }
    let ledgers = Some(ledgers(core, plan).await?).filter(|ledgers| !ledgers.is_empty());
    Ok(serde_json::to_value(File { participants, roles, ledgers }).map_err(Fault::new)?)
}

async fn ledgers(core: &Core, plan: &Plan) -> Result<Vec<Ledger>> {
    let mut out: Vec<Ledger> = Vec::new();
    for row in store::ledger::of_realm(&core.store, &plan.realm.id).await? {
        let network = plan.network.as_ref().filter(|_| !row.closed);
        let (_, checkpoint) = core.cosigned_head(network, &row).await?;
        let note = Note::parse(checkpoint.as_bytes()).map_err(Fault::new)?;
        let mut keys = core.ledger_verifiers(&row).await?.into_iter();
        let key = keys.find(|key| note.verify_one(key).is_ok()).ok_or_else(|| Fault::new("a head of no key"))?;
        out.push(Ledger { origin: row.origin, verifier: key.to_string(), checkpoint });
    }
    // Before one is opened here, the realm's are those that it came with.
    for row in
        store::ledger::elsewhere(&core.store, &plan.realm.id).await?.into_iter().filter(|row| !row.verifier.is_empty())
    {
        if !out.iter().any(|ledger| ledger.origin == row.origin) {
            out.push(Ledger { origin: row.origin, verifier: row.verifier, checkpoint: row.checkpoint });
        }
    }
    Ok(out)
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

/// What a realm's file says of its registry.
pub(crate) struct Registry {
    /// Participants, then roles.
    pub(crate) chains: Vec<Rows>,
    /// The ledgers that the realm had elsewhere.
    pub(crate) ledgers: Vec<ElsewhereRow>,
}

/// The realm that a registry comes with.
pub(crate) struct Around<'r, F> {
    /// The names that its participant roles may have.
    pub(crate) roles: Vec<String>,
    /// Its signing profiles.
    pub(crate) profiles: Profiles,
    /// The name that its ledger shall have: in a file that tells of no ledger it is the old one's.
    pub(crate) origin: Option<&'r str>,
    /// Whether it has a client.
    pub(crate) has_client: F,
    /// When it is read: no record is later.
    pub(crate) now: Moment,
}

/// Reads the registry of a realm's file, in which participants come before their roles.
///
/// # Errors
/// 400 for a chain that doesn't hang together or is dated ahead, a role without its participant or of a name or profile that
/// the realm hasn't, a client that isn't there or has two roles, and a checkpoint that its ledger did not sign; each named
/// by its place.
pub(crate) fn read(file: Value, around: &Around<'_, impl Fn(&str) -> bool>) -> Result<Registry> {
    let file: File = serde_json::from_value(file).map_err(|error| broken("", &error.to_string()))?;
    let origin = around.origin;
    let chains = chains(&file, around)?;
    let ledgers = match file.ledgers {
        Some(ledgers) => heads(ledgers)?,
        None => {
            let origin = origin.filter(|_| !chains.is_empty()).map(str::to_owned).into_iter();
            let named =
                |origin| ElsewhereRow { origin, verifier: String::new(), checkpoint: String::new(), is_next: false };
            origin.map(named).collect()
        }
    };
    Ok(Registry { chains, ledgers })
}

/// The ledgers of a file, each with a checkpoint that it signed. The first is the one to go on from.
fn heads(ledgers: Vec<Ledger>) -> Result<Vec<ElsewhereRow>> {
    let mut out: Vec<ElsewhereRow> = Vec::with_capacity(ledgers.len());
    for (n, Ledger { origin, verifier, checkpoint }) in ledgers.into_iter().enumerate() {
        let at = format!(".ledgers[{n}]");
        if origin.len() > LONGEST_ORIGIN {
            return Err(broken(&at, &format!("a name of more than {LONGEST_ORIGIN} octets")));
        }
        let signed = VerifierKey::parse(&verifier).and_then(|key| {
            if key.kind() != KeyType::Ed25519 {
                return Err(ledger::Error::Malformed("log's key"));
            }
            let note = Note::parse(checkpoint.as_bytes())?;
            Ok(key.name() == origin && Checkpoint::of_note(&note, &key)?.origin == origin)
        });
        match signed {
            Ok(true) => {}
            Ok(false) => return Err(broken(&at, &format!("a checkpoint or a key of another log than \"{origin}\""))),
            Err(error) => return Err(broken(&at, &format!("not a checkpoint that the key signed: {error}"))),
        }
        if out.iter().any(|before| before.origin == origin) {
            return Err(broken(&at, &format!("two ledgers have the name \"{origin}\"")));
        }
        out.push(ElsewhereRow { origin, verifier, checkpoint, is_next: n == 0 });
    }
    Ok(out)
}

fn chains(file: &File, around: &Around<'_, impl Fn(&str) -> bool>) -> Result<Vec<Rows>> {
    let (mut ids, mut clients, mut keys) = (HashSet::new(), HashSet::new(), HashSet::new());
    let mut out = Vec::new();
    for (n, chain) in file.participants.iter().enumerate() {
        let at = format!(".participants[{n}]");
        let records = records(&at, chain, &mut ids)?;
        let folded = Participant::fold(records.iter().map(|record| record.octets.as_slice()));
        let participant = folded.map_err(|error| broken(&at, &error.to_string()))?;
        let participant = participant.filter(|participant| participant.id == chain.id);
        let participant = participant.ok_or_else(|| broken(&at, "not the chain of that id"))?;
        check::statement(&participant.statement).map_err(|why| placed(&at, why))?;
        is_past(&at, &participant.head, around.now)?;
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
        let named = format!("{at}: the role \"{}\"", role.id);
        check::form(&role.settings).map_err(|why| placed(&named, why))?;
        is_past(&at, &role.head, around.now)?;
        if role.keys.len() > check::MOST_KEYS {
            return Err(broken(&at, &format!("more than {} keys", check::MOST_KEYS)));
        }
        let client = &role.settings.client_id;
        if role.status() != Status::Ended {
            check::known(&around.roles, &around.profiles, &role.settings).map_err(|why| placed(&named, why))?;
            if !(around.has_client)(client) || !clients.insert(client.clone()) {
                return Err(broken(
                    &at,
                    &format!("no client with clientId \"{client}\", or one that has another role"),
                ));
            }
        }
        for key in &role.keys {
            if WORDS.contains(&key.kid.as_str()) {
                return Err(broken(&at, &format!("no key can have the name {}", key.kid)));
            }
            if !key.identities.iter().all(|identity| keys.insert(identity.clone())) {
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

/// Looks at the keys of a file as at keys that are added: whether their secrets are secrets. It takes a while.
///
/// # Errors
/// 400 that names the role by its place.
pub(crate) async fn examine(core: &Core, chains: &[Rows]) -> Result<()> {
    let roles = chains.iter().filter_map(|rows| match rows {
        Rows::Role(role, ..) => Some(role),
        Rows::Participant(..) => None,
    });
    for (n, role) in roles.enumerate() {
        let keys: Vec<(String, Value)> = role.keys.iter().map(|key| (key.kid.clone(), key.jwk.clone())).collect();
        let weak =
            core.run(move || keys.into_iter().find_map(|(kid, jwk)| Some((kid, PublicKey::examine(&jwk).err()?))));
        if let Some((kid, why)) = weak.await? {
            return Err(broken(&format!(".roles[{n}]"), &format!("the key {kid}: {why}")));
        }
    }
    Ok(())
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
                for identity in &key.identities {
                    store::participants::insert_key(batch, realm_id, &role.id, &key.kid, identity);
                }
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

/// A chain ends where the next record must not be earlier: one of the future would hold up all that follow.
fn is_past(at: &str, head: &Head, now: Moment) -> Result<()> {
    match head.at.ms() > now.ms() + CLOCKS_DIFFER_MS {
        true => Err(broken(at, &format!("a record of {}, which is to come", head.at))),
        false => Ok(()),
    }
}

/// A refusal that says what is wrong, with the place.
fn placed(at: &str, error: Error) -> Error {
    match error {
        Error::Refused(refused) => broken(at, &refused.refusal.description),
        other => other,
    }
}

/// Milliseconds by which the clock of the server that a file comes from may be ahead.
const CLOCKS_DIFFER_MS: i64 = 60_000;

pub(super) fn broken(at: &str, why: &str) -> Error {
    BROKEN_REFERENCE.describe(format!("{MEMBER}{at}: {why}")).into()
}
