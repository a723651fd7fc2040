//! What an organisation takes part as: one role, its settings, its approval and its keys through time.

use jose::VerifyingKey;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use signing::{Sender, SenderKey};

use crate::key::PublicKey;
use crate::moment::Moment;
use crate::record::{ChainError, Change, Head, Record};
use crate::status::Status;
use crate::voucher::Word;

/// How a role takes part, by the network's names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Settings {
    /// What it is, such as `LENDER`.
    pub participant_role: String,
    /// Its one client.
    pub client_id: String,
    /// Where its messages are sent to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// The signing profile of its messages.
    pub profile: String,
    /// Addresses that its messages may come from; from anywhere where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<String>,
    /// Ids of the product networks that it belongs to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub product_networks: Vec<String>,
    /// What it calls itself in signatures, for profiles that sign that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// The trust anchor of its keys, for profiles that sign that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchor: Option<String>,
}

/// A role, as its records say.
#[derive(Clone, Debug)]
pub struct Role {
    /// Its id.
    pub id: String,
    /// Whose role it is.
    pub participant_id: String,
    /// How it takes part.
    pub settings: Settings,
    /// Its approval, and since when each, oldest first; never empty.
    pub standings: Vec<Standing>,
    /// Its keys, the ended and revoked ones too, in the order in which they were added.
    pub keys: Vec<Key>,
    /// The end of its chain.
    pub head: Head,
}

/// An approval and when it began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The approval.
    pub status: Status,
    /// Since when.
    pub since: Moment,
    /// Whose decision it was: the user's id, else the client's.
    pub by: String,
    /// Why.
    pub reason: Option<String>,
}

/// A registered key.
#[derive(Clone, Debug)]
pub struct Key {
    /// Its name.
    pub kid: String,
    /// The public key as JWK.
    pub jwk: Value,
    /// Its thumbprint [RFC7638-3].
    pub thumbprint: String,
    /// What makes it one role's alone, as [`PublicKey::identities`].
    pub identities: Vec<String>,
    /// When it was added.
    pub added: Moment,
    /// When it counts from.
    pub valid_from: Moment,
    /// When it doesn't count any more, by what was said when it was added.
    pub valid_until: Option<Moment>,
    /// When it was ended.
    pub ended: Option<Moment>,
    /// Since when it must not be trusted.
    pub revoked_since: Option<Moment>,
    /// Why it was revoked.
    pub reason: Option<String>,
    /// Whether who brought it proved to have the private key.
    pub is_proved: bool,
    /// On whose word it is the role's.
    pub word: Word,
    verifying: VerifyingKey,
}

impl Key {
    /// Ready to verify.
    pub fn verifying(&self) -> &VerifyingKey {
        &self.verifying
    }

    /// When it stops to count, whichever comes first.
    pub fn until(&self) -> Option<Moment> {
        [self.valid_until, self.ended].into_iter().flatten().min()
    }

    /// Whether it counts at a moment.
    pub fn counts(&self, at: Moment) -> bool {
        at >= self.valid_from
            && self.until().is_none_or(|until| at < until)
            && self.revoked_since.is_none_or(|since| at < since)
    }

    /// How the API names its state at a moment.
    pub fn state(&self, at: Moment) -> &'static str {
        if self.revoked_since.is_some() {
            "REVOKED"
        } else if self.until().is_some_and(|until| at >= until) {
            "ENDED"
        } else if at < self.valid_from {
            "PENDING"
        } else {
            "ACTIVE"
        }
    }
}

