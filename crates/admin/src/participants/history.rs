//! The past of a role: what was true at a moment, by what was recorded by another, and its chain.

use std::sync::Arc;

use domain::{Error, Fault, Result};
use registry::{ChainError, Moment, Record, Role, record};
use serde_json::{Value, json};
use store::participants::RecordRow;

use super::roles;
use super::sent::moment;
use crate::permit::{Permission, Permit, ViewParticipants};
use crate::refusals::PARTICIPANT_ROLE_NOT_FOUND;

/// A question about the past.
#[derive(Clone, Copy, Debug, Default)]
pub struct Past {
    /// The moment that is asked about; now, where there is none.
    pub at: Option<Moment>,
    /// Only records made by then count.
    pub as_of: Option<Moment>,
}

impl Past {
    /// Reads `at` and `asOf` of a query.
    ///
    /// # Errors
    /// 400 for what is no time.
    pub fn read(at: Option<&str>, as_of: Option<&str>) -> Result<Self> {
        Ok(Self { at: moment("at", at)?, as_of: moment("asOf", as_of)? })
    }
}

/// A role as its records by a moment say.
pub(super) async fn role<P: Permission>(
    permit: &Permit<'_, P>,
    participant: &str,
    id: &str,
    as_of: Option<Moment>,
) -> Result<Arc<Role>> {
    let now = roles::find(permit, participant, id).await?;
    match as_of.filter(|moment| *moment < now.head.at) {
        None => Ok(now),
        Some(moment) => {
            let rows = store::participants::records(permit.store(), permit.realm_id(), id).await?;
            let found = folded(&rows, moment).map_err(Fault::new)?;
            found.map(Arc::new).ok_or_else(|| Error::from(PARTICIPANT_ROLE_NOT_FOUND))
        }
    }
}

fn folded(rows: &[RecordRow], as_of: Moment) -> Result<Option<Role>, ChainError> {
    let mut by_then = Vec::new();
    for row in rows {
        if Record::parse(&row.octets)?.recorded_at > as_of {
            break;
        }
        by_then.push(row.octets.as_slice());
    }
    Role::fold(by_then)
}

/// Lists a page of a role's records, oldest first.
pub async fn history(
    permit: &Permit<'_, ViewParticipants>,
    participant: &str,
    id: &str,
    first: usize,
    max: usize,
) -> Result<Value> {
    roles::find(permit, participant, id).await?;
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
