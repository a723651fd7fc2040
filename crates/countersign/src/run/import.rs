//! Realms into the store: at the start of a server, and by the command `import`.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use domain::{Core, Error, Fresh};
use model::Document;

use super::{administrator, sentence};
use crate::commands::{Failure, ImportRequest, RealmFiles};
use crate::config::Config;
use crate::realm_files::{self, RealmSource};
use crate::wire;

/// A realm that a file names, with what can be tried in it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) name: String,
    /// Whether it came in now, so that what the file says of it is so.
    pub(super) is_new: bool,
    /// Client id and secret of a client with a service account.
    pub(super) service: Option<(String, String)>,
    /// Client id and redirect URI of a client that people log in to.
    pub(super) login: Option<(String, String)>,
}

/// What becomes of a realm that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Existing {
    Stays,
    IsReplaced,
}

pub(super) async fn command(config: Config, request: ImportRequest) -> Result<(), Failure> {
    let (RealmFiles::File(place) | RealmFiles::Folder(place)) = &request.from;
    match (&request.from, place.is_dir()) {
        (RealmFiles::File(_), true) => return Err(format!("{} is a folder: use --dir", place.display()).into()),
        (RealmFiles::Folder(_), false) => return Err(format!("{} is no folder", place.display()).into()),
        _ => {}
    }
    let sources = realm_files::find(place)?;
    if sources.is_empty() {
        return Err(format!("{} holds no realm files (.json)", place.display()).into());
    }
    let core = wire::core(&config).await?;
    if brings_master(&core, &sources).await? {
        return restore(&core, &sources).await;
    }
    administrator::ensure_master(&core).await?;
    let existing = if request.replace_existing { Existing::IsReplaced } else { Existing::Stays };
    import(&core, &sources, existing).await.map(drop)
}

