//! A whole realm from its representation [KC 3.8]: short, as people write it, or full, as an export holds it.
//!
//! The way: what the file says is put into what a new realm has (`domain::realm_defaults`); every reference is checked,
//! and a broken one named by its path in the file; missing keys are made, plain passwords hashed; the rows are staged
//! under an id that nobody sees; one batch publishes them. Whatever ends the way before that leaves
//! nothing behind.

mod check;
mod index;
mod passwords;
mod rows;
mod shape;
mod staging;
pub(crate) mod users;

use std::sync::Arc;

use domain::password_policy::PasswordPolicy;
use domain::{Core, Error, Fault, Fresh, Result, ids, realm_defaults};
use model::Document;
use serde_json::Value;
use store::StoreError;

use crate::participants::{file, switch};
use crate::{clients, key_material, master, refusals};
pub(crate) use check::BINDINGS as FLOW_BINDINGS;
use index::Index;
use staging::Staging;

/// The name and id of a realm that has been imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The realm's id.
    pub id: String,
    /// The realm's name.
    pub name: String,
}

/// Imports a realm.
///
/// # Errors
/// Refusals for a name that is missing, malformed or taken, and for a broken reference.
pub async fn realm(core: &Arc<Core>, file: Document) -> Result<Imported> {
    new_realm(core, file, MastersClient::IsMade).await
}

/// Imports a realm beside a realm master that was exported with it: master's client for the realm came with master.
///
/// # Errors
/// As [`realm`].
pub async fn with_master(core: &Arc<Core>, file: Document) -> Result<Imported> {
    new_realm(core, file, MastersClient::MayBeThere).await
}

/// The client of master whose roles administer a realm.
#[derive(Clone, Copy, PartialEq, Eq)]
enum MastersClient {
    IsMade,
    MayBeThere,
}

async fn new_realm(core: &Arc<Core>, file: Document, client: MastersClient) -> Result<Imported> {
    let name = name_of(&file)?;
    if core.plan(&name, Fresh::Now).await?.is_some() {
        return Err(exists(&name));
    }
    let file = shape::check(file)?;
    let full = merged(core, file, &name)?;
    let imported = Ready::make(core, full).await?.write(core, client).await?;
    tell_elsewhere(core, &imported).await?;
    Ok(imported)
}

/// Says what only who imports can know: whether the realm's ledger is still open where it came from.
async fn tell_elsewhere(core: &Core, imported: &Imported) -> Result<()> {
    let ledgers = store::ledger::elsewhere(&core.store, &imported.id).await?;
    if let Some(old) = ledgers.iter().find(|ledger| ledger.is_next) {
        let (realm, origin) = (&imported.name, &old.origin);
        tracing::warn!(
            realm,
            origin,
            "the realm goes on here from a ledger of another server, and nothing here can tell whether that is still open: \
             before this server answers anybody, end it there with `countersign ledger close --realm={realm}`, or two \
             servers give verdicts in this network's name"
        );
    }
    Ok(())
}

/// What the realm will hold; the file's references have been found good.
fn merged(core: &Core, mut file: Document, name: &str) -> Result<Document> {
    // Of these there may be hundreds of thousands: they are in memory once.
    let users = file.take("users");
    let given = file.clone();
    if let Some(users) = users {
        file.set("users", users);
    }
    let id = match file.text("id") {
        Some(id) if !id.is_empty() => id.to_owned(),
        _ => ids::uuid()?,
    };
    let defaults = realm_defaults::new_realm(name, &id);
    let full = realm_defaults::merge_import(defaults, file.0, core.clock.now_ms()).map_err(refuse_merge)?;
    let mut full = Document(full);
    full.set("id", id.as_str());
    full.set("realm", name);
    switch::check_file(&full).map_err(|why| index::broken("attributes", &why))?;
    switch::complete(&mut full)?;
    if full.0.contains_key(file::MEMBER) && !switch::is_on(&full) {
        return Err(index::broken(file::MEMBER, "a realm without participants has no registry"));
    }
    for client in full.list("clients").iter().filter_map(|client| client.get("id")?.as_str()) {
        clients::check::id(&id, client)?;
    }
    let index = Index::of(&full)?;
    check::references(&given, &index)?;
    check::users(full.list("users"), &index)?;
    Ok(full)
}

/// Imports a realm in place of the one of its name, in one batch: where the new one can't be written the old one stays as
/// it is, also if the process dies meanwhile. Master's client for the realm and who holds its roles stay.
///
/// # Errors
/// As [`realm`], and for master, which administers the others.
pub async fn replace(core: &Arc<Core>, file: Document) -> Result<Imported> {
    let name = name_of(&file)?;
    if name == master::MASTER {
        return Err(refusals::MASTER_STAYS.into());
    }
    let Some(before) = core.plan(&name, Fresh::Now).await? else { return realm(core, file).await };
    switch::let_go(&core.store, &before.realm.id, &name).await?;
    let file = shape::check(file)?;
    let full = merged(core, file, &name)?;
    let Ready { full, index } = Ready::make(core, full).await?;
    let id = full.text("id").unwrap_or_default().to_owned();
    crate::purge::realm(core, &id).await?;
    let mut staging = Staging::at_once(core, id.clone());
    let has_participants = switch::is_on(&full);
    store::realms::remove(&mut staging.batch, &before.realm.id);
    write(&mut staging, full, &index).await?;
    store::realms::publish(&mut staging.batch, &id, &name);
    if has_participants {
        switch::turn_on_in_master(core, &name, &mut staging.batch).await?;
    }
    staging.flush().await?;
    let imported = Imported { id, name };
    tell_elsewhere(core, &imported).await?;
    Ok(imported)
}

