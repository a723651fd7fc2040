//! What the realm tells a participant, export or not: whole chains of roles, profiles as they are now, and records of its own
//! messages and of those that it asked about.

use ::evidence::parts::{Part, Parts};
use ledger::text::{Digest, Octets};
use serde::Deserialize;
use signing::Profile;

use crate::commands::Failure;
use crate::evidence::access::{Access, under};
use crate::evidence::http::Http;
use crate::evidence::tiled::Tiled;

/// Records of a role on a page.
const PAGE: usize = 100;
/// Octets of the longest page.
const LONGEST: usize = 16 * 1024 * 1024;
/// Pages of a role, at most.
const MOST_PAGES: usize = 1000;

/// A realm that answers to a token.
pub(super) struct Registry<'r> {
    http: Http,
    /// The realm's URL with `/evidence`.
    ledger: &'r str,
    log: &'r Tiled,
    token: String,
}

/// A record, by its entry's id.
#[derive(Deserialize)]
struct Recorded {
    leaf: Octets,
    salt: Digest,
    octets: Octets,
    index: Option<u64>,
}

/// A record of a role's history.
#[derive(Deserialize)]
struct Told {
    entry: Id,
    salt: Digest,
    octets: Octets,
}

#[derive(Deserialize)]
struct Id {
    id: String,
}

/// What is said of an entry.
#[derive(Deserialize)]
struct Entry {
    origin: String,
    leaf: Octets,
    index: Option<u64>,
}

impl<'r> Registry<'r> {
    pub(super) async fn open(
        http: Http,
        access: &Access,
        ledger: &'r str,
        log: &'r Tiled,
    ) -> Result<Registry<'r>, Failure> {
        let token = access.token(&http, ledger).await?;
        Ok(Registry { http, ledger, log, token })
    }

    /// Puts all records of a role to the parts.
    pub(super) async fn history(&self, role: &str, parts: &mut Parts) -> Result<(), Failure> {
        for page in 0..MOST_PAGES {
            let mut url = under(self.ledger, &["registry", "roles", role, "history"])?;
            let first = page.saturating_mul(PAGE).to_string();
            url.query_pairs_mut().append_pair("first", &first).append_pair("max", &PAGE.to_string());
            let answer = self.http.get(url.clone(), Some(&self.token), LONGEST).await?;
            let answer = answer.ok_or_else(|| format!("{url} is not there"))?;
            let told: Vec<Told> = serde_json::from_slice(&answer).map_err(|why| format!("{url}: {why}"))?;
            let count = told.len();
            for Told { entry, salt, octets } in told {
                let said = self.log.told_entry(&entry.id).await?;
                // What waits for its index came after everything that is claimed.
                let Some(said) = said.and_then(|said| serde_json::from_value::<Entry>(said).ok()) else { continue };
                let part = Part::new(&said.leaf.0, salt, octets, said.index);
                parts.add(part.map_err(|why| format!("{url}: {why}"))?);
            }
            if count < PAGE {
                return Ok(());
            }
        }
        Err(format!("the chain of {role} is longer than the {MOST_PAGES} pages that are read").into())
    }

    /// The part of an entry, and the log that it is in.
    pub(super) async fn record(&self, id: &str) -> Result<(Part, String), Failure> {
        let url = under(self.ledger, &["evidence", "records", id])?;
        let answer = self.http.get(url.clone(), Some(&self.token), LONGEST).await?;
        let answer = answer.ok_or_else(|| format!("{url} is not there"))?;
        let Recorded { leaf, salt, octets, index } =
            serde_json::from_slice(&answer).map_err(|why| format!("{url}: {why}"))?;
        let part = Part::new(&leaf.0, salt, octets, index).map_err(|why| format!("{url}: {why}"))?;
        let said = self.log.told_entry(id).await?.and_then(|said| serde_json::from_value::<Entry>(said).ok());
        let origin = said.map(|said| said.origin).ok_or_else(|| format!("{url} is in no log"))?;
        Ok((part, origin))
    }

    /// Puts a profile to the parts, as it is now.
    pub(super) async fn profile(&self, name: &str, parts: &mut Parts) -> Result<(), Failure> {
        let url = under(self.ledger, &["registry", "profiles", name])?;
        let answer = self.http.get(url.clone(), Some(&self.token), LONGEST).await?.unwrap_or_default();
        let profile: Profile = serde_json::from_slice(&answer).map_err(|why| format!("{url}: {why}"))?;
        parts.add_profile(Octets(serde_json::to_vec(&profile)?));
        Ok(())
    }
}
