//! One change of a chain. A chain is the records of one participant or role, each with the digest of the one before.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::moment::Moment;
use crate::participant::Statement;
use crate::role::Settings;
use crate::status::Status;
use crate::voucher::Word;

/// A record. Its octets are its JSON without white space, members in this order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Record {
    /// The form's version: 1.
    pub v: u32,
    /// Always `registry`.
    pub kind: Kind,
    /// The participant or role whose chain it is of, by id.
    pub subject: String,
    /// Its place in the chain, from 1.
    pub seq: u64,
    /// When it was made.
    pub recorded_at: Moment,
    /// Who made it.
    pub actor: Actor,
    /// What changes.
    pub change: Change,
    /// The digest of the record before; none for the first.
    pub prev: Option<String>,
}

/// The kind of a ledger's record that this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A change of the registry.
    Registry,
}

/// Who made a record: the bearer of a token of this realm or of master, or the server's own command line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Actor {
    /// The realm of the token.
    pub realm: String,
    /// The client's id.
    pub client_id: String,
    /// The user's id.
    pub user_id: Option<String>,
}

impl Actor {
    /// The user's id, else the client's.
    pub fn name(&self) -> &str {
        self.user_id.as_deref().unwrap_or(&self.client_id)
    }
}

/// What changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Change {
    /// An organisation says who it is.
    ParticipantStated {
        /// What it says.
        participant: Statement,
    },
    /// A role is registered; it is `APPLIED`.
    RoleApplied {
        /// Whose role it is.
        participant_id: String,
        /// How it takes part.
        role: Settings,
    },
    /// How it takes part changes.
    RoleStated {
        /// How it takes part from now on.
        role: Settings,
    },
    /// Its approval changes.
    StatusChanged {
        /// What it is from now on.
        status: Status,
        /// Why.
        reason: Option<String>,
    },
    /// A key is added.
    KeyAdded {
        /// Its name.
        kid: String,
        /// The public key.
        jwk: Value,
        /// When it counts from.
        valid_from: Moment,
        /// When it doesn't count any more.
        valid_until: Option<Moment>,
        /// A proof that who brought it has the private key; see [`crate::proof`].
        proof: Option<String>,
        /// On whose word it is the role's.
        word: Word,
    },
    /// A key ends.
    KeyEnded {
        /// Its name.
        kid: String,
        /// From when on.
        at: Moment,
    },
    /// A key must not be trusted.
    KeyRevoked {
        /// Its name.
        kid: String,
        /// Since when.
        since: Moment,
        /// Why.
        reason: String,
    },
    /// The client's secret was changed.
    SecretRotated {
        /// Until when the one before still counts.
        previous_until: Option<Moment>,
        /// When the new one ends.
        expires: Option<Moment>,
    },
}

/// What is wrong with a chain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// Not a record.
    #[error("not a record of the registry: {0}")]
    NotARecord(String),
    /// A record of another chain.
    #[error("record {0} is of another chain")]
    Foreign(u64),
    /// A gap, or a record twice.
    #[error("record {found} stands where {expected} belongs")]
    Gap {
        /// The place.
        expected: u64,
        /// The record's own.
        found: u64,
    },
    /// The record doesn't name the one before.
    #[error("record {0} does not name the record before it")]
    Broken(u64),
    /// The record is older than the one before.
    #[error("record {0} is older than the record before it")]
    Backwards(u64),
    /// A change that can't follow on what is there.
    #[error("record {seq}: {why}")]
    Impossible {
        /// Its place.
        seq: u64,
        /// Why.
        why: &'static str,
    },
}

impl Record {
    /// The octets that are kept and whose digest counts.
    pub fn to_bytes(&self) -> Vec<u8> {
        // A struct of texts and numbers always has a JSON form.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads a record's octets; only those that [`Record::to_bytes`] would write are taken.
    ///
    /// # Errors
    /// [`ChainError::NotARecord`].
    pub fn parse(octets: &[u8]) -> Result<Self, ChainError> {
        let record: Self = serde_json::from_slice(octets).map_err(|error| ChainError::NotARecord(error.to_string()))?;
        if record.v != 1 {
            return Err(ChainError::NotARecord("its form is not version 1".to_owned()));
        }
        match record.to_bytes() == octets {
            true => Ok(record),
            false => Err(ChainError::NotARecord("not in the one spelling of records".to_owned())),
        }
    }
}

/// The digest by which the next record and verdicts name a record: base64url of its SHA-256.
pub fn digest(octets: &[u8]) -> String {
    jose::b64::encode(jose::digest::sha256(octets))
}

/// The end of a chain, on which the next record must follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The newest record's place.
    pub seq: u64,
    /// Its digest.
    pub digest: String,
    /// When it was made.
    pub at: Moment,
}

impl Head {
    /// The head after the first record.
    ///
    /// # Errors
    /// When it isn't a first record.
    pub fn first(record: &Record, octets: &[u8]) -> Result<Self, ChainError> {
        match (record.seq, &record.prev) {
            (1, None) => Ok(Self { seq: 1, digest: digest(octets), at: record.recorded_at }),
            (1, Some(_)) => Err(ChainError::Broken(1)),
            (found, _) => Err(ChainError::Gap { expected: 1, found }),
        }
    }

    /// Goes on to the next record.
    ///
    /// # Errors
    /// When it doesn't follow.
    pub fn follow(&mut self, record: &Record, octets: &[u8]) -> Result<(), ChainError> {
        if record.seq != self.seq + 1 {
            return Err(ChainError::Gap { expected: self.seq + 1, found: record.seq });
        }
        if record.prev.as_ref() != Some(&self.digest) {
            return Err(ChainError::Broken(record.seq));
        }
        if record.recorded_at < self.at {
            return Err(ChainError::Backwards(record.seq));
        }
        *self = Self { seq: record.seq, digest: digest(octets), at: record.recorded_at };
        Ok(())
    }
}
