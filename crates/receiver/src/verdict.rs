//! The server's verdict on a message, and the receipt that comes with it.

use jose::{b64, digest};
use ledger::Receipt;
use ledger::record::{self, MessageRecord, Record as _};
use ledger::text::UtcTime;
use serde::Deserialize;

use crate::receiver::Line;

/// A reply of `/signing/verify`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Recorded {
    pub(crate) valid: bool,
    pub(crate) code: String,
    #[serde(default)]
    pub(crate) detail: String,
    participant_role_id: Option<String>,
    pub(crate) kid: Option<String>,
    entry: Option<Entry>,
    receipt: Option<Receipt>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    id: String,
}

/// What a verdict must be about.
pub(crate) struct About<'m> {
    pub(crate) sender: &'m str,
    pub(crate) line: &'m Line,
    pub(crate) signature: &'m str,
    pub(crate) body: &'m [u8],
    /// When it came, if it is reported later.
    pub(crate) seen_at: Option<UtcTime>,
}

impl Recorded {
    /// The entry's id, if the verdict is on record.
    pub(crate) fn entry(&self) -> Option<&str> {
        self.entry.as_ref().map(|entry| entry.id.as_str())
    }

    /// Whether the verdict has to be on record: a good one, and any other that has an entry.
    pub(crate) fn is_on_record(&self) -> bool {
        self.valid || self.entry.is_some()
    }

    /// Checks that a verdict is about this message and on record; gives its receipt.
    pub(crate) fn check(&self, about: &About<'_>) -> Result<&Receipt, &'static str> {
        if self.valid != (self.code == "ok") {
            return Err("the verdict contradicts itself");
        }
        if self.participant_role_id.as_deref() != Some(about.sender) {
            return Err("the verdict is about another sender");
        }
        let entry = self.entry().ok_or("the verdict has no entry")?;
        let receipt = self.receipt.as_ref().ok_or("the verdict has no receipt")?;
        let leaf = receipt.verify().map_err(|_| "the receipt's leaf does not commit to its record")?;
        let record: MessageRecord =
            record::parse(&receipt.record.0).map_err(|_| "the receipt's record is none of a message")?;
        if leaf.kind != record.kind() || b64::encode(leaf.id()) != entry {
            return Err("the receipt is for another entry");
        }
        if !is_about(&record, &self.code, about) {
            return Err("the receipt's record is about another message");
        }
        Ok(receipt)
    }
}

fn is_about(record: &MessageRecord, code: &str, about: &About<'_>) -> bool {
    record.participant_role_id == about.sender
        && record.method == about.line.method
        && record.target == about.line.target
        && record.jws == about.signature
        && record.body.sha256.0.as_slice() == digest::sha256(about.body)
        && u64::try_from(about.body.len()) == Ok(record.body.length)
        && record.verdict == code
        && record.signed
        && record.seen_at == about.seen_at
}