/// Imports a full representation that needs neither defaults nor checks, such as that of the master realm.
pub(crate) async fn stage(core: &Arc<Core>, full: Document) -> Result<Imported> {
    Ready::make(core, full).await?.write(core, MastersClient::IsMade).await
}

/// A full representation with its keys and hashes made: nothing is left to do but to write it.
struct Ready {
    full: Document,
    index: Index,
}

impl Ready {
    async fn make(core: &Arc<Core>, mut full: Document) -> Result<Self> {
        let policy = PasswordPolicy::parse(full.text("passwordPolicy").unwrap_or_default())
            .map_err(|error| Error::from(refusals::POLICY.describe(error.to_string())))?;
        let name = full.text("realm").unwrap_or_default().to_owned();
        key_material::fill_all(core, &name, &mut full).await?;
        if let Some(Value::Array(users)) = full.0.get_mut("users") {
            passwords::hash(&core.hasher, policy.hash_choice(), users).await?;
        }
        Ok(Self { index: Index::of(&full)?, full })
    }

    async fn write(self, core: &Arc<Core>, client: MastersClient) -> Result<Imported> {
        let text = |name: &str| self.full.text(name).unwrap_or_default().to_owned();
        let (id, name) = (text("id"), text("realm"));
        // A realm of this id may have been deleted a moment ago and still be on its way out. One that another node is
        // importing is left to it: the first row conflicts.
        crate::purge::realm(core, &id).await?;
        let mut staging = Staging::new(core, id.clone());
        let has_participants = switch::is_on(&self.full);
        let written = write(&mut staging, self.full, &self.index).await;
        let published = match written {
            Ok(()) => publish(&mut staging, &id, &name, client, has_participants).await,
            Err(error) => Err(error),
        };
        if let Err(error) = published {
            staging.abandon().await;
            return Err(error);
        }
        Ok(Imported { id, name })
    }
}

async fn write(staging: &mut Staging<'_>, mut full: Document, index: &Index) -> Result<()> {
    let unique_email = !full.flag("duplicateEmailsAllowed");
    let users = full.take("users");
    rows::insert(staging, full, index).await?;
    match users {
        Some(Value::Array(users)) => users::insert(staging, users, index, unique_email).await,
        _ => Ok(()),
    }
}

async fn publish(
    staging: &mut Staging<'_>,
    id: &str,
    name: &str,
    client: MastersClient,
    has_participants: bool,
) -> Result<()> {
    staging.flush().await?;
    let core = staging.core();
    let mut batch = store::Batch::new();
    store::realms::publish(&mut batch, id, name);
    if client == MastersClient::IsMade || !master::has_client_of(core, name).await? {
        let besides = if has_participants { switch::masters_roles() } else { Vec::new() };
        master::add_realm(core, name, besides, &mut batch).await?;
    } else if has_participants {
        switch::turn_on_in_master(core, name, &mut batch).await?;
    }
    match core.store.db().commit(batch).await {
        Err(StoreError::Conflict { .. }) => Err(exists(name)),
        done => Ok(done.map(drop)?),
    }
}

fn exists(name: &str) -> Error {
    refusals::REALM_EXISTS.describe(format!("Realm {name} already exists")).into()
}

/// The realm's name, checked.
pub(crate) fn name_of(file: &Document) -> Result<String> {
    let name = file.text("realm").unwrap_or_default().trim();
    if name.is_empty() {
        return Err(refusals::REALM_NAMELESS.into());
    }
    if let Some(c) = name.chars().find(|c| FORBIDDEN.contains(c) || c.is_control()) {
        return Err(refusals::REALM_NAME_CHARACTER.describe(format!("Character '{c}' not allowed.")).into());
    }
    if name.len() > LONGEST_NAME {
        return Err(refusals::REALM_NAME_LONG.into());
    }
    Ok(name.to_owned())
}

fn refuse_merge(error: realm_defaults::ImportError) -> Error {
    match error {
        realm_defaults::ImportError::NoName => refusals::REALM_NAMELESS.into(),
        realm_defaults::ImportError::NoClient(_) => refusals::BROKEN_REFERENCE.describe(error.to_string()).into(),
        realm_defaults::ImportError::NoRandom => Fault::new(error).into(),
    }
}

/// Characters that would break the URLs a realm's name stands in, as Keycloak has them.
const FORBIDDEN: &[char] = &[':', '/', '?', '#', '@', '!', '$', '&', '(', ')', '*', '+', ',', ';', '=', '[', ']', '\\'];
const LONGEST_NAME: usize = 255;
