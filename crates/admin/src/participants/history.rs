//! The past of a role: what was true at a moment, by what was recorded by another, and its chain.

use std::sync::Arc;

use domain::network::past::Past;
use domain::{Error, Fault, Result};
use registry::{Moment, Record, Role, record};
use serde_json::{Value, json};
use store::participants::RoleRow;

use super::check;
use crate::permit::{Permission, Permit, ViewParticipants};
use crate::refusals::PARTICIPANT_ROLE_NOT_FOUND;

/// Reads `at` and `asOf` as callers write them.
///
/// # Errors
/// 400 for what is no time.
pub fn past(at: Option<&str>, as_of: Option<&str>) -> Result<Past> {
    Past::read(at, as_of).map_err(check::refuse)
}

/// A role as its records by a moment say.
pub(super) async fn role_as_of<P: Permission>(
    permit: &Permit<'_, P>,
    participant: &str,
    id: &str,
    as_of: Option<Moment>,
) -> Result<Arc<Role>> {
    let found = permit.cx.oidc.core.role_as_of(permit.realm_id(), id, as_of).await?;
    of(participant, found)
}

/// A role as it was.
pub(super) async fn role<P: Permission>(
    permit: &Permit<'_, P>,
    participant: &str,
    id: &str,
    past: Past,
) -> Result<Arc<Role>> {
    let found = permit.cx.oidc.core.role_in(permit.realm_id(), id, past).await?;
    of(participant, found)
}

fn of(participant: &str, found: Option<Arc<Role>>) -> Result<Arc<Role>> {
    let found = found.filter(|role| role.participant_id == participant);
    found.ok_or_else(|| Error::from(PARTICIPANT_ROLE_NOT_FOUND))
}

/// The roles of rows as they were, those that there were.
pub(super) async fn roles<P: Permission>(
    permit: &Permit<'_, P>,
    rows: &[RoleRow],
    past: Past,
) -> Result<Vec<Arc<Role>>> {
    let core = &permit.cx.oidc.core;
    let mut out = Vec::new();
    for row in rows {
        match past.is_now() {
            true => out.push(core.role_of_row(permit.realm_id(), row).await?),
            false => out.extend(core.role_in(permit.realm_id(), &row.id, past).await?),
        }
    }
    Ok(out)
}

/// Lists a page of a role's records, oldest first.
pub async fn history(
    permit: &Permit<'_, ViewParticipants>,
    participant: &str,
    id: &str,
    first: usize,
    max: usize,
) -> Result<Value> {
    super::roles::find(permit, participant, id).await?;
    chain(permit, id, first, max).await
}

/// Lists a page of a participant's own records, oldest first.
pub async fn participant_history(
    permit: &Permit<'_, ViewParticipants>,
    id: &str,
    first: usize,
    max: usize,
) -> Result<Value> {
    super::find(permit, id).await?;
    chain(permit, id, first, max).await
}

async fn chain(permit: &Permit<'_, ViewParticipants>, id: &str, first: usize, max: usize) -> Result<Value> {
    let rows = store::participants::records(permit.store(), permit.realm_id(), id).await?;
    let mut out = Vec::new();
    for row in rows.iter().skip(first).take(max) {
        let record = Record::parse(&row.octets).map_err(Fault::new)?;
        let entry = Some(row.entry_id.as_str()).filter(|id| !id.is_empty());
        out.push(json!({
            "seq": record.seq,
            "recordedAt": record.recorded_at,
            "actor": record.actor,
            "change": record.change,
            "digest": record::digest(&row.octets),
            "entry": entry.map(|id| json!({"id": id})),
        }));
    }
    Ok(out.into())
}
