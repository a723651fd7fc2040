//! What a log tells of its keys and heads at `/evidence/keys`. Nothing of it counts by itself: it is what leads from a key
//! that is known to the next one, from one log to the one that took its place, and to what others saw.

use ledger::leaf::commit;
use ledger::record::{self, MoveRecord};
use ledger::text::{Digest, Octets};
use ledger::{Checkpoint, Kind, Leaf, VerifierKey};
use serde::Deserialize;

use crate::bundle::Entry;
use crate::log_keys::follow;

/// The answer, as far as anybody goes by it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Told {
    /// All keys that sign, did or will, in their text form.
    #[serde(default)]
    pub verifiers: Vec<String>,
    /// How keys took over from one another, the oldest first.
    #[serde(default)]
    pub handovers: Vec<Handover>,
    /// Where the log goes on from another, its first entry, which says so.
    #[serde(default, rename = "move")]
    pub first: Option<First>,
    /// The newest head that is said to have lines of witnesses.
    #[serde(default)]
    cosigned: Option<String>,
    /// Older ones with others of them.
    #[serde(default)]
    cosigned_before: Vec<String>,
}

/// How a key took over.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Handover {
    /// The note with the lines of both keys.
    checkpoint: String,
    /// The entry under it that names the new one.
    entry: Entry,
}

/// A log's first entry.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct First {
    leaf: Octets,
    salt: Digest,
    record: Octets,
}

/// Heads that a log may show as cosigned, as far as they are looked at.
const MOST_SEEN: usize = 32;

impl Told {
    /// Reads the answer. Members that are not known here say nothing.
    ///
    /// # Errors
    /// A sentence.
    pub fn parse(octets: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(octets).map_err(|error| format!("what the log says of its keys: {error}"))
    }

    /// The notes of heads that are said to be cosigned, the newest first.
    pub fn seen(&self) -> impl Iterator<Item = &str> {
        self.cosigned.iter().chain(&self.cosigned_before).take(MOST_SEEN).map(String::as_str)
    }
}

impl Handover {
    /// The key that the log of this origin was handed over to by one of its type among `before`, and the head from which on
    /// it signs.
    ///
    /// # Errors
    /// A sentence that says what is not shown.
    pub fn follow(&self, origin: &str, before: &[VerifierKey]) -> Result<(Checkpoint, VerifierKey), String> {
        follow(origin, &self.checkpoint, &self.entry, before)
    }
}

impl First {
    /// The leaf and its record, if that is of a move; whether it is the log's first, its tree says.
    pub fn open(&self) -> Option<(Leaf, MoveRecord)> {
        let leaf = Leaf::parse(&self.leaf.0).ok()?;
        let record: MoveRecord = record::parse(&self.record.0).ok()?;
        let is_its = leaf.kind == Kind::Move
            && leaf.commitment == commit(&self.salt.0, &self.record.0)
            && leaf.at_ms == record.recorded_at.0;
        is_its.then_some((leaf, record))
    }
}

#[cfg(test)]
mod tests {
    use ledger::record::{Named, Version, write};
    use ledger::text::UtcTime;
    use serde_json::{Value, json};

    use super::*;

    fn first(kind: Kind, at_ms: u64, salt: [u8; 32]) -> Value {
        let record = MoveRecord {
            v: Version,
            kind: Named,
            recorded_at: UtcTime(7),
            old_origin: "ledger.example/old".to_owned(),
            old_checkpoint: "ledger.example/old\n".to_owned(),
            reason: "disk lost".to_owned(),
        };
        let record = write(&record).unwrap();
        let leaf = Leaf { kind, at_ms, nonce: [1; 16], commitment: commit(&[9; 32], &record) };
        let leaf = jose::b64::encode(leaf.to_bytes());
        json!({"leaf": leaf, "salt": jose::b64::encode(salt), "record": jose::b64::encode(record)})
    }

    #[test]
    fn what_is_told_is_read_as_far_as_it_is_there() {
        let told = |answer: &Value| Told::parse(answer.to_string().as_bytes());
        assert_eq!(told(&json!({})), Ok(Told::default()));
        let whole = json!({
            "origin": "ledger.example/net", "verifiers": ["a+1+b"], "handovers": [], "move": first(Kind::Move, 7, [9; 32]),
            "cosigned": "newest", "cosignedBefore": ["older"], "stamped": null, "keys": [],
        });
        let whole = told(&whole).unwrap();
        assert_eq!(whole.seen().collect::<Vec<_>>(), ["newest", "older"]);
        assert_eq!(whole.first.unwrap().open().unwrap().1.old_origin, "ledger.example/old");
        let many = json!({"cosignedBefore": vec!["note"; 1000]});
        assert_eq!(told(&many).unwrap().seen().count(), MOST_SEEN);
        for odd in [json!(7), json!({"verifiers": 7}), json!({"handovers": [{}]}), json!({"move": {}})] {
            assert!(told(&odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn a_first_entry_is_a_move_of_its_leafs_time_and_commitment_or_none() {
        let open = |first: Value| serde_json::from_value::<First>(first).unwrap().open();
        assert!(open(first(Kind::Move, 7, [9; 32])).is_some());
        for odd in [first(Kind::Summary, 7, [9; 32]), first(Kind::Move, 8, [9; 32]), first(Kind::Move, 7, [8; 32])] {
            assert!(open(odd).is_none());
        }
    }
}