/// Whether the files bring the realm master into a database that has none: they are another database's export.
async fn brings_master(core: &Arc<Core>, sources: &[RealmSource]) -> Result<bool, Failure> {
    if core.plan(admin::MASTER, Fresh::Now).await.map_err(|error| sentence(&error))?.is_some() {
        return Ok(false);
    }
    for source in sources {
        if source.read()?.iter().any(|realm| realm.text("realm") == Some(admin::MASTER)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Brings a whole export into a new database, master with its administrators first.
async fn restore(core: &Arc<Core>, sources: &[RealmSource]) -> Result<(), Failure> {
    for masters_turn in [true, false] {
        for source in sources {
            let realms = source.read()?.into_iter();
            for realm in realms.filter(|realm| (realm.text("realm") == Some(admin::MASTER)) == masters_turn) {
                let name = realm.text("realm").unwrap_or_default().to_owned();
                let file = source.file.display();
                admin::import::with_master(core, realm).await.map_err(|error| {
                    let cause = sentence(&error);
                    format!(
                        "{file}: {cause}. What came before it is in: mend the file, and begin with an empty database"
                    )
                })?;
                tracing::info!(realm = name, %file, "the realm is imported");
            }
        }
    }
    Ok(())
}

/// The files of `--import-realm`.
pub(super) fn files(config: &Config) -> Result<Vec<RealmSource>, Failure> {
    let Some(place) = &config.import_realm else { return Ok(Vec::new()) };
    if !place.exists() && *place == config.data_dir.join(USUAL) {
        tracing::warn!(folder = %place.display(), "no realms to import: the folder is not there");
        return Ok(Vec::new());
    }
    let sources = realm_files::find(place)?;
    if sources.is_empty() {
        tracing::warn!(folder = %place.display(), "no realms to import: the folder holds no realm files (.json)");
    }
    Ok(sources)
}

/// The realms of `--import-realm`; those that exist are left alone.
pub(super) async fn at_start(core: &Arc<Core>, files: &[RealmSource]) -> Result<Vec<Seen>, Failure> {
    import(core, files, Existing::Stays).await
}

async fn import(core: &Arc<Core>, sources: &[RealmSource], existing: Existing) -> Result<Vec<Seen>, Failure> {
    let mut seen = Vec::new();
    for source in sources {
        for realm in source.read()? {
            let told = |cause: String| format!("{}: {cause}", source.file.display());
            seen.push(import_one(core, realm, existing, &source.file).await.map_err(told)?);
        }
    }
    Ok(seen)
}

/// Whether another node is importing a realm of that name; waits until it is done.
async fn another_makes(core: &Arc<Core>, name: &str) -> Result<bool, String> {
    for _ in 0..WAITS {
        if core.plan(name, Fresh::Now).await.map_err(|error| sentence(&error))?.is_some() {
            return Ok(true);
        }
        // A realm that is being imported has no name yet.
        if !admin::is_importing(core).await.map_err(|error| sentence(&error))? {
            return Ok(false);
        }
        tokio::time::sleep(WAIT).await;
    }
    Ok(false)
}

/// Another node's import is waited for this long.
const WAITS: usize = 240;
const WAIT: Duration = Duration::from_millis(250);

async fn import_one(core: &Arc<Core>, realm: Document, existing: Existing, file: &Path) -> Result<Seen, String> {
    let mut seen = look_at(&realm);
    let is_there = core.plan(&seen.name, Fresh::Now).await.map_err(|error| sentence(&error))?.is_some();
    let file = file.display();
    let done = match (is_there, existing) {
        (true, Existing::Stays) => {
            tracing::info!(realm = seen.name, %file, "the realm exists already and is left alone");
            return Ok(seen);
        }
        (true, Existing::IsReplaced) if seen.name == admin::MASTER => {
            tracing::warn!(%file, "the realm master is left alone: it administers the others");
            return Ok(seen);
        }
        (true, Existing::IsReplaced) => admin::import::replace(core, realm).await,
        (false, _) => admin::import::realm(core, realm).await,
    };
    if let Err(error) = done {
        // Another node that starts at the same time may be at it: its realm is as good.
        let is_there = matches!(&error, Error::Refused(refused) if refused.refusal.status == 409);
        if existing == Existing::Stays && is_there && another_makes(core, &seen.name).await? {
            tracing::info!(realm = seen.name, %file, "another node imported the realm just now");
            return Ok(seen);
        }
        return Err(sentence(&error));
    }
    tracing::info!(realm = seen.name, %file, "the realm is imported");
    seen.is_new = true;
    Ok(seen)
}

/// What a realm's file says can be tried.
fn look_at(realm: &Document) -> Seen {
    let name = realm.text("realm").unwrap_or_default().trim().to_owned();
    let clients = || realm.list("clients").iter().filter(|client| client["enabled"] != false);
    let owned = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    let service = clients().find_map(|client| {
        let usable = client["serviceAccountsEnabled"] == true && client["publicClient"] != true;
        Some((owned(&client["clientId"])?, owned(&client["secret"])?)).filter(|_| usable)
    });
    let login = clients().find_map(|client| {
        // A client that demands PKCE can't be tried with a link: whoever follows it made no verifier.
        let pkce = client["attributes"].get("pkce.code.challenge.method").and_then(|method| method.as_str());
        let is_plain = pkce.is_none_or(str::is_empty);
        let usable = client["standardFlowEnabled"] != false && client["bearerOnly"] != true && is_plain;
        let redirect = owned(client["redirectUris"].get(0)?)?.trim_end_matches('*').to_owned();
        Some((owned(&client["clientId"])?, redirect)).filter(|(_, redirect)| usable && redirect.contains("://"))
    });
    Seen { name, is_new: false, service, login }
}

const USUAL: &str = "import";

#[cfg(test)]
mod tests {
    use super::{Document, look_at};

    #[test]
    fn a_client_that_demands_pkce_is_not_offered_to_be_tried_with_a_link() {
        let realm = r#"{"realm":"r","clients":[
            {"clientId":"web","redirectUris":["http://h/*"],"attributes":{"pkce.code.challenge.method":"S256"}}]}"#;
        assert_eq!(look_at(&Document::parse(realm).unwrap()).login, None);
    }

    #[test]
    fn what_can_be_tried_is_read_from_the_file() {
        let realm = r#"{"realm":"r","clients":[
            {"clientId":"off","enabled":false,"serviceAccountsEnabled":true,"secret":"x"},
            {"clientId":"open","publicClient":true,"redirectUris":["/relative/*","http://h/"]},
            {"clientId":"web","redirectUris":["http://h/app/*"],"serviceAccountsEnabled":true,"secret":"hush"}]}"#;
        let seen = look_at(&Document::parse(realm).unwrap());
        assert_eq!(seen.name, "r");
        assert_eq!(seen.service, Some(("web".to_owned(), "hush".to_owned())));
        assert_eq!(seen.login, Some(("web".to_owned(), "http://h/app/".to_owned())));
    }
}
