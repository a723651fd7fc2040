//! One entry of a ledger as it is made: a record, its salt, and the leaf that commits to it.

use ledger::text::{Digest, Octets, UtcTime};
use ledger::{Kind, Leaf, Receipt, leaf};
use store::Batch;
use store::ledger::EntryRow;

use crate::network::ledger::Open;
use crate::{Fault, Result};

/// An entry.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its leaf.
    pub leaf: Leaf,
    /// The salt of the leaf's commitment.
    pub salt: [u8; leaf::SALT_LEN],
    /// The record's octets.
    pub record: Vec<u8>,
}

/// Seconds within which an entry has its index, by promise: with a node that takes over from a dead one.
pub const MAX_DELAY: u64 = 60;

impl Entry {
    /// An entry of a record made at a moment.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn new(kind: Kind, now_ms: i64, record: Vec<u8>) -> Result<Self> {
        let (mut salt, mut nonce) = ([0; leaf::SALT_LEN], [0; 16]);
        jose::random::fill(&mut salt).map_err(Fault::new)?;
        jose::random::fill(&mut nonce).map_err(Fault::new)?;
        let commitment = leaf::commit(&salt, &record);
        Ok(Self { leaf: Leaf { kind, at_ms: u64::try_from(now_ms).unwrap_or(0), nonce, commitment }, salt, record })
    }

    /// Its name: base64url of its leaf's hash.
    pub fn id(&self) -> String {
        Digest(self.leaf.id()).to_string()
    }

    /// Adds it to a ledger, where it waits for its index.
    pub fn append(&self, batch: &mut Batch, ledger: &Open) {
        store::ledger::append(batch, &ledger.id, &self.row());
    }

    pub(crate) fn row(&self) -> EntryRow {
        EntryRow {
            arrival: 0,
            id: self.id(),
            position: None,
            kind: i64::from(self.leaf.kind.number()),
            leaf: self.leaf.to_bytes().to_vec(),
            salt: self.salt.to_vec(),
            record: Some(self.record.clone()),
        }
    }

    /// What its receiver keeps, so that the ledger must honour it.
    pub fn receipt(&self, ledger: &Open, checkpoint: Option<String>) -> Receipt {
        Receipt {
            origin: ledger.origin.clone(),
            leaf: Octets(self.leaf.to_bytes().to_vec()),
            salt: Digest(self.salt),
            record: Octets(self.record.clone()),
            received_at: UtcTime(self.leaf.at_ms),
            checkpoint,
            max_delay_seconds: MAX_DELAY,
        }
    }
}
