//! Receipts: what a receiver keeps of an answer, so that the log must honour it.

use serde::{Deserialize, Serialize};

use crate::leaf::{Leaf, commit};
use crate::note::Note;
use crate::text::{Digest, Octets, UtcTime};
use crate::{Error, Result};

/// A promise: this leaf will be in the log within the delay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Receipt {
    /// The log.
    pub origin: String,
    /// The leaf's octets.
    pub leaf: Octets,
    /// The salt of its commitment.
    pub salt: Digest,
    /// The record's octets.
    pub record: Octets,
    /// The leaf's time.
    pub received_at: UtcTime,
    /// The newest checkpoint at that moment, as a note; none before the log's first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<String>,
    /// Seconds after which a checkpoint without the leaf breaks the promise.
    pub max_delay_seconds: u64,
}

impl Receipt {
    /// The leaf, once it was found to be of that time and to commit to this record. Who signed the receipt is for the
    /// reply's signature to show.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn verify(&self) -> Result<Leaf> {
        let leaf = Leaf::parse(&self.leaf.0)?;
        let noted = self.checkpoint.as_ref().map(|note| Note::parse(note.as_bytes())).transpose();
        if leaf.at_ms != self.received_at.0 || leaf.commitment != commit(&self.salt.0, &self.record.0) || noted.is_err()
        {
            return Err(Error::Malformed("receipt"));
        }
        Ok(leaf)
    }
}

#[cfg(test)]
mod tests {
    use super::Receipt;
    use crate::leaf::{Kind, Leaf, commit};
    use crate::text::{Digest, Octets, UtcTime};

    #[test]
    fn a_receipt_holds_for_its_own_record_alone() {
        let leaf = Leaf { kind: Kind::Message, at_ms: 5, nonce: [1; 16], commitment: commit(&[3; 32], b"{}") };
        let receipt = Receipt {
            origin: "log.example/l".to_owned(),
            leaf: Octets(leaf.to_bytes().to_vec()),
            salt: Digest([3; 32]),
            record: Octets(b"{}".to_vec()),
            received_at: UtcTime(5),
            checkpoint: None,
            max_delay_seconds: 10,
        };
        assert_eq!(receipt.verify(), Ok(leaf));
        assert!(Receipt { record: Octets(b"[]".to_vec()), ..receipt.clone() }.verify().is_err());
        assert!(Receipt { salt: Digest([4; 32]), ..receipt.clone() }.verify().is_err());
        assert!(Receipt { received_at: UtcTime(6), ..receipt.clone() }.verify().is_err());
        let text = serde_json::to_string(&receipt).unwrap();
        assert_eq!(serde_json::from_str::<Receipt>(&text).unwrap(), receipt);
    }
}
