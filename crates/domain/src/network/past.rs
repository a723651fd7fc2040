//! The past of the registry: what was true at a moment, by what was recorded by another.

use std::sync::Arc;

use registry::{ChainError, Moment, Participant, Record, Role};
use store::participants::RecordRow;

use crate::{Core, Fault, Result};

/// A question about the past.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// The moment that is asked about; now, where there is none.
    pub at: Option<Moment>,
    /// Only records made by then count.
    pub as_of: Option<Moment>,
}

impl Past {
    /// Reads `at` and `asOf` as callers write them.
    ///
    /// # Errors
    /// What is no time, as a sentence.
    pub fn read(at: Option<&str>, as_of: Option<&str>) -> Result<Self, String> {
        let time = |name: &str, text: Option<&str>| {
            let read = |text| Moment::parse(text).ok_or_else(|| format!("{name}: must be a time such as {EXAMPLE}"));
            text.map(read).transpose()
        };
        Ok(Self { at: time("at", at)?, as_of: time("asOf", as_of)? })
    }

    /// Whether what is asked about is now, by all that is known now.
    pub fn is_now(self) -> bool {
        self == Self::default()
    }

    /// The moment that is asked about.
    pub fn moment(self, now_ms: i64) -> Moment {
        self.at.unwrap_or(Moment::from_ms(now_ms))
    }

    /// By when something must have been said to hold: settings and statements do from their record on.
    fn said_by(self) -> Option<Moment> {
        self.at.into_iter().chain(self.as_of).min()
    }
}

const EXAMPLE: &str = "2026-11-26T21:24:33Z";

impl Core {
    /// A role as its records made by a moment say; None where there were none.
    ///
    /// # Errors
    /// As [`Core::participant_role`].
    pub async fn role_as_of(&self, realm_id: &str, id: &str, as_of: Option<Moment>) -> Result<Option<Arc<Role>>> {
        let Some(now) = self.participant_role(realm_id, id).await? else { return Ok(None) };
        match as_of.filter(|moment| *moment < now.head.at) {
            None => Ok(Some(now)),
            Some(moment) => {
                let rows = store::participants::records(&self.store, realm_id, id).await?;
                let role = by_then(&rows, moment).and_then(Role::fold).map_err(Fault::new)?;
                Ok(role.map(Arc::new))
            }
        }
    }

    /// A role with the settings and the approval of a moment, and all keys that are known of; None where there was no such
    /// role yet.
    ///
    /// # Errors
    /// As [`Core::participant_role`].
    pub async fn role_in(&self, realm_id: &str, id: &str, past: Past) -> Result<Option<Arc<Role>>> {
        let Some(known) = self.role_as_of(realm_id, id, past.as_of).await? else { return Ok(None) };
        let Some(at) = past.at.filter(|at| *at < known.head.at) else { return Ok(Some(known)) };
        let Some(said) = self.role_as_of(realm_id, id, past.said_by()).await? else { return Ok(None) };
        let mut then = Role::clone(&known);
        then.settings = said.settings.clone();
        then.standings.retain(|standing| standing.since <= at);
        Ok(Some(Arc::new(then)))
    }

    /// A participant as it was; None where it was not there yet.
    ///
    /// # Errors
    /// As [`Core::participant_role`].
    pub async fn participant_in(&self, realm_id: &str, id: &str, past: Past) -> Result<Option<Participant>> {
        let Some(now) = self.participant(realm_id, id).await? else { return Ok(None) };
        match past.said_by().filter(|moment| *moment < now.head.at) {
            None => Ok(Some(now)),
            Some(moment) => {
                let rows = store::participants::records(&self.store, realm_id, id).await?;
                Ok(by_then(&rows, moment).and_then(Participant::fold).map_err(Fault::new)?)
            }
        }
    }
}

/// The records of a chain that were made by a moment.
fn by_then(rows: &[RecordRow], moment: Moment) -> Result<Vec<&[u8]>, ChainError> {
    let mut found = Vec::new();
    for row in rows {
        if Record::parse(&row.octets)?.recorded_at > moment {
            break;
        }
        found.push(row.octets.as_slice());
    }
    Ok(found)
}
