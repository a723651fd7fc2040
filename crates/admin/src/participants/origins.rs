//! Names of ledgers: each is one log's on this server, whoever's file or settings claim it.

use domain::network::ORIGIN;
use domain::{Core, Error, Result};
use model::Document;
use store::ledger::ElsewhereRow;
use store::realms::RealmRow;

use super::file;
use crate::refusals;

/// Refuses a realm's file that tells of a ledger which this server knows under another key, or which goes on here in another
/// realm, and a name for its next ledger that is somebody else's. A realm's own are those that its file shows to be.
pub(crate) async fn check(
    core: &Core,
    (realm_id, name): (&str, &str),
    wanted: Option<&str>,
    told: &[ElsewhereRow],
) -> Result<()> {
    let here = store::ledger::all(&core.store).await?;
    for (n, old) in told.iter().enumerate().filter(|(_, old)| !old.verifier.is_empty()) {
        let Some(ledger) = here.iter().find(|row| row.origin == old.origin) else { continue };
        if !core.ledger_verifiers(ledger).await?.iter().any(|key| key.to_string() == old.verifier) {
            let why = format!("a ledger of this server has the name \"{}\", and not this key", old.origin);
            return Err(file::broken(&format!(".ledgers[{n}]"), &why));
        }
        if ledger.realm_id != realm_id && !ledger.closed {
            let why = format!("the ledger \"{}\" is open here, in another realm", old.origin);
            return Err(file::broken(&format!(".ledgers[{n}]"), &why));
        }
    }
    let is_shown = |origin: &str| told.iter().any(|old| old.origin == origin && !old.verifier.is_empty());
    match wanted.filter(|origin| !is_shown(origin)) {
        Some(origin) => is_free(core, (realm_id, name), origin).await,
        None => Ok(()),
    }
}

/// The same for the name that a realm's settings wish for, once they wish for another than before, which the row says.
pub(crate) async fn check_change(core: &Core, row: &RealmRow, after: &Document) -> Result<()> {
    let of = |doc: &Document| doc.nested("attributes", ORIGIN).filter(|origin| !origin.is_empty()).map(str::to_owned);
    match of(after).filter(|origin| of(&row.doc).as_ref() != Some(origin)) {
        Some(origin) => is_free(core, (&row.id, &row.name), &origin).await,
        None => Ok(()),
    }
}

/// Refuses a name that a ledger of another realm has, here or as that realm's file told, or that another realm wishes for:
/// whoever named it first has it, also while their ledger isn't open.
async fn is_free(core: &Core, (realm_id, name): (&str, &str), origin: &str) -> Result<()> {
    let here = store::ledger::all(&core.store).await?;
    let taken = match here.iter().find(|row| row.origin == origin) {
        Some(ledger) => ledger.realm_id != realm_id,
        None => {
            let own = store::ledger::elsewhere(&core.store, realm_id).await?;
            !own.iter().any(|old| old.origin == origin) && store::ledger::origin_taken(&core.store, origin).await?
        }
    };
    // A realm of the same name is the one that this takes the place of.
    let is_other = |row: &RealmRow| row.id != realm_id && row.name != name;
    let wishes = |row: &RealmRow| is_other(row) && row.doc.nested("attributes", ORIGIN) == Some(origin);
    match taken || store::realms::list(&core.store).await?.iter().any(wishes) {
        true => {
            let why = format!("{ORIGIN}: the name \"{origin}\" is taken by a ledger of another realm: choose another");
            Err(Error::from(refusals::REALM_UPDATE_FAILED.describe(why)))
        }
        false => Ok(()),
    }
}