impl Role {
    /// Puts a role's records together, oldest first; None where there are none.
    ///
    /// # Errors
    /// When they are not one chain, or one says what can't follow.
    pub fn fold<'r>(records: impl IntoIterator<Item = &'r [u8]>) -> Result<Option<Self>, ChainError> {
        let mut found: Option<Self> = None;
        for octets in records {
            match &mut found {
                None => found = Some(Self::begin(octets)?),
                Some(role) => role.follow(octets)?,
            }
        }
        Ok(found)
    }

    /// The role as its first record says.
    ///
    /// # Errors
    /// When it isn't the first record of a role.
    pub fn begin(octets: &[u8]) -> Result<Self, ChainError> {
        let record = Record::parse(octets)?;
        let head = Head::first(&record, octets)?;
        let standing = Standing {
            status: Status::Applied,
            since: record.recorded_at,
            by: record.actor.name().to_owned(),
            reason: None,
        };
        match record.change {
            Change::RoleApplied { participant_id, role } => Ok(Self {
                id: record.subject,
                participant_id,
                settings: role,
                standings: vec![standing],
                keys: Vec::new(),
                head,
            }),
            _ => Err(ChainError::Impossible { seq: 1, why: "a role's chain begins with its application" }),
        }
    }

    /// Takes the next record.
    ///
    /// # Errors
    /// When it doesn't follow; the role is as before then.
    pub fn follow(&mut self, octets: &[u8]) -> Result<(), ChainError> {
        let record = Record::parse(octets)?;
        if record.subject != self.id {
            return Err(ChainError::Foreign(record.seq));
        }
        let mut head = self.head.clone();
        head.follow(&record, octets)?;
        self.apply(record)?;
        self.head = head;
        Ok(())
    }

    fn apply(&mut self, record: Record) -> Result<(), ChainError> {
        let (seq, at) = (record.seq, record.recorded_at);
        let impossible = |why| Err(ChainError::Impossible { seq, why });
        match record.change {
            Change::ParticipantStated { .. } | Change::RoleApplied { .. } => {
                return impossible("a change that only begins a chain");
            }
            Change::RoleStated { role } => self.settings = role,
            Change::StatusChanged { status, reason } => {
                if !self.status().may_become(status) {
                    return impossible("an approval that can't follow the one before");
                }
                self.standings.push(Standing { status, since: at, by: record.actor.name().to_owned(), reason });
            }
            Change::KeyAdded { kid, jwk, valid_from, valid_until, proof, word } => {
                if self.key(&kid).is_some() {
                    return impossible("a kid that the role had before");
                }
                let Ok(read) = PublicKey::read(&jwk) else { return impossible("a key that is not taken") };
                if read.kid != kid {
                    return impossible("a key under another's name");
                }
                let (ended, revoked_since, reason, is_proved) = (None, None, None, proof.is_some());
                self.keys.push(Key {
                    kid,
                    jwk,
                    thumbprint: read.thumbprint,
                    identities: read.identities,
                    added: at,
                    valid_from,
                    valid_until,
                    ended,
                    revoked_since,
                    reason,
                    is_proved,
                    word,
                    verifying: read.key,
                });
            }
            Change::KeyEnded { kid, at } => match self.key_mut(&kid) {
                // An end can come sooner than was said, never later.
                Some(key) if key.ended.is_none_or(|before| at < before) => key.ended = Some(at),
                _ => return impossible("the end of a key that isn't there, or ends sooner"),
            },
            Change::KeyRevoked { kid, since, reason } => match self.key_mut(&kid) {
                Some(key) => {
                    // A later record may only take more trust away.
                    key.revoked_since = Some(key.revoked_since.map_or(since, |before| before.min(since)));
                    key.reason = Some(reason);
                }
                None => return impossible("the revocation of a key that isn't there"),
            },
            Change::SecretRotated { .. } => {}
        }
        Ok(())
    }

    /// Its approval.
    pub fn status(&self) -> Status {
        self.standings.last().map_or(Status::Applied, |standing| standing.status)
    }

    /// Its approval at a moment; none before it was there.
    pub fn status_at(&self, at: Moment) -> Option<Status> {
        self.standings.iter().rev().find(|standing| standing.since <= at).map(|standing| standing.status)
    }

    /// A key by its name.
    pub fn key(&self, kid: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.kid == kid)
    }

    /// A key by its name or, since a name may hold what no path can, by its thumbprint.
    pub fn key_at(&self, segment: &str) -> Option<&Key> {
        self.key(segment).or_else(|| self.keys.iter().find(|key| key.thumbprint == segment))
    }

    fn key_mut(&mut self, kid: &str) -> Option<&mut Key> {
        self.keys.iter_mut().find(|key| key.kid == kid)
    }

    /// The role as the judge of messages wants it: with all its keys, approved or not at a moment.
    pub fn sender(&self, at: Moment) -> Sender {
        let keys = self.keys.iter().map(|key| SenderKey {
            kid: key.kid.clone(),
            key: key.verifying.clone(),
            valid_from: key.valid_from.seconds(),
            valid_until: key.until().map(Moment::seconds),
            revoked_since: key.revoked_since.map(Moment::seconds),
        });
        Sender {
            id: self.id.clone(),
            approved: self.status_at(at) == Some(Status::Approved),
            keys: keys.collect(),
            issuer: self.settings.issuer.clone(),
            anchor: self.settings.anchor.clone(),
        }
    }
}
