//! `evidence export`: messages out of the store, with all that proves them, in one file.

use ::evidence::Bundle;
use domain::Fresh;

use super::sentence;
use crate::commands::{EvidenceRequest, Failure};
use crate::config::Config;
use crate::config::resolved::Database;
use crate::evidence::{keep, read};
use crate::wire;

/// Octets of the longest body that is put in.
const LONGEST_BODY: usize = 64 * 1024 * 1024;

pub(super) async fn export(config: Config, request: EvidenceRequest) -> Result<(), Failure> {
    if let Database::Sqlite { file } = &config.database
        && !file.exists()
    {
        return Err(format!("{} is not there: name the server's data by --data-dir", file.display()).into());
    }
    if !request.replaces && request.out.exists() {
        let place = request.out.display();
        return Err(format!("{place} is there already, and may be evidence: name another file, or say --force").into());
    }
    let core = wire::core(&config).await?;
    let realm = &request.realm;
    let plan = core.plan(realm, Fresh::Now).await.map_err(|error| sentence(&error))?;
    let plan = plan.ok_or_else(|| format!("there is no realm {realm}"))?;
    if store::ledger::of_realm(&core.store, &plan.realm.id).await?.is_empty() {
        return Err(format!("the realm {realm} has no ledger: only messages between participants have evidence").into());
    }
    let octets = ::messages::bundle::make(&core, &plan, &request.selection).await.map_err(|error| sentence(&error))?;
    let mut bundle = Bundle::read(&octets)?;
    for place in &request.bodies {
        let body = read(place, LONGEST_BODY)?;
        if bundle.disclose(&body) == 0 {
            return Err(
                format!("{} is the body of none of these messages: no octet may differ", place.display()).into()
            );
        }
    }
    keep::replace(&request.out, &bundle.write()?)?;
    let missing = bundle.messages.iter().filter(|message| message.body.is_none()).count();
    if missing > 0 {
        tracing::warn!(
            missing,
            "the server keeps no body of these messages: add each by --body, or nothing of them is proved"
        );
    }
    tracing::info!(messages = bundle.messages.len(), file = %request.out.display(), "exported");
    Ok(())
}
