//! Realms out of the store, by the command `export`, in files as Keycloak names them.
//!
//! The files hold private keys, secrets and password hashes, so they are made for the owner alone. Users that have files
//! of their own are read page by page; a realm of any size can be written so.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, BufWriter, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use admin::export;
use domain::Core;
use model::Document;
use serde::Serialize;
use serde_json::{Value, json};

use super::sentence;
use crate::commands::{ExportRequest, ExportUsers, Failure, RealmFiles};
use crate::config::Config;
use crate::config::resolved::Database;
use crate::{realm_files, wire};

pub(super) async fn command(config: Config, request: ExportRequest) -> Result<(), Failure> {
    if let Database::Sqlite { file } = &config.database
        && !file.exists()
    {
        return Err(format!("{} is not there: name the server's data by --data-dir", file.display()).into());
    }
    let core = wire::core(&config).await?;
    let names = match &request.realm {
        Some(name) => vec![name.clone()],
        None => store::realms::list(&core.store).await?.into_iter().map(|realm| realm.name).collect(),
    };
    match &request.to {
        RealmFiles::File(file) => {
            let mut realms = Vec::new();
            for name in &names {
                realms.push(read(&core, name, request.users).await?.into_value());
            }
            // One realm that was asked for stands alone; all stand in a list.
            match (request.realm.is_some(), realms.pop()) {
                (true, Some(realm)) => write(file, &realm)?,
                (_, last) => write(file, &realms.into_iter().chain(last).collect::<Vec<_>>())?,
            }
            tracing::info!(realms = names.len(), file = %file.display(), "exported");
            tell_open(&core, &names).await?;
        }
        RealmFiles::Folder(folder) => {
            let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
            made.map_err(|cause| format!("{} cannot be made: {cause}", folder.display()))?;
            for name in &names {
                write(&folder.join(format!("{name}-realm.json")), &read(&core, name, request.users).await?.0)?;
                let files = write_users(&core, name, folder, &request).await?;
                // Of an earlier export: users that are gone would come back with it.
                realm_files::remove_users(folder, name, files)?;
                tracing::info!(realm = name, folder = %folder.display(), "exported");
            }
            tell_open(&core, &names).await?;
        }
    }
    Ok(())
}

/// Says which ledgers are open: whoever imports the file elsewhere can't know.
async fn tell_open(core: &Core, names: &[String]) -> Result<(), Failure> {
    for name in names {
        let Some(realm) = store::realms::find(&core.store, name).await? else { continue };
        if let Some(ledger) = store::ledger::find_open(&core.store, &realm.id).await? {
            tracing::warn!(
                realm = name,
                origin = ledger.origin,
                "the realm's ledger is open here: if the realm is to go on elsewhere, end it here with `countersign ledger \
                 close --realm={name}` before the server there answers anybody"
            );
        }
    }
    Ok(())
}

/// A realm as its own file holds it. Without people it still has the users of its service accounts, which belong to
/// clients.
async fn read(core: &Core, name: &str, users: ExportUsers) -> Result<Document, Failure> {
    let read = match users {
        ExportUsers::RealmFile | ExportUsers::Skip => export::whole(core, name).await,
        ExportUsers::SameFile | ExportUsers::DifferentFiles => export::realm(core, name).await,
    };
    let mut realm = read.map_err(|error| sentence(&error))?.ok_or_else(|| format!("there is no realm {name}"))?;
    if users == ExportUsers::Skip
        && let Some(Value::Array(users)) = realm.0.get_mut("users")
    {
        users.retain(|user| user.get("serviceAccountClientId").is_some());
    }
    Ok(realm)
}

/// Writes a realm's users into files beside the realm's, if that is wanted; how many files.
async fn write_users(core: &Core, name: &str, folder: &Path, request: &ExportRequest) -> Result<u32, Failure> {
    let at_most = match request.users {
        ExportUsers::Skip | ExportUsers::RealmFile => return Ok(0),
        ExportUsers::SameFile => usize::MAX,
        ExportUsers::DifferentFiles => request.users_per_file,
    };
    let mut after = String::new();
    for number in 0_u32.. {
        let mut users = Vec::new();
        while users.len() < at_most {
            let room = i64::try_from(at_most - users.len()).unwrap_or(PAGE).min(PAGE);
            let page = export::users_after(core, name, &after, room).await.map_err(|error| sentence(&error))?;
            let Some(last) = page.last() else { break };
            after = last.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
            users.extend(page);
        }
        if users.is_empty() {
            return Ok(number);
        }
        write(&folder.join(format!("{name}-users-{number}.json")), &json!({"realm": name, "users": users}))?;
    }
    Ok(u32::MAX)
}

fn write(file: &Path, content: &impl Serialize) -> Result<(), Failure> {
    let written = || -> io::Result<()> {
        let open = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(file)?;
        let mut out = BufWriter::new(open);
        serde_json::to_writer_pretty(&mut out, content)?;
        out.write_all(b"\n")?;
        out.into_inner()?.sync_all()
    };
    Ok(written().map_err(|cause| format!("{} cannot be written: {cause}", file.display()))?)
}

/// Users read at once.
const PAGE: i64 = 200;
